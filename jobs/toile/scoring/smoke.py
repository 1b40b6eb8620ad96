"""The smoke test of a new champion: real rows, through the signature that every consumer uses."""

import traceback

import mlflow
import numpy as np

from toile.config.names import EVENT_TIME
from toile.context import JobContext
from toile.registry.promotion import SmokeTest
from toile.registry.versions import Version
from toile.training.rows import collect_rows, features_of


def prepare_smoke_test(context: JobContext, version: Version) -> SmokeTest:
    """The test of one version on `scoring.smoke_rows` rows that it was validated on.

    Model and rows are read here, before anything is promoted: what cannot be read is a fault of its own and moves
    nothing. The test itself answers why the version is not fit to score; nothing where it is.
    """
    config, columns = context.model.config, context.model.feature_columns
    rows = context.tables.partition(
        context.names.training_rows, {"as_of": version.trained_as_of.isoformat()}, version=version.rows_version
    ).where("split = 'holdout'")
    sample = collect_rows(rows.limit(config.scoring.smoke_rows), [config.entity, EVENT_TIME], columns)
    model = mlflow.pyfunc.load_model(f"models:/{context.names.registered_model}/{version.number}")

    def test(_: Version) -> list[str]:
        try:
            scores = np.asarray(model.predict(features_of(sample, columns)), dtype=float)
        except Exception as error:
            traceback.print_exc()  # into the task's log; reasons travel further, and an error's text may quote rows
            return [f"it cannot score real rows: {type(error).__name__}"]
        return check_scores(scores, len(sample))

    return test


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
