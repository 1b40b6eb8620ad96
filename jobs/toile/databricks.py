"""A JobSpec as a one-off run of Databricks' Jobs API 2.2; light, for Airflow and `toile bundle` alike.

What comes of it is plain data: no value is None, which the API refuses.
"""

from typing import Any

from toile.config import ResolvedModel
from toile.config.backends import DatabricksBackend, JobCluster
from toile.contract import JobSpec

PACKAGE, ENTRY_POINT = "toile", "toile-job"
REQUIREMENTS = "requirements.txt"
"""Beside the wheel: the locked libraries, less those that Databricks' runtimes bring."""
_SPOT = {
    "aws": "SPOT_WITH_FALLBACK",
    "azure": "SPOT_WITH_FALLBACK_AZURE",
    "gcp": "PREEMPTIBLE_WITH_FALLBACK_GCP",
}
ENVIRONMENT_KEY = "toile"


def run_settings(
    model: ResolvedModel, backend: DatabricksBackend, spec: JobSpec, stage: str, token: str
) -> dict[str, Any]:
    """The body of `runs/submit`; `token` makes it idempotent: at most 64 characters, another for every try."""
    if spec.wheel is None:
        raise ValueError("a job of another machine names its wheel")
    task = {
        "task_key": spec.job,
        # Named, never a list: Airflow writes a Dag's params into the named ones where they are empty.
        "python_wheel_task": {
            "package_name": PACKAGE,
            "entry_point": ENTRY_POINT,
            "named_parameters": {"spec": spec.model_dump_json(exclude_none=True)},
        },
        **task_compute(backend, spec.wheel, run_tags(model, backend, stage)),
    }
    settings = {
        "run_name": f"{spec.model} {spec.job} as of {spec.as_of}",
        "idempotency_token": token,
        "timeout_seconds": backend.timeout_minutes * 60,
        "queue": {"enabled": True},
        "tasks": [task],
        **run_environments(backend, spec.wheel),
    }
    if backend.run_as:
        settings["run_as"] = {"service_principal_name": backend.run_as}
    return settings


def spec_of(run: dict[str, Any]) -> JobSpec:
    """The job that a run does, as `runs/get` describes it."""
    return JobSpec.parse(run["tasks"][0]["python_wheel_task"]["named_parameters"]["spec"])


def task_compute(backend: DatabricksBackend, wheel: str, tags: dict[str, str]) -> dict[str, Any]:
    """What one task runs on, and the wheel with its libraries; of serverless the run's environments have these."""
    if not isinstance(backend.compute, JobCluster):
        return {"environment_key": ENVIRONMENT_KEY}
    libraries = [{"requirements": requirements_of(wheel)}, {"whl": wheel}]
    return {"new_cluster": cluster_spec(backend.compute, tags), "libraries": libraries}


def run_environments(backend: DatabricksBackend, wheel: str) -> dict[str, Any]:
    """What serverless tasks install and cost; nothing for clusters."""
    if isinstance(backend.compute, JobCluster):
        return {}
    spec = {
        "environment_version": backend.compute.environment_version,
        "dependencies": [f"-r {requirements_of(wheel)}", wheel],
    }
    policy = {"budget_policy_id": backend.compute.budget_policy} if backend.compute.budget_policy else {}
    return {
        "environments": [{"environment_key": ENVIRONMENT_KEY, "spec": spec}],
        "performance_target": backend.compute.performance,
        **policy,
    }


def cluster_spec(compute: JobCluster, tags: dict[str, str]) -> dict[str, Any]:
    """The `new_cluster` of a task."""
    nodes = (
        {"instance_pool_id": compute.instance_pool} if compute.instance_pool else {"node_type_id": compute.node_type}
    )
    spec: dict[str, Any] = {
        "spark_version": compute.spark_version,
        **nodes,
        "num_workers": compute.workers,
        "custom_tags": tags,
        "data_security_mode": "SINGLE_USER",
    }
    if compute.policy:
        spec["policy_id"] = compute.policy
    if compute.workers == 0:
        spec |= {"is_single_node": True, "kind": "CLASSIC_PREVIEW"}
    elif compute.spot:
        # The driver is always on demand: without it the whole run is lost.
        spec[f"{compute.spot}_attributes"] = {"availability": _SPOT[compute.spot], "first_on_demand": 1}
    return spec


def run_tags(model: ResolvedModel, backend: DatabricksBackend, stage: str) -> dict[str, str]:
    """By what bills are told apart: model, owner, stage, the team's cost centre, and the environment's own tags."""
    config = model.config
    centre = model.platform.teams[config.owner].cost_centre
    ours = {"toile_model": config.id, "toile_owner": config.owner, "toile_stage": stage}
    return {**backend.tags, **ours, **({"cost_centre": centre} if centre else {})}


def requirements_of(wheel: str) -> str:
    """Where the libraries of a wheel are listed."""
    return f"{wheel.rpartition('/')[0]}/{REQUIREMENTS}"
