"""Training rows on the driver: bounded, typed, and the same columns for training, validation and scoring."""

from collections.abc import Iterable, Mapping, Sequence
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd

from toile.config.model import MAX_ROWS, ModelConfig
from toile.errors import DataError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

TRAIN, HOLDOUT = "train", "holdout"
SHORTEN = "Shorten training_data.window or thin the entities."


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
    remedy = f"{SHORTEN} Or have a cluster fit boosted trees: {{kind: xgboost, distributed_above: {MAX_ROWS}}}."
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
