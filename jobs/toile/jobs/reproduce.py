"""Trains once more from what an MLflow run has recorded, and says whether the metrics are the same to the last digit.

Parameter `mlflow_run`: the id of a training run that was validated. Registry, tables and aliases stay as they are.
"""

import json
from collections.abc import Mapping
from functools import partial

import mlflow
from mlflow.entities import Run
from mlflow.exceptions import MlflowException

from toile.config.model import ModelConfig, Validation
from toile.context import JobContext
from toile.contract import JobResult, Verdict
from toile.errors import DataError
from toile.evaluation.bootstrap import evaluate
from toile.evaluation.holdout import CANDIDATE, Holdout
from toile.evaluation.interval import to_metrics
from toile.provenance import code_commit, lock_digest
from toile.registry.tracking import COLUMNS, CONFIG, connect, run_path
from toile.registry.versions import DISTRIBUTED, SETTINGS
from toile.tasks import template_of
from toile.training.fit import TrainingSet, fit_candidate
from toile.training.rows import HOLDOUT, TRAIN, features_of, gather_rows
from toile.training.trainers import build_candidate

MOST_SHOWN = 5


def run(context: JobContext) -> JobResult:
    """Passed where every metric is equal; warned, with what differs, where one is not."""
    recorded = _read_run(context)
    recorded_metrics = {
        name: value for name, value in recorded.data.metrics.items() if name.startswith(f"{CANDIDATE}.")
    }
    if not recorded_metrics:
        raise DataError(f"MLflow run {recorded.info.run_id} has no metrics of a {CANDIDATE}: it was never validated.")
    metrics = _train_and_measure(context, recorded)
    unequal = [
        f"{name} was {value!r} and is {metrics.get(name)!r}"
        for name, value in sorted(recorded_metrics.items())
        if metrics.get(name) != value
    ]
    if len(unequal) > MOST_SHOWN:
        unequal = [*unequal[:MOST_SHOWN], f"and {len(unequal) - MOST_SHOWN} more metrics differ"]
    # What differs around a run explains figures that differ; where they are equal it does not matter.
    causes = _differences(recorded.data.tags, context) if unequal else []
    return context.result(
        Verdict.WARNED if unequal else Verdict.PASSED,
        reasons=[*unequal, *causes],
        metrics={name: value for name, value in metrics.items() if name.count(".") == 1},
        mlflow_run_id=recorded.info.run_id,
        outputs={"mlflow_run": run_path(recorded)},
    )


def _read_run(context: JobContext) -> Run:
    client, run_id = connect(context.model.environment), context.parameter("mlflow_run")
    try:
        found = client.get_run(run_id)
    except MlflowException as error:
        if error.error_code not in {"RESOURCE_DOES_NOT_EXIST", "INVALID_PARAMETER_VALUE"}:
            raise
        raise DataError(f"MLflow has no run {run_id!r}.") from error
    kind, model = (found.data.tags.get(f"toile.{name}") for name in ("kind", "model"))
    if (kind, model) != ("train", context.spec.model):
        raise DataError(f"MLflow run {run_id} is no training run of {context.spec.model} (kind {kind}, model {model}).")
    return found


def _train_and_measure(context: JobContext, recorded: Run) -> dict[str, float]:
    run_id, version = recorded.info.run_id, int(recorded.data.params[f"data.{context.names.training_rows}"])
    config = ModelConfig.model_validate_json(_recorded(run_id, CONFIG))
    validation = Validation.model_validate_json(_recorded(run_id, SETTINGS))
    columns: dict[str, str] = json.loads(_recorded(run_id, COLUMNS))
    task, seed = template_of(config.task.kind), config.validation.seed
    with context.step("read rows"):
        rows = gather_rows(context.tables, config, columns, recorded.data.tags["toile.as_of"], version)
    with context.step("fit"):
        build = partial(build_candidate, config.trainer, task.kind, columns, seed)
        estimator = fit_candidate(build, config, columns, rows, TrainingSet.of(rows.parts[TRAIN], config, columns))
    with context.step("measure"):
        predictions = {CANDIDATE: task.predict(estimator, features_of(rows.parts[HOLDOUT], columns))}
        holdout = Holdout.of_model(config, rows.parts[HOLDOUT], predictions)
        return to_metrics(evaluate(holdout, validation).metrics(CANDIDATE), f"{CANDIDATE}.")


def _recorded(run_id: str, file: str) -> str:
    text: str = mlflow.artifacts.load_text(f"runs:/{run_id}/{file}")
    return text


def _differences(tags: Mapping[str, str], context: JobContext) -> list[str]:
    now = {
        "code_commit": code_commit(context.model.environment),
        "lock_digest": lock_digest(),
        "config_digest": context.model.digest,
    }
    told = [
        f"{name.replace('_', ' ')} was {tags.get(f'toile.{name}')} and is {value}"
        for name, value in now.items()
        if tags.get(f"toile.{name}") != value
    ]
    if distributed := tags.get(DISTRIBUTED):
        told.append(f"on other workers a distributed fit is not equal to the last digit; it was: {distributed}")
    return told
