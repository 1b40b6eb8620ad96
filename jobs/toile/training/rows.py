"""Training rows on this machine: bounded, typed, and the same columns for training, validation and scoring."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from toile.config import Names
from toile.config.model import MAX_ROWS, LinearTrainer, ModelConfig, Trainer, XGBoost
from toile.errors import ConfigError, DataError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from toile.tables import Tables

TRAIN, HOLDOUT = "train", "holdout"
SHORTEN = "Shorten training_data.window or thin the entities."
# Rows are drawn by a hash, so that the sample's size is only about right: this keeps it to what one machine takes.
_SHORT_OF = 0.98
_GRAIN = 10**9


@dataclass(frozen=True, eq=False)
class TrainingRows:
    """Gated rows by part, and how many there are; where `spread` holds all rows to train on, parts has a sample.

    `fitters` says who fits what is spread.
    """

    parts: dict[str, pd.DataFrame]
    counts: dict[str, int]
    spread: "DataFrame | None" = None
    fitters: str = ""

    @property
    def told(self) -> str:
        """What goes by all rows and what by a sample, in words; empty where one machine takes all."""
        if self.spread is None:
            return ""
        return (
            f"{self.fitters} fitted the model to {self.counts[TRAIN]:,} rows; all else (baseline, search, calibration "
            "or quantiles, the look for leaks, and for trees the words that become columns) goes by a sample of "
            f"{len(self.parts[TRAIN]):,} of them"
        )


def gather_rows(
    tables: "Tables", config: ModelConfig, columns: Mapping[str, str], as_of: str, version: int
) -> TrainingRows:
    """The gated rows of one date on this machine; above the trainer's threshold a sample of those to train on.

    Raises:
        ConfigError: the rows are above the threshold, and the session has no workers to fit on.
        DataError: there are none, or more than one machine takes.
    """
    gated = tables.partition(Names(config.id).training_rows, {"as_of": as_of}, version=version)
    most = _takes_alone(config.trainer)
    counts = {} if most is None else {TRAIN: 0, HOLDOUT: 0} | dict(map(tuple, gated.groupBy("split").count().collect()))
    if most is None or sum(counts.values()) <= most:
        parts = read_parts(gated, config, columns)
        return TrainingRows(parts, {part: len(rows) for part, rows in parts.items()})
    fitters = "Spark"
    if isinstance(config.trainer, XGBoost):
        _require_workers(gated, sum(counts.values()), most)
        fitters = f"{workers_of(gated)} Spark workers"
    sampled = _sample(gated, config, counts, most)
    return TrainingRows(read_parts(sampled, config, columns), counts, gated.where(f"split = '{TRAIN}'"), fitters)


def collect_rows(
    frame: "DataFrame", keys: Sequence[str], columns: Iterable[str], remedy: str = SHORTEN
) -> pd.DataFrame:
    """Keys and columns as pandas, sorted by the keys, so that the order of rows is the same each time.

    Raises:
        DataError: there are more than `MAX_ROWS` rows, or none.
    """
    rows = frame.select(*dict.fromkeys([*keys, *columns])).limit(MAX_ROWS + 1).toPandas()
    if len(rows) > MAX_ROWS:
        raise DataError(f"more than {MAX_ROWS:,} rows for one machine. {remedy}")
    if rows.empty:
        raise DataError("there are no rows. Is the window earlier than the data, or are no labels known yet?")
    ordered: pd.DataFrame = rows.sort_values(list(keys), ignore_index=True)
    return ordered


def read_parts(gated: "DataFrame", config: ModelConfig, columns: Iterable[str]) -> dict[str, pd.DataFrame]:
    """Gated rows, to be trained on (`train`) and held out (`holdout`), sorted by what tells them apart.

    Raises:
        DataError: there are none, or more than one machine takes.
    """
    remedy = f"{SHORTEN} Or have Spark fit them: trainer {{kind: xgboost, distributed_above: {MAX_ROWS}}}, or linear."
    rows = collect_rows(gated, config.row_keys, [config.task.label, "split", *columns], remedy)
    return {part: rows[rows["split"] == part].reset_index(drop=True) for part in (TRAIN, HOLDOUT)}


def features_of(rows: pd.DataFrame, columns: Mapping[str, str]) -> pd.DataFrame:
    """The feature columns in the types that estimators and the model's signature expect.

    Raises:
        DataError: a value is infinite: no estimator can weigh it, and each would fail in a way of its own.
    """
    typed = {name: rows[name].astype(object if kind == "string" else float) for name, kind in columns.items()}
    infinite = {name: int(np.isinf(typed[name]).sum()) for name, kind in columns.items() if kind != "string"}
    if wrong := {name: count for name, count in infinite.items() if count}:
        told = ", ".join(f"{name} ({count:,})" for name, count in wrong.items())
        raise DataError(f"infinite values in {told}. Mend the feature, or quarantine such rows in the data gate.")
    features: pd.DataFrame = pd.DataFrame(typed).where(lambda frame: frame.notna(), other=float("nan"))
    return features


def workers_of(frame: "DataFrame") -> int:
    """How many tasks a classic session runs at once."""
    return int(frame.sparkSession.sparkContext.defaultParallelism)


def _takes_alone(trainer: Trainer) -> int | None:
    """Above how many rows Spark fits what this trainer fits; None where it cannot."""
    if isinstance(trainer, XGBoost) or (isinstance(trainer, LinearTrainer) and trainer.solver == "normal"):
        return trainer.distributed_above
    return None


def _sample(gated: "DataFrame", config: ModelConfig, counts: Mapping[str, int], most: int) -> "DataFrame":
    """All held-out rows, and as many of the others as one machine then takes; the same ones each time."""
    from pyspark.sql import functions as sf

    held_out = counts.get(HOLDOUT, 0)
    if held_out > most / 2:
        raise DataError(
            f"{held_out:,} held-out rows leave too little room for a sample of training rows: one machine takes "
            f"{most:,} together (trainer.distributed_above). Shorten split.holdout, or raise distributed_above."
        )
    share = _SHORT_OF * (most - held_out) / sum(count for part, count in counts.items() if part != HOLDOUT)
    drawn = sf.pmod(sf.xxhash64(sf.lit(config.validation.seed), *config.row_keys), sf.lit(_GRAIN))
    return gated.where((sf.col("split") == HOLDOUT) | (drawn < int(share * _GRAIN)))


def _require_workers(gated: "DataFrame", count: int, most: int) -> None:
    from pyspark.sql.classic.dataframe import DataFrame as OfDriver

    if not isinstance(gated, OfDriver):
        raise ConfigError(
            f"there are {count:,} rows, and above {most:,} (trainer.distributed_above) Spark's workers fit the trees, "
            "which neither Spark Connect nor serverless lets them. Run the job on a cluster's driver (spark-submit, or "
            "a Databricks job cluster) with spark_session: classic in the environment's file, or shorten "
            "training_data.window."
        )
