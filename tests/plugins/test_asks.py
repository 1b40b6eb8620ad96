from datetime import UTC, date, datetime
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.utils.types import DagRunType

from toile_airflow.asks import Ask, collect_asks

FORM = {"as_of": None, "version": None}


def dag_run(logical_date: datetime | None = None) -> Any:
    return SimpleNamespace(
        logical_date=logical_date, run_after=datetime(2011, 9, 9, tzinfo=UTC), triggering_user_name=None
    )


def event(minute: int, **extra: str) -> Any:
    moment = datetime(2011, 6, 1, 0, minute, tzinfo=UTC)
    return SimpleNamespace(extra=extra, timestamp=moment, source_run_id="r", source_map_index=0)


@pytest.mark.parametrize(
    ("params", "events", "expected"),
    [
        ({"as_of": "2011-01-01"}, [event(0, as_of="2011-02-02", version="4")], date(2011, 1, 1)),
        ({"as_of": None}, [event(0, as_of="2011-02-02", version="4")], date(2011, 2, 2)),
        ({"as_of": None}, [event(0)], date(2011, 9, 9)),
        ({"as_of": None}, [], date(2011, 9, 9)),
    ],
)
def test_the_form_comes_before_the_event_and_the_event_before_the_run(
    params: dict[str, Any], events: list[Any], expected: date
) -> None:
    assert [ask.as_of for ask in collect_asks("validate", FORM | params, events, dag_run())] == [expected]


def test_a_logical_date_comes_before_the_moment_at_which_the_run_may_start() -> None:
    [ask] = collect_asks("score", {"as_of": None}, [], dag_run(datetime(2011, 3, 3, tzinfo=UTC)))

    assert ask.as_of == date(2011, 3, 3)


def test_events_are_asked_oldest_first_and_equal_ones_once() -> None:
    events = [event(2, version="5"), event(0, version="4"), event(1, version="5")]

    assert [ask.version for ask in collect_asks("validate", FORM, events, dag_run())] == ["4", "5"]


def test_a_stage_without_a_version_in_its_form_takes_none_from_an_event() -> None:
    """The champion may have moved on since its event; score asks the registry, never the event."""
    [ask] = collect_asks("score", {"as_of": None}, [event(0, version="4")], dag_run())

    assert ask.version is None


def test_an_event_made_by_hand_with_a_mistyped_date_is_refused() -> None:
    with pytest.raises(ValueError, match="as_of"):
        collect_asks("score", {"as_of": None}, [event(0, as_of="soon")], dag_run())


@pytest.mark.parametrize(
    ("ask", "label"),
    [
        (Ask(as_of=date(2011, 6, 1)), "as of 2011-06-01"),
        (Ask(as_of=date(2011, 6, 1), version="4", action="promote"), "version 4 as of 2011-06-01"),
        (Ask(as_of=date(2011, 6, 1), action="rollback"), "rollback as of 2011-06-01"),
    ],
)
def test_the_ui_names_a_task_by_what_was_asked(ask: Ask, label: str) -> None:
    assert ask.label == label


@pytest.mark.parametrize(
    ("run_type", "trigger"),
    [
        ("scheduled", "scheduled"),
        ("operator_triggered", "scheduled"),
        ("asset_triggered", "asset"),
        ("manual", None),
        ("backfill", None),
    ],
)
def test_training_alone_is_asked_for_by_a_person_or_by_none(run_type: str, trigger: str | None) -> None:
    asked = SimpleNamespace(**vars(dag_run()), run_type=DagRunType(run_type))

    [training], [scoring] = (collect_asks(stage, {"as_of": None}, [], asked) for stage in ("train", "score"))

    assert (training.trigger, scoring.trigger) == (trigger, None)


def test_a_job_is_told_to_force_only_where_that_was_asked() -> None:
    ask = Ask(as_of=date(2011, 6, 1))

    assert ask.parameters == {}
    assert ask.model_copy(update={"force": True}).parameters == {"force": "true"}
