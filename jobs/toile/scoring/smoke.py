"""The smoke test of a new champion: real rows, through the alias and the signature that every consumer uses."""

import mlflow
import numpy as np
from mlflow.exceptions import MlflowException

from toile.context import JobContext
from toile.errors import DataError
from toile.features.point_in_time import EVENT_TIME
from toile.registry.versions import CHAMPION, Version
from toile.training.rows import collect_rows, features_of


def smoke_test(context: JobContext, version: Version) -> list[str]:
    """Why the champion is not fit to score; empty where it is.

    It scores `scoring.smoke_rows` rows that it was validated on: each must get a probability, and not all the same.
    """
    config, columns = context.model.config, context.model.feature_columns
    rows = context.tables.partition(
        context.names.training_rows, {"as_of": version.trained_as_of.isoformat()}, version=version.rows_version
    ).where("split = 'holdout'")
    try:
        sample = collect_rows(rows.limit(config.scoring.smoke_rows), [config.entity, EVENT_TIME], columns)
        champion = mlflow.pyfunc.load_model(f"models:/{context.names.registered_model}@{CHAMPION}")
        scores = np.asarray(champion.predict(features_of(sample, columns)), dtype=float)
    except (MlflowException, DataError, ValueError, TypeError, KeyError, AttributeError) as error:
        return [f"it cannot score real rows: {type(error).__name__}: {error}"]
    return check_scores(scores, len(sample))


def check_scores(scores: np.ndarray, rows: int) -> list[str]:
    """What is wrong with the class probabilities of so many rows, of shape (rows, 2)."""
    if scores.shape != (rows, 2):
        return [f"it answered {scores.shape} for {rows} rows of two classes"]
    wrong = int((~np.isfinite(scores) | (scores < 0) | (scores > 1)).any(axis=1).sum())
    if wrong:
        return [f"{wrong} of {rows} scores are no probability"]
    if rows > 1 and float(np.ptp(scores[:, 1])) == 0:
        return [f"all {rows} rows have the same score {scores[0, 1]:.4g}"]
    return []
