import time
from typing import Any

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import InternalError
from tests.fakes.workspace import Workspace
from tests.jobs.fakes.submissions import on_cluster
from tests.jobs.fakes.test_runs import finish, how, submit


def test_a_connection_that_is_reset_after_the_work_leaves_one_run_by_its_token(
    client: WorkspaceClient, workspace: Workspace
) -> None:
    before = len(workspace.runs())
    workspace.plan({"kind": "reset", "match": "submit"})

    submit(client, on_cluster(idempotency_token="reset"))
    workspace.wait_until_idle()

    assert workspace.faults() == {"reset": 1}
    assert len(workspace.runs()) == before + 1


def test_busy_servers_say_when_to_come_again(client: WorkspaceClient, workspace: Workspace) -> None:
    workspace.plan({"kind": "429", "match": "/Me", "seconds": 1}, {"kind": "slow", "match": "/Me", "seconds": 0.3})
    started = time.monotonic()

    client.current_user.me()

    assert time.monotonic() - started > 1.3
    assert workspace.faults() == {"429": 1, "slow": 1}


def test_a_broken_server_says_so(client: WorkspaceClient, workspace: Workspace) -> None:
    workspace.plan({"kind": "500", "match": "list-node-types"})

    with pytest.raises(InternalError):
        client.clusters.list_node_types()
    assert client.clusters.list_node_types().node_types


@pytest.mark.parametrize("seconds", [0.0, 0.2])
@pytest.mark.parametrize(
    ("kind", "end"),
    [
        ("cancelled", ("TERMINATED", "CANCELED", "USER_CANCELED")),
        ("evicted", ("TERMINATED", "FAILED", "CLOUD_FAILURE")),
        ("internal_error", ("INTERNAL_ERROR", "FAILED", "INTERNAL_ERROR")),
    ],
)
def test_a_run_is_struck_before_it_starts_or_while_it_works(
    client: WorkspaceClient, workspace: Workspace, kind: str, end: Any, seconds: float
) -> None:
    workspace.plan({"kind": kind, "match": "train", "seconds": seconds})

    assert how(finish(client, workspace, on_cluster("sleep 60"))) == end


def test_a_run_waits_in_the_queue(client: WorkspaceClient, workspace: Workspace) -> None:
    workspace.plan({"kind": "queued", "seconds": 0.5})
    run_id = submit(client, on_cluster())

    queued = client.jobs.get_run(run_id)
    workspace.wait_until_idle()

    assert queued.as_dict()["status"]["state"] == "QUEUED"
    assert client.jobs.get_run(run_id).as_dict()["queue_duration"] > 400


def test_random_faults_are_those_of_their_seed(client: WorkspaceClient, workspace: Workspace) -> None:
    def ask(seed: int) -> str:
        workspace.plan(rates={"500": 0.5}, seed=seed)
        told = ""
        for _ in range(20):
            try:
                client.clusters.list_node_types()
                told += "."
            except InternalError:
                told += "!"
        return told

    assert ask(7) == ask(7) != ask(8)
