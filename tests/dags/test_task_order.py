"""Only the order whose loss would be an accident; each test names the accident."""

from collections.abc import Callable
from typing import Any

import pytest

Parse = Callable[[], Any]


def upstream(dag: Any, task_id: str) -> set[str]:
    found: set[str] = dag.get_task(task_id).get_flat_relative_ids(upstream=True)
    return found


@pytest.mark.parametrize(("stage", "job"), [("train", "train"), ("score", "score")])
def test_no_data_is_used_before_its_gate(parse: Parse, stage: str, job: str) -> None:
    """A model fitted on, or scores made from, data that the gate would have refused."""
    assert "gate" in upstream(parse().dags[f"shop.alpha.{stage}"], job)


def test_no_challenger_is_announced_before_it_is_validated(parse: Parse) -> None:
    """A refused candidate in production."""
    dag = parse().dags["shop.alpha.validate"]

    assert "validate" in upstream(dag, "challenger")
    assert [task.task_id for task in dag.tasks if task.outlets] == ["challenger"]


def test_no_promotion_comes_before_the_approval_that_the_model_asks_for(parse: Parse) -> None:
    """A model in production that nobody agreed to."""
    assert "approve" in upstream(parse().dags["shop.beta.register"], "promote")
    assert "approve" not in parse().dags["shop.alpha.register"].task_ids


@pytest.mark.parametrize("stage", ["train", "validate", "register", "score", "monitor"])
def test_no_job_runs_before_what_was_asked_is_checked(parse: Parse, stage: str) -> None:
    """A mistyped key silently ignored: a rollback to the wrong version, a training on the wrong date."""
    dag = parse().dags[f"shop.alpha.{stage}"]

    assert [task.task_id for task in dag.tasks if "check_params" not in upstream(dag, task.task_id)] == ["check_params"]


@pytest.mark.parametrize("stage", ["train", "validate", "register"])
def test_no_two_runs_change_the_registry_at_once(parse: Parse, stage: str) -> None:
    """Two champions promoted in an order that nobody chose."""
    assert parse().dags[f"shop.alpha.{stage}"].max_active_runs == 1


def test_no_two_promotions_of_one_run_race(parse: Parse) -> None:
    """Of two coalesced challengers, the one that happens to be slower becomes champion."""
    assert parse().dags["shop.alpha.register"].get_task("promote").max_active_tis_per_dagrun == 1
