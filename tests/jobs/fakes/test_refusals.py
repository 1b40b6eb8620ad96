"""Each mistake that Databricks documents is refused, in words that tell it."""

import json
from collections.abc import Callable
from typing import Any

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import BadRequest
from tests.fakes.workspace import WHEEL
from tests.jobs.fakes.submissions import CLUSTER, on_cluster, serverless, wheel_task
from tests.jobs.fakes.test_runs import submit

POOL = {"spark_version": "17.3.x-scala2.13", "instance_pool_id": "pool-1", "num_workers": 2}


def task_with(**more: Any) -> dict[str, Any]:
    body = on_cluster()
    body["tasks"][0] |= more
    return body


def task_without(name: str) -> dict[str, Any]:
    body = on_cluster()
    del body["tasks"][0][name]
    return body


def wheel_with(**more: Any) -> dict[str, Any]:
    return task_with(python_wheel_task={**wheel_task(), **more})


def cluster_with(**more: Any) -> dict[str, Any]:
    return task_with(new_cluster={**CLUSTER, **more})


def environment_of(spec: dict[str, Any]) -> dict[str, Any]:
    return serverless(environments=[{"environment_key": "toile", "spec": spec}])


MISTAKES: list[tuple[Callable[[], dict[str, Any]], str]] = [
    (lambda: on_cluster(cluster={}), 'unrecognized field "cluster" in request'),
    (lambda: task_with(timeout=3), 'unrecognized field "timeout" in request.tasks.0'),
    (lambda: cluster_with(aws_attributes={"spot": True}), 'unrecognized field "spot" in .*aws_attributes'),
    (lambda: cluster_with(aws_attributes={"availability": "CHEAP"}), "is not one of .*SPOT_WITH_FALLBACK"),
    (lambda: on_cluster(timeout_seconds=None), "timeout_seconds is null"),
    (lambda: on_cluster(timeout_seconds="soon"), "timeout_seconds is not a number"),
    (lambda: on_cluster(queue={"enabled": "True"}), "queue.enabled is not a boolean"),
    (lambda: wheel_with(named_parameters={"days": 3}), "named_parameters.days is not a string"),
    (lambda: wheel_with(parameters=["--spec"]), "parameters or named_parameters, not both"),
    (lambda: wheel_with(named_parameters={"spec": "x" * 10_000}), "exceeds 10,000 bytes"),
    (lambda: on_cluster(idempotency_token="x" * 65), "at most 64 characters"),
    (lambda: on_cluster(run_name="é" * 2049), "longer than 4096 bytes"),
    (lambda: on_cluster(tasks=[]), "1 to 100 tasks"),
    (lambda: on_cluster(tasks=on_cluster()["tasks"] * 2), "task key 'train' is there 2 times"),
    (lambda: task_with(task_key="two words"), "letters, digits"),
    (lambda: task_without("task_key"), "missing required field task_key"),
    (lambda: task_without("python_wheel_task"), "exactly one kind of task"),
    (lambda: task_with(notebook_task={"notebook_path": "/a"}), "exactly one kind of task"),
    (lambda: task_without("new_cluster"), "needs new_cluster"),
    (lambda: task_with(depends_on=[{"task_key": "gate"}]), "depends on gate, which does not exist"),
    (lambda: task_with(environment_key="toile"), "mixes new_cluster and environment_key"),
    (lambda: serverless(environments=[]), "'toile' is not in environments"),
    (lambda: environment_of({"dependencies": [WHEEL]}), "environment_version or base_environment"),
    (lambda: environment_of({"environment_version": "4", "dependencies": ["./toile.whl"]}), "only paths of volumes"),
    (lambda: serverless(performance_target="FAST"), "performance_target is not one of"),
    (lambda: task_with(libraries=[{"whl": "dbfs:/toile.whl"}]), "only paths of volumes"),
    (lambda: task_with(libraries=[{"whl": WHEEL, "jar": "/Volumes/a.jar"}]), "exactly one kind"),
    (lambda: on_cluster(run_as={"user_name": "a", "service_principal_name": "b"}), "exactly one of"),
    (lambda: cluster_with(node_type_id="m1.tiny"), "m1.tiny is not supported"),
    (lambda: cluster_with(spark_version="3.5"), "Invalid spark_version"),
    (lambda: cluster_with(num_workers=0), "could be 0 only for single node"),
    (lambda: cluster_with(autoscale={"min_workers": 1, "max_workers": 2}), "exactly 1 of num_workers or autoscale"),
    (lambda: cluster_with(is_single_node=True, num_workers=0), "only be used when kind = CLASSIC_PREVIEW"),
    (lambda: cluster_with(instance_pool_id="pool-1"), "'node_type_id' cannot be supplied"),
    (
        lambda: task_with(new_cluster={**POOL, "aws_attributes": {"availability": "SPOT"}}),
        "'aws_attributes.availability' cannot be supplied",
    ),
    (lambda: cluster_with(custom_tags={f"tag{i}": "x" for i in range(46)}), "at most 45 custom tags"),
    (lambda: cluster_with(custom_tags={"team": "women & men"}), "characters that clouds do not allow"),
]


@pytest.mark.parametrize(("make", "told"), MISTAKES, ids=[told[:40] for _, told in MISTAKES])
def test_a_documented_mistake_is_refused(client: WorkspaceClient, make: Callable[[], Any], told: str) -> None:
    with pytest.raises(BadRequest, match=told):
        submit(client, make())


def test_libraries_beside_serverless_are_refused(client: WorkspaceClient) -> None:
    body = json.loads(json.dumps(serverless()))
    body["tasks"][0]["libraries"] = [{"whl": WHEEL}]

    with pytest.raises(BadRequest, match="belong into the dependencies of environments"):
        submit(client, body)
