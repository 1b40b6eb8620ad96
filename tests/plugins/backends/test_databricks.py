import json
import re
import time
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.listeners.listener import get_listener_manager
from airflow.sdk.exceptions import AirflowException, AirflowFailException, TaskDeferred

from tests.airflow_home import Finished
from tests.fakes.stand_in_wheel import RESULTS
from tests.fakes.workspace import ARTIFACTS, Workspace
from tests.plugins.backends.tasks import Killed, Task
from toile_airflow.backends.runs import token_of

NewTask = Callable[..., Task]


def runs_of(task: Task, workspace: Workspace) -> list[dict[str, Any]]:
    """The runs of this task's tries, oldest first."""
    tokens = {token_of(task.context["ti"], number) for number in range(1, 10)}
    return [run for run in workspace.runs() if run["settings"]["idempotency_token"] in tokens]


def ends(task: Task, workspace: Workspace) -> list[str]:
    return [run["state"].get("result_state", run["state"]["life_cycle_state"]) for run in runs_of(task, workspace)]


def run_key_of(run: dict[str, Any]) -> str:
    return str(json.loads(run["settings"]["tasks"][0]["python_wheel_task"]["named_parameters"]["spec"])["run_key"])


def defer(task: Task) -> TaskDeferred:
    task.new_try()
    deferred = task.start()
    assert isinstance(deferred, TaskDeferred)
    return deferred


def continued(before: Task, after: Task) -> Task:
    """The same task, as it is after conf/ has changed."""
    after.name, after.tries = before.name, before.tries
    return after


def undeploy(conf: Path) -> None:
    """The checkout is now one whose wheel is not in the workspace."""
    file = conf / "environments" / "production.yaml"
    file.write_text(file.read_text().replace(ARTIFACTS, f"{ARTIFACTS}/none"))


def ask_for(conf: Path, node_type: str) -> None:
    file = conf / "environments" / "production.yaml"
    file.write_text(file.read_text().replace("m7gd.xlarge", node_type))


def wait_for(condition: Callable[[], bool]) -> None:
    deadline = time.monotonic() + 30
    while not condition():
        assert time.monotonic() < deadline
        time.sleep(0.05)


def test_a_job_is_one_run_that_no_worker_waits_for(task: NewTask, workspace: Workspace) -> None:
    it = task()
    deferred = defer(it)

    outcome = it.resume(deferred)

    [run] = runs_of(it, workspace)
    assert outcome["verdict"] == "passed"
    assert outcome["run_key"] == run_key_of(run)
    assert it.links["run_page_url"].startswith(workspace.address)
    assert run["settings"]["tasks"][0]["new_cluster"]["custom_tags"]["toile_stage"] == "train"
    assert run["settings"]["timeout_seconds"] == "120"


def test_a_stage_runs_to_its_end_in_airflow_itself(
    run: Callable[..., Finished], workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOILE_ENV", "production")

    finished = run("shop.alpha.train", run_conf={"as_of": "2011-06-01", "window": "90d"})

    assert finished.state == "success"
    [(announced, extra)] = finished.events()
    assert (announced, extra["version"]) == ("toile://shop/alpha/candidate", "7")


def test_the_authors_mistake_is_told_in_its_own_words_and_not_tried_again(task: NewTask) -> None:
    with pytest.raises(AirflowFailException, match=r"^train: there is no column spend http\S+$"):
        task("mistake").run()


def test_a_mistake_that_was_mended_does_not_explain_the_fault_after_it(task: NewTask, workspace: Workspace) -> None:
    it = task()
    it.new_try()
    folder = workspace.root / RESULTS[1:] / it.build().begin(it.context).run_key
    folder.mkdir(parents=True)
    told = {"run_key": folder.name, "error": "ConfigError", "message": "no", "failed_at": "2011-06-01T00:00:00Z"}
    (folder / "failure.json").write_text(json.dumps(told))
    it.tries = 0
    workspace.plan({"kind": "evicted"})

    with pytest.raises(AirflowException, match="CLOUD_FAILURE"):
        it.run()


@pytest.mark.parametrize(
    ("do", "fault", "told"),
    [
        ("fault", None, r"train: the run ended as RUN_EXECUTION_ERROR, OSError: Workload failed"),
        ("nothing", None, r"train ended well but left no result under shop\.alpha/train/"),
        ("", "evicted", r"train: the run ended as CLOUD_FAILURE.*SPOT_INSTANCE_TERMINATION"),
        ("", "internal_error", r"train: the run ended as INTERNAL_ERROR"),
        ("", "cancelled", r"train: the run ended as USER_CANCELED: Run cancelled"),
    ],
)
def test_a_fault_is_told_in_one_line_and_tried_again(
    task: NewTask, workspace: Workspace, do: str, fault: str | None, told: str
) -> None:
    workspace.plan(*([{"kind": fault}] if fault else []))

    with pytest.raises(AirflowException, match=told) as raised:
        task(do).run()

    assert type(raised.value) is AirflowException
    assert "\n" not in str(raised.value)
    assert "does not answer" not in str(raised.value), "what other code says may hold secrets"


def test_a_run_that_was_struck_is_followed_by_one_other(task: NewTask, workspace: Workspace) -> None:
    workspace.plan({"kind": "evicted", "seconds": 0.1})
    it = task("sleep 0.5")
    with pytest.raises(AirflowException):
        it.run()

    assert it.run()["verdict"] == "passed"
    assert ends(it, workspace) == ["FAILED", "SUCCESS"]


@pytest.mark.parametrize("kind", ["429", "500", "503", "reset", "lost"])
def test_a_request_that_fails_is_asked_again_and_begins_no_second_run(
    task: NewTask, workspace: Workspace, kind: str
) -> None:
    workspace.plan({"kind": kind, "match": "submit"}, {"kind": kind, "match": "files"})
    it = task()

    assert it.run()["verdict"] == "passed"
    assert workspace.faults() == {kind: 2}
    assert len(runs_of(it, workspace)) == 1


def test_a_worker_that_is_killed_leaves_its_run_to_the_next_try(task: NewTask, workspace: Workspace) -> None:
    it = task("sleep 0.5")
    it.new_try()
    operator = it.build()
    submitted = operator._hook.submit_run

    def submit_and_die(body: dict[str, Any]) -> int:
        submitted(body)
        raise Killed

    operator._hook.submit_run = submit_and_die
    with pytest.raises(Killed):
        it.start(operator)

    assert it.run()["verdict"] == "passed"
    assert ends(it, workspace) == ["SUCCESS"]


def test_a_run_that_ended_well_while_nobody_watched_is_not_run_again(task: NewTask, workspace: Workspace) -> None:
    it = task()
    defer(it)
    workspace.wait_until_idle()

    assert it.run()["verdict"] == "passed"
    assert len(runs_of(it, workspace)) == 1


def test_a_triggerer_that_loses_sight_of_a_run_is_not_its_end(task: NewTask, workspace: Workspace) -> None:
    it = task("sleep 1")
    deferred = defer(it)
    workspace.plan({"kind": "lost", "match": "runs/get", "times": 2})  # aiohttp asks once again by itself

    outcome = it.resume(deferred)

    assert isinstance(outcome, TaskDeferred)
    assert it.resume(outcome)["verdict"] == "passed"
    assert ends(it, workspace) == ["SUCCESS"]


def test_clearing_a_task_cancels_its_run_and_the_next_try_begins_another(task: NewTask, workspace: Workspace) -> None:
    it = task("sleep 2")
    watching = it.triggerer.start(defer(it).trigger)
    wait_for(lambda: ends(it, workspace) == ["RUNNING"])

    watching.cancel()

    assert it.run()["verdict"] == "passed"
    assert ends(it, workspace) == ["CANCELED", "SUCCESS"]


def test_killing_a_task_cancels_the_run_that_its_request_began(task: NewTask, workspace: Workspace) -> None:
    it = task("sleep 60")
    it.new_try()
    operator = it.build()
    submitted = operator._hook.submit_run

    def submit_and_lose_the_answer(body: dict[str, Any]) -> None:
        operator._hook.submit_run = submitted
        submitted(body)
        raise Killed

    operator._hook.submit_run = submit_and_lose_the_answer
    with pytest.raises(Killed):
        it.start(operator)

    operator.on_kill()

    wait_for(lambda: ends(it, workspace) == ["CANCELED"])


def test_a_run_that_waits_for_ever_is_cancelled(task: NewTask, workspace: Workspace) -> None:
    workspace.plan({"kind": "queued", "seconds": 60})
    it = task()
    deferred = defer(it)
    assert deferred.timeout is not None

    with pytest.raises(AirflowException, match="did not end in 4 minutes: cancelled"):
        it.overdue()

    wait_for(lambda: ends(it, workspace) == ["CANCELED"])


def test_a_run_that_was_asked_for_before_the_configuration_changed_gives_way(
    task: NewTask, workspace: Workspace, conf: Path
) -> None:
    it = task("sleep 60")
    defer(it)
    wait_for(lambda: ends(it, workspace) == ["RUNNING"])

    changed = continued(it, task())

    assert changed.run()["verdict"] == "passed"
    assert ends(it, workspace) == ["CANCELED", "SUCCESS"]


def test_a_run_of_the_checkout_before_this_one_is_waited_for(task: NewTask, workspace: Workspace, conf: Path) -> None:
    it = task("sleep 1")
    defer(it)
    undeploy(conf)
    changed = continued(it, task("sleep 1"))

    assert changed.run()["verdict"] == "passed"
    assert ends(it, workspace) == ["SUCCESS"]


def test_a_run_that_was_deleted_makes_way_for_another(task: NewTask, workspace: Workspace) -> None:
    it = task("fault")
    with pytest.raises(AirflowException):
        it.run()
    [run] = runs_of(it, workspace)
    it.build()._hook.delete_run(run["run_id"])
    again = continued(it, task())

    assert again.run()["verdict"] == "passed"
    assert ends(it, workspace) == ["SUCCESS"]


def test_a_run_that_ended_as_it_became_overdue_is_followed_by_none(task: NewTask, workspace: Workspace) -> None:
    workspace.plan({"kind": "evicted"})
    it = task()
    defer(it)
    workspace.wait_until_idle()

    with pytest.raises(AirflowException, match="CLOUD_FAILURE"):
        it.overdue()

    assert ends(it, workspace) == ["FAILED"]


@pytest.mark.parametrize("mistake", ["it is not deployed", "the workspace refuses it"])
def test_the_run_of_a_task_that_fails_without_it_is_cancelled(
    task: NewTask, workspace: Workspace, conf: Path, mistake: str
) -> None:
    it, other = task("sleep 60"), task("sleep 60", name="other")
    defer(it)
    defer(other)
    wait_for(lambda: ends(it, workspace) == ends(other, workspace) == ["RUNNING"])
    undeploy(conf) if mistake == "it is not deployed" else ask_for(conf, "m1.tiny")
    changed = continued(it, task())

    with pytest.raises(AirflowFailException):
        changed.run()
    changed.fail()

    wait_for(lambda: ends(it, workspace) == ["CANCELED"])
    assert ends(other, workspace) == ["RUNNING"]
    other.fail()


def test_a_worker_that_is_killed_in_the_last_try_leaves_no_run(task: NewTask, workspace: Workspace) -> None:
    it = task("sleep 60")
    deferred = defer(it)
    del deferred  # nobody resumes it

    it.fail()

    wait_for(lambda: ends(it, workspace) == ["CANCELED"])


def test_marking_failed_what_no_process_watches_cancels_its_run(
    task: NewTask, workspace: Workspace, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOILE_ENV", "production")
    it = task("sleep 60")
    defer(it)
    record = SimpleNamespace(**vars(it.context["ti"]), operator="DatabricksJobOperator")

    get_listener_manager().hook.on_task_instance_failed(previous_state=None, task_instance=record, error=None)

    wait_for(lambda: ends(it, workspace) == ["CANCELED"])


def test_a_workspace_that_refuses_the_request_is_not_asked_again(
    task: NewTask, workspace: Workspace, conf: Path
) -> None:
    ask_for(conf, "m1.tiny")

    with pytest.raises(
        AirflowFailException, match=r"^train: the workspace refuses the request.*m1\.tiny is not supported"
    ):
        task().run()


def test_without_a_connection_the_line_says_how_to_make_it(task: NewTask, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("AIRFLOW_CONN_DATABRICKS_PRODUCTION")
    it = task()

    with pytest.raises(AirflowFailException, match="airflow connections add databricks_production"):
        it.run()
    it.fail()


def test_a_run_that_cannot_be_cancelled_is_told_in_one_line(
    task: NewTask, workspace: Workspace, caplog: pytest.LogCaptureFixture
) -> None:
    it = task()
    it.new_try()
    workspace.plan({"kind": "503", "match": "runs/list", "times": 9})

    it.fail()

    [told] = [record.getMessage() for record in caplog.records if record.name == "toile_airflow.backends.runs"]
    assert re.fullmatch(r"train: a run that may be left ends at its own timeout only: .*503.*", told)


def test_without_its_wheel_there_the_line_says_how_to_ship_it(task: NewTask, conf: Path) -> None:
    undeploy(conf)

    with pytest.raises(AirflowFailException, match="Run: toile deploy --env production"):
        task().run()


def test_tokens_are_short_enough_and_of_one_try_of_one_task(task: NewTask) -> None:
    first, second = task(name="1").context["ti"], task(name="2").context["ti"]

    tokens = {token_of(instance, number) for instance in (first, second) for number in (1, 2)}

    assert len(tokens) == 4
    assert max(len(token) for token in tokens) <= 64
