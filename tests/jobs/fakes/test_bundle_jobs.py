"""A job of the bundle, deployed and run: what its tasks are told once the workspace has filled it in."""

import json
from datetime import UTC, datetime
from typing import Any

from databricks.sdk import WorkspaceClient
from tests.fakes.stand_in_wheel import RESULTS
from tests.fakes.workspace import WHEEL as STAND_IN
from tests.fakes.workspace import Workspace

from toile.bundle import WHEEL, model_jobs
from toile.config import Conf
from toile.home import REPOSITORY

MODEL = "customer.repeat_purchase"


def test_the_train_job_runs_its_steps_for_the_day_of_its_start(client: WorkspaceClient, workspace: Workspace) -> None:
    model = Conf(REPOSITORY / "conf", "production").load_model(MODEL)
    backend: Any = model.environment.backend
    settings = json.dumps(model_jobs(model, backend)["customer_repeat_purchase_train"])
    folders = [text.rpartition("/")[0] for text in (WHEEL, STAND_IN)]
    job: Any = client.api_client.do(
        "POST", "/api/2.2/jobs/create", body=json.loads(settings.replace(WHEEL, STAND_IN).replace(*folders))
    )

    run_id = client.jobs.run_now(job["job_id"], job_parameters={"trigger": "asset"}).run_id
    workspace.wait_until_idle()

    run = next(run for run in workspace.runs() if run["run_id"] == run_id)
    assert run["state"]["result_state"] == "SUCCESS"
    told = [json.loads(line) for line in (workspace.root / RESULTS[1:] / "tasks").read_text().splitlines()]
    day = datetime.fromtimestamp(run["start_time"] / 1000, UTC).date().isoformat()
    asked = [["gate", "purpose=training", "trigger=asset"], ["train"], ["validate", "version=trained"]]
    assert told == [
        ["--env", "production", "run", name, MODEL, day, *more, "--identity", str(run_id)] for name, *more in asked
    ]
