"""MLflow runs that are idempotent by run key."""

import logging
import os
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path

os.environ.setdefault("MLFLOW_ENABLE_ASYNC_LOGGING", "false")
os.environ.setdefault("MLFLOW_ENABLE_ARTIFACTS_PROGRESS_BAR", "false")

import mlflow
from mlflow import MlflowClient
from mlflow.entities import Run, ViewType
from mlflow.exceptions import MlflowException
from pydantic import BaseModel

from toile.config.platform import Environment
from toile.context import JobContext
from toile.contract import MODEL_EXPERIMENT
from toile.home import toile_home, tracking_uri
from toile.provenance import code_commit, lock_digest

# They say at each model that a pickle can run code (ours come from our own registry) and that uv brings no pip.
for _talkative in ("mlflow.sklearn", "mlflow.utils.environment"):
    logging.getLogger(_talkative).setLevel(logging.ERROR)

RUN_KEY, KIND = "toile.run_key", "toile.kind"
FINISHED = "FINISHED"
CONFIG, COLUMNS = "config.json", "columns.json"
"""What a training run keeps for `toile reproduce`."""


def connect(environment: Environment) -> MlflowClient:
    """A client of the environment's MLflow, which also becomes the one that `mlflow.*` functions speak to."""
    uri = tracking_uri(environment.mlflow)
    if uri.startswith("sqlite:///"):
        Path(uri.removeprefix("sqlite:///")).parent.mkdir(parents=True, exist_ok=True)
        logging.getLogger("mlflow.store.db.utils").setLevel(logging.WARNING)
        logging.getLogger("alembic").setLevel(logging.WARNING)
    mlflow.set_tracking_uri(uri)
    mlflow.set_registry_uri(uri.replace("databricks", "databricks-uc", 1) if uri.startswith("databricks") else uri)
    return MlflowClient()


def experiment_id(client: MlflowClient, name: str, environment: Environment) -> str:
    """The experiment of this name; made at the first call, with its artefacts under TOILE_HOME on a laptop."""
    if found := client.get_experiment_by_name(name):
        return str(found.experiment_id)
    if environment.mlflow_is_databricks:
        _make_workspace_folder(name.rpartition("/")[0])
    location = None if environment.mlflow else str(toile_home() / "mlflow" / "artifacts" / name)
    try:
        return str(client.create_experiment(name, artifact_location=location, tags=MODEL_EXPERIMENT))
    except MlflowException:  # another job made it in the meantime
        if found := client.get_experiment_by_name(name):
            return str(found.experiment_id)
        raise


def _make_workspace_folder(folder: str) -> None:
    """A workspace makes no experiment in a folder that does not exist."""
    from databricks.sdk import WorkspaceClient

    WorkspaceClient().workspace.mkdirs(folder)


def find_runs(client: MlflowClient, experiment: str, newest: int | None = None, /, **tags: str) -> list[Run]:
    """Runs of an experiment whose `toile.<name>` tags have these values, newest first: all, or the `newest` so many."""
    found = client.get_experiment_by_name(experiment)
    if not found:
        return []
    condition = " and ".join(f"tags.`toile.{name}` = '{value}'" for name, value in tags.items())
    runs: list[Run] = []
    token: str | None = None
    while token != "" and len(runs) != newest:
        page = client.search_runs(
            [found.experiment_id],
            condition,
            ViewType.ACTIVE_ONLY,
            newest or 1000,
            ["attributes.start_time DESC"],
            token,
        )
        runs += page
        token = page.token or ""
    return runs


@contextmanager
def job_run(
    client: MlflowClient,
    context: JobContext,
    kind: str,
    *,
    tags: Mapping[str, str] | None = None,
    metrics: Mapping[str, float] | None = None,
    record: BaseModel | None = None,
) -> Iterator[Run]:
    """An MLflow run for this job, with `tags` under `toile.`, `metrics`, and `record` as `<kind>.json`.

    What an earlier try with the same run key left for the same tags is deleted first, so that there is one run in the
    end however often the job was killed.
    """
    spec, model = context.spec, context.model
    experiment = experiment_id(client, context.names.experiment, model.environment)
    identity = {"run_key": spec.run_key, "kind": kind, **({"day": tags["day"]} if tags and "day" in tags else {})}
    for leftover in find_runs(client, context.names.experiment, **identity):
        client.delete_run(leftover.info.run_id)
    about = {
        "run_key": spec.run_key,
        "kind": kind,
        "model": spec.model,
        "as_of": context.as_of,
        "owner": model.config.owner,
        "environment": spec.environment,
        "config_digest": model.digest,
        "code_commit": code_commit(model.environment),
        "lock_digest": lock_digest(),
        **{key: spec.parameters[key] for key in ("reason", "actor") if spec.parameters.get(key)},
        **(tags or {}),
    }
    told = {f"toile.{name}": value for name, value in about.items()}
    with mlflow.start_run(experiment_id=experiment, run_name=f"{kind} {context.as_of}", tags=told) as run:
        mlflow.log_metrics({name: float(value) for name, value in (metrics or {}).items()})
        if record:
            mlflow.log_text(record.model_dump_json(indent=2), f"{kind}.json")
        yield run


def run_path(run: Run) -> str:
    """The run's page, below the address of MLflow's web server."""
    return f"#/experiments/{run.info.experiment_id}/runs/{run.info.run_id}"
