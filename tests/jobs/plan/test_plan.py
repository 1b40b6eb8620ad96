import json
import shutil
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from tests.clone import Clone

from toile.config import Conf
from toile.plan.facts import ALIASES
from toile.registry.versions import CANDIDATE, CHALLENGER, CHAMPION

Plan = Callable[..., tuple[int, str]]
ALPHA, BETA = "conf/models/shop/alpha.yaml", "conf/models/shop/beta.yaml"
DIGEST_CASES = [
    (ALPHA, "trainer: {kind: xgboost}", "trainer: {kind: xgboost, params: {max_depth: 4}}", "trainer.params.max_depth"),
    (ALPHA, "min: 0.65", "min: 0.7", "gates"),
    (ALPHA, "90d}", "60d}", "task.label_delay"),
    (ALPHA, 'train: "@monthly"', 'train: "@weekly"', "schedule.train"),
    (ALPHA, "trainer:", "split: {holdout: 14d}\ntrainer:", "split.holdout"),
    ("conf/features/recency.yaml", "columns:", "ttl: 365d\ncolumns:", "ttl"),
    ("conf/expectations/snapshots.yaml", "min_value: 0", "min_value: 1", "expectations"),
    ("conf/platform.yaml", "event_time: ordered_at", "event_time: paid_at", "event_time"),
    ("conf/environments/local.yaml", "schedules: false", "schedules: false\ndefaults: {naive: recency_days}", "naive"),
]


def changes(plan: Plan, environment: str = "production") -> dict[tuple[str, str], dict[str, Any]]:
    """Section and item -> the change, of one environment, against the last commit."""
    _status, told = plan("--against", "HEAD", "--format", "json", "--env", environment)
    [found] = json.loads(told)["environments"]
    return {(change["section"], change["item"]): change for change in found["changes"]}


def reshaped(plan: Plan) -> dict[str, dict[str, Any]]:
    _status, told = plan("--against", "HEAD", "--format", "json", "--env", "local")
    return {model["model"]: model for model in json.loads(told)["environments"][0]["reshaped"]}


def digests(clone: Clone) -> dict[str, str]:
    models, _broken = Conf(clone.conf).load_all()
    return {name: model.digest for name, model in models.items()}


def test_nothing_changes_where_nothing_was_changed(plan: Plan) -> None:
    status, told = plan("--format", "json")
    assert (status, [one["changes"] for one in json.loads(told)["environments"]]) == (0, [[], []])
    assert plan()[1].endswith("Nothing changes.\n")


@pytest.mark.parametrize("case", DIGEST_CASES)
def test_a_key_is_told_of_exactly_the_models_whose_digest_it_changes(
    clone: Clone, plan: Plan, case: tuple[str, str, str, str]
) -> None:
    file, old, new, key = case
    before = digests(clone)
    clone.change(file, old, new)
    differing = {name for name, digest in digests(clone).items() if digest != before[name]}

    told = reshaped(plan)

    assert differing == set(told) == ({"shop.alpha"} if file == ALPHA else {"shop.alpha", "shop.beta"})
    for model in told.values():
        assert [(change["file"], change["key"]) for change in model["keys"]] == [(file, key)]


def test_a_budget_that_is_raised_touches_no_candidate(clone: Clone, plan: Plan) -> None:
    (clone.root / ALPHA).write_text((clone.root / ALPHA).read_text() + "budget: {per_month: 500}\n")
    assert reshaped(plan) == {}
    [change] = changes(plan).values()
    assert change["item"] == "shop.alpha"
    assert change["after"]["budget"] == "500.00 USD, warns at 80%"


def test_a_shared_file_names_whom_it_reaches(clone: Clone, plan: Plan) -> None:
    clone.change("conf/features/recency.yaml", "columns:", "ttl: 365d\ncolumns:")
    _status, told = plan()
    assert "!   ttl: none -> 365d  (conf/features/recency.yaml)" in told
    assert "! conf/features/recency.yaml reaches shop.alpha, shop.beta" in told


def test_a_timetable_changes_its_dag_and_the_cost_of_all_that_it_wakes(clone: Clone, plan: Plan) -> None:
    clone.change(ALPHA, 'score: "0 5 * * *"', 'score: "@weekly"')
    found = changes(plan)
    dag = found["DAGs", "shop.alpha.score"]
    assert (dag["before"]["schedule"], dag["after"]["schedule"]) == ("0 5 * * *", "@weekly")
    cost = found["Expected cost a month", "shop.alpha"]
    # Daily and weekly scorings, one more after each training; each wakes the monitor.
    assert "score 31.4, monitor 31.4" in cost["before"]["runs"]
    assert "score 5.3, monitor 5.3" in cost["after"]["runs"]
    # 4 jobs of a training, 2 of a scoring and 1 of monitoring, each a quarter of 240 minutes and 5 more at 0.735 USD.
    once = 0.735 * 65 / 60
    weekly = 208 / 48 + 1  # Sundays of four years
    assert float(cost["after"]["about"].removesuffix(" USD")) == pytest.approx(once * (4 + 3 * weekly), abs=0.006)
    assert changes(plan, "local") == {}  # it keeps no timetables


def test_a_model_that_is_broken_loses_its_dags_and_nothing_else(clone: Clone, plan: Plan) -> None:
    clone.change(ALPHA, "owner: shop-squad", "owner: shop-sqad")
    clone.change(BETA, "approval: required", "approval: none")
    status, told = plan()
    assert status == 1
    assert f"{ALPHA}:1:8: owner: there is no team 'shop-sqad'. Did you mean 'shop-squad'?" in told
    found = changes(plan)
    assert found["DAGs", "shop.alpha.config_error"]["kind"] == "added"
    assert {section for section, item in found if "alpha" in item} == {"DAGs"}
    assert found["Access and approval", "shop.beta"]["after"]["approval"] == "none"
    assert found["Expected cost a month", "all models"]["after"]["models not counted"] == "2"


def test_an_environment_whose_own_file_is_broken_does_not_hide_the_others(clone: Clone, plan: Plan) -> None:
    clone.change("conf/environments/production.yaml", "kind: catalog", "kind: catalogue")
    clone.change(BETA, "approval: required", "approval: none")
    status, told = plan()
    assert status == 1
    assert "conf/environments/production.yaml:8:16: tables.kind" in told
    assert "Environment production\n  platform.yaml or its own file has mistakes now" in told
    assert "    !   approval: required -> none" in told


def test_what_a_removed_model_held_goes_and_is_not_deleted(clone: Clone, plan: Plan) -> None:
    (clone.root / BETA).unlink()
    removed = {key for key, change in changes(plan).items() if change["kind"] == "removed"}
    assert {("Tables", "ml.shop.beta_scores"), ("Registered models", "ml.shop.beta")} <= removed
    assert {item for section, item in removed if section == "DAGs"} == {
        f"shop.beta.{stage}" for stage in ("train", "validate", "register", "score", "monitor")
    }
    assert "Nothing is deleted" in plan()[1]
    assert ALIASES.split(", ") == [CANDIDATE, CHALLENGER, CHAMPION]


def test_a_model_under_another_name_is_told_to_begin_anew(clone: Clone, plan: Plan) -> None:
    (clone.root / BETA).rename(clone.root / "conf/models/shop/gamma.yaml")

    assert json.loads(plan("--format", "json")[1])["renamed"] == [{"model": "shop.beta", "now": "shop.gamma"}]
    _heading, told = plan()[1].split("Models that look renamed")
    assert "begins anew" in told
    assert "    ! shop.beta -> shop.gamma\n" in told

    clone.change("conf/models/shop/gamma.yaml", "90d}", "60d}")
    assert "shop.beta -> shop.gamma" in plan()[1]

    (clone.root / "conf/models/shop/gamma.yaml").write_text("owner: shop-squad\n")
    (clone.root / "conf/models/shop/delta.yaml").symlink_to("nowhere.yaml")
    told = plan()[1]
    assert "begins anew" not in told
    assert "delta.yaml" in told, "a link to nowhere is told as a mistake"


def test_code_is_told_of_the_models_that_run_it_by_whatever_way(clone: Clone, plan: Plan) -> None:
    clone.change("jobs/domains/shop/orders.py", "...", "return 1")
    clone.change("jobs/domains/shop/beta.py", "...", "return 1")
    (clone.root / "jobs/domains/shop/new.py").write_text("unused = 1\n")
    told = json.loads(plan("--format", "json")[1])
    orders, beta = "jobs/domains/shop/orders.py", "jobs/domains/shop/beta.py"
    assert told["code"] == [
        {"model": "shop.alpha", "files": [orders]},
        {"model": "shop.beta", "files": [beta, orders]},
    ]
    assert [one["reshaped"] for one in told["environments"]] == [[], []]


def test_a_branch_is_not_told_what_others_have_merged_since(clone: Clone, plan: Plan) -> None:
    clone.git("switch", "--quiet", "--create", "change")
    clone.change(BETA, "approval: required", "approval: none")
    clone.commit()
    clone.git("switch", "--quiet", "main")
    clone.change(ALPHA, "min: 0.65", "min: 0.7")
    clone.commit()
    clone.git("switch", "--quiet", "change")
    _status, told = plan()
    assert told.startswith("Plan against main (")
    assert "approval: required -> none" in told
    assert "alpha" not in told
    assert "alpha" in plan("--against", "main")[1]


def test_where_no_main_is_known_nothing_is_guessed(clone: Clone, plan: Plan) -> None:
    clone.git("branch", "--move", "main", "trunk")
    assert plan()[0] == 2
    clone.git("switch", "--quiet", "--detach")
    assert plan()[0] == 2
    assert plan("--against", "trunk")[0] == 0
    assert plan("--against=--output=x")[0] == 2


def test_the_output_hangs_on_the_revisions_alone(
    clone: Clone, plan: Plan, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    clone.change("conf/features/recency.yaml", "columns:", "ttl: 365d\ncolumns:")
    (clone.root / BETA).unlink()
    told = {form: plan("--format", form) for form in ("text", "markdown", "json")}
    monkeypatch.setenv("TOILE_CONF", str(shutil.copytree(clone.root, tmp_path / "elsewhere") / "conf"))
    assert {form: plan("--format", form) for form in told} == told
    assert not [text for _status, text in told.values() if str(tmp_path) in text or "toile-plan-" in text]


def test_an_environment_that_nobody_has_is_a_mistake_of_the_caller(plan: Plan) -> None:
    assert plan("--env", "prodction")[0] == 2
