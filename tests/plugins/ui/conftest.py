import json
import threading
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any

import pytest
from airflow.api_fastapi.auth.managers.simple.user import SimpleAuthManagerUser

from toile.config.names import STAGES
from toile.contract import FACT, HISTORY, Fact


@dataclass
class Mlflow:
    """The few endpoints of MLflow's server that the page asks; `calls` are their names, in order."""

    address: str = ""
    experiments: dict[str, dict[str, str]] = field(default_factory=dict)
    runs: list[dict[str, Any]] = field(default_factory=list)
    calls: list[str] = field(default_factory=list)

    def knows(self, model: str, history: list[Fact] | None = None, **facts: Fact) -> None:
        tags = {f"{FACT}{name.replace('__', '.')}": fact.tag() for name, fact in facts.items()}
        if history:
            tags[HISTORY] = f"[{','.join(fact.tag() for fact in history)}]"
        self.experiments[model] = {"toile.kind": "model", **tags}

    def answer(self, endpoint: str, query: dict[str, Any]) -> dict[str, Any]:
        self.calls.append(endpoint)
        if endpoint == "experiments/search":
            start, size = int(query.get("page_token", 0)), query["max_results"]
            found = list(enumerate(self.experiments.items()))[start : start + size]
            more = {"next_page_token": str(start + size)} if start + size < len(self.experiments) else {}
            return {"experiments": [self._experiment(number, *about) for number, about in found], **more}
        kind = "ledger" if "'ledger'" in query["filter"] else "train"
        return {"runs": [run for run in self.runs if {"key": "toile.kind", "value": kind} in run["data"]["tags"]]}

    @staticmethod
    def _experiment(number: int, name: str, tags: dict[str, str]) -> dict[str, Any]:
        pairs = [{"key": key, "value": value} for key, value in tags.items()]
        return {"experiment_id": str(number), "name": name, "tags": pairs}


@pytest.fixture
def mlflow(monkeypatch: pytest.MonkeyPatch) -> Iterator[Mlflow]:
    known = Mlflow()

    class Handler(BaseHTTPRequestHandler):
        def do_POST(self) -> None:
            query = json.loads(self.rfile.read(int(self.headers["Content-Length"])))
            answer = json.dumps(known.answer(self.path.removeprefix("/api/2.0/mlflow/"), query)).encode()
            self.send_response(200)
            self.end_headers()
            self.wfile.write(answer)

        def log_message(self, *_: object) -> None:
            pass

    with ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        known.address = f"http://127.0.0.1:{server.server_port}"
        monkeypatch.setenv("MLFLOW_TRACKING_URI", known.address)
        monkeypatch.delenv("TOILE_MLFLOW_UI", raising=False)
        yield known
        server.shutdown()


@pytest.fixture
def make_dags(airflow_database: None) -> Iterator[Callable[..., None]]:
    """Makes rows of DAGs, as the DAG processor would, each with a run: `make_dags("shop.alpha", state="failed")`."""
    from airflow.models.dag import DagModel
    from airflow.models.dagbundle import DagBundleModel
    from airflow.models.dagrun import DagRun
    from airflow.utils.session import create_session

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
