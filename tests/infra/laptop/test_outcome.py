from typing import Any

import pytest

from laptop.airflow_api import DagRun
from laptop.outcome import shortcomings
from laptop.series import MODEL
from toile.config.names import STAGES, Names

GREEN = [DagRun(Names(MODEL).dag_id(stage), "demo", "success", None, None) for stage in STAGES]
WHOLE: dict[str, Any] = {
    "champion": {"version": "1"},
    "scores": {"partitions": 4},
    "drift": {"reports": 5},
    "performance": {"reports": 1},
}


def test_a_whole_history_lacks_nothing() -> None:
    assert shortcomings(GREEN, WHOLE) == []


@pytest.mark.parametrize(
    ("part", "value", "told"),
    [
        ("champion", None, "there is no champion"),
        ("scores", {"partitions": 3}, "3 scored partitions, not 4"),
        ("drift", {"reports": 0}, "0 drift reports, not 4"),
        ("performance", {"reports": 0}, "no performance on late labels"),
    ],
)
def test_each_thing_that_is_missing_is_named(part: str, value: Any, told: str) -> None:
    (found,) = shortcomings(GREEN, {**WHOLE, part: value})
    assert told in found


@pytest.mark.parametrize("state", ["failed", "running", "queued"])
def test_a_run_that_is_not_green_is_named(state: str) -> None:
    runs = [*GREEN, DagRun(Names(MODEL).dag_id("score"), "demo__2011-09-29", state, None, None)]
    assert shortcomings(runs, WHOLE) == [f"{MODEL}.score demo__2011-09-29 is {state}"]


def test_a_stage_that_never_ran_is_named() -> None:
    assert shortcomings(GREEN[:-1], WHOLE) == ["monitor has never run"]
