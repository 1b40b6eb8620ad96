import io
import json
import time
from typing import Any

import pytest
from databricks.sdk import WorkspaceClient
from databricks.sdk.errors import PermissionDenied, Unauthenticated
from databricks.sdk.errors.base import DatabricksError
from databricks.sdk.service.jobs import Run
from tests.fakes.databricks import CLIENT_ID, CLIENT_SECRET
from tests.fakes.stand_in_wheel import RESULTS
from tests.fakes.workspace import Workspace
from tests.jobs.fakes.submissions import on_cluster, serverless


def submit(client: WorkspaceClient, body: dict[str, Any]) -> int:
    answer: Any = client.api_client.do("POST", "/api/2.2/jobs/runs/submit", body=body)
    return int(answer["run_id"])


def finish(client: WorkspaceClient, workspace: Workspace, body: dict[str, Any]) -> Run:
    run_id = submit(client, body)
    workspace.wait_until_idle()
    return client.jobs.get_run(run_id)


def how(run: Run) -> tuple[str, str, str]:
    told = run.as_dict()
    state, details = told["state"], told["status"]["termination_details"]
    return state["life_cycle_state"], state["result_state"], details["code"]


@pytest.mark.parametrize("make", [on_cluster, serverless])
def test_a_run_runs_the_entry_point_of_its_wheel(client: WorkspaceClient, workspace: Workspace, make: Any) -> None:
    body = make()

    run = finish(client, workspace, body)

    assert how(run) == ("TERMINATED", "SUCCESS", "SUCCESS")
    told = run.as_dict()
    assert told["run_page_url"].startswith(workspace.address)
    assert min(told["setup_duration"], told["execution_duration"], told["end_time"]) > 0
    run_key = json.loads(body["tasks"][0]["python_wheel_task"]["named_parameters"]["spec"])["run_key"]
    assert json.loads((workspace.root / RESULTS[1:] / run_key / "result.json").read_text())["verdict"] == "passed"


@pytest.mark.parametrize(
    ("do", "error"), [("fault", "OSError: the store does not answer"), ("mistake", "SystemExit: 2")]
)
def test_an_exception_or_an_exit_fails_the_run(
    client: WorkspaceClient, workspace: Workspace, do: str, error: str
) -> None:
    run = finish(client, workspace, on_cluster(do))

    assert how(run) == ("TERMINATED", "FAILED", "RUN_EXECUTION_ERROR")
    output = client.jobs.get_run_output(run.as_dict()["tasks"][0]["run_id"])
    assert output.error == error
    assert "working on" in str(output.logs)


def test_cancelling_ends_the_process(client: WorkspaceClient, workspace: Workspace) -> None:
    run_id = submit(client, on_cluster("sleep 60"))
    while client.jobs.get_run(run_id).as_dict()["state"]["life_cycle_state"] != "RUNNING":
        time.sleep(0.02)

    client.jobs.cancel_run(run_id)
    workspace.wait_until_idle()

    assert how(client.jobs.get_run(run_id)) == ("TERMINATED", "CANCELED", "USER_CANCELED")


def test_a_run_is_ended_at_its_timeout(client: WorkspaceClient, workspace: Workspace) -> None:
    run = finish(client, workspace, on_cluster("sleep 60", timeout_seconds="1"))

    assert how(run) == ("TERMINATED", "TIMEDOUT", "CANCELED")


def test_one_token_starts_one_run_and_refuses_when_that_was_deleted(
    client: WorkspaceClient, workspace: Workspace
) -> None:
    body = on_cluster(idempotency_token="once")

    run_ids = {submit(client, body) for _ in range(3)}
    workspace.wait_until_idle()

    assert len(run_ids) == 1
    client.jobs.delete_run(run_ids.pop())
    with pytest.raises(DatabricksError, match="was deleted"):
        submit(client, body)


def test_a_wheel_that_is_not_there_fails_the_installation(client: WorkspaceClient, workspace: Workspace) -> None:
    body = on_cluster()
    body["tasks"][0]["libraries"] = [{"whl": "/Volumes/ml/toile/wheels/none/toile-1-py3-none-any.whl"}]

    assert how(finish(client, workspace, body)) == ("INTERNAL_ERROR", "FAILED", "LIBRARY_INSTALLATION_ERROR")


def test_a_saved_job_runs_its_tasks_in_order_with_its_parameters(client: WorkspaceClient, workspace: Workspace) -> None:
    train, failing = on_cluster()["tasks"][0], on_cluster("fault")["tasks"][0]
    spec = train["python_wheel_task"]["named_parameters"]["spec"].replace("2011-06-01", "{{job.parameters.as_of}}", 1)
    scoring = {**train["python_wheel_task"], "named_parameters": {"spec": spec}}
    score = {**train, "task_key": "score", "depends_on": [{"task_key": "train"}], "python_wheel_task": scoring}
    validate = {**failing, "task_key": "validate"}
    register = {**train, "task_key": "register", "depends_on": [{"task_key": "validate"}]}
    settings = {
        "name": "life",
        "tasks": [register, score, validate, train],
        "parameters": [{"name": "as_of", "default": "2011-01-01"}],
    }
    job: Any = client.api_client.do("POST", "/api/2.2/jobs/create", body=settings)

    run_id = client.jobs.run_now(job["job_id"], job_parameters={"as_of": "2011-07-01"}).run_id
    workspace.wait_until_idle()

    run = client.jobs.get_run(run_id)
    ends = {
        task.task_key: task.state.result_state.value
        for task in run.tasks or ()
        if task.state and task.state.result_state
    }
    assert ends == {"train": "SUCCESS", "score": "SUCCESS", "validate": "FAILED", "register": "UPSTREAM_FAILED"}
    assert [job.job_id for job in client.jobs.list(name="life")] == [job["job_id"]]


def test_only_who_signs_in_is_answered(workspace: Workspace) -> None:
    principal = WorkspaceClient(
        host=workspace.address, client_id=CLIENT_ID, client_secret=CLIENT_SECRET, auth_type="oauth-m2m"
    )
    assert principal.current_user.me().user_name == CLIENT_ID
    with pytest.raises(PermissionDenied):
        WorkspaceClient(host=workspace.address, token="another", auth_type="pat").current_user.me()
    with pytest.raises(Unauthenticated):
        WorkspaceClient(host=workspace.address, username="me", password="me", auth_type="basic").current_user.me()


def test_files_of_volumes_are_written_read_and_listed(client: WorkspaceClient) -> None:
    path = f"{RESULTS}/folder/file.json"

    client.files.upload(path, io.BytesIO(b"{}"))

    contents: Any = client.files.download(path).contents
    assert contents.read() == b"{}"
    assert client.files.get_metadata(path).content_length == 2
    assert [entry.path for entry in client.files.list_directory_contents(f"{RESULTS}/folder")] == [path]
    with pytest.raises(DatabricksError, match="already exists"):
        client.files.upload(path, io.BytesIO(b"[]"), overwrite=False)
    with pytest.raises(DatabricksError, match=r"Volume 'ml\.toile\.none' does not exist"):
        client.files.upload("/Volumes/ml/toile/none/file", io.BytesIO(b"{}"))
