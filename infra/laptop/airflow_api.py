"""The few calls of Airflow's REST API (v2) that a demo needs."""

import json
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import Any
from urllib.error import HTTPError
from urllib.parse import quote
from urllib.request import Request, urlopen

from toile.errors import InfrastructureError

NOT_FOUND, CONFLICT = 404, 409
PAGE = 100


@dataclass(frozen=True)
class DagRun:
    """One Dag run as the API shows it."""

    dag_id: str
    run_id: str
    state: str
    started: datetime | None
    ended: datetime | None

    @property
    def label(self) -> str:
        """Why it ran, short enough for a table."""
        return "by an asset event" if self.run_id.startswith("asset_triggered") else self.run_id

    @property
    def is_finished(self) -> bool:
        return self.state in {"success", "failed"}

    @property
    def seconds(self) -> int | None:
        """How long it took, or has taken by now; None before it has started."""
        if self.started is None:
            return None
        return int(((self.ended or datetime.now(UTC)) - self.started).total_seconds())


class AirflowApi:
    """A client of one Airflow; `url` is its root."""

    def __init__(self, url: str) -> None:
        self._url = url
        self._token = self._call("GET", "/auth/token")["access_token"]

    def dag_ids(self) -> set[str]:
        return {dag["dag_id"] for dag in self._pages("GET", "/api/v2/dags", "dags")}

    def import_errors(self) -> list[str]:
        """File and last line of every DAG file that could not be loaded."""
        errors = self._pages("GET", "/api/v2/importErrors", "import_errors")
        return [f"{error['filename']}: {error['stack_trace'].strip().splitlines()[-1]}" for error in errors]

    def make_pool(self, name: str, slots: int) -> None:
        """Makes the pool; one that exists keeps the size that somebody may have given it."""
        self._call("POST", "/api/v2/pools", {"name": name, "slots": slots}, accept=CONFLICT)

    def trigger(self, dag_id: str, run_id: str, conf: dict[str, str]) -> None:
        """Asks for a run without a logical date; a run of this id that exists already stays as it is."""
        body = {"dag_run_id": run_id, "logical_date": None, "conf": conf}
        self._call("POST", f"/api/v2/dags/{dag_id}/dagRuns", body, accept=CONFLICT)

    def clear_failed(self, run: DagRun) -> None:
        """Has the failed tasks of a run, and those that waited for them, run again."""
        body = {"dry_run": False, "only_failed": True}
        self._call("POST", f"/api/v2/dags/{run.dag_id}/dagRuns/{quote(run.run_id)}/clear", body)

    def delete(self, run: DagRun) -> None:
        """Removes a run and its tasks."""
        self._call("DELETE", f"/api/v2/dags/{run.dag_id}/dagRuns/{quote(run.run_id)}")

    def runs(self, dag_ids: Iterable[str]) -> list[DagRun]:
        """All runs of these DAGs, in the order in which they were queued."""
        body = {"dag_ids": sorted(dag_ids)}
        found = self._pages("POST", "/api/v2/dags/~/dagRuns/list", "dag_runs", body)
        return [_dag_run(run) for run in sorted(found, key=lambda run: run["queued_at"] or "")]

    def has_queued_events(self, dag_id: str) -> bool:
        """Whether an asset event waits for the scheduler to make a run of this DAG."""
        answer = self._call("GET", f"/api/v2/dags/{dag_id}/assets/queuedEvents", accept=NOT_FOUND)
        return bool(answer.get("queued_events"))

    def failed_log(self, run: DagRun) -> str:
        """The log of the run's first failed task, as plain lines."""
        path = f"/api/v2/dags/{run.dag_id}/dagRuns/{quote(run.run_id)}/taskInstances"
        failed = [task for task in self._call("GET", path)["task_instances"] if task["state"] == "failed"]
        if not failed:
            return "(no task has failed; the run itself did)"
        task = failed[0]
        log = f"{path}/{task['task_id']}/logs/{task['try_number']}?map_index={task['map_index']}&full_content=true"
        events = self._call("GET", log)["content"]
        lines = [event["event"] if isinstance(event, dict) else str(event) for event in events]
        return f"task {task['task_id']}, try {task['try_number']}:\n" + "\n".join(lines)

    def _pages(self, method: str, path: str, key: str, body: dict[str, Any] | None = None) -> list[dict[str, Any]]:
        found: list[dict[str, Any]] = []
        while True:
            if body is None:
                answer = self._call(method, f"{path}?limit={PAGE}&offset={len(found)}")
            else:
                answer = self._call(method, path, {**body, "page_limit": PAGE, "page_offset": len(found)})
            found += answer[key]
            if not answer[key] or len(found) >= answer["total_entries"]:
                return found

    def _call(
        self, method: str, path: str, body: dict[str, Any] | None = None, accept: int | None = None
    ) -> dict[str, Any]:
        """The JSON answer; an empty one for the status that the caller accepts beside success."""
        headers = {"Content-Type": "application/json", "Accept": "application/json"}
        if path != "/auth/token":
            headers["Authorization"] = f"Bearer {self._token}"
        data = None if body is None else json.dumps(body).encode()
        request = Request(self._url + path, data=data, headers=headers, method=method)  # noqa: S310 -- this machine
        try:
            with urlopen(request, timeout=30) as answer:  # noqa: S310
                return dict(json.loads(answer.read() or b"{}"))
        except HTTPError as error:
            if error.code == accept:
                return {}
            detail = error.read(2000).decode(errors="replace")
            raise InfrastructureError(f"Airflow refused {method} {path} ({error.code}): {detail}") from error
        except OSError as error:
            raise InfrastructureError(f"Airflow does not answer {method} {path}: {error}") from error


def _dag_run(run: dict[str, Any]) -> DagRun:
    started, ended = (run[key] and datetime.fromisoformat(run[key]) for key in ("start_date", "end_date"))
    return DagRun(run["dag_id"], run["dag_run_id"], run["state"], started, ended)
