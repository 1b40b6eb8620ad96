"""The smoke test of a new champion: real rows, through the signature that every consumer uses."""

import traceback

import mlflow
import numpy as np

from toile.context import JobContext
from toile.registry.promotion import SmokeTest
from toile.registry.versions import Version
from toile.tasks import template_of
from toile.tasks.predictions import Array
from toile.tasks.template import Template
from toile.training.rows import collect_rows, features_of


def prepare_smoke_test(context: JobContext, version: Version) -> SmokeTest:
    """The test of one version on `scoring.smoke_rows` rows that it was validated on.

    Model and rows are read here, before anything is promoted: what cannot be read is a fault of its own and moves
    nothing. The test itself answers why the version is not fit to score; nothing where it is.
    """
    config, columns = context.model.config, context.model.feature_columns
    task = template_of(config.task.kind)
    rows = context.tables.partition(
        context.names.training_rows, {"as_of": version.trained_as_of.isoformat()}, version=version.rows_version
    ).where("split = 'holdout'")
    sample = collect_rows(rows.limit(config.scoring.smoke_rows), config.row_keys, columns)
    model = mlflow.pyfunc.load_model(f"models:/{context.names.registered_model}/{version.number}")

    def test(_: Version) -> list[str]:
        try:
            values = task.read_answer(model.predict(features_of(sample, columns))).value
        except Exception as error:
            traceback.print_exc()  # into the task's log; reasons travel further, and an error's text may quote rows
            return [f"it cannot score real rows: {type(error).__name__}"]
        return check_values(values, len(sample), task)

    return test


def check_values(values: Array, rows: int, task: Template) -> list[str]:
    """What is wrong with the values that a model gave so many rows."""
    if len(values) != rows:
        return [f"it answered {len(values):,} values for {rows:,} rows"]
    if faults := task.find_value_faults(values):
        return [faults]
    if rows > 1 and float(np.ptp(values)) == 0:
        return [f"all {rows} rows have the same score {values[0]:.4g}"]
    return []
