"""A model that asks for approval: what a person's answer, and a rollback, do to a promotion."""

import time
from collections.abc import Callable
from datetime import UTC, datetime
from typing import Any

import pytest

from tests.airflow_home import Finished, StandInJobs

Run = Callable[..., Finished]


def answer_waiting_tasks(choice: str) -> None:
    """What the UI's Required Actions do: record the answer, and wake the task."""
    from airflow.models.hitl import HITLDetail, HITLUser
    from airflow.models.taskinstance import TaskInstance
    from airflow.models.trigger import handle_event_submit
    from airflow.triggers.base import TriggerEvent
    from airflow.utils.session import create_session
    from airflow.utils.state import TaskInstanceState
    from sqlalchemy import select

    with create_session() as session:
        for task in session.scalars(select(TaskInstance).where(TaskInstance.state == TaskInstanceState.AWAITING_INPUT)):
            detail = session.scalar(select(HITLDetail).where(HITLDetail.ti_id == task.id))
            detail.responded_by = HITLUser(id="7", name="Ada")
            detail.responded_at, detail.chosen_options, detail.params_input = datetime.now(UTC), [choice], {}
            handle_event_submit(TriggerEvent(detail.as_resume_event_payload()), task_instance=task, session=session)


@pytest.fixture
def person(monkeypatch: pytest.MonkeyPatch) -> Callable[[str], None]:
    """A person who answers while `dag.test()` waits for one."""

    def will_answer(choice: str) -> None:
        monkeypatch.setattr(time, "sleep", lambda _: answer_waiting_tasks(choice))

    return will_answer


def test_an_approved_challenger_is_promoted_in_the_name_of_who_approved(
    run: Run, jobs: StandInJobs, person: Callable[[str], None]
) -> None:
    person("Approve")
    jobs.answer("promote", {"outputs": {"promoted": "4"}})

    finished = run("shop.beta.register", run_conf={"version": "4"})

    assert (finished.state, finished.states("champion")) == ("success", ["success"])
    assert jobs.specs("promote")[0]["parameters"] == {"action": "promote", "version": "4", "actor": "Ada"}


def test_a_rejected_challenger_is_never_promoted(run: Run, jobs: StandInJobs, person: Callable[[str], None]) -> None:
    person("Reject")
    challengers: list[tuple[str, dict[str, Any]]] = [
        ("challenger", {"version": version, "as_of": "2011-06-01"}) for version in "45"
    ]

    finished = run("shop.beta.register", logical_date=None, events=challengers)

    assert jobs.calls == []
    assert (finished.state, finished.states("promote")) == ("success", ["skipped", "skipped"])
    assert finished.events() == []


def test_a_rollback_waits_for_nobody(run: Run, jobs: StandInJobs) -> None:
    finished = run("shop.beta.register", run_conf={"action": "rollback", "reason": "scores look wrong"})

    assert finished.state == "success"
    assert jobs.specs("promote")[0]["parameters"]["action"] == "rollback"
