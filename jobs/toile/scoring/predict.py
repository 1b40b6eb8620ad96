"""Scores rows in Spark: the model travels to the rows, in batches of Arrow."""

from collections.abc import Callable, Iterator, Mapping
from typing import Any

import pandas as pd
from pyspark.sql import DataFrame
from pyspark.sql import functions as sf

from toile.errors import DataError
from toile.tasks.template import Template
from toile.training.rows import features_of

SCORE = "score"


def score_rows(rows: DataFrame, entity: str, columns: Mapping[str, str], model: Any, task: Template) -> DataFrame:
    """`[entity, score]`, the model's value in the task's terms, one row per row that came in."""
    typed = [sf.col(entity), *(sf.col(name) for name in columns)]
    return rows.select(*typed).mapInPandas(_scorer(entity, columns, model, task), f"{entity} string, {SCORE} double")


def predict(model: Any, features: pd.DataFrame, task: Template) -> pd.Series:
    """The model's values, in the order of the rows.

    Raises:
        DataError: a value is none that the task allows; no row of the batch is scored then.
    """
    values = task.predict(model, features)
    if faults := task.find_value_faults(values):
        raise DataError(f"scores: {faults}.")
    return pd.Series(values, index=features.index, dtype=float)


def _scorer(
    entity: str, columns: Mapping[str, str], model: Any, task: Template
) -> Callable[[Iterator[pd.DataFrame]], Iterator[pd.DataFrame]]:
    def score(batches: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        for batch in batches:
            if not batch.empty:
                scores = predict(model, features_of(batch, columns), task)
                yield pd.DataFrame({entity: batch[entity].astype(str), SCORE: scores})

    return score
