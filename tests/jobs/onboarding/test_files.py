import ast
import os
import shutil
import subprocess
import sys
from dataclasses import replace
from datetime import date, timedelta
from pathlib import Path

import pytest

from toile.commands.check import find_in_files
from toile.commands.deep_checks import find_with_libraries
from toile.config import Conf, InvalidConfig
from toile.config.training_data import RowsOfTable
from toile.errors import ConfigError, DataError
from toile.home import REPOSITORY
from toile.onboarding.decisions import Decisions
from toile.onboarding.files import render, write_all
from toile.onboarding.look import Column, Look
from toile.onboarding.plan import plan_model

TOLD = Decisions(
    domain="marketing",
    name="leads",
    owner="marketing-squad",
    description='Will a lead buy: "yes", or no? # really',
    limits="- Not for credit: ever.",
    task="classification",
    label="bought",
    label_delay=timedelta(days=14),
    entity="lead_id",
    time="seen_at",
)
FILES = [
    "conf/expectations/marketing_leads.yaml",
    "conf/models/marketing/leads.yaml",
    "tests/jobs/models/test_marketing_leads.py",
]


@pytest.fixture
def conf(tmp_path: Path) -> Conf:
    return Conf(Path(shutil.copytree(REPOSITORY / "conf", tmp_path / "conf")))


def write(look: Look, conf: Conf, told: Decisions = TOLD) -> None:
    plan = plan_model(told, look, listed=False)
    write_all(render(plan), conf, told.model)


def left_behind(conf: Conf) -> list[str]:
    return [name for name in FILES if (conf.root.parent / name).exists()]


@pytest.mark.parametrize(
    ("task", "label", "metric"), [("classification", "bought", "roc_auc"), ("regression", "spent", "rmse")]
)
def test_what_is_written_passes_every_check_in_few_lines(
    look: Look, conf: Conf, task: str, label: str, metric: str
) -> None:
    write(look, conf, replace(TOLD, task=task, label=label))
    fresh = Conf(conf.root)
    problems = find_in_files(fresh)
    assert problems + find_with_libraries(fresh, problems) == []
    config = fresh.load_model("marketing.leads").config
    assert (config.description, config.limits) == (TOLD.description, TOLD.limits)
    assert {gate.metric for gate in config.gates} == {metric}
    assert len(fresh.model_file("marketing.leads").read_text().splitlines()) <= 25


def test_window_and_holdout_follow_the_table_and_the_delay(look: Look) -> None:
    plan = plan_model(TOLD, look, listed=False)
    assert (plan.window.days, plan.holdout.days, plan.as_of) == (366, 67, date(1971, 1, 1))
    with pytest.raises(DataError, match="'seen_at' spans 365 days, and labels are known 200d late: too short"):
        plan_model(replace(TOLD, label_delay=timedelta(days=200)), look, listed=False)


def test_the_suite_learns_gaps_ranges_and_words_with_room(look: Look) -> None:
    suite = render(plan_model(TOLD, look, listed=False))["conf/expectations/marketing_leads.yaml"]
    for line in (
        "row_count_to_be_between, severity: block, arguments: {min_value: 15}",
        "to_be_unique, severity: block, arguments: {column_list: [lead_id, event_time]}",
        "to_not_be_null, severity: quarantine, arguments: {column: visits}",
        "to_be_between, severity: warn, arguments: {column: visits, min_value: 0, max_value: 17}",
        "to_be_in_set, severity: warn, arguments: {column: channel, value_set: [app, store, web]}",
    ):
        assert line in suite
    assert "not_be_null, severity: quarantine, arguments: {column: age}" not in suite


@pytest.mark.parametrize(
    ("low", "high", "kind", "learnt"),
    [
        (2019, 2021, "long", "min_value: 0, max_value: 2022"),
        (-7, 123_456, "long", "min_value: -70000, max_value: 190000"),
        (-1000.0523, -1000.01, "double", "min_value: -1000.074, max_value: -999.988"),
        (0.1, 0.3, "double", "min_value: 0.0, max_value: 0.4"),
    ],
)
def test_a_learnt_range_has_room_beyond_all_that_was_seen(
    look: Look, low: float, high: float, kind: str, learnt: str
) -> None:
    look.columns["visits"] = Column("visits", kind, 0, low, high)
    suite = render(plan_model(TOLD, look, listed=False))["conf/expectations/marketing_leads.yaml"]
    assert f"{{column: visits, {learnt}}}" in suite


def test_the_least_number_of_rows_counts_an_entity_once_however_many_rows_of_it_wait(look: Look) -> None:
    look.sample["lead_id"] = look.sample.index % 40
    suite = render(plan_model(TOLD, look, listed=False))["conf/expectations/marketing_leads.yaml"]
    assert "arguments: {min_value: 6}" in suite  # a fifth of the 34 of 40 leads with a row of the last 14 days


def test_columns_of_any_name_come_out_as_they_are_called(look: Look, conf: Conf) -> None:
    """Those that YAML takes for no, yes and nothing, and one that would write lines of its own."""
    strange = 'x"\nowner: evil'
    names = {"lead_id": "no", "bought": "yes", "visits": "on", "loyal": "null", "seen_at": "true", "refund": strange}
    look.sample.rename(columns=names, inplace=True)
    columns = [replace(column, name=names.get(name, name)) for name, column in look.columns.items()]
    look.columns.clear()
    look.columns.update({column.name: column for column in columns})
    write(look, conf, replace(TOLD, entity="no", label="yes", time="true"))
    fresh = Conf(conf.root)
    config = fresh.load_model("marketing.leads").config
    assert isinstance(config.training_data, RowsOfTable)
    assert (config.entity, config.task.label, config.training_data.time) == ("no", "yes", "true")
    assert {"on", "null"} <= set(config.training_data.columns)
    assert config.owner == TOLD.owner
    assert r'x"\nowner: evil (its name' in fresh.model_file("marketing.leads").read_text()
    written = (conf.root.parent / FILES[2]).read_text()
    (apart,) = [node for node in ast.walk(ast.parse(written)) if isinstance(node, ast.Set) and len(node.elts) > 3]
    assert {"no", "yes", strange} <= ast.literal_eval(apart)


def test_nothing_is_overwritten_and_what_fails_leaves_nothing_behind(look: Look, conf: Conf) -> None:
    with pytest.raises(InvalidConfig, match="no team 'nobody'"):
        write(look, conf, replace(TOLD, owner="nobody"))
    assert left_behind(conf) == []
    (conf.root.parent / "tests").write_text("a file where a folder must be")
    with pytest.raises(ConfigError, match=r"cannot be written: .*Nothing was"):
        write(look, conf)
    assert left_behind(conf) == []
    (conf.root.parent / "tests").unlink()
    (conf.root.parent / FILES[0]).write_text("a suite of that name")
    with pytest.raises(ConfigError, match=r"marketing_leads\.yaml: already there, and nothing is overwritten"):
        write(look, conf)
    assert (left_behind(conf), (conf.root.parent / FILES[0]).read_text()) == (FILES[:1], "a suite of that name")


def test_the_written_test_passes_and_fails_once_a_leaking_column_comes_back(look: Look, conf: Conf) -> None:
    write(look, conf)

    def outcome() -> str:
        command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", str(conf.root.parent / FILES[2])]
        told = subprocess.run(
            command, capture_output=True, text=True, check=False, cwd=conf.root.parent,
            env=os.environ | {"TOILE_CONF": str(conf.root)},
        )  # fmt: skip
        return told.stdout.splitlines()[-1]

    assert outcome().startswith("3 passed")
    file = conf.root / "models/marketing/leads.yaml"
    file.write_text(file.read_text().replace("columns: {", "columns: {refund: double, "))
    assert outcome().startswith("1 failed, 2 passed")
