"""Scores rows in Spark: the model travels to the rows, in batches of Arrow."""

from collections.abc import Callable, Iterator, Mapping

import pandas as pd
from pyspark.sql import DataFrame
from pyspark.sql import functions as sf
from sklearn.pipeline import Pipeline

from toile.errors import DataError
from toile.training.rows import features_of

SCORE = "score"


def score_rows(rows: DataFrame, entity: str, columns: Mapping[str, str], model: Pipeline) -> DataFrame:
    """`[entity, score]`, the probability of a positive label, one row per row that came in."""
    typed = [sf.col(entity), *(sf.col(name) for name in columns)]
    return rows.select(*typed).mapInPandas(_scorer(entity, columns, model), f"{entity} string, {SCORE} double")


def predict(model: Pipeline, features: pd.DataFrame) -> pd.Series:
    """The probability of a positive label, in the order of the rows.

    Raises:
        DataError: a score is no probability; no row of the batch is scored then.
    """
    scores = pd.Series(model.predict_proba(features)[:, 1], index=features.index, dtype=float)
    if not scores.between(0, 1).all():
        raise DataError(f"{int((~scores.between(0, 1)).sum())} of {len(scores)} scores are no probability.")
    return scores


def _scorer(
    entity: str, columns: Mapping[str, str], model: Pipeline
) -> Callable[[Iterator[pd.DataFrame]], Iterator[pd.DataFrame]]:
    def score(batches: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        for batch in batches:
            if not batch.empty:
                yield pd.DataFrame(
                    {entity: batch[entity].astype(str), SCORE: predict(model, features_of(batch, columns))}
                )

    return score
