from collections.abc import Callable
from pathlib import Path

import pytest

from toile.contract import Fact
from toile_airflow.ui.configured import Configured, read_configured
from toile_airflow.ui.readiness import LEVELS, Case, judge, level_of
from toile_airflow.ui.tracking import Known

MODEL = "shop.alpha"
FACTS = {name: Fact(verdict="passed", version="1") for name in ("champion", "gate.training", "drift", "performance")}
GOLD = """\
owner: shop-squad
description: Will a customer buy again within 90 days?
limits: Not for credit decisions.
task: {kind: classification, label: bought_again, label_delay: 90d}
entity: customer_id
training_data: {entities: domains.shop.alpha:entities, features: [recency], gate: snapshots}
trainer: {kind: xgboost}
gates:
  - {metric: roc_auc, beats: naive}
  - {metric: roc_auc, no_worse_than: baseline, margin: 0.02}
  - {metric: roc_auc, no_worse_than: champion, margin: 0.02}
  - {metric: roc_auc, min: 0.5, slice_by: recency_days}
scoring: {entities: domains.shop.alpha:active_customers, gate: snapshots}
monitoring: {performance: {metric: roc_auc, min: 0.6}, retrain_when: [drift]}
schedule: {score: "@daily", monitor: "@daily"}
approval: required
"""
SUITE = """\
owner: shop-squad
description: Snapshots of customers.
expectations:
  - {type: expect_column_values_to_not_be_null, severity: block, arguments: {column: customer_id}}
"""


@pytest.fixture
def write(conf: Path) -> Callable[..., Configured]:
    """The configuration with a model that lacks nothing, but for what is replaced in its file."""

    def write_model(former: str = "", new: str = "") -> Configured:
        (conf / "models/shop/alpha.yaml").write_text(GOLD.replace(former, new) if former else GOLD)
        (conf / "expectations/snapshots.yaml").write_text(SUITE)
        return read_configured()

    return write_model


def judged(configured: Configured, **changed: Fact) -> tuple[str, list[str]]:
    facts = {**FACTS, **{name.replace("__", "."): fact for name, fact in changed.items()}}
    points = judge(Case(configured.models[MODEL], Known(facts=facts), configured))
    return level_of(points), [point.missing for point in points if point.met is False]


def test_a_model_that_lacks_nothing_is_gold(write: Callable[..., Configured]) -> None:
    assert judged(write()) == ("gold", [])


@pytest.mark.parametrize(
    ("former", "new", "level", "missing"),
    [
        ("limits: Not for credit decisions.\n", "", "", "the card has no limits"),
        ("  - {metric: roc_auc, beats: naive}\n", "", "", "naive rule"),
        ("  - {metric: roc_auc, no_worse_than: baseline, margin: 0.02}\n", "", "bronze", "baseline"),
        ("  - {metric: roc_auc, min: 0.5, slice_by: recency_days}\n", "", "bronze", "slices"),
        ("performance: {metric: roc_auc, min: 0.6}, ", "", "bronze", "late labels have no limits"),
        ("approval: required\n", "", "silver", "approval"),
        (", retrain_when: [drift]", "", "silver", "retraining"),
    ],
)
def test_what_the_file_lacks_is_named_and_keeps_it_from_its_level(
    write: Callable[..., Configured], former: str, new: str, level: str, missing: str
) -> None:
    reached, [named] = judged(write(former, new))

    assert reached == level
    assert missing in named


@pytest.mark.parametrize(
    ("name", "fact", "level"),
    [
        ("champion", Fact(version=None, verdict="withdraw"), ""),
        ("gate__scoring", Fact(verdict="refused"), "bronze"),
        ("drift", Fact(verdict="warned"), "silver"),
        ("performance", Fact(verdict="warned"), "silver"),
    ],
)
def test_what_its_jobs_last_concluded_counts_too(
    write: Callable[..., Configured], name: str, fact: Fact, level: str
) -> None:
    reached, missing = judged(write(), **{name: fact})

    assert (reached, len(missing)) == (level, 1)


def test_the_squads_code_needs_a_test_where_tests_are_deployed(write: Callable[..., Configured], conf: Path) -> None:
    configured = write()
    [unknown] = [point for point in judge(Case(configured.models[MODEL], Known(), configured)) if point.met is None]
    assert "the squad's code has no test" in unknown.missing
    (conf.parent / "tests").mkdir()
    (conf.parent / "tests/test_other.py").touch()
    assert judged(read_configured())[0] == "silver"
    (conf.parent / "tests/test_shop_alpha.py").touch()
    assert judged(read_configured())[0] == "gold"


def test_what_editors_leave_in_conf_hides_no_model(write: Callable[..., Configured], conf: Path) -> None:
    write()
    (conf / "models/shop/.#alpha.yaml").symlink_to("somebody@their-machine")
    (conf / "models/shop/gone.yaml").symlink_to("nowhere.yaml")

    assert MODEL in read_configured().models


def test_a_model_without_code_of_the_squads_own_needs_no_test(write: Callable[..., Configured], conf: Path) -> None:
    write()
    for file in (conf / "models/shop/alpha.yaml", *(conf / "features").rglob("*.yaml")):
        file.write_text(file.read_text().replace("domains.shop", "bought.product"))
    (conf.parent / "tests").mkdir()
    (conf.parent / "tests/test_other.py").touch()

    assert judged(read_configured()) == ("gold", [])


def test_a_level_is_not_reached_over_a_lower_one_that_is_missing(write: Callable[..., Configured]) -> None:
    points = judge(Case(write("limits: Not for credit decisions.\n", "").models[MODEL], Known(facts=FACTS), write()))

    assert {point.level for point in points} == set(LEVELS)
    assert level_of(points) == ""
