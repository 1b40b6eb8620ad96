from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest
from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser

from tests.plugins.ui.mlflow import Mlflow, started_mlflow
from toile.config.names import STAGES


@pytest.fixture
def mlflow(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mlflow]:
    with started_mlflow() as known:
        monkeypatch.setenv("MLFLOW_TRACKING_URI", known.address)
        monkeypatch.delenv("TOILE_MLFLOW_UI", raising=False)
        yield known


@pytest.fixture
def make_dags(airflow_database: None) -> Iterator[Callable[..., None]]:
    """Makes rows of DAGs, as the DAG processor would, each with a run: `make_dags("shop.alpha", state="failed")`."""
    from airflow.models.dag import DagModel
    from airflow.models.dagbundle import DagBundleModel
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session

    with create_session() as session:  # what other tests have left
        session.query(DagRun).delete()
        session.query(DagModel).delete()
    made: list[str] = []

    def make(*models: str, stages: tuple[str, ...] = STAGES, state: str = "success", paused: bool = False) -> None:
        dag_ids = [f"{model}.{stage}" for model in models for stage in stages]
        with create_session() as session:
            session.merge(DagBundleModel(name="page"))
            session.flush()
            for dag_id in dag_ids:
                dag = DagModel(dag_id=dag_id, bundle_name="page", max_active_tasks=1, max_active_runs=1)
                dag.max_consecutive_failed_dag_runs, dag.has_task_concurrency_limits = 0, False
                dag.is_stale, dag.is_paused = False, paused
                session.add(dag)
                session.add(DagRun(dag_id=dag_id, run_id="manual__1", run_type="manual", state=state))
        made.extend(dag_ids)

    yield make
    with create_session() as session:
        session.query(DagRun).where(DagRun.dag_id.in_(made)).delete()
        session.query(DagModel).where(DagModel.dag_id.in_(made)).delete()


@pytest.fixture(scope="session")
def airflow_app(airflow_database: None) -> Any:
    """Airflow's own API server, with this project's plugin in it."""
    from airflow.api_fastapi.app import create_app

    return create_app()


@pytest.fixture
def client(airflow_app: Any, conf: Path) -> Callable[..., Any]:
    """A browser of a user with this role; without one, of nobody."""
    from airflow.api_fastapi.auth.managers.base_auth_manager import COOKIE_NAME_JWT_TOKEN
    from starlette.testclient import TestClient

    def sign_in(role: str | None = None) -> TestClient:
        browser = TestClient(airflow_app, base_url="http://airflow", follow_redirects=False)
        if role:
            user = SimpleAuthManagerUser(username="test", role=role)
            token = airflow_app.state.auth_manager.generate_jwt(user)
            browser.cookies.set(COOKIE_NAME_JWT_TOKEN, token)
        return browser

    return sign_in
