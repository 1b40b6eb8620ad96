"""What every backend shares: from an ask to the JobSpec, and from the JobResult to what the task concludes."""

from datetime import timedelta
from typing import Any

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowException

from toile.config import ResolvedModel
from toile.config.backends import LocalBackend
from toile.contract import JobResult, JobSpec, Verdict
from toile.store import open_store
from toile_airflow.alerts import OwnerAlert
from toile_airflow.asks import Ask
from toile_airflow.events import event_extra
from toile_airflow.links import MlflowRunLink, ReportLink
from toile_airflow.outcome import WhenRefused, label_of, outcome_of, require_open, tell


class JobOperator(BaseOperator):
    """One job of one model for one ask; a backend says how its program is run.

    Where Airflow has an operator for that, a backend's class derives from this one first and from that one second. What
    is done between `begin` and `conclude` may end this process and go on in another: the attributes of the operator do
    not live that long.
    """

    template_fields = ("ask",)
    operator_extra_links = (MlflowRunLink(), ReportLink())

    def __init__(
        self,
        *,
        job: str,
        model: ResolvedModel,
        ask: Any,
        parameters: dict[str, str],
        when_refused: WhenRefused,
        **options: Any,
    ) -> None:
        minutes = model.environment.backend.timeout_minutes
        super().__init__(
            execution_timeout=timedelta(minutes=minutes), map_index_template="{{ task.headline }}", **options
        )
        self.job, self.model, self.environment = job, model, model.environment
        self.ask, self.parameters, self.when_refused = ask, parameters, when_refused
        self._outcome: dict[str, str] = {}

    @property
    def asked(self) -> str:
        """What this task was asked for, as its alerts say it."""
        return Ask.model_validate(self.ask).label

    @property
    def headline(self) -> str:
        """What this task was asked for and what came of it, as the UI shows it."""
        return label_of(self.asked, self._outcome)

    def execute(self, context: Any) -> dict[str, str]:
        spec = self.begin(context)
        self.run_job(spec, context)
        return self.conclude(spec, context)

    def begin(self, context: Any) -> JobSpec:
        """From the ask to the job, wholly specified: equal for every try of the task and wherever it is asked again."""
        spec = self.build_spec(Ask.model_validate(self.ask), context["ti"])
        self.log.info("%s: %s", spec.job, spec.run_key)
        return spec

    def run_job(self, spec: JobSpec, context: Any) -> None:
        """Runs the job's program to its end.

        Raises:
            AirflowFailException: the author's mistake or bad data; another try would end the same.
            AirflowException: a fault; another try may go through.
        """
        raise NotImplementedError

    def conclude(self, spec: JobSpec, context: Any) -> dict[str, str]:
        """From the job's result to what the tasks behind this one and the owner are told.

        Raises:
            AirflowException: there is no result.
            AirflowFailException: the result is a refusal, where a refusal is an incident.
        """
        result = self.read_result(spec)
        if result is None:
            raise AirflowException(f"{self.job} ended well but left no result under {spec.run_key}.")
        return self._conclude(result, context)

    def read_result(self, spec: JobSpec) -> JobResult | None:
        """What the job has left under its run key."""
        return JobResult.load(open_store(self.environment.results), spec.run_key)

    def build_spec(self, ask: Ask, task_instance: Any) -> JobSpec:
        """The same for every try of a task: a retry finds by its run key what the try before it left."""
        spec = JobSpec.build(
            job=self.job,
            model=self.model.config.id,
            as_of=ask.as_of,
            window=ask.window,
            environment=self.environment.name,
            parameters={**self.parameters, **ask.parameters},
            config_digest=self.model.digest,
            identity=f"{task_instance.dag_id}/{task_instance.run_id}/{task_instance.map_index}",
        )
        return spec.model_copy(update={"wheel": self.wheel()})

    def wheel(self) -> str | None:
        """The very wheel that a job elsewhere runs from; None where it runs from this checkout."""
        backend = self.environment.backend
        if isinstance(backend, LocalBackend):
            return None
        from toile.wheel import wheel_address

        return wheel_address(backend)

    def _conclude(self, result: JobResult, context: Any) -> dict[str, str]:
        self._outcome = outcome = outcome_of(result)
        tell(result, self.log)
        # Pushed before the verdict is judged: whoever is on call wants the report of a refused gate most of all.
        for link in ("mlflow_run", "report"):
            context["ti"].xcom_push(key=link, value=outcome.get(link))
        require_open(result, self.when_refused)
        self._alert(result, context)
        for outlet in self.outlets:
            context["outlet_events"][outlet].extra = event_extra(outcome)
        return outcome

    def _alert(self, result: JobResult, context: Any) -> None:
        alert, ask = OwnerAlert.of(self.model), Ask.model_validate(self.ask)
        if result.verdict is not Verdict.PASSED:
            alert.because(result.verdict.upper(), "; ".join(result.reasons))(context)
        elif ask.action == "rollback":
            alert.because("rolled the champion back", f"{ask.reason} ({ask.actor})")(context)
