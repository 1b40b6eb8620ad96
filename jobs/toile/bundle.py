"""conf/ as a Databricks Asset Bundle: for teams without Airflow, jobs with the same steps in the same order.

Everything here is plain data. What changes with every commit, the wheel's address, is a variable of the bundle, so
that the files change with conf/ only.
"""

import json
from collections.abc import Iterable
from typing import Any

import yaml

from toile.config import Names, ResolvedModel
from toile.config.backends import DatabricksBackend, JobCluster
from toile.config.cron import to_quartz
from toile.config.stages import cron_of
from toile.databricks import ENVIRONMENT_KEY, PACKAGE, cluster_spec, requirements_of, run_environments, run_tags
from toile.errors import ConfigError
from toile.wheel import artifacts_folder, wheel_file

COMMAND = "toile-task"
CLUSTER = "toile"
WHEEL = "${var.artifacts}/${var.wheel}"
AS_OF = "{{job.parameters.as_of}}"
MADE_BY = "# Made by `toile bundle`"
"""How each file of ours begins; others are left alone."""
HEAD = f"{MADE_BY} from conf/. A change goes there.\n"
_NAME = "toile"
Task = tuple[str, list[str]]


def bundle_files(models: Iterable[ResolvedModel], environment: str, backend: DatabricksBackend) -> dict[str, str]:
    """Path below the bundle's folder -> text: `databricks.yml`, and the jobs of each model under `resources/`.

    Raises:
        ConfigError: a timetable has no like in Databricks.
    """
    root: dict[str, Any] = {
        "bundle": {"name": _NAME},
        "include": ["resources/*.yml"],
        "variables": {
            "artifacts": {"description": "The folder of the wheel; `toile bundle` writes it for the clone at hand."},
            "wheel": {"description": "The wheel's file name; likewise."},
        },
        "targets": {environment: {"default": True}},
    }
    resources = {
        f"resources/{model.config.id}.yml": {"resources": {"jobs": model_jobs(model, backend)}} for model in models
    }
    return {path: HEAD + _to_yaml(data) for path, data in {"databricks.yml": root, **resources}.items()}


def variable_overrides(environment: str, backend: DatabricksBackend) -> dict[str, str]:
    """Path -> text of where the Databricks CLI looks for variables: this clone's wheel."""
    values = {"artifacts": artifacts_folder(backend), "wheel": wheel_file()}
    return {f".databricks/bundle/{environment}/variable-overrides.json": json.dumps(values, indent=2) + "\n"}


def model_jobs(model: ResolvedModel, backend: DatabricksBackend) -> dict[str, dict[str, Any]]:
    """Key -> settings of a model's jobs: train, register, score, monitor.

    Where no approval is asked for, train goes on up to the champion.

    Raises:
        ConfigError: a timetable has no like in Databricks.
    """
    steps = [
        ("gate", ["purpose=training", "trigger={{job.parameters.trigger}}"]),
        ("train", []),
        ("validate", ["version=trained"]),
    ]
    if model.config.approval == "none":
        steps.append(("promote", ["version=trained"]))
    told = [f"{name}={{{{job.parameters.{name}}}}}" for name in ("version", "action", "reason")]
    stages: dict[str, tuple[list[Task], dict[str, str]]] = {
        "train": (steps, {"trigger": "scheduled"}),
        "register": ([("promote", told)], {"version": "0", "action": "promote", "reason": "none given"}),
        "score": ([("gate", ["purpose=scoring"]), ("score", [])], {}),
        "monitor": ([("monitor", [])], {}),
    }
    key = model.config.id.replace(".", "_")
    return {
        f"{key}_{stage}": _job(model, backend, stage, tasks, parameters)
        for stage, (tasks, parameters) in stages.items()
    }


def _job(
    model: ResolvedModel, backend: DatabricksBackend, stage: str, steps: list[Task], parameters: dict[str, str]
) -> dict[str, Any]:
    cron = cron_of(model, stage)
    try:
        schedule = {"quartz_cron_expression": to_quartz(cron), "timezone_id": "UTC"} if cron else {}
    except ValueError as error:
        raise ConfigError(f"{model.file}: schedule.{stage}: {error}.") from error
    tags = run_tags(model, backend, stage)
    return {
        "name": Names(model.config.id).dag_id(stage),
        "description": model.config.description,
        "tags": tags,
        "max_concurrent_runs": 1,
        "queue": {"enabled": True},
        "timeout_seconds": len(steps) * backend.timeout_minutes * 60,
        **({"schedule": schedule} if schedule else {}),
        **({"run_as": {"service_principal_name": backend.run_as}} if backend.run_as else {}),
        "parameters": [
            {"name": name, "default": value}
            for name, value in {"as_of": "{{job.start_time.iso_date}}", **parameters}.items()
        ],
        **_compute(backend, tags),
        "tasks": _tasks(model, backend, steps),
    }


def _compute(backend: DatabricksBackend, tags: dict[str, str]) -> dict[str, Any]:
    """What all tasks of a job share: one cluster, or one serverless environment."""
    if isinstance(backend.compute, JobCluster):
        return {"job_clusters": [{"job_cluster_key": CLUSTER, "new_cluster": cluster_spec(backend.compute, tags)}]}
    return run_environments(backend, WHEEL)


def _tasks(model: ResolvedModel, backend: DatabricksBackend, steps: list[Task]) -> list[dict[str, Any]]:
    placed: dict[str, Any] = {"environment_key": ENVIRONMENT_KEY}
    if isinstance(backend.compute, JobCluster):
        placed = {
            "job_cluster_key": CLUSTER,
            "libraries": [{"requirements": requirements_of(WHEEL)}, {"whl": WHEEL}],
        }
    tasks, before = [], ""
    for job, parameters in steps:
        # The run's id stays the same in a repair, which therefore finds what the tries before have left.
        words = ["--env", model.environment.name, "run", job, model.config.id, AS_OF, *parameters]
        tasks.append({
            "task_key": job,
            **({"depends_on": [{"task_key": before}]} if before else {}),
            "timeout_seconds": backend.timeout_minutes * 60,
            **placed,
            "python_wheel_task": {
                "package_name": PACKAGE,
                "entry_point": COMMAND,
                "parameters": [*words, "--identity", "{{job.run_id}}"],
            },
        })  # fmt: skip
        before = job
    return tasks


class _Plain(yaml.SafeDumper):
    """Writes what occurs twice twice: people read these files."""

    def ignore_aliases(self, data: Any) -> bool:  # noqa: ARG002 -- PyYAML's signature
        return True


def _to_yaml(data: dict[str, Any]) -> str:
    text: str = yaml.dump(data, Dumper=_Plain, sort_keys=False, width=120, allow_unicode=True)
    return text
