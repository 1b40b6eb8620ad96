import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from typing import Any

import pytest

from laptop import airflow_api
from laptop.airflow_api import AirflowApi, DagRun
from toile.errors import InfrastructureError

RUNS = "/api/v2/dags/~/dagRuns/list"


def _run(run_id: str, queued_at: str, state: str = "success") -> dict[str, Any]:
    start = "2026-01-01T00:00:00Z"
    end = "2026-01-01T00:00:07Z" if state == "success" else None
    return {
        "dag_id": "a.b.train", "dag_run_id": run_id, "state": state, "queued_at": queued_at,
        "start_date": start, "end_date": end,
    }  # fmt: skip


class StandInAirflow(HTTPServer):
    """Answers by method and path, and keeps what it was asked."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), _Handler)
        self.answers: dict[str, tuple[int, dict[str, Any]]] = {"GET /auth/token": (201, {"access_token": "secret"})}
        self.asked: list[tuple[str, dict[str, Any], str | None]] = []
        self.runs: list[dict[str, Any]] = []

    @property
    def url(self) -> str:
        return f"http://127.0.0.1:{self.server_port}"


class _Handler(BaseHTTPRequestHandler):
    server: StandInAirflow

    def _answer(self) -> None:
        body = json.loads(self.rfile.read(int(self.headers.get("Content-Length") or 0)) or "{}")
        self.server.asked.append((f"{self.command} {self.path}", body, self.headers.get("Authorization")))
        if self.path == RUNS:
            page = self.server.runs[body["page_offset"] :][: body["page_limit"]]
            status, answer = 200, {"dag_runs": page, "total_entries": len(self.server.runs)}
        else:
            status, answer = self.server.answers.get(f"{self.command} {self.path}", (404, {"detail": "not found"}))
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(answer).encode())

    do_GET = do_POST = _answer  # noqa: N815 -- http.server's names

    def log_message(self, *_: object) -> None:
        return None


@pytest.fixture
def airflow() -> Iterator[StandInAirflow]:
    with StandInAirflow() as server:
        thread = threading.Thread(target=server.serve_forever, args=(0.01,))
        thread.start()
        yield server
        server.shutdown()
        thread.join()


def test_runs_are_read_to_the_last_page_and_shown_in_the_order_of_their_asking(
    airflow: StandInAirflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(airflow_api, "PAGE", 2)
    airflow.runs = [_run("c", "3"), _run("a", "1"), _run("b", "2")]
    runs = AirflowApi(airflow.url).runs(["a.b.train"])
    assert [run.run_id for run in runs] == ["a", "b", "c"]
    assert runs[0].seconds == 7
    assert [body["page_offset"] for ask, body, _ in airflow.asked if ask == f"POST {RUNS}"] == [0, 2]


def test_every_call_but_the_first_carries_the_token(airflow: StandInAirflow) -> None:
    AirflowApi(airflow.url).runs([])
    assert [token for _, _, token in airflow.asked] == [None, "Bearer secret"]


def test_a_run_that_exists_already_stays_as_it_is(airflow: StandInAirflow) -> None:
    airflow.answers["POST /api/v2/dags/a.b.train/dagRuns"] = (409, {"detail": "exists"})
    AirflowApi(airflow.url).trigger("a.b.train", "demo__1", {"as_of": "2011-09-01"})
    asked = airflow.asked[-1][1]
    assert asked == {"dag_run_id": "demo__1", "logical_date": None, "conf": {"as_of": "2011-09-01"}}


def test_no_queue_of_events_means_no_event(airflow: StandInAirflow) -> None:
    assert not AirflowApi(airflow.url).has_queued_events("a.b.validate")


def test_a_refusal_is_told_with_what_airflow_says(airflow: StandInAirflow) -> None:
    airflow.answers["POST /api/v2/pools"] = (422, {"detail": "slots must be positive"})
    with pytest.raises(InfrastructureError, match=r"refused POST /api/v2/pools \(422\).*slots must be positive"):
        AirflowApi(airflow.url).make_pool("toile_spark", 0)


def test_an_airflow_that_is_gone_is_told() -> None:
    with pytest.raises(InfrastructureError, match="does not answer GET /auth/token"):
        AirflowApi("http://127.0.0.1:9")


def test_an_airflow_that_hangs_up_is_told(airflow: StandInAirflow, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(_Handler, "do_GET", lambda _: None)
    with pytest.raises(InfrastructureError, match="does not answer GET /auth/token"):
        AirflowApi(airflow.url)


def test_the_log_of_the_failed_task_is_found_by_its_try(airflow: StandInAirflow) -> None:
    tasks = "/api/v2/dags/a.b.train/dagRuns/by%3A1/taskInstances"
    failed = {"task_id": "gate", "state": "failed", "try_number": 2, "map_index": 0}
    airflow.answers[f"GET {tasks}"] = (200, {"task_instances": [{"task_id": "ask", "state": "success"}, failed]})
    airflow.answers[f"GET {tasks}/gate/logs/2?map_index=0&full_content=true"] = (200, {"content": [{"event": "boom"}]})
    run = DagRun("a.b.train", "by:1", "failed", None, None)
    assert AirflowApi(airflow.url).failed_log(run) == "task gate, try 2:\nboom"
