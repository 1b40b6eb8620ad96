"""Training rows on the driver: bounded, typed, and the same columns for training, validation and scoring."""

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

import pandas as pd

from toile.errors import DataError

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

MAX_ROWS = 2_000_000


def collect_rows(frame: "DataFrame", columns: Iterable[str]) -> pd.DataFrame:
    """The frame as pandas, in a fixed order of rows.

    Raises:
        DataError: there are more than `MAX_ROWS` rows, or none.
    """
    columns = list(columns)
    rows = frame.select(columns).limit(MAX_ROWS + 1).toPandas()
    if len(rows) > MAX_ROWS:
        raise DataError(
            f"more than {MAX_ROWS:,} rows for one machine. Shorten training_data.window or thin the entities."
        )
    if rows.empty:
        raise DataError("there are no rows. Is the window earlier than the data, or are no labels known yet?")
    return rows.sort_values(
        [name for name in columns if name in {"event_time"} or name == columns[0]], ignore_index=True
    )


def features_of(rows: pd.DataFrame, columns: Mapping[str, str]) -> pd.DataFrame:
    """The feature columns in the types that estimators and the model's signature expect."""
    typed = {name: rows[name].astype(object if kind == "string" else float) for name, kind in columns.items()}
    return pd.DataFrame(typed).where(lambda frame: frame.notna(), other=float("nan"))
