"""Training rows on the driver: bounded, typed, and the same columns for training, validation and scoring."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from toile.config import Names
from toile.config.model import ModelConfig
from toile.errors import DataError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from toile.tables import Tables

MAX_ROWS = 2_000_000
TRAIN, HOLDOUT = "train", "holdout"


def collect_rows(frame: "DataFrame", keys: Sequence[str], columns: Iterable[str]) -> pd.DataFrame:
    """Keys and columns as pandas, sorted by the keys, so that the order of rows is the same each time.

    Raises:
        DataError: there are more than `MAX_ROWS` rows, or none.
    """
    rows = frame.select(*dict.fromkeys([*keys, *columns])).limit(MAX_ROWS + 1).toPandas()
    if len(rows) > MAX_ROWS:
        raise DataError(
            f"more than {MAX_ROWS:,} rows for one machine. Shorten training_data.window or thin the entities."
        )
    if rows.empty:
        raise DataError("there are no rows. Is the window earlier than the data, or are no labels known yet?")
    ordered: pd.DataFrame = rows.sort_values(list(keys), ignore_index=True)
    return ordered


def read_parts(
    tables: "Tables", config: ModelConfig, columns: Iterable[str], as_of: str, version: int
) -> dict[str, pd.DataFrame]:
    """The gated rows of one date, to be trained on (`train`) and held out (`holdout`), sorted by what tells them apart.

    Raises:
        DataError: there are none, or more than one machine takes.
    """
    partition = tables.partition(Names(config.id).training_rows, {"as_of": as_of}, version=version)
    rows = collect_rows(partition, config.row_keys, [config.task.label, "split", *columns])
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
