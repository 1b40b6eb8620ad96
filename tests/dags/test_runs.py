"""Every stage run to its end, against a stand-in for the jobs that speaks their protocol."""

from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from tests.airflow_home import Finished, StandInJobs

Run = Callable[..., Finished]

REFUSED = {"verdict": "refused", "reasons": ["roc_auc 0.61 is below 0.65", "does not beat naive"]}


def test_train_gates_fits_and_announces_the_candidate(run: Run, jobs: StandInJobs) -> None:
    finished = run("shop.alpha.train", run_conf={"as_of": "2011-06-01", "window": "90d"})

    assert finished.state == "success"
    gate, train = jobs.specs("gate")[0], jobs.specs("train")[0]
    assert (gate["as_of"], gate["window"], gate["parameters"]) == ("2011-06-01", "90d", {"purpose": "training"})
    assert train["config_digest"] == gate["config_digest"] is not None
    announced = {"version": "7", "as_of": "2011-06-01", "run_key": train["run_key"]}
    assert finished.events() == [("toile://shop/alpha/candidate", announced)]


@pytest.mark.parametrize(("events", "trigger"), [([("retrain", {"as_of": "2011-06-01"})], "asset"), ([], None)])
def test_a_gate_is_told_where_no_person_asks_for_retraining_so_that_it_heeds_the_budget(
    run: Run, jobs: StandInJobs, events: list[Any], trigger: str | None
) -> None:
    run("shop.alpha.train", logical_date=None, events=events)

    assert jobs.specs("gate")[0]["parameters"].get("trigger") == trigger


def test_a_job_gets_its_own_environment_and_nothing_of_airflows(
    run: Run, jobs: StandInJobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("SPARK_REMOTE", "sc://localhost:15002")
    monkeypatch.setenv("TOILE_COMMIT", "00d40ac")

    run("shop.alpha.monitor")

    [call] = jobs.calls
    assert call["arguments"] == ["-m", "toile.run"]
    assert call["environment"]["TOILE_HOME"] == str(jobs.home)
    assert call["environment"]["TOILE_ENV"] == "local"
    assert call["environment"]["SPARK_REMOTE"] == "sc://localhost:15002"
    assert call["environment"]["TOILE_COMMIT"] == "00d40ac"
    assert call["environment"]["PYSPARK_PYTHON"] == str(jobs.home / "venvs/jobs/bin/python")
    assert [name for name in call["environment"] if name.startswith("AIRFLOW")] == []


@pytest.mark.parametrize(
    ("dates", "as_of"),
    [
        ({"logical_date": datetime(2011, 9, 8, tzinfo=UTC)}, "2011-09-08"),
        ({"logical_date": None, "run_after": datetime(2011, 9, 9, 23, 30, tzinfo=UTC)}, "2011-09-09"),
    ],
)
def test_without_a_form_the_date_of_the_run_counts_even_where_it_has_no_logical_date(
    run: Run, jobs: StandInJobs, dates: dict[str, Any], as_of: str
) -> None:
    finished = run("shop.alpha.score", **dates)

    assert finished.state == "success"
    assert {call["spec"]["as_of"] for call in jobs.calls} == {as_of}


def test_a_refused_data_gate_fails_at_once_and_nothing_behind_it_runs(run: Run, jobs: StandInJobs) -> None:
    jobs.answer("gate", {"verdict": "refused", "reasons": ["12 customers, at least 100 expected"]})

    finished = run("shop.alpha.train")

    assert (finished.state, finished.states("gate"), finished.tries("gate")) == ("failed", ["failed"], [1])
    assert (finished.states("train"), finished.events()) == (["upstream_failed"], [])
    assert "REFUSED 12 customers" in finished.labels("gate")[0]


def test_a_fault_is_retried_under_the_same_run_key(run: Run, jobs: StandInJobs) -> None:
    jobs.answer("train", {"exit": 1}, {"exit": 137}, {})

    finished = run("shop.alpha.train")

    assert (finished.state, finished.tries("train")) == ("success", [3])
    assert len({spec["run_key"] for spec in jobs.specs("train")}) == 1


def test_an_authors_mistake_is_not_retried(run: Run, jobs: StandInJobs) -> None:
    jobs.answer("train", {"exit": 2})

    finished = run("shop.alpha.train")

    assert (finished.state, finished.states("train"), finished.tries("train")) == ("failed", ["failed"], [1])


def test_a_refused_candidate_stays_one_and_the_run_stays_green(run: Run, jobs: StandInJobs) -> None:
    jobs.answer("validate", REFUSED)

    finished = run("shop.alpha.validate", run_conf={"version": "3"})

    assert (finished.state, finished.states("validate")) == ("success", ["success"])
    assert (finished.states("challenger"), finished.events()) == (["skipped"], [])
    for task in ("validate", "challenger"):
        assert "REFUSED roc_auc 0.61 is below 0.65; does not beat naive" in finished.labels(task)[0]


def test_every_one_of_several_coalesced_candidates_is_validated_by_name(run: Run, jobs: StandInJobs) -> None:
    jobs.answer("validate", {"model_version": "4"}, REFUSED, {"model_version": "6"})
    candidates = [
        ("candidate", {"version": version, "as_of": f"2011-0{version}-01", "run_key": "a/b"}) for version in "456"
    ]

    finished = run("shop.alpha.validate", logical_date=None, events=candidates)

    asked = sorted((spec["parameters"]["version"], spec["as_of"]) for spec in jobs.specs("validate"))
    assert asked == [("4", "2011-04-01"), ("5", "2011-05-01"), ("6", "2011-06-01")]
    assert finished.state == "success"
    assert sorted(finished.states("challenger")) == ["skipped", "success", "success"]
    assert len(finished.events()) == 2


def test_a_champion_event_scores_its_own_date(run: Run, jobs: StandInJobs) -> None:
    finished = run(
        "shop.alpha.score", logical_date=None, events=[("champion", {"version": "4", "as_of": "2011-06-01"})]
    )

    assert {(spec["as_of"], "version" in spec["parameters"]) for spec in jobs.specs("score")} == {("2011-06-01", False)}
    assert [uri for uri, _ in finished.events()] == ["toile://shop/alpha/scores"]


def test_a_failed_date_does_not_keep_the_others_from_being_scored(run: Run, jobs: StandInJobs) -> None:
    jobs.answer("gate", {"verdict": "refused", "reasons": ["no rows"]}, {})
    champions = [("champion", {"as_of": "2011-06-01"}), ("champion", {"as_of": "2011-07-01"})]

    finished = run("shop.alpha.score", logical_date=None, events=champions)

    assert finished.state == "failed"
    assert sorted(finished.states("score")) == ["success", "upstream_failed"]
    assert len(finished.events()) == 1


@pytest.mark.parametrize(("outputs", "state"), [({}, "skipped"), ({"retrain": "requested"}, "success")])
def test_monitoring_asks_for_retraining_only_when_the_job_says_so(
    run: Run, jobs: StandInJobs, outputs: dict[str, str], state: str
) -> None:
    jobs.answer("monitor", {"verdict": "warned", "reasons": ["PSI 0.4"], "outputs": outputs})

    finished = run("shop.alpha.monitor", run_conf={"as_of": "2011-09-08"})

    assert (finished.state, finished.states("monitor"), finished.states("retrain")) == ("success", ["success"], [state])
    assert [uri for uri, _ in finished.events()] == (["toile://shop/alpha/retrain"] if state == "success" else [])


def test_a_promotion_names_its_version_and_a_champion_is_announced(run: Run, jobs: StandInJobs) -> None:
    challenger = ("challenger", {"version": "4", "as_of": "2011-06-01", "run_key": "a/b"})
    jobs.answer("promote", {"outputs": {"promoted": "4"}})

    finished = run("shop.alpha.register", logical_date=None, events=[challenger])

    parameters = jobs.specs("promote")[0]["parameters"]
    assert parameters == {"action": "promote", "version": "4", "actor": "dag_test"}
    assert finished.events()[0][1]["as_of"] == "2011-06-01"


def test_a_champion_that_fails_its_smoke_test_is_not_announced(run: Run, jobs: StandInJobs) -> None:
    jobs.answer("promote", {"verdict": "refused", "reasons": ["the smoke test failed; version 6 is restored"]})

    finished = run("shop.alpha.register", run_conf={"version": "7"})

    assert (finished.state, finished.states("champion"), finished.events()) == ("success", ["skipped"], [])


def test_a_rollback_needs_no_version_and_starts_no_scoring(run: Run, jobs: StandInJobs) -> None:
    finished = run("shop.alpha.register", run_conf={"action": "rollback", "reason": "scores look wrong"})

    parameters = jobs.specs("promote")[0]["parameters"]
    assert parameters == {"action": "rollback", "reason": "scores look wrong", "actor": "dag_test"}
    assert (finished.state, finished.states("champion"), finished.events()) == ("success", ["skipped"], [])


@pytest.mark.parametrize(
    ("stage", "answer", "run_conf", "told"),
    [
        ("train", {"gate": {"verdict": "refused", "reasons": ["no rows"]}}, {}, "train: gate failed"),
        ("validate", {"validate": REFUSED}, {"version": "3"}, "validate REFUSED"),
        ("monitor", {"monitor": {"verdict": "warned", "reasons": ["PSI 0.4"]}}, {}, "monitor WARNED"),
        ("register", {}, {"action": "rollback", "reason": "scores look wrong"}, "promote rolled the champion back"),
    ],
)
def test_the_owner_is_told_of_refusals_warnings_and_rollbacks(
    run: Run,
    jobs: StandInJobs,
    capsys: pytest.CaptureFixture[str],
    *,
    stage: str,
    answer: dict[str, Any],
    run_conf: dict[str, str],
    told: str,
) -> None:
    for job, how in answer.items():
        jobs.answer(job, how)

    run(f"shop.alpha.{stage}", run_conf=run_conf)

    alert = capsys.readouterr().out.partition("ALERT for #shop-squad")[2]
    assert told in alert.partition("Log: ")[0]


@pytest.mark.parametrize(
    ("stage", "run_conf"),
    [
        ("train", {"asof": "2011-06-01"}),
        ("train", {"force": True, "reason": "every run is new work"}),
        ("monitor", {"force": True}),
        ("validate", {}),
        ("register", {"action": "promote"}),
        ("register", {"action": "rollback", "reason": "  "}),
    ],
)
def test_what_the_form_cannot_refuse_the_first_task_does(
    run: Run, jobs: StandInJobs, stage: str, run_conf: dict[str, Any]
) -> None:
    finished = run(f"shop.alpha.{stage}", run_conf=run_conf)

    assert (finished.state, finished.states("check_params"), jobs.calls) == ("failed", ["failed"], [])
    assert finished.tries("check_params") == [1]


@pytest.mark.parametrize("run_conf", [{"as_of": "soon"}, {"window": "half a year"}])
def test_an_ill_typed_parameter_never_makes_a_run(run: Run, jobs: StandInJobs, run_conf: dict[str, Any]) -> None:
    from airflow.exceptions import ParamValidationError

    with pytest.raises(ParamValidationError):
        run("shop.alpha.train", run_conf=run_conf)


def test_a_forced_report_is_asked_for_with_its_reason(run: Run, jobs: StandInJobs) -> None:
    run("shop.alpha.monitor", run_conf={"as_of": "2011-06-01", "force": True, "reason": "late labels were mended"})

    told = jobs.specs("monitor")[0]["parameters"]
    assert told == {"force": "true", "reason": "late labels were mended"}


def test_the_config_error_dag_fails_with_the_message(run: Run, conf: Path) -> None:
    (conf / "models" / "shop" / "alpha.yaml").write_text("owner: shop-squad\n")

    finished = run("shop.alpha.config_error")

    assert (finished.state, finished.tries("config_error")) == ("failed", [1])
