"""Scores rows in Spark: the model travels to the rows, in batches of Arrow."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pandas as pd
from pyspark.sql import DataFrame
from pyspark.sql import functions as sf

from toile.errors import DataError
from toile.tasks.predictions import answer_columns
from toile.tasks.template import Template
from toile.training.rows import features_of


def score_rows(
    rows: DataFrame,
    keys: Sequence[str],
    columns: Mapping[str, str],
    model: Any,
    task: Template,
    *,
    levels: Sequence[float] = (),
) -> DataFrame:
    """`[keys, score, quantiles]`: the model's word in the task's terms, one row per row that came in.

    `keys`, the entity first, tell rows apart; the entity becomes a string. `levels` are those of the quantiles that
    the model answers.
    """
    entity, *others = keys
    kept = [sf.col(entity).cast("string").alias(entity), *others]
    carried = rows.select(*kept, *(name for name in columns if name not in keys))
    kinds = {name: carried.schema[name].dataType.simpleString() for name in keys}
    schema = kinds | dict.fromkeys(answer_columns(levels), "double")
    told = ", ".join(f"`{name}` {kind}" for name, kind in schema.items())
    return carried.mapInPandas(_scorer(keys, columns, model, task), told)


def predict(model: Any, features: pd.DataFrame, task: Template) -> pd.DataFrame:
    """The model's word on each row, under the names of `answer_columns`.

    Raises:
        DataError: a value is none that the task allows; no row of the batch is scored then.
    """
    answer = task.predict(model, features)
    if faults := task.find_value_faults(answer.value):
        raise DataError(f"scores: {faults}.")
    return answer.to_frame(features.index)


def _scorer(
    keys: Sequence[str], columns: Mapping[str, str], model: Any, task: Template
) -> Callable[[Iterator[pd.DataFrame]], Iterator[pd.DataFrame]]:
    def score(batches: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        for batch in batches:
            if not batch.empty:
                yield batch[list(keys)].join(predict(model, features_of(batch, columns), task))

    return score
