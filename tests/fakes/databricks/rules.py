"""What Databricks documents of one-off runs and jobs beyond the types of their fields."""

import json
import re
from collections import Counter
from typing import Any

from databricks.sdk.service.jobs import JobsAPI, SubmitTask, Task

from tests.fakes.databricks.clusters import check_cluster
from tests.fakes.databricks.fields import check_call
from tests.fakes.databricks.refusals import invalid

LONGEST_TOKEN, LONGEST_NAME, LONGEST_KEY, MOST_PARAMETERS, MOST_TASKS = 64, 4096, 100, 10_000, 100
KINDS = sorted({name for record in (SubmitTask, Task) for name in record.__annotations__ if name.endswith("_task")})
COMPUTE = ("new_cluster", "existing_cluster_id", "environment_key", "job_cluster_key")
IN_REACH = ("/Volumes/", "/Workspace/")


def check_submission(body: Any) -> None:
    """Raises a Refusal unless this is a body of `runs/submit`."""
    check_call(body, JobsAPI.submit)
    if len(body.get("idempotency_token", "")) > LONGEST_TOKEN:
        raise invalid(f"The idempotency token must have at most {LONGEST_TOKEN} characters.")
    if len(body.get("run_name", "").encode()) > LONGEST_NAME:
        raise invalid(f"run_name is longer than {LONGEST_NAME} bytes.")
    check_settings(body)


def check_job(body: Any) -> None:
    """Raises a Refusal unless this is a body of `jobs/create`."""
    check_call(body, JobsAPI.create)
    if len(body.get("name", "").encode()) > LONGEST_NAME:
        raise invalid(f"name is longer than {LONGEST_NAME} bytes.")
    check_settings(body)


def check_settings(body: dict[str, Any]) -> None:
    tasks = body.get("tasks") or []
    if not 1 <= len(tasks) <= MOST_TASKS:
        raise invalid(f"A run has 1 to {MOST_TASKS} tasks, not {len(tasks)}.")
    _require_unique([task["task_key"] for task in tasks], "task key")
    environments = _keys_of_environments(body)
    clusters = _keys_of_clusters(body)
    for task in tasks:
        _check_task(task, environments, clusters, {other["task_key"] for other in tasks})
    _check_run_as(body.get("run_as"))


def _keys_of_environments(body: dict[str, Any]) -> set[str]:
    environments = body.get("environments", [])
    _require_unique([environment["environment_key"] for environment in environments], "environment key")
    for environment in environments:
        spec = environment.get("spec", {})
        if ("environment_version" in spec or "client" in spec) == ("base_environment" in spec):
            key = environment["environment_key"]
            raise invalid(f"Environment {key}: give either environment_version or base_environment.")
        for line in spec.get("dependencies", []):
            if line.endswith(".whl"):
                _check_address(line)
            elif line.startswith("-r "):
                _check_address(line.removeprefix("-r "))
    return {environment["environment_key"] for environment in environments}


def _keys_of_clusters(body: dict[str, Any]) -> set[str]:
    clusters = body.get("job_clusters", [])
    _require_unique([cluster["job_cluster_key"] for cluster in clusters], "job cluster key")
    for cluster in clusters:
        check_cluster(cluster["new_cluster"])
    return {cluster["job_cluster_key"] for cluster in clusters}


def _check_task(task: dict[str, Any], environments: set[str], clusters: set[str], tasks: set[str]) -> None:
    key = task["task_key"]
    if len(key) > LONGEST_KEY or not re.fullmatch(r"[\w-]+", key):
        raise invalid(f"Task key {key!r}: up to {LONGEST_KEY} letters, digits, _ and -.")
    kinds = [kind for kind in KINDS if kind in task]
    if len(kinds) != 1:
        raise invalid(f"Task {key} must have exactly one kind of task; it has {kinds or 'none'}.")
    for upstream in task.get("depends_on", []):
        if upstream["task_key"] not in tasks:
            raise invalid(f"Task {key} depends on {upstream['task_key']}, which does not exist.")
    _check_compute(task, environments, clusters)
    for library in task.get("libraries", []):
        _check_library(library)
    if "python_wheel_task" in task:
        _check_wheel_task(key, task["python_wheel_task"])


def _check_compute(task: dict[str, Any], environments: set[str], clusters: set[str]) -> None:
    key, given = task["task_key"], [name for name in COMPUTE if name in task]
    if len(given) > 1:
        raise invalid(f"Task {key} mixes {' and '.join(given)}: a task runs on one kind of compute.")
    if not given and ("python_wheel_task" in task or "spark_python_task" in task):
        raise invalid(f"Task {key} needs new_cluster, existing_cluster_id, job_cluster_key or environment_key.")
    if "new_cluster" in task:
        check_cluster(task["new_cluster"])
    if "environment_key" in task and task["environment_key"] not in environments:
        raise invalid(f"Task {key}: the environment key {task['environment_key']!r} is not in environments.")
    if "environment_key" in task and task.get("libraries"):
        raise invalid(f"Task {key}: libraries of serverless tasks belong into the dependencies of environments.")
    if "job_cluster_key" in task and task["job_cluster_key"] not in clusters:
        raise invalid(f"Task {key}: the job cluster key {task['job_cluster_key']!r} is not in job_clusters.")


def _check_library(library: dict[str, Any]) -> None:
    if len(library) != 1:
        raise invalid(f"A library is of exactly one kind, not {sorted(library)}.")
    for kind in ("whl", "requirements", "jar"):
        if kind in library:
            _check_address(library[kind])


def _check_address(address: str) -> None:
    if not address.startswith(IN_REACH):
        raise invalid(f"Library {address}: only paths of volumes and of the workspace are supported.")


def _check_wheel_task(key: str, wheel_task: dict[str, Any]) -> None:
    if wheel_task.get("parameters") and wheel_task.get("named_parameters"):
        raise invalid(f"Task {key}: give parameters or named_parameters, not both.")
    given = wheel_task.get("parameters") or wheel_task.get("named_parameters") or []
    if len(json.dumps(given).encode()) > MOST_PARAMETERS:
        raise invalid(f"Task {key}: the JSON of its parameters exceeds {MOST_PARAMETERS:,} bytes.")


def _check_run_as(run_as: dict[str, str] | None) -> None:
    if run_as is not None and len(run_as) != 1:
        raise invalid("run_as names exactly one of user_name and service_principal_name.")


def _require_unique(keys: list[str], what: str) -> None:
    for key, count in Counter(keys).items():
        if count > 1:
            raise invalid(f"The {what} {key!r} is there {count} times.")
