"""Charges as jobs leave them in a real MLflow, and what is refused, warned of and told because of them."""

import json
import shutil
from datetime import UTC, date, datetime
from pathlib import Path

import pytest
from mlflow.exceptions import MlflowException

from toile.cli import main
from toile.config import Conf
from toile.contract import JobSpec, Verdict
from toile.costs.charges import Charges, month_of
from toile.errors import ConfigError
from toile.home import REPOSITORY
from toile.registry.tracking import connect
from toile.run import run_job

MODEL = "customer.repeat_purchase"
START_UP, PER_SECOND, UNKNOWN = 10 * 0.06, 0.001, (10 + 60 / 4) * 0.06
"""The table below, per try and second; and a job that never ended, whose timeout is an hour."""


@pytest.fixture
def conf(tmp_path: Path, own_home: Path, monkeypatch: pytest.MonkeyPatch) -> Conf:
    """The real configuration on machines of 3.60 an hour that take ten minutes to start, and a budget of 20."""
    root = Path(shutil.copytree(REPOSITORY / "conf", tmp_path / "conf"))
    prices = 'currency: EUR\nlooked_up: "2026-11-01"\nlocal: {per_hour: 3.6, start_up_minutes: 10}\n'
    (root / "prices.yaml").write_text(prices)
    local = root / "environments" / "local.yaml"
    local.write_text(local.read_text().replace("{approval: none}", "{approval: none, budget: {per_month: 20}}"))
    monkeypatch.setenv("TOILE_CONF", str(root))
    return Conf(root)


def spec(job: str, **parameters: str) -> JobSpec:
    return JobSpec.build(job=job, model=MODEL, as_of=date(2011, 9, 8), parameters=parameters, identity="test")


def charges_of(conf: Conf) -> Charges:
    assert conf.rate is not None
    return Charges(connect(conf.environment), MODEL, conf.environment, conf.rate)


def spend(conf: Conf, one: JobSpec, seconds: float, outcome: str = "passed") -> None:
    charges = charges_of(conf)
    charges.close(charges.open(one)[0], seconds, outcome)


def test_each_try_of_a_run_is_charged_also_when_it_fails_or_is_killed(conf: Conf) -> None:
    charges_of(conf).open(spec("validate"))  # all that a killed try leaves
    for _ in range(2):
        with pytest.raises(ConfigError, match="version"):
            run_job(spec("validate"))

    killed, *failed = charges_of(conf).of_month(month_of(datetime.now(UTC)))

    assert len({killed.run_key, *(charge.run_key for charge in failed)}) == 1
    assert [charge.closed for charge in (killed, *failed)] == [False, True, True]
    for charge in (killed, *failed):
        assert charge.estimated == pytest.approx(UNKNOWN)
        assert charge.cost == pytest.approx(START_UP + charge.seconds * PER_SECOND)
        assert charge.cost < START_UP + 0.06  # a minute: not up to the timeout, for another try came after


def test_a_job_is_expected_to_cost_what_its_last_whole_runs_did(conf: Conf) -> None:
    for seconds, outcome in ((5000, "passed"), (100, "passed"), (200, "warned"), (400, "passed"), (600, "passed")):
        spend(conf, spec("gate", purpose="scoring"), seconds, outcome)
    for outcome in ("failed", "refused", "found"):
        spend(conf, spec("gate", purpose="scoring"), 1, outcome)
    spend(conf, spec("gate", purpose="scoring"), 300)

    charges = charges_of(conf)
    assert charges.estimate("gate", "scoring") == pytest.approx(START_UP + 300 * PER_SECOND)
    assert charges.estimate("gate", "training") == pytest.approx(UNKNOWN)


def test_a_result_carries_what_it_cost_and_the_task_log_says_so(conf: Conf) -> None:
    result = run_job(spec("score"))

    assert (result.verdict, result.reasons[0][:25]) == (Verdict.REFUSED, "there is no champion yet:")
    assert result.cost is not None
    assert result.cost.estimated == pytest.approx(UNKNOWN)
    assert START_UP < result.cost.actual < START_UP + 0.06
    assert f"cost: {result.cost.actual:.2f} EUR, 1.50 estimated" in result.describe()


@pytest.mark.parametrize("trigger", ["scheduled", "asset"])
def test_a_spent_budget_refuses_retraining_that_no_person_asks_for_before_anything_is_read(
    conf: Conf, trigger: str
) -> None:
    spend(conf, spec("score"), 15_000)  # of one month and model, whatever it was spent on

    refused = run_job(spec("gate", purpose="training", trigger=trigger))

    assert refused.verdict is Verdict.REFUSED
    assert refused.rows == {}
    # score 15.60 and the gate's own 1.50 are spent, train, validate and promote are to come
    assert "17.10 EUR spent" in refused.reasons[0]
    assert "4.50 expected for this retraining are 108% of the 20.00" in refused.reasons[0]
    assert f"trigger {MODEL}.train by hand" in refused.reasons[0]


def test_no_fault_of_book_keeping_costs_the_work(conf: Conf, capsys: pytest.CaptureFixture[str]) -> None:
    (conf.root / "prices.yaml").write_text("currency: EUR\n")

    result = run_job(spec("score"))

    assert (result.verdict, result.cost) == (Verdict.REFUSED, None)
    assert "[cost] not counted: InvalidConfig: conf/prices.yaml:1:1: looked_up: is required" in capsys.readouterr().out


def test_no_password_comes_into_the_task_log(
    conf: Conf, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://me:geheim@127.0.0.1:9")
    monkeypatch.setenv("MLFLOW_HTTP_REQUEST_MAX_RETRIES", "0")
    for name in ("MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD"):
        monkeypatch.setenv(name, "")

    with pytest.raises(MlflowException) as failed:
        run_job(spec("score"))

    shown = capsys.readouterr().out
    assert "[cost] not counted: MlflowException: API request to http://127.0.0.1:9/" in shown
    assert "geheim" not in shown + str(failed.value)


def test_a_budget_that_cannot_be_reckoned_stops_retraining_with_the_mistake(conf: Conf) -> None:
    (conf.root / "prices.yaml").write_text("currency: EUR\n")

    with pytest.raises(ConfigError, match="looked_up: is required"):
        run_job(spec("gate", purpose="training", trigger="scheduled"))


def test_costs_are_summed_by_month_model_and_job(conf: Conf, capsys: pytest.CaptureFixture[str]) -> None:
    for seconds, outcome in ((400, "failed"), (1000, "passed")):
        spend(conf, spec("train"), seconds, outcome)
    spend(conf, spec("gate", purpose="scoring"), 200)

    assert main(["costs", MODEL, "--format", "json"]) == 0
    [bill] = json.loads(capsys.readouterr().out)
    assert {work: (job["tries"], round(job["cost"], 6)) for work, job in bill["jobs"].items()} == {
        "gate scoring": (1, 0.8),
        "train": (2, 2.6),
    }
    assert (round(bill["cost"], 6), bill["budget"], round(bill["share"], 6)) == (3.4, 20.0, 0.17)

    assert main(["costs", MODEL]) == 0
    assert "17% of 20.00" in capsys.readouterr().out
    assert main(["costs", MODEL, "--month", "2001-01", "--format", "json"]) == 0
    assert json.loads(capsys.readouterr().out)[0]["cost"] == 0
