"""What a Databricks workspace tells of its runs: the files that they leave, and why one failed, in one line."""

import json
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from datetime import UTC, datetime
from typing import Any

from airflow.providers.databricks.exceptions import DatabricksApiError
from airflow.providers.databricks.hooks.databricks import DatabricksHook
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowNotFoundException

from toile.contract import JobFailure, JobSpec
from toile_airflow.backends.program import RAISED

LONGEST = 1000
# A retry meets these again: what was asked for, or by whom, must be changed first.
MISTAKES = frozenset(
    {
        "BUDGET_POLICY_LIMIT_EXCEEDED",
        "FEATURE_DISABLED",
        "INVALID_CLUSTER_REQUEST",
        "INVALID_RUN_CONFIGURATION",
        "UNAUTHORIZED_ERROR",
    }
)


class WorkspaceHook(DatabricksHook):
    """Airflow's hook, whose every error says in one line whose job meets it."""

    def __init__(self, job: str, connection: str, **options: Any) -> None:
        super().__init__(connection, **options)
        self.job = job

    def _do_api_call(self, *asked: Any, **options: Any) -> Any:
        try:
            return super()._do_api_call(*asked, **options)
        except DatabricksApiError as error:
            told = _one_line(f"{self.job}: the workspace refuses the request. {error}")
            raise DatabricksApiError(told, http_status_code=error.http_status_code) from error
        except AirflowException as error:
            raise AirflowException(_one_line(f"{self.job}: the workspace does not answer. {error}")) from error


class Volume:
    """JSON files of a volume, read as the connection's own user; Airflow mounts no volumes."""

    def __init__(self, hook: DatabricksHook, location: str) -> None:
        self._hook, self._location = hook, location.rstrip("/")

    def read(self, key: str) -> bytes | None:
        """The file's content; None where there is none.

        Raises:
            AirflowFailException: the connection's user may not read there, now or in another try.
        """
        try:
            # The hook's one way to ask for what it has no method for, with its authentication and its retries.
            content = self._hook._do_api_call(("GET", f"2.0/fs/files{self._location}/{key}"))
        except DatabricksApiError as error:
            if error.http_status_code == 404:
                return None
            if error.http_status_code in {401, 403}:
                raise AirflowFailException(
                    f"the workspace does not let the connection {self._hook.databricks_conn_id!r} read "
                    f"{self._location}/{key} ({error.http_status_code}). It needs USE CATALOG, USE SCHEMA and READ "
                    "VOLUME there."
                ) from error
            raise
        return json.dumps(content).encode()


def explain(run: dict[str, Any], hook: DatabricksHook, spec: JobSpec, volume: Volume) -> AirflowException:
    """Why a run failed, in one line, as the exception that says whether another try is worth it."""
    mistake = None
    with suppress(AirflowException):  # a volume that does not answer must not hide how the run ended
        mistake = JobFailure.load(volume, spec.run_key)
    # A former try's mistake, mended since, does not explain this run.
    if mistake and mistake.failed_at >= datetime.fromtimestamp(run["start_time"] / 1000, UTC):
        return AirflowFailException(_line(f"{spec.job}: {mistake.message}", run))
    state, details = run["state"], run.get("status", {}).get("termination_details", {})
    code = details.get("code") or state.get("result_state") or state["life_cycle_state"]
    message = details.get("message") or state.get("state_message") or "no reason is given"
    told = f"{spec.job}: the run ended as {code}{_raised(run, hook)}: {message}"
    if code in MISTAKES:
        return AirflowFailException(_line(told, run))
    return AirflowException(_line(f"{told.rstrip('.')}; worth another try.", run))


@contextmanager
def refused_for_good() -> Iterator[None]:
    """What the workspace refuses now it would refuse the next try too.

    Raises:
        AirflowFailException: the workspace does not take the request.
    """
    try:
        yield
    except DatabricksApiError as error:
        raise AirflowFailException(str(error)) from error


def require_connection(hook: DatabricksHook, job: str, environment: str) -> None:
    """Raises: AirflowFailException: there is no connection by which to reach the workspace."""
    name = hook.databricks_conn_id
    try:
        known = hook.host
    except AirflowNotFoundException:
        known = None
    if not known:
        raise AirflowFailException(
            f"{job}: the environment {environment} submits by the connection {name!r}, and Airflow knows no workspace "
            f"of that name. Make it: airflow connections add {name} --conn-type databricks --conn-host "
            "https://<workspace> --conn-login <client id> --conn-password <secret> "
            "--conn-extra '{\"service_principal_oauth\": true}'"
        )


def _raised(run: dict[str, Any], hook: DatabricksHook) -> str:
    """The name of what the job raised, and no more: what other code says may hold secrets, and alerts carry this."""
    if run["state"].get("result_state") != "FAILED":
        return ""
    with suppress(AirflowException):
        raised = RAISED.match(hook.get_run_output(run["tasks"][0]["run_id"]).get("error", ""))
        return f", {raised['name']}" if raised else ""
    return ""


def _line(told: str, run: dict[str, Any]) -> str:
    return f"{_one_line(told)} {run['run_page_url']}"


def _one_line(told: str) -> str:
    return " ".join(told.split())[:LONGEST]
