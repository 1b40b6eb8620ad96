"""The runs of one task in a workspace: by what they are found, and how those end that nobody comes for."""

import logging
from collections.abc import Iterator
from hashlib import sha256
from typing import Any

from airflow.providers.databricks.hooks.databricks import DatabricksHook
from airflow.sdk.exceptions import AirflowException, AirflowNotFoundException

LIST_RUNS = ("GET", "2.2/jobs/runs/list")
_PAGE = 24  # the API takes less than 25
_log = logging.getLogger(__name__)


def mark_of(task_instance: Any) -> str:
    """What all runs of a task have in common, as their names and tokens tell it: 32 characters."""
    told = (task_instance.dag_id, task_instance.run_id, task_instance.task_id, task_instance.map_index)
    return sha256("\n".join(map(str, told)).encode()).hexdigest()[:32]


def token_of(task_instance: Any, number: int) -> str:
    """The idempotency token of a task's try; it may have 64 characters."""
    return f"{mark_of(task_instance)}-{number}"


def live_runs(hook: DatabricksHook, task_instance: Any) -> Iterator[int]:
    """The ids of the task's runs that have not ended; nothing begins by looking."""
    asked: dict[str, Any] = {"active_only": "true", "run_type": "SUBMIT_RUN", "limit": _PAGE}
    mark = mark_of(task_instance)
    while True:
        # The hook's one way to ask for what it has no method for, with its authentication and its retries.
        page = hook._do_api_call(LIST_RUNS, asked)
        yield from (run["run_id"] for run in page.get("runs", []) if mark in run["run_name"])
        if not page.get("next_page_token"):
            return
        asked["page_token"] = page["next_page_token"]


def cancel_runs(connection: str, task_instance: Any) -> None:
    """Cancels what the task has left at work in the workspace; where that fails, the log says so in one line."""
    hook, task = DatabricksHook(connection, caller="toile"), task_instance.task_id
    try:
        for run_id in list(live_runs(hook, task_instance)):
            hook.cancel_run(run_id)
            _log.warning("%s has failed: its run %s is cancelled.", task, run_id)
    except AirflowNotFoundException:
        _log.info("%s: without the connection %r nothing was ever submitted.", task, connection)
    except AirflowException as error:
        told = " ".join(str(error).split())
        # One line, no traceback.
        _log.error("%s: a run that may be left ends at its own timeout only: %s", task, told)


class CancelLeftRuns:
    """A failed task's callback; Airflow calls it from elsewhere where the task's own process was killed."""

    def __init__(self, connection: str) -> None:
        self.connection = connection

    def __call__(self, context: Any) -> None:
        cancel_runs(self.connection, context["ti"])
