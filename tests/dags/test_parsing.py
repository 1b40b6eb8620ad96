"""What the DAG processor and a worker find in dags/."""

import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from tests.airflow_home import CONF, REPOSITORY
from toile.config import Conf, Names
from toile.config.stages import dags_of
from toile.config.yaml_source import Source, read_yaml

STAGES = ("train", "validate", "register", "score", "monitor")

Parse = Callable[[], Any]


def break_model(conf: Path, name: str = "alpha") -> None:
    file = conf / "models" / "shop" / f"{name}.yaml"
    file.write_text(file.read_text().replace("owner: shop-squad", "owner: shop-sqad"))


def woken_by(timetable: Any) -> list[str]:
    return [asset.uri for asset in timetable.asset_condition.objects]


def cron_of(timetable: Any) -> str | None:
    return timetable.timetable.expression if hasattr(timetable, "timetable") else None


def in_fields(cron: str | None) -> str | None:
    """As Airflow keeps it."""
    return {"@monthly": "0 0 1 * *"}.get(cron, cron) if cron else None


def jobs_of(dag: Any) -> list[str]:
    """Its jobs in their order, a gate with its purpose."""
    tasks = [task for task in dag.topological_sort() if hasattr(task, "job")]
    return [" ".join([task.job, *filter(None, [task.parameters.get("purpose")])]) for task in tasks]


def test_the_repositorys_own_models_have_all_five_stages(parse: Parse, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOILE_CONF", str(REPOSITORY / "conf"))
    models = [f"{file.parent.name}.{file.stem}" for file in (REPOSITORY / "conf" / "models").glob("*/*.yaml")]

    bag = parse()

    assert bag.import_errors == {}
    assert sorted(bag.dags) == sorted(f"{model}.{stage}" for model in models for stage in STAGES)


@pytest.mark.parametrize(
    ("stage", "asset"),
    [
        ("train", "retrain"),
        ("validate", "candidate"),
        ("register", "challenger"),
        ("score", "champion"),
        ("monitor", "scores"),
    ],
)
def test_each_stage_is_woken_by_the_event_of_the_stage_before(parse: Parse, stage: str, asset: str) -> None:
    timetable = parse().dags[f"shop.alpha.{stage}"].timetable

    assert (woken_by(timetable), cron_of(timetable)) == ([f"toile://shop/alpha/{asset}"], None)


@pytest.mark.parametrize(
    ("stage", "cron"),
    [("train", "0 0 1 * *"), ("validate", None), ("register", None), ("score", "0 5 * * *"), ("monitor", None)],
)
def test_where_the_environment_keeps_timetables_the_cron_wakes_it_too(
    parse: Parse, monkeypatch: pytest.MonkeyPatch, stage: str, cron: str | None
) -> None:
    monkeypatch.setenv("TOILE_ENV", "scheduled")

    timetable = parse().dags[f"shop.alpha.{stage}"].timetable

    assert cron_of(timetable) == cron
    assert len(woken_by(timetable)) == 1


@pytest.mark.parametrize("environment", ["local", "scheduled"])
def test_the_dags_that_a_plan_tells_of_are_those_that_the_factories_make(
    parse: Parse, conf: Path, monkeypatch: pytest.MonkeyPatch, environment: str
) -> None:
    monkeypatch.setenv("TOILE_ENV", environment)
    (conf / "models" / "shop" / "My Model.yaml").write_text("owner: nobody\n")
    models, broken = Conf(conf, environment).load_all()

    dags = parse().dags

    made = {
        name: (cron_of(dag.timetable), woken_by(dag.timetable), jobs_of(dag))
        for name, dag in dags.items()
        if "config-error" not in dag.tags
    }
    assert made == {
        dag.dag_id: (in_fields(dag.cron), [Names(name).asset(dag.woken_by)], list(dag.jobs))
        for name, model in models.items()
        for dag in dags_of(model)
    }
    assert set(dags) - set(made) == {Names(name).config_error_dag_id for name in broken}


def test_tags_owner_and_page_tell_whose_model_it_is(parse: Parse) -> None:
    dag = parse().dags["shop.alpha.validate"]

    assert dag.tags == {"toile", "shop", "shop-squad", "validate", "pilot"}
    assert {task.owner for task in dag.tasks} == {"shop-squad"}
    for words in ("#shop-squad", "roc_auc at least 0.65", "roc_auc beats naive", "toile rollback shop.alpha --reason"):
        assert words in dag.doc_md


def test_jobs_wait_for_a_slot_of_the_spark_pool(parse: Parse) -> None:
    pools = {task.task_id: task.pool for task in parse().dags["shop.alpha.train"].tasks}

    assert pools == {"check_params": "default_pool", "gate": "toile_spark", "train": "toile_spark"}


def test_a_broken_model_file_is_shown_by_one_dag_and_hurts_no_other_model(parse: Parse, conf: Path) -> None:
    break_model(conf)

    bag = parse()

    assert bag.import_errors == {}
    assert sorted(bag.dags) == sorted(["shop.alpha.config_error", *(f"shop.beta.{stage}" for stage in STAGES)])
    dag = bag.dags["shop.alpha.config_error"]
    assert (
        "conf/models/shop/alpha.yaml:1:8: owner: there is no team 'shop-sqad'. Did you mean 'shop-squad'?" in dag.doc_md
    )
    assert "config-error" in dag.tags


def grant(conf: Path, roles: str) -> None:
    file = conf / "platform.yaml"
    contact = '{contact: "#shop-squad"'
    assert contact in file.read_text()
    file.write_text(file.read_text().replace(contact, f"{contact}, roles: {roles}"))


def test_the_roles_that_its_team_names_have_rights_on_a_models_dags(parse: Parse, conf: Path) -> None:
    grant(conf, "{Shop Squad: trigger, auditors: read}")
    read = {"DAGs": {"can_read"}, "DAG Runs": {"can_read"}}
    trigger = {"DAGs": {"can_read", "can_edit"}, "DAG Runs": {"can_read", "can_create"}}

    for name in ("shop.alpha.train", "shop.beta.register"):
        assert parse().dags[name].access_control == {"Shop Squad": trigger, "auditors": read}


def test_where_a_team_names_no_roles_earlier_grants_end(parse: Parse) -> None:
    assert parse().dags["shop.alpha.train"].access_control == {}  # with None, Airflow would keep them


def test_who_may_see_a_model_sees_what_is_wrong_with_its_file(parse: Parse, conf: Path) -> None:
    grant(conf, "{Shop Squad: read}")
    file = conf / "models" / "shop" / "alpha.yaml"
    file.write_text(file.read_text() + "nonsense: 1\n")
    break_model(conf, "beta")

    dags = parse().dags

    assert set(dags["shop.alpha.config_error"].access_control) == {"Shop Squad"}
    assert dags["shop.beta.config_error"].access_control == {}  # of nobody's team


def test_a_broken_file_whose_name_fits_no_dag_is_shown_all_the_same(parse: Parse, conf: Path) -> None:
    (conf / "models" / "shop" / "My Model.yaml").write_text("owner: nobody\n")

    bag = parse()

    assert bag.import_errors == {}
    assert "shop.My-20-Model.config_error" in bag.dags


def test_a_bad_cron_is_the_models_mistake_and_not_the_schedulers_trouble(parse: Parse, conf: Path) -> None:
    """Airflow takes it at parse time, and chokes on it while it serializes the DAG."""
    model = conf / "models" / "shop" / "alpha.yaml"
    model.write_text(model.read_text().replace('train: "@monthly"', 'train: "99 5 * * *"'))

    bag = parse()

    assert "schedule.train: '99 5 * * *' does not fit: the minute '99'" in bag.dags["shop.alpha.config_error"].doc_md


def test_a_broken_platform_file_is_an_import_error_that_names_the_place(parse: Parse, conf: Path) -> None:
    platform = conf / "platform.yaml"
    platform.write_text(platform.read_text().replace("contact:", "contct:"))

    bag = parse()

    assert bag.dags == {}
    assert len(bag.import_errors) == len(list((REPOSITORY / "dags").glob("*.py")))
    assert all("conf/platform.yaml:2:16: teams.shop-squad.contct" in error for error in bag.import_errors.values())


def test_a_worker_builds_the_asked_dag_only_and_reads_no_other_models_file(
    parse: Parse, monkeypatch: pytest.MonkeyPatch
) -> None:
    read: list[str] = []

    def note(path: Path, *rest: Path) -> Source:
        read.append(path.name)
        return read_yaml(path, *rest)

    monkeypatch.setattr("toile.config.load.read_yaml", note)
    monkeypatch.setenv("_AIRFLOW_PARSING_CONTEXT_DAG_ID", "shop.alpha.train")

    bag = parse()

    assert (sorted(bag.dags), bag.import_errors) == (["shop.alpha.train"], {})
    assert sorted(read) == ["alpha.yaml", "local.yaml", "platform.yaml", "recency.yaml", "snapshots.yaml"]


def test_a_worker_tells_why_the_asked_dag_cannot_be_built(
    parse: Parse, conf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_model(conf)
    monkeypatch.setenv("_AIRFLOW_PARSING_CONTEXT_DAG_ID", "shop.alpha.train")

    [error] = parse().import_errors.values()

    assert "alpha.yaml:1:8: owner" in error


def test_a_worker_builds_the_asked_config_error_dag_only(
    parse: Parse, conf: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    break_model(conf, "alpha")
    break_model(conf, "beta")
    monkeypatch.setenv("_AIRFLOW_PARSING_CONTEXT_DAG_ID", "shop.beta.config_error")

    assert sorted(parse().dags) == ["shop.beta.config_error"]


_DIGESTS = """
import sys
from airflow.dag_processing.dagbag import DagBag
from airflow.models.serialized_dag import SerializedDagModel
from airflow.serialization.serialized_objects import DagSerialization
dags = DagBag(dag_folder=sys.argv[1]).dags
for name in dags:
    print("digest", name, SerializedDagModel.hash(DagSerialization.to_dict(dags[name])))
"""


@pytest.mark.parametrize(
    ("conf_root", "environment"),
    [(CONF, "scheduled"), (REPOSITORY / "conf", "production")],
    ids=["every schedule", "every reference model"],
)
def test_two_parses_serialize_equal(airflow_database: None, conf_root: Path, environment: str) -> None:
    """Else every parse makes a new version of every DAG, and their history is worth nothing."""

    def digests(seed: str) -> list[str]:
        variables = {"TOILE_CONF": str(conf_root), "TOILE_ENV": environment, "PYTHONHASHSEED": seed}
        command = [sys.executable, "-c", _DIGESTS, str(REPOSITORY / "dags")]
        output = subprocess.run(command, env=os.environ | variables, capture_output=True, text=True, check=True).stdout
        return sorted(line for line in output.splitlines() if line.startswith("digest"))

    assert len(first := digests("1")) == len(STAGES) * len(list(conf_root.glob("models/*/*.yaml")))
    assert first == digests("2")
