"""What `toile.databricks` makes of a model and its environment passes the workspace's validation, and runs."""

import json
from dataclasses import replace
from datetime import date
from typing import Any

import pytest
from databricks.sdk import WorkspaceClient
from pydantic import ValidationError
from tests.fakes.workspace import ARTIFACTS, WHEEL, Workspace
from tests.jobs.fakes.test_runs import finish, how

from toile.config import Conf
from toile.config.backends import DatabricksBackend
from toile.contract import JobSpec
from toile.databricks import run_settings
from toile.home import REPOSITORY

RUNTIME = {"kind": "job_cluster", "spark_version": "17.3.x-cpu-ml-scala2.13"}
COMPUTES: dict[str, dict[str, Any]] = {
    "single node": {**RUNTIME, "node_type": "m7gd.xlarge"},
    "single node of a pool": {**RUNTIME, "instance_pool": "pool-1"},
    "workers": {**RUNTIME, "node_type": "m7gd.xlarge", "workers": 2},
    "workers of a pool": {**RUNTIME, "instance_pool": "pool-1", "workers": 2, "policy": "policy-1"},
    "spot on AWS": {**RUNTIME, "node_type": "m7gd.xlarge", "workers": 2, "spot": "aws"},
    "spot on Azure": {**RUNTIME, "node_type": "Standard_D4ds_v5", "workers": 2, "spot": "azure"},
    "spot on Google": {**RUNTIME, "node_type": "n2-standard-4", "workers": 2, "spot": "gcp"},
    "serverless": {"kind": "serverless"},
    "serverless in a hurry": {
        "kind": "serverless",
        "performance": "PERFORMANCE_OPTIMIZED",
        "budget_policy": "policy-1",
    },
}


def settings_on(compute: dict[str, Any]) -> dict[str, Any]:
    given = {"kind": "databricks", "connection": "databricks_production", "artifacts": ARTIFACTS, "run_as": "principal"}
    backend = DatabricksBackend.model_validate({**given, "compute": compute, "tags": {"stage": "test"}})
    model = Conf(REPOSITORY / "conf", "production").load_model("customer.spend_12w")
    model = replace(model, environment=model.environment.model_copy(update={"backend": backend}))
    spec = JobSpec.build(job="train", model=model.config.id, as_of=date(2011, 6, 1), identity=json.dumps(compute))
    return run_settings(model, backend, spec.model_copy(update={"wheel": WHEEL}), "train", "x" * 64)


@pytest.mark.parametrize("kind", COMPUTES)
def test_every_compute_passes_validation_and_runs(client: WorkspaceClient, workspace: Workspace, kind: str) -> None:
    settings = {**settings_on(COMPUTES[kind]), "idempotency_token": kind}

    assert how(finish(client, workspace, settings)) == ("TERMINATED", "SUCCESS", "SUCCESS")


def test_a_pool_says_itself_whether_its_nodes_are_spot_instances() -> None:
    with pytest.raises(ValidationError, match="leave it out"):
        settings_on({**COMPUTES["workers of a pool"], "spot": "aws"})
