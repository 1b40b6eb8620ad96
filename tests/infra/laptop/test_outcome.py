from datetime import date
from typing import Any

import pytest

from laptop.airflow_api import DagRun
from laptop.outcome import Outcome
from laptop.series import FIRST_LOOK
from toile.config import Conf, ResolvedModel
from toile.config.names import STAGES, Names
from toile.contract import JobResult, Verdict
from toile.home import REPOSITORY

GREEN = [DagRun(Names(FIRST_LOOK).dag_id(stage), "demo", "success", None, None) for stage in STAGES]
FIGURE = {"value": 0.7454, "low": 0.728, "high": 0.762}
WHOLE: dict[str, Any] = {
    "champion": {"version": "1", "metrics": {"roc_auc": FIGURE}},
    "baseline": {"roc_auc": FIGURE},
    "naive": {},
    "scores": {"partitions": 4},
    "drift": {"reports": 5},
    "performance": {"reports": 1},
}
NOTHING: dict[str, Any] = {
    "champion": None,
    "scores": {"partitions": 0},
    "drift": {"reports": 0},
    "performance": {"reports": 0},
}
MLFLOW = "http://127.0.0.1:5000"


@pytest.fixture(scope="module")
def model() -> ResolvedModel:
    return Conf(REPOSITORY / "conf").load_model(FIRST_LOOK)


def _validation(verdict: Verdict, *reasons: str) -> JobResult:
    return JobResult(
        run_key="key", job="validate", model=FIRST_LOOK, as_of=date(2011, 9, 8), verdict=verdict, reasons=list(reasons),
        outputs={"mlflow_run": "#/experiments/1/runs/ab", "report": "file:///home/mlflow/artifacts/m/ab/artifacts/validation/page.html"},
    )  # fmt: skip


REFUSED = _validation(Verdict.REFUSED, "roc_auc 0.61 is below 0.65", "roc_auc does not beat naive")


def test_a_whole_history_lacks_nothing(model: ResolvedModel) -> None:
    assert Outcome(model, GREEN, WHOLE, None).shortcomings(may_be_refused=False) == []


@pytest.mark.parametrize(
    ("part", "value", "told"),
    [
        ("champion", None, "there is no champion: none was promoted"),
        ("scores", {"partitions": 3}, "3 scored partitions, not 4"),
        ("drift", {"reports": 0}, "0 drift reports, not 4"),
        ("performance", {"reports": 0}, "no performance on late labels"),
    ],
)
def test_each_thing_that_is_missing_is_named(model: ResolvedModel, part: str, value: Any, told: str) -> None:
    (found,) = Outcome(model, GREEN, {**WHOLE, part: value}, None).shortcomings(may_be_refused=True)
    assert told in found


@pytest.mark.parametrize("state", ["failed", "running", "queued"])
def test_a_run_that_is_not_green_is_named(model: ResolvedModel, state: str) -> None:
    runs = [*GREEN, DagRun(Names(FIRST_LOOK).dag_id("score"), "demo__2011-09-29", state, None, None)]
    told = [f"score demo__2011-09-29 is {state}"]
    assert Outcome(model, runs, WHOLE, None).shortcomings(may_be_refused=True) == told


def test_a_stage_that_never_ran_is_named(model: ResolvedModel) -> None:
    assert Outcome(model, GREEN[:-1], WHOLE, None).shortcomings(may_be_refused=True) == ["monitor has never run"]


def test_the_runs_of_other_models_are_their_own_affair(model: ResolvedModel) -> None:
    runs = [*GREEN, DagRun("pricing.price_elasticity.train", "demo", "failed", None, None)]
    assert Outcome(model, runs, WHOLE, None).shortcomings(may_be_refused=False) == []


def test_a_refusal_is_an_outcome_among_several_and_a_shortcoming_alone(model: ResolvedModel) -> None:
    refused = Outcome(model, GREEN[:2], NOTHING, REFUSED)
    assert refused.shortcomings(may_be_refused=True) == []
    assert "there is no champion: no candidate has passed model validation. The reasons are in the log of " + (
        f"{FIRST_LOOK}.validate."
    ) in refused.shortcomings(may_be_refused=False)


@pytest.mark.parametrize("validation", [None, _validation(Verdict.PASSED)])
def test_no_champion_without_a_refusal_is_no_outcome(model: ResolvedModel, validation: JobResult | None) -> None:
    found = Outcome(model, GREEN[:2], NOTHING, validation).shortcomings(may_be_refused=True)
    assert "register has never run" in found


def test_a_failed_run_is_a_shortcoming_of_a_refused_model_too(model: ResolvedModel) -> None:
    runs = [*GREEN[:2], DagRun(Names(FIRST_LOOK).dag_id("train"), "retrain", "failed", None, None)]
    assert Outcome(model, runs, NOTHING, REFUSED).shortcomings(may_be_refused=True) == ["train retrain is failed"]


def test_a_champion_is_told_with_its_first_metric_beside_baseline_and_naive_rule(model: ResolvedModel) -> None:
    figure = "0.745 [0.728, 0.762]"
    told = f"{FIRST_LOOK}: champion v1, roc_auc {figure}, baseline {figure}, naive unknown"
    assert Outcome(model, GREEN, WHOLE, REFUSED).line(MLFLOW) == told


def test_a_refused_model_is_told_with_its_first_reason_and_the_page(model: ResolvedModel) -> None:
    page = f"{MLFLOW}/#/experiments/1/runs/ab/artifacts/validation/page.html"
    told = f"{FIRST_LOOK}: REFUSED, roc_auc 0.61 is below 0.65 {page}"
    assert Outcome(model, GREEN[:2], NOTHING, REFUSED).line(MLFLOW) == told
