"""Airflow in a throw-away home with a migrated database, and fixtures that run DAGs in it.

Import it before anything of Airflow: Airflow reads its home when it is first imported.
"""

import atexit
import json
import os
import shutil
import stat
import sys
import tempfile
import warnings
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

REPOSITORY = Path(__file__).resolve().parents[1]
CONF = Path(__file__).parent / "dags" / "conf"

if "airflow" not in sys.modules:
    _home = tempfile.mkdtemp(prefix="toile-airflow-")
    atexit.register(shutil.rmtree, _home, ignore_errors=True)
    os.environ |= {
        "AIRFLOW_HOME": _home,
        "AIRFLOW__CORE__DAGS_FOLDER": str(REPOSITORY / "dags"),
        "AIRFLOW__CORE__PLUGINS_FOLDER": str(REPOSITORY / "plugins"),
        "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
        "AIRFLOW__CORE__AUTH_MANAGER": "airflow.api_fastapi.auth.managers.simple.simple_auth_manager.SimpleAuthManager",
        "AIRFLOW__API_AUTH__JWT_SECRET": "0" * 64,  # by itself one that is too short for its algorithm
        "AIRFLOW__DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{_home}/airflow.db",
    }


@dataclass
class StandInJobs:
    """The jobs' environment, with a stand-in for its Python."""

    home: Path

    def answer(self, job: str, *answers: dict[str, Any]) -> None:
        """The first call of this job gets the first answer, and so on; the last one is repeated."""
        file = self.home / "answers.json"
        file.write_text(json.dumps({**json.loads(file.read_text()), job: answers}))

    @property
    def calls(self) -> list[dict[str, Any]]:
        return [json.loads(line) for line in (self.home / "calls.jsonl").read_text().splitlines()]

    def specs(self, job: str) -> list[dict[str, Any]]:
        return [call["spec"] for call in self.calls if call["spec"]["job"] == job]


@dataclass
class Finished:
    """A Dag run that `dag.test()` brought to its end."""

    dag_run: Any
    tasks: list[Any] = field(default_factory=list)

    @property
    def state(self) -> str:
        return str(self.dag_run.state)

    def states(self, task_id: str) -> list[str]:
        """The states of one task, by map index."""
        return [str(task.state) for task in self._of(task_id)]

    def labels(self, task_id: str) -> list[str]:
        return [task.rendered_map_index for task in self._of(task_id)]

    def tries(self, task_id: str) -> list[int]:
        return [task.try_number for task in self._of(task_id)]

    def events(self) -> list[tuple[str, dict[str, Any]]]:
        """Asset and extra of every event that this run emitted, oldest first."""
        from airflow.models.asset import AssetEvent, AssetModel
        from airflow.utils.session import create_session
        from sqlalchemy import select

        query = (
            select(AssetModel.uri, AssetEvent.extra)
            .join(AssetModel, AssetModel.id == AssetEvent.asset_id)
            .where(AssetEvent.source_run_id == self.dag_run.run_id, AssetEvent.source_dag_id == self.dag_run.dag_id)
            .order_by(AssetEvent.id)
        )
        with create_session() as session:
            return [(uri, extra) for uri, extra in session.execute(query)]

    def _of(self, task_id: str) -> list[Any]:
        return sorted((task for task in self.tasks if task.task_id == task_id), key=lambda task: task.map_index)


@pytest.fixture(scope="session")
def airflow_database() -> None:
    """A migrated database, once for all tests."""
    from airflow.utils.db import initdb

    with warnings.catch_warnings():
        # How Airflow configures Alembic is its own affair.
        warnings.simplefilter("ignore")
        initdb()


@pytest.fixture
def conf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the fixture configuration with two models, shop.alpha and shop.beta, for this test to change."""
    root = shutil.copytree(CONF, tmp_path / "conf")
    monkeypatch.setenv("TOILE_CONF", str(root))
    monkeypatch.delenv("TOILE_ENV", raising=False)
    return root


@pytest.fixture
def jobs(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> StandInJobs:
    """The jobs' environment under a TOILE_HOME of this test."""
    home = tmp_path / "toile"
    python = home / "venvs" / "jobs" / "bin" / "python"
    python.parent.mkdir(parents=True)
    script = (Path(__file__).parent / "stand_in_job.py").read_text()
    python.write_text(f"#!{sys.executable}\n{script}")
    python.chmod(python.stat().st_mode | stat.S_IXUSR)
    (home / "answers.json").write_text("{}")
    (home / "calls.jsonl").write_text("")
    monkeypatch.setenv("TOILE_HOME", str(home))
    return StandInJobs(home)


@pytest.fixture
def parse(conf: Path, airflow_database: None) -> Callable[[], Any]:
    """Parses the dags folder as the DAG processor does."""

    def parse_dags() -> Any:
        from airflow.dag_processing.dagbag import DagBag

        return DagBag(dag_folder=REPOSITORY / "dags")

    return parse_dags


@pytest.fixture
def run(parse: Callable[[], Any], jobs: StandInJobs, monkeypatch: pytest.MonkeyPatch) -> Callable[..., Finished]:
    """Runs a DAG to its end in this process: `run(dag_id, run_conf=..., logical_date=..., events=[(event, extra)])`."""

    def run_dag(dag_id: str, *, events: list[tuple[str, dict[str, Any]]] | None = None, **options: Any) -> Finished:
        from airflow.models import dagrun
        from airflow.utils.session import create_session

        dag = parse().dags[dag_id]
        for task in dag.tasks:
            task.retry_delay = timedelta(milliseconds=1)
        create = dagrun.get_or_create_dagrun

        def create_with_events(*, session: Any, **arguments: Any) -> Any:
            dag_run = create(session=session, **arguments)
            dag_run.consumed_asset_events.extend(_asset_events(session, dag_id, events or []))
            dag_run.run_type = "asset_triggered" if events else dag_run.run_type
            session.commit()
            return dag_run

        with monkeypatch.context() as patch:
            patch.setattr(dagrun, "get_or_create_dagrun", create_with_events)
            dag_run = dag.test(**options)
        with create_session() as session:
            return Finished(dag_run, list(session.merge(dag_run).get_task_instances(session=session)))

    return run_dag


def _asset_events(session: Any, dag_id: str, events: list[tuple[str, dict[str, Any]]]) -> Iterator[Any]:
    from airflow.models.asset import AssetEvent, AssetModel
    from sqlalchemy import select

    model = dag_id.rpartition(".")[0].replace(".", "/")
    for number, (event, extra) in enumerate(events):
        asset = session.scalar(select(AssetModel).where(AssetModel.uri == f"toile://{model}/{event}"))
        moment = datetime(2011, 1, 1, 0, number, tzinfo=UTC)
        yield AssetEvent(asset_id=asset.id, extra=extra, timestamp=moment, source_run_id="test", source_map_index=-1)
