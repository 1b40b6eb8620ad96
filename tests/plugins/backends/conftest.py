from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from typing import Any

import pytest
from airflow.sdk import DAG

from tests.fakes.stand_in_wheel import RESULTS, write_stand_in_wheel
from tests.fakes.workspace import ARTIFACTS, Workspace, started_workspace
from tests.plugins.backends.tasks import Task, Triggerer
from toile.config import Conf
from toile.wheel import wheel_address
from toile_airflow.asks import Ask
from toile_airflow.backends import submit

ENVIRONMENT = f"""
description: A workspace.
backend:
  kind: databricks
  connection: databricks_production
  artifacts: {ARTIFACTS}
  compute: {{kind: job_cluster, spark_version: 17.3.x-cpu-ml-scala2.13, node_type: m7gd.xlarge, workers: 2, spot: aws}}
  timeout_minutes: 2
  poll_seconds: 1
tables: {{kind: catalog, catalog: ml}}
mlflow: databricks
registry: ml
results: {RESULTS}
schedules: false
"""


@pytest.fixture(scope="session")
def _workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    with started_workspace(tmp_path_factory.mktemp("workspace")) as workspace:
        yield workspace


@pytest.fixture(scope="session")
def triggerer() -> Triggerer:
    return Triggerer()


@pytest.fixture
def workspace(_workspace: Workspace, conf: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    """The workspace of the environment `production`, with a connection and this checkout's wheel in it."""
    monkeypatch.setenv("AIRFLOW_CONN_DATABRICKS_PRODUCTION", _workspace.connection)
    (conf / "environments" / "production.yaml").write_text(ENVIRONMENT)
    backend: Any = Conf(conf, "production").environment.backend
    write_stand_in_wheel(_workspace.root / wheel_address(backend).lstrip("/"))
    yield _workspace
    _workspace.plan()


@pytest.fixture
def task(workspace: Workspace, conf: Path, triggerer: Triggerer, request: pytest.FixtureRequest) -> Callable[..., Task]:
    """A task of its own Dag run: `task(do)`, where `do` is what the stand-in wheel does."""

    def new_task(do: str = "", name: str = "") -> Task:
        model = Conf(conf, "production").load_model("shop.alpha")
        ask = Ask(as_of=date(2011, 6, 1)).model_dump(mode="json")

        def build() -> Any:
            with DAG("shop.alpha.train", schedule=None):
                return submit(model, "train", ask=ask, parameters={"do": do})

        return Task(build, triggerer, f"{request.node.name}{name}")

    return new_task
