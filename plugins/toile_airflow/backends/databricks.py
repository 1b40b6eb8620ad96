"""The backend of a Databricks workspace: a job is a one-off run, and no worker is held while it lasts."""

from datetime import timedelta
from typing import Any

from airflow.providers.databricks.exceptions import DatabricksApiError
from airflow.providers.databricks.hooks.databricks import RunState
from airflow.providers.databricks.operators.databricks import (
    XCOM_RUN_ID_KEY,
    XCOM_RUN_PAGE_URL_KEY,
    DatabricksJobRunLink,
    DatabricksSubmitRunOperator,
)
from airflow.providers.databricks.triggers.databricks import DatabricksExecutionTrigger
from airflow.sdk.bases.operator import TRIGGER_FAIL_REPR, TriggerFailureReason
from airflow.sdk.exceptions import AirflowException, AirflowFailException

from toile.config import ResolvedModel
from toile.config.backends import DatabricksBackend
from toile.contract import JobResult, JobSpec, Verdict
from toile.databricks import run_settings, spec_of
from toile.wheel import MANIFEST
from toile_airflow.backends.job import JobOperator
from toile_airflow.backends.runs import CancelLeftRuns, live_runs, mark_of, token_of
from toile_airflow.backends.workspace import Volume, WorkspaceHook, explain, refused_for_good, require_connection

WAITS = 2  # times the run's own timeout, which does not count the time in the queue


class DatabricksJobOperator(JobOperator, DatabricksSubmitRunOperator):
    """Watches the one run that does the job, and begins another only after that has ended badly.

    Any process may be gone at any time, and the retry knows nothing of the try before it. So whoever goes on asks the
    workspace how things stand: each try so far has a token, a token has at most one run, and they are gone through in
    their order. The first run that lives or has done the work is the one. A token that has no run yet gets it by being
    asked for: every run before it has ended, so no two are ever at work (docs/decisions/0014-runs-in-a-workspace.md).
    """

    operator_extra_links: Any = (*JobOperator.operator_extra_links, DatabricksJobRunLink())
    run_id: int | None
    on_failure_callback: Any
    _submitting: dict[str, Any] | None = None

    def __init__(self, *, model: ResolvedModel, **options: Any) -> None:
        backend = _backend(model)
        super().__init__(
            model=model,
            databricks_conn_id=backend.connection,
            polling_period_seconds=backend.poll_seconds,
            deferrable=True,
            # Else a setting of Airflow's adds parameters, and the job takes its spec alone.
            openlineage_inject_parent_job_info=False,
            openlineage_inject_transport_info=False,
            **options,
        )
        self.on_failure_callback = [CancelLeftRuns(backend.connection), *self.on_failure_callback]

    def execute(self, context: Any) -> dict[str, str]:
        require_connection(self._hook, self.job, self.environment.name)
        spec = self.begin(context)
        folder = str(self.wheel()).rpartition("/")[0]
        # A run of a former try needs no wheel of the checkout that came after it.
        if Volume(self._hook, folder).read(MANIFEST) is None and not self._is_at_work(spec, context):
            deploy = f"toile deploy --env {self.environment.name}"
            raise AirflowFailException(f"{self.job}: this checkout's wheel is not in {folder}. Run: {deploy}")
        return self._settle(self._find_run(spec, context), context)

    def execute_complete(self, context: Any, event: dict[str, Any]) -> dict[str, str]:  # noqa: ARG002 -- asked anew
        """Goes on when the trigger saw the run end."""
        return self._go_on(self._watched_run(context), context)

    def resume_execution(self, next_method: str, next_kwargs: dict[str, Any] | None, context: Any) -> Any:
        """Goes on; also where the trigger did not see the run's end, for the run may live all the same."""
        if next_method != TRIGGER_FAIL_REPR:
            return super().resume_execution(next_method, next_kwargs, context)
        told, run = next_kwargs or {}, self._watched_run(context)
        if told.get("error") == TriggerFailureReason.TRIGGER_TIMEOUT and not RunState(**run["state"]).is_terminal:
            self._hook.cancel_run(run["run_id"])
            minutes = WAITS * _backend(self.model).timeout_minutes
            raise AirflowException(f"{self.job}: the run {run['run_id']} did not end in {minutes} minutes: cancelled.")
        reason = (told.get("traceback") or ["no reason is given"])[-1].strip()
        self.log.warning("The trigger lost sight of the run (%s); the workspace is asked how it stands.", reason)
        return self._go_on(run, context)

    def on_kill(self) -> None:
        """Cancels the run, also one that was asked for and has not been answered yet."""
        if self._submitting and not self.run_id:
            self.run_id = self._hook.submit_run(self._submitting)
        if self.run_id:
            super().on_kill()

    def read_result(self, spec: JobSpec) -> JobResult | None:
        return JobResult.load(self._volume, spec.run_key)

    @property
    def _volume(self) -> Volume:
        return Volume(self._hook, str(self.environment.results))

    def _get_hook(self, caller: str) -> WorkspaceHook:
        retries = {"retry_limit": self.databricks_retry_limit, "retry_delay": self.databricks_retry_delay}
        return WorkspaceHook(self.job, self.databricks_conn_id, caller=caller, **retries)

    def _go_on(self, run: dict[str, Any], context: Any) -> dict[str, str]:
        """From the run that this try has waited for, or from the next one where that one has ended badly."""
        state = RunState(**run["state"])
        if state.is_terminal and not state.is_successful:
            run = self._find_run(self.begin(context), context)
        return self._settle(run, context)

    def _settle(self, run: dict[str, Any], context: Any) -> dict[str, str]:
        state = RunState(**run["state"])
        if not state.is_terminal:
            self._wait(run, context)
        # What the run was told, not what it would be told now: a file of conf/ may have changed meanwhile.
        spec = spec_of(run)
        if not state.is_successful:
            raise explain(run, self._hook, spec, self._volume)
        return self.conclude(spec, context)

    def _watched_run(self, context: Any) -> dict[str, Any]:
        """The run that this try has deferred for: it is looked at, and no other one begins by that."""
        task_instance = context["ti"]
        self.run_id = task_instance.xcom_pull(
            task_ids=task_instance.task_id, map_indexes=task_instance.map_index, key=XCOM_RUN_ID_KEY
        )
        return self._describe(self.run_id)

    def _find_run(self, spec: JobSpec, context: Any) -> dict[str, Any]:
        """The run that does the job; a new one where there is none."""
        tries = context["ti"].try_number
        for number in range(1, tries):
            run = self._former_run(spec, context, number)
            if run and not self._is_past(run, spec):
                return run
        with refused_for_good():
            return self._submit(spec, context, tries)

    def _former_run(self, spec: JobSpec, context: Any, number: int) -> dict[str, Any] | None:
        """The run of a former try's token.

        The workspace refuses the token of a run that was deleted, and maybe any whose settings it does not take any
        more: then what is at work is found by its name.
        """
        try:
            return self._submit(spec, context, number)
        except DatabricksApiError as error:
            self.log.info("The token of try %s has no run any more: %s", number, error)
        living = next(live_runs(self._hook, context["ti"]), None)
        return None if living is None else self._describe(living)

    def _submit(self, spec: JobSpec, context: Any, number: int) -> dict[str, Any]:
        """The run of this try's token: the one that there is, or else a new one."""
        task_instance = context["ti"]
        stage = task_instance.dag_id.rpartition(".")[2]
        settings = run_settings(self.model, _backend(self.model), spec, stage, token_of(task_instance, number))
        self.json = {**settings, "run_name": f"{settings['run_name']} [{mark_of(task_instance)}]"}
        self.run_id, self._submitting = None, self._prepare_submit_json(context)
        self.run_id = self._hook.submit_run(self._submitting)
        return self._describe(self.run_id)

    def _describe(self, run_id: int | None) -> dict[str, Any]:
        found: dict[str, Any] = self._hook.get_run(run_id)
        return found

    def _is_at_work(self, spec: JobSpec, context: Any) -> bool:
        """Whether a run of a former try is doing this very work."""
        living = (self._describe(run_id) for run_id in live_runs(self._hook, context["ti"]))
        return any(spec_of(run).run_key == spec.run_key for run in living)

    def _is_past(self, run: dict[str, Any], spec: JobSpec) -> bool:
        """Whether a former try's run leaves the work to another one."""
        state = RunState(**run["state"])
        if not state.is_terminal:
            if spec_of(run).run_key != spec.run_key:  # asked for before a file of conf/ was changed
                self._hook.cancel_run(run["run_id"])
            return False
        done = self.read_result(spec) if state.is_successful else None
        # A refusal is no result to keep: the reason may have been mended since.
        return done is None or done.verdict is Verdict.REFUSED

    def _wait(self, run: dict[str, Any], context: Any) -> None:
        page = run["run_page_url"]
        context["ti"].xcom_push(key=XCOM_RUN_ID_KEY, value=run["run_id"])
        context["ti"].xcom_push(key=XCOM_RUN_PAGE_URL_KEY, value=page)
        self.log.info("%s: waiting for the run %s: %s", self.job, run["run_id"], page)
        self.defer(
            trigger=DatabricksExecutionTrigger(
                run_id=run["run_id"],
                databricks_conn_id=self.databricks_conn_id,
                polling_period_seconds=self.polling_period_seconds,
                retry_limit=self.databricks_retry_limit,
                retry_delay=self.databricks_retry_delay,
                run_page_url=page,
            ),
            method_name="execute_complete",
            timeout=WAITS * timedelta(minutes=_backend(self.model).timeout_minutes),
        )


def _backend(model: ResolvedModel) -> DatabricksBackend:
    backend = model.environment.backend
    if not isinstance(backend, DatabricksBackend):
        raise TypeError(f"{model.environment.name} does not submit to a workspace")
    return backend
