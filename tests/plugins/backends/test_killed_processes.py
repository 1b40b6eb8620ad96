"""Airflow's scheduler and triggerer as processes that are killed, and tasks that people take out of their hands."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.fakes.workspace import Workspace
from tests.plugins.backends.running_airflow import PATIENCE, RunningAirflow, running_airflow
from tests.processes import wait_for
from toile.config.names import SPARK_POOL

DAG = "/api/v2/dags/shop.alpha.monitor"


def test_a_run_is_found_again_or_cancelled_and_never_doubled(
    workspace: Workspace, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOILE_ENV", "production")
    (tmp_path / "airflow").mkdir()
    with running_airflow(tmp_path / "airflow") as airflow:
        expect(lambda: airflow.answers(DAG), airflow)
        airflow.ask("POST", "/api/v2/pools", {"name": SPARK_POOL, "slots": 1})
        a_killed_scheduler_and_triggerer_find_the_run_again(airflow, workspace)
        a_cleared_task_begins_another_run_after_its_first_was_cancelled(airflow, workspace)
        marking_failed_without_a_triggerer_cancels(airflow, workspace)

    assert [effect["work"] for effect in workspace.effects() if effect["at_once"] > 1] == []


def a_killed_scheduler_and_triggerer_find_the_run_again(airflow: RunningAirflow, workspace: Workspace) -> None:
    ends = begin(airflow, workspace, "killed", queued=10)

    airflow.kill("scheduler", "triggerer")
    assert ends() == ["QUEUED"]
    airflow.start("scheduler", "triggerer")

    expect(lambda: state(airflow, "killed") == "success", airflow)
    assert ends() == ["SUCCESS"]


def a_cleared_task_begins_another_run_after_its_first_was_cancelled(
    airflow: RunningAirflow, workspace: Workspace
) -> None:
    ends = begin(airflow, workspace, "cleared", queued=300)
    # Cleared before the triggerer watches the run, the next try finds it again, as after a kill.
    logs = airflow.home / "logs"
    watched = "*/run_id=cleared/**/attempt=1.log.trigger.*"
    expect(lambda: any("in run state" in log.read_text() for log in logs.glob(watched)), airflow)

    cleared = {"dry_run": False, "dag_run_id": "cleared", "task_ids": ["monitor"], "only_failed": False}
    airflow.ask("POST", f"{DAG}/clearTaskInstances", cleared)

    expect(lambda: ends() == ["CANCELED", "SUCCESS"], airflow)
    expect(lambda: state(airflow, "cleared") == "success", airflow)


def marking_failed_without_a_triggerer_cancels(airflow: RunningAirflow, workspace: Workspace) -> None:
    ends = begin(airflow, workspace, "failed", queued=300)

    airflow.kill("triggerer")
    airflow.ask("PATCH", f"{DAG}/dagRuns/failed/taskInstances/monitor/0", {"new_state": "failed"})

    expect(lambda: ends() == ["CANCELED"], airflow)
    expect(lambda: state(airflow, "failed") == "failed", airflow)


def begin(airflow: RunningAirflow, workspace: Workspace, name: str, queued: float) -> Callable[[], list[str]]:
    """A Dag run whose task has deferred for a run in the queue; the answer tells how its runs stand, oldest first."""
    before = len(workspace.runs())
    workspace.plan({"kind": "queued", "seconds": queued})
    body = {"dag_run_id": name, "logical_date": None, "conf": {"as_of": "2011-06-01"}}
    airflow.ask("POST", f"{DAG}/dagRuns", body)
    task = f"{DAG}/dagRuns/{name}/taskInstances/monitor/0"
    expect(lambda: airflow.answers(task) and airflow.ask("GET", task)["state"] == "deferred", airflow)

    def ends() -> list[str]:
        states: list[dict[str, Any]] = [run["state"] for run in workspace.runs()[before:]]
        return [told.get("result_state", told["life_cycle_state"]) for told in states]

    return ends


def state(airflow: RunningAirflow, name: str) -> str:
    return str(airflow.ask("GET", f"{DAG}/dagRuns/{name}")["state"])


def expect(condition: Callable[[], bool], airflow: RunningAirflow) -> None:
    told = lambda: "\n".join(f"{log}\n{log.read_text()[-2000:]}" for log in airflow.home.glob("*.log"))  # noqa: E731
    assert wait_for(condition, PATIENCE, pause=0.5), told()
