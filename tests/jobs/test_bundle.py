"""The bundle: jobs that Databricks' own typed requests know, made from conf/ alone."""

import dataclasses
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args, get_type_hints

import pytest
import yaml
from databricks.sdk.service.jobs import JobSettings

from toile.bundle import bundle_files, model_jobs
from toile.cli import main
from toile.config import Conf, ResolvedModel
from toile.config.backends import DatabricksBackend, JobCluster, Serverless
from toile.config.cron import to_quartz
from toile.home import REPOSITORY

SERVERLESS = Serverless(kind="serverless", budget_policy="b-1")
POOL = JobCluster(kind="job_cluster", spark_version="17.3.x-cpu-ml-scala2.13", instance_pool="p-1", workers=2)


def backend(compute: JobCluster | Serverless) -> DatabricksBackend:
    return DatabricksBackend(
        kind="databricks", connection="one", artifacts="/Volumes/ml/toile/wheels", compute=compute, run_as="app-1"
    )


@pytest.fixture(scope="module")
def models() -> list[ResolvedModel]:
    conf = Conf(REPOSITORY / "conf", "production")
    return [conf.load_model(name) for name in conf.model_ids]


def unknown_fields(kind: Any, value: Any, path: str = "job") -> Iterator[str]:
    """Keys that the SDK's request classes do not know."""
    inner = [part for part in (kind, *get_args(kind)) if dataclasses.is_dataclass(part)]
    if isinstance(value, list):
        of_each = next((part for outer in (kind, *get_args(kind)) for part in get_args(outer)), Any)
        for place, one in enumerate(value):
            yield from unknown_fields(of_each, one, f"{path}.{place}")
    elif isinstance(value, dict) and inner:
        hints = get_type_hints(inner[0])
        for name, one in value.items():
            if name not in hints:
                yield f"{path}.{name}"
            else:
                yield from unknown_fields(hints[name], one, f"{path}.{name}")


@pytest.mark.parametrize("compute", [SERVERLESS, POOL])
def test_databricks_knows_every_field_of_every_job(
    models: list[ResolvedModel], compute: JobCluster | Serverless
) -> None:
    jobs = [job for model in models for job in model_jobs(model, backend(compute)).values()]
    assert len(jobs) == 4 * len(models)
    assert [name for job in jobs for name in unknown_fields(JobSettings, job)] == []
    assert list(unknown_fields(JobSettings, {"tasks": [{"new_cluster": {"spot": 1}}]})) == [
        "job.tasks.0.new_cluster.spot"
    ]
    for job in jobs:
        keys = {cluster["job_cluster_key"] for cluster in job.get("job_clusters", [])}
        keys |= {environment["environment_key"] for environment in job.get("environments", [])}
        assert {task.get("job_cluster_key") or task["environment_key"] for task in job["tasks"]} == keys


def test_the_bundles_own_library_takes_every_job(models: list[ResolvedModel]) -> None:
    jobs = pytest.importorskip("databricks.bundles.jobs", reason="databricks-bundles is not installed (toile[bundle])")
    for model in models:
        for settings in model_jobs(model, backend(POOL)).values():
            assert jobs.Job.from_dict(settings).name == settings["name"]


def test_steps_follow_each_other_and_name_the_version_that_the_run_trained(models: list[ResolvedModel]) -> None:
    asked = next(model for model in models if model.config.id == "customer.repeat_purchase")
    free = dataclasses.replace(asked, config=asked.config.model_copy(update={"approval": "none"}))
    for model, steps in ((asked, ["gate", "train", "validate"]), (free, ["gate", "train", "validate", "promote"])):
        tasks = model_jobs(model, backend(POOL))["customer_repeat_purchase_train"]["tasks"]
        assert [task["task_key"] for task in tasks] == steps
        assert [task["depends_on"][0]["task_key"] for task in tasks[1:]] == steps[:-1]
        told = [task["python_wheel_task"]["parameters"] for task in tasks]
        assert ["version=trained" in words for words in told] == [step in ("validate", "promote") for step in steps]
        assert {words[-1] for words in told} == {"{{job.run_id}}"}


@pytest.mark.parametrize(("kept", "scheduled"), [(True, ["train", "score", "monitor"]), (False, [])])
def test_a_bundle_has_the_timetables_that_its_environment_keeps(
    models: list[ResolvedModel], kept: bool, scheduled: list[str]
) -> None:
    model = next(model for model in models if model.config.id == "customer.repeat_purchase")
    environment = model.environment.model_copy(update={"schedules": kept})
    jobs = model_jobs(dataclasses.replace(model, environment=environment), backend(POOL))
    assert [key.rpartition("_")[2] for key, job in jobs.items() if "schedule" in job] == scheduled


def test_files_are_made_kept_current_and_removed(tmp_path: Path, capsys: pytest.CaptureFixture[str]) -> None:
    bundle = ["--env", "production", "bundle", "--out", str(tmp_path)]
    assert main([*bundle, "--check"]) == 1
    assert main(bundle) == 0
    root = yaml.safe_load((tmp_path / "databricks.yml").read_text())
    assert root["targets"] == {"production": {"default": True}}
    assert list(tmp_path.glob(".databricks/bundle/production/variable-overrides.json"))
    assert main([*bundle, "--check"]) == 0
    gone, changed = tmp_path / "resources" / "customer.gone.yml", tmp_path / "resources" / "customer.spend_12w.yml"
    gone.write_text(changed.read_text())
    own = tmp_path / "resources" / "team_own.yml"
    own.write_text("resources: {}\n")
    changed.write_text(changed.read_text().replace("UTC", "CET"))
    capsys.readouterr()
    assert main([*bundle, "--check"]) == 1
    told = capsys.readouterr().out
    assert (str(gone) in told, str(changed) in told, "databricks.yml" in told) == (True, True, False)
    assert f"stale: {gone}; run `toile bundle --env production --out {tmp_path}`" in told
    assert main(bundle) == 0
    assert (gone.exists(), own.exists(), "CET" in changed.read_text()) == (False, True, False)
    assert f"removed: {gone}, of a model that is gone\n" in capsys.readouterr().out
    assert main([*bundle[:-1], str(own)]) == 2
    assert capsys.readouterr().err == f"toile: --out {own}: this is a file. Name a folder.\n"
    assert main(["--env", "local", "bundle"]) == 2
    assert "local runs on local, and a bundle is for Databricks" in capsys.readouterr().err


def test_the_bundle_of_the_repository_is_current(models: list[ResolvedModel]) -> None:
    environment = Conf(REPOSITORY / "conf", "production").environment
    assert isinstance(environment.backend, DatabricksBackend)
    folder = REPOSITORY / "infra" / "databricks"
    for name, text in bundle_files(models, "production", environment.backend).items():
        assert (folder / name).read_text() == text, f"{name} is stale: run `bin/toile --env production bundle`"


@pytest.mark.parametrize(
    ("cron", "quartz"),
    [
        ("@weekly", "0 0 0 ? * SUN"),
        ("30 4 * * 1-5", "0 30 4 ? * MON-FRI"),
        ("0 6 * * 2,7", "0 0 6 ? * TUE,SUN"),
        ("0 6 * * 1-5/2", "0 0 6 ? * MON-FRI/2"),
        ("*/15 * 1 */3 *", "0 */15 * 1 */3 ?"),
    ],
)
def test_a_timetable_means_the_same_in_quartz(cron: str, quartz: str) -> None:
    assert to_quartz(cron) == quartz


def test_a_timetable_of_either_day_has_no_like() -> None:
    with pytest.raises(ValueError, match=r"'0 0 1 \* 1' gives days of the month and of the week"):
        to_quartz("0 0 1 * 1")


def test_a_version_that_nobody_trained_is_told(tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: Any) -> None:
    monkeypatch.setenv("TOILE_HOME", str(tmp_path))
    asked = ["run", "validate", "customer.repeat_purchase", "2011-09-08", "version=trained", "--identity", "run-1"]
    assert main(asked) == 2
    assert (
        "version=trained: no training has left a version under customer.repeat_purchase/train/"
        in capsys.readouterr().err
    )
