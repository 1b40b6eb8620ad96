"""Boosted trees that Spark's workers fit, where one machine does not take the rows (docs/decisions/0011).

How columns are prepared is learnt from a sample, the trees from all rows. What comes of it is the pipeline that one
machine would have fitted, so nothing after training knows of the difference.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd
from sklearn.pipeline import Pipeline

from toile.config import Names
from toile.config.model import ModelConfig, XGBoost
from toile.errors import ConfigError, DataError
from toile.tasks import template_of
from toile.training.fit import TrainingSet, fit, refine
from toile.training.rows import HOLDOUT, TRAIN, features_of, read_parts

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from toile.tables import Tables

# Rows are drawn by a hash, so that the sample's size is only about right: this keeps it to what one machine takes.
_SHORT_OF = 0.98
_GRAIN = 10**9
# Spark says how many threads a task has, and prepared features hold numbers alone.
_OF_ONE_MACHINE = ("n_jobs", "nthread", "enable_categorical")
_PREPARED = "features array<float>, label double, fault string"


@dataclass(frozen=True, eq=False)
class TrainingRows:
    """Gated rows by part, and how many there are; where `spread` holds all rows to train on, parts has a sample."""

    parts: dict[str, pd.DataFrame]
    counts: dict[str, int]
    spread: "DataFrame | None" = None

    @property
    def told(self) -> str:
        """What goes by all rows and what by a sample, in words; empty where one machine takes all."""
        if self.spread is None:
            return ""
        return (
            f"{_workers(self.spread)} Spark workers fitted the trees to {self.counts[TRAIN]:,} rows; all else (words "
            "as columns, baseline, search, calibration or quantiles, the look for leaks) goes by a sample of "
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
    most = config.trainer.distributed_above if isinstance(config.trainer, XGBoost) else None
    counts = {} if most is None else {TRAIN: 0, HOLDOUT: 0} | dict(map(tuple, gated.groupBy("split").count().collect()))
    if most is None or sum(counts.values()) <= most:
        parts = read_parts(gated, config, columns)
        return TrainingRows(parts, {part: len(rows) for part, rows in parts.items()})
    _require_workers(gated, sum(counts.values()), most)
    sampled = _sample(gated, config, counts, most)
    return TrainingRows(read_parts(sampled, config, columns), counts, gated.where(f"split = '{TRAIN}'"))


def fit_candidate(
    build: Callable[[], Any], config: ModelConfig, columns: Mapping[str, str], rows: TrainingRows, here: TrainingSet
) -> Any:
    """The fitted candidate; `here` is what this machine holds of the rows to train on.

    Raises:
        ConfigError: a parameter is for one machine alone.
        DataError: a row is unfit to learn from, or the rows span too little time to refine the candidate.
    """
    if rows.spread is None:
        return fit(build, config, here)
    return refine(_fit_spread(build(), config, columns, rows.spread, here), build, config, here)


def build_spark_estimator(model: Any, task: str, workers: int) -> Any:
    """What fits as this unfitted XGBClassifier or XGBRegressor would, on Spark's workers.

    Raises:
        ConfigError: a parameter is for one machine alone.
    """
    from xgboost.spark import SparkXGBClassifier, SparkXGBRegressor

    given = {
        name: value for name, value in model.get_params().items() if value is not None and name not in _OF_ONE_MACHINE
    }
    if given.get("tree_method") == "exact":
        raise ConfigError(
            "trainer.params.tree_method: 'exact' is for one machine. Write hist, or no distributed_above."
        )
    # The classifier sets it by the labels, and takes no other.
    if task == "classification" and (objective := given.pop("objective")) != "binary:logistic":
        hint = "Leave it out, or distributed_above."
        raise ConfigError(f"trainer.params.objective: a distributed fit knows no {objective!r}. {hint}")
    estimator = SparkXGBClassifier if task == "classification" else SparkXGBRegressor
    try:
        return estimator(features_col="features", label_col="label", num_workers=workers, verbose=False, **given)
    except (NotImplementedError, TypeError, ValueError) as error:
        raise ConfigError(f"trainer.params: no distributed fit takes them: {error}") from error


def _require_workers(gated: "DataFrame", count: int, most: int) -> None:
    from pyspark.sql.classic.dataframe import DataFrame as OfDriver

    if not isinstance(gated, OfDriver):
        raise ConfigError(
            f"there are {count:,} rows, and above {most:,} (trainer.distributed_above) Spark's workers fit the trees, "
            "which neither Spark Connect nor serverless lets them. Run the job on a cluster's driver (spark-submit, or "
            "a Databricks job cluster) with spark_session: classic in the environment's file, or shorten "
            "training_data.window."
        )


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


def _workers(spread: "DataFrame") -> int:
    return int(spread.sparkSession.sparkContext.defaultParallelism)


def _fit_spread(
    pipeline: Pipeline, config: ModelConfig, columns: Mapping[str, str], spread: "DataFrame", sample: TrainingSet
) -> Pipeline:
    preparation, model, label = pipeline.named_steps["columns"], pipeline.named_steps["model"], config.task.label
    preparation.fit(sample.features)
    workers = _workers(spread)
    estimator = build_spark_estimator(model, config.task.kind, workers)
    # By key and in order, so that as many workers are given the same rows again.
    parted = spread.repartition(workers, *config.row_keys).sortWithinPartitions(*config.row_keys)
    prepare = partial(_prepare, preparation, columns, label, config.task.kind)
    prepared = parted.select(label, *columns).mapInPandas(prepare, _PREPARED).persist()
    try:
        if fault := prepared.where("fault IS NOT NULL").first():
            raise DataError(f"training rows: {fault['fault']}")
        booster = estimator.fit(prepared).get_booster()
    finally:
        prepared.unpersist()
    model.load_model(booster.save_raw())
    return pipeline


def _prepare(
    preparation: Any, columns: Mapping[str, str], label: str, task: str, batches: Iterator[pd.DataFrame]
) -> Iterator[pd.DataFrame]:
    """Runs on Spark's workers: numbers to learn from, or what is wrong with a batch of rows."""
    for batch in filter(len, batches):
        labels = batch[label].to_numpy(dtype=float, na_value=np.nan)
        faults = template_of(task).find_label_faults(labels)
        try:
            features = preparation.transform(features_of(batch, columns))
        except DataError as error:
            yield pd.DataFrame({"features": [None], "label": np.nan, "fault": str(error)})
            continue
        yield pd.DataFrame(
            {"features": list(features), "label": labels, "fault": f"{label}: {faults}." if faults else None}
        )
