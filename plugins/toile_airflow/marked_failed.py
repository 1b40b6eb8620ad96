"""Hears of tasks that a person marks failed: of some no process is left that would end their runs elsewhere."""

from typing import Any

from airflow.listeners import hookimpl

from toile.config import Conf
from toile.home import conf_root, environment_name

_OPERATOR = "DatabricksJobOperator"


@hookimpl
def on_task_instance_failed(task_instance: Any) -> None:
    """Cancels the task's runs in its workspace.

    Only the API server's record of a task tells its operator: where the task fails by itself, its callback does this.
    """
    if getattr(task_instance, "operator", None) != _OPERATOR:
        return
    from toile_airflow.backends.runs import cancel_runs

    backend = Conf(conf_root(), environment_name()).environment.backend
    if backend.kind == "databricks":
        cancel_runs(backend.connection, task_instance)
