"""The Jobs API 2.2: one-off runs, and saved jobs as far as a bundle deploys and runs them."""

from typing import Annotated, Any

from databricks.sdk.service.jobs import JobSettings
from fastapi import APIRouter, Depends, Request

from tests.fakes.databricks import CLIENT_ID
from tests.fakes.databricks.arguments import Arguments, read_arguments
from tests.fakes.databricks.fields import check_record
from tests.fakes.databricks.refusals import invalid
from tests.fakes.databricks.rules import check_job, check_settings, check_submission
from tests.fakes.databricks.runs import CANCELLED, Run, Runs, TaskRun
from tests.fakes.databricks.signing_in import WORKSPACE_ID

router = APIRouter(prefix="/api/2.2/jobs")
Asked = Annotated[Arguments, Depends(read_arguments)]
_MOST_LOG = 5 * 1024 * 1024
_FIRST_JOB = 501


def _runs(request: Request) -> Runs:
    runs: Runs = request.app.state.runs
    return runs


def _jobs(request: Request) -> dict[int, dict[str, Any]]:
    jobs: dict[int, dict[str, Any]] = request.app.state.jobs
    return jobs


AllRuns = Annotated[Runs, Depends(_runs)]
AllJobs = Annotated[dict[int, dict[str, Any]], Depends(_jobs)]


@router.post("/runs/submit")
async def submit(asked: Asked, runs: AllRuns) -> dict[str, int]:
    check_submission(asked.body)
    return {"run_id": runs.submit(asked.body, asked.body.get("idempotency_token")).run_id}


@router.get("/runs/get")
async def get_run(request: Request, asked: Asked, runs: AllRuns) -> dict[str, Any]:
    run_id = asked.number("run_id")
    if found := runs.task(run_id):
        return {**_describe_run(request, found[0]), **_describe_task(request, *found)}
    return _describe_run(request, runs.get(run_id))


@router.get("/runs/get-output")
async def get_output(request: Request, asked: Asked, runs: AllRuns) -> dict[str, Any]:
    found = runs.task(asked.number("run_id"))
    if found is None:
        runs.get(asked.number("run_id"))
        raise invalid("Retrieving the output of runs with multiple tasks is not supported. Retrieve each task's run.")
    task = found[1]
    log = task.log.read_text(errors="replace")[-_MOST_LOG:] if task.log.is_file() else ""
    error = {"error": task.error, "error_trace": log} if task.error else {}
    return {"metadata": _describe_task(request, *found), "logs": log, "logs_truncated": False, **error}


@router.post("/runs/cancel")
async def cancel(asked: Asked, runs: AllRuns) -> dict[str, Any]:
    runs.get(asked.number("run_id")).stop(CANCELLED)
    return {}


@router.post("/runs/delete")
async def delete_run(asked: Asked, runs: AllRuns) -> dict[str, Any]:
    runs.delete(asked.number("run_id"))
    return {}


@router.get("/runs/list")
async def list_runs(request: Request, asked: Asked, runs: AllRuns) -> dict[str, Any]:
    chosen = sorted(runs.all(), key=lambda run: -run.run_id)
    if asked.find("job_id") is not None:
        chosen = [run for run in chosen if run.job_id == asked.number("job_id")]
    if asked.find("run_type") is not None:
        chosen = [run for run in chosen if run.kind == asked.text("run_type")]
    if asked.flag("active_only"):
        chosen = [run for run in chosen if run.ending is None]
    if asked.flag("completed_only"):
        chosen = [run for run in chosen if run.ending is not None]
    first, limit = asked.number("page_token", 0), asked.number("limit", 20)
    if not 1 <= limit < 25:
        raise invalid("limit: greater than 0 and less than 25")
    page = [_describe_run(request, run) for run in chosen[first : first + limit]]
    more = first + limit < len(chosen)
    return {"runs": page, "has_more": more, **({"next_page_token": str(first + limit)} if more else {})}


@router.post("/create")
async def create_job(asked: Asked, jobs: AllJobs) -> dict[str, int]:
    check_job(asked.body)
    job_id = max(jobs, default=_FIRST_JOB - 1) + 1
    jobs[job_id] = asked.body
    return {"job_id": job_id}


@router.post("/reset")
async def reset_job(asked: Asked, jobs: AllJobs) -> dict[str, Any]:
    job_id = asked.number("job_id")
    _settings_of(jobs, job_id)
    settings = asked.body.get("new_settings", {})
    check_record(settings, JobSettings)
    check_settings(settings)
    jobs[job_id] = settings
    return {}


@router.post("/delete")
async def delete_job(asked: Asked, jobs: AllJobs) -> dict[str, Any]:
    _settings_of(jobs, asked.number("job_id"))
    del jobs[asked.number("job_id")]
    return {}


@router.get("/get")
async def get_job(asked: Asked, jobs: AllJobs) -> dict[str, Any]:
    return {"job_id": asked.number("job_id"), "settings": _settings_of(jobs, asked.number("job_id"))}


@router.get("/list")
async def list_jobs(asked: Asked, jobs: AllJobs) -> dict[str, Any]:
    wanted = asked.find("name")
    named = [(job_id, job) for job_id, job in jobs.items() if wanted in (None, job.get("name"))]
    return {"jobs": [{"job_id": job_id, "settings": settings} for job_id, settings in named]}


@router.post("/run-now")
async def run_now(asked: Asked, jobs: AllJobs, runs: AllRuns) -> dict[str, int]:
    settings = _settings_of(jobs, asked.number("job_id"))
    given = asked.body.get("job_parameters", {})
    known = {parameter["name"]: parameter["default"] for parameter in settings.get("parameters", [])}
    if unknown := sorted(set(given) - set(known)):
        raise invalid(f"Job parameter {unknown[0]} is not defined in the job.")
    parameters = [{"name": name, "default": value} for name, value in {**known, **given}.items()]
    run = runs.submit(
        {**settings, "parameters": parameters}, asked.body.get("idempotency_token"), asked.number("job_id")
    )
    return {"run_id": run.run_id, "number_in_job": run.run_id}


def _settings_of(jobs: dict[int, dict[str, Any]], job_id: int) -> dict[str, Any]:
    if job_id not in jobs:
        raise invalid(f"Job {job_id} does not exist.")
    return jobs[job_id]


def _describe_run(request: Request, run: Run) -> dict[str, Any]:
    job_id = run.job_id or run.run_id + 10_000_000
    return {
        **run.describe(),
        "job_id": job_id,
        "job_run_id": run.run_id,
        "number_in_job": run.run_id,
        "original_attempt_run_id": run.run_id,
        "run_name": run.name,
        "run_page_url": _page(request, job_id, run.run_id),
        "run_type": run.kind,
        "trigger": "ONE_TIME",
        "creator_user_name": CLIENT_ID,
        "format": "MULTI_TASK",
        "tasks": [_describe_task(request, run, task) for task in run.tasks],
    }


def _describe_task(request: Request, run: Run, task: TaskRun) -> dict[str, Any]:
    page = _page(request, run.job_id or run.run_id + 10_000_000, task.run_id)
    return {**task.settings, **task.describe(), "attempt_number": 0, "run_page_url": page}


def _page(request: Request, job_id: int, run_id: int) -> str:
    return f"{request.base_url}?o={WORKSPACE_ID}#job/{job_id}/run/{run_id}"
