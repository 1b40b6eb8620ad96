"""`toile check` on a copy of the real configuration."""

import re
import shutil
from pathlib import Path
from textwrap import dedent

import pytest

from toile.cli import main
from toile.commands.check import find_in_files
from toile.commands.deep_checks import find_with_libraries
from toile.config import Conf
from toile.home import REPOSITORY

MODEL = "models/customer/repeat_purchase.yaml"


@pytest.fixture
def conf(tmp_path: Path) -> Conf:
    return Conf(Path(shutil.copytree(REPOSITORY / "conf", tmp_path / "conf")))


def told(conf: Conf) -> list[str]:
    fresh = Conf(conf.root)
    problems = find_in_files(fresh)
    return [str(problem) for problem in problems + find_with_libraries(fresh, problems)]


def change(conf: Conf, file: str, *changes: tuple[str, str]) -> None:
    text = (conf.root / file).read_text()
    for right, wrong in changes:
        assert right in text
        text = text.replace(right, wrong, 1)
    (conf.root / file).write_text(text)


def test_the_configuration_of_this_repository_is_sound(conf: Conf) -> None:
    assert told(conf) == []


@pytest.mark.parametrize("stray", ["features/one.yml", "expectations/squad/one.yaml", "environments/eu/one.yaml"])
def test_a_file_of_another_folder_that_nobody_reads_is_told(conf: Conf, stray: str) -> None:
    (conf.root / stray).parent.mkdir(exist_ok=True)
    (conf.root / stray).write_text("{}\n")

    (line,) = told(conf)

    assert line.startswith(f"conf/{stray}:1:1: is not read: ")


@pytest.mark.parametrize("stray", ["models/stray.yaml", "models/customer/other.yml", "models/customer/deep/one.yaml"])
def test_a_model_file_that_nobody_reads_is_told(conf: Conf, stray: str) -> None:
    (conf.root / stray).parent.mkdir(exist_ok=True)
    shutil.copy(conf.root / MODEL, conf.root / stray)
    assert told(conf) == [f"conf/{stray}:1:1: is not read: a model lies in conf/models/<domain>/<model>.yaml. Move it."]


@pytest.mark.parametrize(
    ("wrong", "right", "message"),
    [
        ("max_dept: 3", "max_depth: 3", "params.max_dept: XGBoost has no such parameter. Did you mean 'max_depth'?"),
        (":entitys", ":entities", "has no function 'entitys'. Did you mean 'entities'?"),
        ("n_estimators: many", "n_estimators: 200", "params.n_estimators: a trial fit fails: 'str' object cannot be"),
        (
            "max_depth: 3.5",
            "max_depth: 3",
            "params.max_depth: a trial fit fails: Invalid Parameter format for max_depth",
        ),
        (
            "domains.customer.snapshots:active_customers",
            "domains.customer.repeat_purchase:entities",
            "training_data.entities: domains.customer.snapshots:active_customers must take (sources, window), "
            "but takes (sources, as_of).",
        ),
        ("verbosity: 9", "max_depth: 3", "params.verbosity: a trial fit fails: value 9 for Parameter verbosity"),
    ],
)
def test_what_only_the_libraries_know_is_told_with_the_nearest_word(
    conf: Conf, wrong: str, right: str, message: str
) -> None:
    change(conf, MODEL, (right, wrong))
    found = told(conf)
    assert len(found) == 1
    assert found[0].startswith(f"conf/{MODEL}:")
    assert message in found[0]


def test_a_transform_of_other_parameters_is_told(conf: Conf) -> None:
    change(conf, "features/customer_rfm.yaml", ("features:rfm", "repeat_purchase:entities"))
    (problem,) = told(conf)
    assert problem.endswith("repeat_purchase:entities must take (history), but takes (sources, window).")


def test_a_column_that_no_row_of_the_gate_has_is_told_once_at_its_place(conf: Conf) -> None:
    suite = "expectations/customer_snapshots.yaml"
    change(
        conf, suite, ("column: recency_days", "column: recency_day"), ("[customer_id, event_time]", "[split, as_of]")
    )
    first, second = told(conf)
    assert first.startswith(
        f"conf/{suite}:7:93: expectations.2.arguments.column_list.0: there is no column 'split' in the scoring rows "
        "of customer.repeat_purchase. Known: active_months, as_of, "
    )
    assert "there is no column 'recency_day' in the training rows" in second
    assert second.endswith("Did you mean 'recency_days'?")


def test_the_gate_of_the_training_rows_alone_may_speak_of_label_and_split(conf: Conf) -> None:
    suite = (conf.root / "expectations/customer_snapshots.yaml").read_text()
    (conf.root / "expectations/scored.yaml").write_text(suite)
    change(conf, MODEL, (":active_customers, gate: customer_snapshots", ":active_customers, gate: scored"))
    changes = ("column: recency_days", "column: bought_again"), ("[customer_id, event_time]", "[split, as_of]")
    change(conf, "expectations/customer_snapshots.yaml", *changes)
    assert told(conf) == []


def test_hidden_files_are_left_alone(conf: Conf) -> None:
    for file in ("models/customer/.x.yaml", "models/.old/x.yaml", "features/.x.yaml", "expectations/.x.yaml"):
        (conf.root / file).parent.mkdir(exist_ok=True)
        (conf.root / file).write_text("- broken")
    assert told(conf) == []


def test_no_mistake_hides_another_of_any_file(conf: Conf) -> None:
    change(conf, "platform.yaml", ("contact:", "contac:"))
    change(conf, "features/customer_rfm.yaml", ("owner: ", "owner: x"), ("transform: ", "transform: x"))
    change(conf, "expectations/order_lines.yaml", ("description:", "descriptio:"), ("to_not_be_null", "to_not_be_nul"))
    changes = (":entities", ":entitys"), ("max_depth: 3", "max_dept: 3"), ("n_estimators: 200", "n_estimators: many")
    change(conf, MODEL, *changes, ("entity: customer_id", "entity: 1\nentity: 2"))
    where = [re.match(r"conf/(\S+?):\d+:\d+: (\S+):", line) for line in told(conf)]
    assert [found.groups() for found in where if found] == [
        ("expectations/order_lines.yaml", "descriptio"),
        ("expectations/order_lines.yaml", "description"),
        ("features/customer_rfm.yaml", "owner"),
        (MODEL, "entity"),
        (MODEL, "entity"),
        ("platform.yaml", "teams.customer-squad.contact"),
        ("platform.yaml", "teams.customer-squad.contac"),
        ("expectations/order_lines.yaml", "expectations.1.type"),
        ("features/customer_rfm.yaml", "transform"),
        (MODEL, "training_data.entities"),
        (MODEL, "trainer.params.max_dept"),
        (MODEL, "trainer.params.n_estimators"),
    ]


@pytest.mark.parametrize(
    ("params", "fields"),
    [
        ("base_score: 2, objective: reg:squarederror", []),
        ("base_score: 2, max_depth: 3", ["trainer.params.base_score"]),
        ("tree_method: exact, max_depth: 0", ["trainer.params"]),
    ],
)
def test_parameters_are_judged_together_and_only_then_alone(conf: Conf, params: str, fields: list[str]) -> None:
    change(conf, MODEL, ("max_depth: 3", params))
    assert [line.split(": ")[1] for line in told(conf)] == fields


@pytest.mark.parametrize(
    ("searched", "problems"),
    [
        ("max_depth: {low: 2, high: 6}, booster: {choices: [gbtree, dart]}", []),
        (
            "max_dept: {low: 2, high: 6}, subsample: {low: 0.5, high: 1.5}",
            [
                "max_dept: XGBoost has no such parameter. Did you mean 'max_depth'?",
                "subsample: a trial fit fails: value 1.5 for Parameter subsample exceed bound",
            ],
        ),
        (
            "booster: {choices: [gbtree, gbtre]}",
            ["booster: a trial fit fails: Unknown gbm type gbtre."],
        ),
    ],
)
def test_what_a_search_would_try_in_vain_is_told(conf: Conf, searched: str, problems: list[str]) -> None:
    change(conf, MODEL, ("\ngates:", f"\nsearch: {{params: {{{searched}}}}}\ngates:"))
    found = told(conf)
    assert len(found) == len(problems)
    for line, problem in zip(found, problems, strict=True):
        assert f": search.params.{problem}" in line


def test_what_a_custom_trainer_does_not_take_is_told_when_it_is_searched(conf: Conf) -> None:
    changes = "\ngates:", "\nsearch: {params: {quantil: {low: 0.1, high: 0.9}}}\ngates:"
    change(conf, "models/customer/spend_12w.yaml", changes)
    (problem,) = told(conf)
    assert "trainer.build: domains.customer.spend_12w:build must take (columns, seed, " in problem
    assert "quantil), but takes" in problem


def test_what_the_files_alone_tell_is_printed_before_the_libraries_are_loaded(
    conf: Conf, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    change(conf, MODEL, ("owner: ", "owner: x"))
    printed = []

    def note(_conf: Conf, _told: object) -> list[object]:
        printed.append(capsys.readouterr().err)
        return []

    monkeypatch.setattr("toile.commands.deep_checks.find_with_libraries", note)
    monkeypatch.setenv("TOILE_CONF", str(conf.root))
    assert main(["check"]) == 1
    assert "there is no team 'xcustomer-squad'" in printed[0]
    assert capsys.readouterr().err.endswith("\n1 problem in 1 file.\n")


def test_the_model_file_that_the_readme_shows_is_sound_as_it_stands(conf: Conf) -> None:
    (block,) = re.findall(r"```yaml\n(.*?)```", (REPOSITORY / "README.md").read_text(), flags=re.DOTALL)
    shown = dedent(block)
    file = re.match(r"# conf/(\S+)\n", shown)
    assert file
    (conf.root / file[1]).write_text(shown)
    assert told(conf) == []
    assert "customer.next_purchase" in Conf(conf.root).model_ids


def test_timetables_by_which_a_dag_repeats_itself_are_noted_and_no_mistake(
    conf: Conf, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    change(conf, MODEL, ('score: "@weekly", monitor: "@weekly"', 'score: "@hourly", monitor: "@daily"'))
    spend = 'score: "@weekly", monitor: "@weekly"', 'score: "@weekly", monitor: "@daily"'
    change(conf, "models/customer/spend_12w.yaml", spend)
    monkeypatch.setenv("TOILE_CONF", str(conf.root))
    assert main(["check", "--fast"]) == 0
    hourly, daily = capsys.readouterr().err.splitlines()
    assert re.match(rf"conf/{MODEL}:30:38: note: schedule\.score: fires 24 times a day", hourly)
    assert "note: schedule.monitor: runs on 365 days a year, and score on 52" in daily


def test_prices_and_every_environment_are_looked_at_whichever_is_asked_for(conf: Conf) -> None:
    change(conf, "prices.yaml", ("currency", "curency"))
    change(conf, "environments/staging.yaml", ("mlflow: http://mlflow:5000", "mlflow: 5000"))
    found = " ".join(told(conf))
    assert "conf/prices.yaml:" in found
    assert "conf/environments/staging.yaml:9:9: mlflow: 5000 does not fit" in found


def test_a_view_with_a_mistake_hides_no_feature_that_does_not_exist(conf: Conf) -> None:
    change(conf, "features/customer_rfm.yaml", ("owner: ", "owner: x"))
    change(conf, MODEL, ("slices: [country]", "slices: [contry]"))
    view, model = told(conf)
    assert "there is no team" in view
    assert "there is no feature 'contry'. Did you mean 'country'?" in model


def test_a_password_in_an_address_is_refused_and_not_shown(
    conf: Conf, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    change(conf, "environments/staging.yaml", ("http://mlflow", "http://squad:secret@mlflow"))
    monkeypatch.setenv("TOILE_CONF", str(conf.root))
    assert main(["check", "--fast"]) == 1
    shown = capsys.readouterr().err
    assert "mlflow: 'http://squad:***@mlflow:5000' does not fit: leave user:password@ out of it" in shown
    assert "secret" not in shown


@pytest.mark.parametrize("session", ["classic", "connect"])
def test_what_the_compute_cannot_do_is_told_where_files_are_read(conf: Conf, session: str) -> None:
    change(conf, MODEL, ("trainer:\n", "trainer:\n  distributed_above: 100000\n"))
    for file in ("environments/staging.yaml", "environments/production.yaml"):
        change(conf, file, ("spark_session: classic", f"spark_session: {session}"))
    cluster = [str(found) for found in find_in_files(Conf(conf.root, "staging"))]
    production = conf.root / "environments/production.yaml"
    production.write_text(re.sub(r"compute: {.*}", "compute: {kind: serverless}", production.read_text()))
    serverless = [str(found) for found in find_in_files(Conf(conf.root, "production"))]
    needed = "customer.repeat_purchase may be fitted by Spark's workers (trainer.distributed_above)"
    assert [needed in line for line in cluster] == ([True] if session == "connect" else [])
    assert ["no session of a driver's own" in line for line in serverless] == (
        [True, False] if session == "classic" else [False]
    )
    assert f"conf/{MODEL}:16:22: trainer.distributed_above: serverless compute has no barrier" in serverless[-1]
    assert find_in_files(conf) == []
