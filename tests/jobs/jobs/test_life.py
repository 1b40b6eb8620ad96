"""One model's whole life by its real jobs, on a small simulated market.

Spark, Delta, Great Expectations, MLflow and Evidently are the real ones.

The tests follow each other and share one market; a kill is a SIGKILL to the job's process.
"""

import itertools
import json
import os
import random
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from datetime import date, timedelta
from pathlib import Path

import pytest
from mlflow import MlflowClient
from pyspark.sql import SparkSession
from pyspark.sql import functions as sf

from toile.cli import main
from toile.config import Conf, Names
from toile.config.platform import Environment
from toile.contract import FACT, RESULT_FILE, Fact, JobResult, JobSpec, Verdict
from toile.errors import ConfigError, DataError
from toile.home import REPOSITORY
from toile.registry.ledger import Ledger
from toile.registry.tracking import connect, find_runs
from toile.registry.versions import CHALLENGER, CHAMPION, Versions
from toile.run import run_job
from toile.sources.importing import import_simulated
from toile.store import open_store
from toile.tables import Tables

# Six libraries at work together warn of each other's ways; tests of one room each hold our own code to no warning.
pytestmark = pytest.mark.filterwarnings("ignore")

MODEL = "customer.repeat_purchase"
NAMES = Names(MODEL)
FIRST, SECOND, LAST = date(2011, 9, 8), date(2011, 10, 6), date(2011, 12, 8)
SEED = int(os.environ.get("TOILE_TEST_SEED", random.SystemRandom().randrange(10**6)))


@pytest.fixture(scope="module")
def market(spark: SparkSession, environment: Environment, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Tables]:
    """A landed market in a TOILE_HOME of this module."""
    patch = pytest.MonkeyPatch()
    patch.setenv("TOILE_HOME", str(tmp_path_factory.mktemp("life")))
    patch.setenv("TZ", "America/New_York")  # a machine's own time zone must not matter
    time.tzset()
    tables = Tables(spark, environment)
    import_simulated(tables, Conf(REPOSITORY / "conf"), tmp_path_factory.mktemp("pages"), customers=3000, seed=0)
    yield tables
    patch.undo()
    time.tzset()


def spec(job: str, as_of: date, identity: str = "test", **parameters: str) -> JobSpec:
    return JobSpec.build(job=job, model=MODEL, as_of=as_of, parameters=parameters, identity=identity)


def run(job: str, as_of: date, identity: str = "test", **parameters: str) -> JobResult:
    return run_job(spec(job, as_of, identity, **parameters))


def client() -> MlflowClient:
    return connect(Conf(REPOSITORY / "conf").environment)


def champion() -> str | None:
    found = Versions(client(), NAMES.registered_model).by_alias(CHAMPION)
    return found.number if found else None


def ledger() -> list[tuple[str, str | None]]:
    entries = Ledger(client(), NAMES.experiment, Conf(REPOSITORY / "conf").environment).entries()
    return [(entry.action, entry.version) for entry in reversed(entries)]


def test_scoring_before_there_is_a_champion_is_refused(market: Tables) -> None:
    assert run("gate", FIRST, purpose="scoring").verdict is Verdict.PASSED
    assert run("score", FIRST).verdict is Verdict.REFUSED


def test_an_unvalidated_version_is_not_promoted(market: Tables) -> None:
    gate = run("gate", FIRST, purpose="training")
    assert gate.verdict is Verdict.PASSED
    trained = run("train", FIRST)
    assert (trained.verdict, trained.model_version) == (Verdict.PASSED, "1")
    assert run("promote", FIRST, version="1").verdict is Verdict.REFUSED
    assert (champion(), ledger()) == (None, [])


def test_the_candidate_wins_and_becomes_champion(market: Tables) -> None:
    validated = run("validate", FIRST, version="1")
    assert validated.verdict is not Verdict.REFUSED, validated.reasons
    assert run("promote", FIRST, version="1", actor="test").verdict is Verdict.PASSED
    assert (champion(), ledger()) == ("1", [("promote", "1")])


def test_everything_about_the_candidate_is_in_mlflow(market: Tables) -> None:
    mlflow_run = client().get_run(str(run("train", FIRST).mlflow_run_id))
    tags, params = mlflow_run.data.tags, mlflow_run.data.params
    assert {"toile.code_commit", "toile.lock_digest", "toile.config_digest", "toile.owner"} <= set(tags)
    assert {f"data.{NAMES.training_rows}", "origin.version of sales.order_lines"} <= set(params)
    assert {"candidate.roc_auc.low", "baseline.roc_auc", "naive.roc_auc"} <= set(mlflow_run.data.metrics)
    artefacts = {item.path for item in client().list_artifacts(mlflow_run.info.run_id)}
    assert {"model_card.md", "config.json", "validation"} <= artefacts


def test_a_training_run_is_reproduced_to_the_last_digit(market: Tables) -> None:
    trained = run("train", FIRST)
    again = run("reproduce", LAST, mlflow_run=str(trained.mlflow_run_id))
    assert (again.verdict, again.reasons) == (Verdict.PASSED, [])
    assert again.metrics["candidate.roc_auc"] > 0.6
    client().log_metric(str(trained.mlflow_run_id), "candidate.brier", 0.123)
    other = run("reproduce", LAST, identity="other", mlflow_run=str(trained.mlflow_run_id))
    assert other.verdict is Verdict.WARNED
    assert other.reasons[0].startswith("candidate.brier was 0.123 and is ")
    with pytest.raises(DataError, match="MLflow has no run 'nothing'"):
        run("reproduce", LAST, mlflow_run="nothing")


@pytest.mark.parametrize("as_of", [FIRST, SECOND])
def test_each_active_customer_has_one_score(market: Tables, as_of: date) -> None:
    run("gate", as_of, purpose="scoring")
    scored = run("score", as_of)
    year = (sf.col("ordered_at") < sf.lit(as_of)) & (sf.col("ordered_at") >= sf.lit(as_of - timedelta(days=365)))
    active = market.read("sales.order_lines").where(year & (sf.col("quantity") > 0) & sf.col("customer_id").isNotNull())
    rows = market.read(NAMES.scores).where(sf.col("as_of") == as_of.isoformat())
    assert scored.rows["scores"] == rows.count() == active.select("customer_id").distinct().count()
    assert rows.select("customer_id").distinct().count() == rows.count()
    about = rows.select("model_version", "run_key").distinct().collect()
    assert [tuple(row) for row in about] == [("1", scored.run_key)]


def test_drift_is_reported_and_late_labels_are_measured_once(market: Tables) -> None:
    early = run("monitor", SECOND)
    assert "drift.max_psi" in early.metrics
    assert "performance.roc_auc" not in early.metrics
    late = run("monitor", LAST)
    assert late.metrics["performance.roc_auc"] > 0.5
    assert run("monitor", LAST, identity="again").metrics == {}
    assert len(find_runs(client(), NAMES.experiment, kind="performance")) == 1


def test_the_status_tells_all_of_it(market: Tables, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["status", "--format", "json", MODEL]) == 0
    (status,) = json.loads(capsys.readouterr().out)
    assert set(status) == {
        "model",
        "owner",
        "champion",
        "baseline",
        "naive",
        "scores",
        "drift",
        "performance",
        "ledger",
    }
    assert (status["model"], status["champion"]["version"]) == (MODEL, "1")
    assert status["champion"]["trained_as_of"] == "2011-09-08"
    assert set(status["champion"]["metrics"]["roc_auc"]) == {"value", "low", "high"}
    assert set(status["naive"]) == set(status["baseline"]) == set(status["champion"]["metrics"])
    assert (status["scores"]["partitions"], status["scores"]["last_as_of"]) == (2, "2011-10-06")
    assert status["drift"]["reports"] >= 1
    assert status["performance"]["last"]["as_of"] == "2011-09-08"
    assert [set(entry) for entry in status["ledger"]] == [{"time", "action", "version", "reason", "actor"}]
    assert main(["status"]) == 0
    assert "champion v1" in capsys.readouterr().out


def test_the_experiment_tells_the_last_of_every_stage_in_its_tags(market: Tables) -> None:
    experiment = client().get_experiment_by_name(NAMES.experiment)
    assert experiment is not None
    facts = {
        name.removeprefix(FACT): Fact.model_validate_json(value)
        for name, value in experiment.tags.items()
        if name.startswith(FACT)
    }
    stages = {"train", "validate", "champion", "score"}
    assert set(facts) == stages | {"gate.training", "gate.scoring", "drift", "performance"}
    assert {facts[name].version for name in stages} == {"1"}
    assert facts["champion"].figures["roc_auc"] == facts["validate"].figures["candidate"]
    assert (facts["performance"].as_of, facts["drift"].as_of) == (FIRST, SECOND)


def test_a_finished_job_run_again_changes_nothing(market: Tables) -> None:
    versions = {name: market.version(name) for name in (NAMES.training_rows, NAMES.scoring_rows, NAMES.scores)}
    again = [run("train", FIRST), run("promote", FIRST, version="1", actor="test"), run("score", FIRST)]
    assert [result.verdict for result in again] == [Verdict.PASSED] * 3
    assert {name: market.version(name) for name in versions} == versions
    assert (champion(), ledger()) == ("1", [("promote", "1")])


@pytest.mark.parametrize(
    ("job", "as_of", "parameters", "adds"),
    [
        ("gate", SECOND, {"purpose": "scoring"}, {}),
        ("gate", FIRST, {"purpose": "training"}, {}),
        ("train", FIRST, {}, {"versions": ["1", "2"]}),
        ("validate", FIRST, {"version": "2"}, {"challenger": "2"}),
        ("score", SECOND, {}, {}),
        ("monitor", SECOND, {"force": "killed"}, {"drift": ["2011-10-06", "2011-10-06"]}),
        ("promote", FIRST, {"version": "2"}, {"champion": "2", "ledger": [("promote", "1"), ("promote", "2")]}),
    ],
)
def test_a_job_killed_at_a_random_moment_and_run_again_leaves_what_one_run_leaves(
    market: Tables, job: str, as_of: date, parameters: dict[str, str], adds: dict[str, object]
) -> None:
    chance = random.Random(f"{SEED}/{job}/{parameters}")
    one = spec(job, as_of, "killed", **parameters)
    before = _state(market)
    half = STEPS[job] // 2
    early, late = chance.randint(1, half), chance.randint(half, STEPS[job])
    hits = [_kill(one, step, chance.uniform(0, 0.5)) for step in (early, late)]
    assert any(hits), "the job was done before it was killed"
    result = run_job(one)
    store = open_store(None)
    assert result.verdict is not Verdict.REFUSED, result.reasons
    assert JobResult.load(store, one.run_key) == result
    assert store.keys(one.run_key) == [f"{one.run_key}/{RESULT_FILE}"]
    assert _state(market) == before | adds


STEPS = {"gate": 5, "train": 4, "validate": 5, "score": 5, "monitor": 5, "promote": 3}


def _kill(one: JobSpec, step: int, seconds: float) -> bool:
    """Starts the job and kills it, so many seconds after it told of its n-th step; whether it lived until then."""
    command = [sys.executable, "-m", "toile.run", one.model_dump_json()]
    with subprocess.Popen(command, stdout=subprocess.PIPE, text=True) as child:
        assert child.stdout is not None
        told = [line.strip() for line in itertools.islice(child.stdout, step)]
        time.sleep(seconds)
        child.kill()
    print(f"seed {SEED}: killed {seconds:.2f} s after {told[-1]}")
    return child.returncode == -signal.SIGKILL


def _state(market: Tables) -> dict[str, object]:
    """What tables, registry and ledger hold; a killed job that ran again must not show in it twice."""
    versions = client().search_model_versions(f"name = '{NAMES.registered_model}'")
    challenger = Versions(client(), NAMES.registered_model).by_alias(CHALLENGER)
    reported = {
        kind: [run.data.tags["toile.day"] for run in reversed(find_runs(client(), NAMES.experiment, kind=kind))]
        for kind in ("drift", "performance")
    }
    return {
        "versions": sorted(str(version.version) for version in versions),
        "challenger": challenger.number if challenger else None,
        "champion": champion(),
        "ledger": ledger(),
        **{name: _contents(market, name) for name in (NAMES.training_rows, NAMES.scoring_rows, NAMES.scores)},
        **reported,
    }


def _contents(market: Tables, name: str) -> list[tuple[object, ...]]:
    """Rows and the sum of their digests, by partition, whoever wrote them."""
    rows = market.read(name).drop("run_key", "rows_version")
    digest = sf.sum(sf.xxhash64(*rows.columns).cast("decimal(38,0)"))
    return [tuple(row) for row in rows.groupBy("as_of").agg(sf.count("*"), digest).orderBy("as_of").collect()]


def test_a_worse_candidate_is_refused_and_the_champion_stays(
    market: Tables, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    conf = shutil.copytree(REPOSITORY / "conf", tmp_path / "conf")
    file = conf / "models" / "customer" / "repeat_purchase.yaml"
    file.write_text(file.read_text().replace("max_depth: 3, n_estimators: 200", "max_depth: 1, n_estimators: 1"))
    monkeypatch.setenv("TOILE_CONF", str(conf))
    with pytest.raises(ConfigError, match="gate them again"):
        run("train", FIRST, identity="worse")
    run("gate", FIRST, identity="worse", purpose="training")
    number = run("train", FIRST, identity="worse").model_version
    validated = run("validate", FIRST, version=str(number))
    assert validated.verdict is Verdict.REFUSED
    assert any("no worse than champion" in reason for reason in validated.reasons)
    assert run("promote", FIRST, version=str(number)).verdict is Verdict.REFUSED
    assert champion() == "2"


def test_a_rollback_restores_the_former_champion_and_the_ledger_tells_both(
    market: Tables, capsys: pytest.CaptureFixture[str]
) -> None:
    assert champion() == "2"
    assert main(["rollback", MODEL, "--reason", "complaints"]) == 0
    assert champion() == "1"
    assert ledger() == [("promote", "1"), ("promote", "2"), ("rollback", "1")]
    assert main(["history", MODEL]) == 0
    assert "complaints" in capsys.readouterr().out
    assert main(["rollback", MODEL, "--reason", "further"]) == 2
    assert "there is no former champion" in capsys.readouterr().err


def test_a_spent_budget_stops_retraining_that_no_person_asks_for_and_nothing_else(
    market: Tables, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    conf = Path(shutil.copytree(REPOSITORY / "conf", tmp_path / "conf"))
    (conf / "prices.yaml").write_text('currency: EUR\nlooked_up: "2026-11-01"\nlocal: {per_hour: 60}\n')
    local = conf / "environments" / "local.yaml"
    local.write_text(local.read_text().replace("{approval: none}", "{approval: none, budget: {per_month: 1}}"))
    monkeypatch.setenv("TOILE_CONF", str(conf))

    scheduled = run("gate", LAST, "october", purpose="training", trigger="scheduled")
    by_hand = run("gate", LAST, "october", purpose="training")
    scoring = run("gate", LAST, "october", purpose="scoring")

    assert (scheduled.verdict, scheduled.rows) == (Verdict.REFUSED, {})
    assert by_hand.verdict is Verdict.WARNED
    assert by_hand.reasons[-1].endswith("it goes on, for a person asked for it")
    assert by_hand.rows
    assert by_hand.cost is not None
    assert by_hand.cost.actual == pytest.approx(by_hand.timings["total"] / 60, rel=0.2)
    assert (scoring.verdict, scoring.reasons) == (Verdict.PASSED, [])
