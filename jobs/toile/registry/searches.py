"""The trials of a search in MLflow: one run each, nested in that of the training."""

import time

import mlflow
from mlflow import MlflowClient
from mlflow.entities import Metric, Param, Run, RunTag
from mlflow.utils.mlflow_tags import MLFLOW_PARENT_RUN_ID, MLFLOW_RUN_NAME

from toile.registry.tracking import KIND, RUN_KEY
from toile.training.search import SearchReport, Trial

REPORT = "search.json"


def log_search(client: MlflowClient, parent: Run, report: SearchReport) -> None:
    """Writes the report and one nested run per trial; trials that a killed try left are deleted first."""
    experiment, run_key = parent.info.experiment_id, parent.data.tags[RUN_KEY]
    left = f"tags.`{RUN_KEY}` = '{run_key}' and tags.`{KIND}` = 'trial'"
    for leftover in client.search_runs([experiment], left, max_results=10_000):
        client.delete_run(leftover.info.run_id)
    mlflow.log_text(report.model_dump_json(indent=2), REPORT)
    tags = {MLFLOW_PARENT_RUN_ID: parent.info.run_id, RUN_KEY: run_key, KIND: "trial"}
    for number, trial in enumerate(report.trials):
        made = client.create_run(experiment, tags={**tags, MLFLOW_RUN_NAME: f"trial {number}"})
        _write(client, made.info.run_id, trial, report.metric)


def _write(client: MlflowClient, run_id: str, trial: Trial, metric: str) -> None:
    measured = {"seconds": trial.seconds} | ({metric: trial.value} if trial.value is not None else {})
    now = int(time.time() * 1000)
    client.log_batch(
        run_id,
        metrics=[Metric(name, value, now, 0) for name, value in measured.items()],
        params=[Param(name, str(value)) for name, value in trial.params.items()],
        tags=[RunTag("toile.failure", trial.failure)] if trial.failure else [],
    )
    client.set_terminated(run_id, "FAILED" if trial.failure else "FINISHED")
