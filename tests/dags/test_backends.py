"""One model's life through Airflow on each backend: the same figures come of it wherever its jobs run.

The jobs are the real ones, on a small simulated market of which each backend has a copy.
"""

import json
import os
import shutil
import subprocess
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
import yaml

from tests.airflow_home import REPOSITORY, Finished
from tests.fakes.databricks import TOKEN
from tests.fakes.workspace import ARTIFACTS, started_workspace
from tests.spark_cluster import CLUSTER_SETTINGS, JOBS, connect_server, deploy, link_set_up, spark_cluster

MODEL = "customer.repeat_purchase"
STAGES = ("train", "validate", "register", "score", "monitor")
TRAINED_AS_OF, MONITORED_AS_OF = "2011-09-08", "2011-12-08"
# Of a result: what must not depend on where its job ran.
TOLD = ("job", "as_of", "verdict", "reasons", "model_version", "metrics", "rows")
# What the owner of a catalog does: a schema for each domain, and the tables that models read.
CATALOGUE = """
import sys
from pyspark.sql import SparkSession
spark = SparkSession.builder.getOrCreate()
for schema in ("sales", "customer"):
    spark.sql(f"CREATE SCHEMA {schema}")
spark.sql(f"CREATE TABLE sales.order_lines USING DELTA LOCATION '{sys.argv[1]}/sales/order_lines'")
"""

Run = Callable[..., Finished]


@pytest.fixture(scope="module")
def connect(tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    with connect_server(tmp_path_factory.mktemp("connect")) as remote:
        yield remote


@pytest.fixture(scope="module")
def market(connect: str, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A folder of tables."""
    home = tmp_path_factory.mktemp("market")
    command = [JOBS / "python", "-m", "toile.cli", "data", "simulate", "--customers", "3000"]
    subprocess.run(command, check=True, env={**os.environ, "TOILE_HOME": str(home), "SPARK_REMOTE": connect})
    return home / "tables"


@contextmanager
def local(home: Path, connect: str, variables: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    variables.setenv("SPARK_REMOTE", connect)
    yield {"backend": {"kind": "local"}}


@contextmanager
def spark_submit(home: Path, connect: str, variables: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    with spark_cluster(home) as cluster:
        variables.setenv("AIRFLOW_CONN_CLUSTER", f"spark://127.0.0.1:{cluster.port}")
        yield {
            "backend": {"kind": "spark_submit", "connection": "cluster", "artifacts": str(home / "wheels")},
            "spark": CLUSTER_SETTINGS,
            "spark_session": "classic",
        }
        assert cluster.applications("active") == []
        assert len(cluster.applications("completed")) == len(results(home))


@contextmanager
def databricks(home: Path, connect: str, variables: pytest.MonkeyPatch) -> Iterator[dict[str, Any]]:
    """Serverless: its jobs are clients of Spark Connect. Tables and models have names of a catalog."""
    with started_workspace(home / "workspace", "--env", f"SPARK_REMOTE={connect}") as workspace:
        volumes = workspace.root / "Volumes"
        (home / "results").symlink_to(volumes / "ml/toile/results")
        remote = {**os.environ, "SPARK_REMOTE": connect}
        subprocess.run([JOBS / "python", "-c", CATALOGUE, str(home / "tables")], check=True, env=remote)
        variables.setenv("AIRFLOW_CONN_WORKSPACE", workspace.connection)
        variables.setenv("DATABRICKS_HOST", workspace.address)
        variables.setenv("DATABRICKS_TOKEN", TOKEN)
        where = {"connection": "workspace", "artifacts": ARTIFACTS, "compute": {"kind": "serverless"}}
        yield {
            "backend": {"kind": "databricks", **where, "poll_seconds": 1},
            "tables": {"kind": "catalog", "catalog": "spark_catalog"},
            "registry": "ml",
            "results": "/Volumes/ml/toile/results",
        }
        assert [run["state"]["result_state"] for run in workspace.runs()] == ["SUCCESS"] * len(results(home))


BACKENDS = {"local": local, "spark_submit": spark_submit, "databricks": databricks}


@pytest.fixture(params=BACKENDS)
def conf(
    request: pytest.FixtureRequest, tmp_path: Path, market: Path, connect: str, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Path]:
    """The repository's configuration with an environment of this backend; its state lies in a home of its own."""
    for name, value in {"TOILE_ENV": "tested", "TOILE_CONF": tmp_path / "conf", "TOILE_HOME": tmp_path}.items():
        monkeypatch.setenv(name, str(value))
    monkeypatch.chdir(tmp_path)  # MLflow lays its artefacts there
    link_set_up(tmp_path)
    shutil.copytree(market, tmp_path / "tables")
    root = shutil.copytree(REPOSITORY / "conf", tmp_path / "conf")
    state = {"tables": {"kind": "path", "root": str(tmp_path / "tables")}, "results": str(tmp_path / "results")}
    shared = {"description": "A backend under test.", "schedules": False, "defaults": {"approval": "none"}, **state}
    with BACKENDS[request.param](tmp_path, connect, monkeypatch) as own:
        environment = {"mlflow": f"sqlite:///{tmp_path}/mlflow.db", **shared, **own}
        (root / "environments" / "tested.yaml").write_text(yaml.safe_dump(environment))
        deploy("tested")
        yield root


@pytest.fixture
def jobs() -> None:
    """The real ones."""


def results(home: Path) -> list[dict[str, Any]]:
    """What each job of the model concluded, in the order of their ends."""
    told = [json.loads(file.read_text()) for file in (home / "results" / MODEL).rglob("result.json")]
    told.sort(key=lambda result: result["finished_at"])
    return [{name: result[name] for name in TOLD} for result in told]


@pytest.fixture(scope="module")
def lives() -> list[list[dict[str, Any]]]:
    """What was concluded in the lives before this one."""
    return []


def test_a_model_lives_the_same_life_on_every_backend(run: Run, conf: Path, lives: list[list[dict[str, Any]]]) -> None:
    asked: dict[str, Any] = {"run_conf": {"as_of": TRAINED_AS_OF}}
    for stage in STAGES:
        if stage == "monitor":
            asked["run_conf"] = {"as_of": MONITORED_AS_OF}
        finished = run(f"{MODEL}.{stage}", **asked)
        assert finished.state == "success", stage
        asked = {"events": [(uri.rpartition("/")[2], extra) for uri, extra in finished.events()]}

    told = results(conf.parent)

    lives.append(told)
    assert [result["job"] for result in told] == ["gate", "train", "validate", "promote", "gate", "score", "monitor"]
    assert {result["verdict"] for result in told} <= {"passed", "warned"}
    assert "performance.roc_auc" in told[-1]["metrics"]
    assert told == lives[0]
