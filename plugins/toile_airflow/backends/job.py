"""What every backend shares: from an ask to the JobSpec, and from the JobResult to what the task concludes."""

from datetime import timedelta
from typing import Any

from airflow.sdk import BaseOperator
from airflow.sdk.exceptions import AirflowException

from toile.config.platform import Environment
from toile.contract import JobResult, JobSpec, Verdict
from toile.home import results_folder
from toile_airflow.alerts import OwnerAlert
from toile_airflow.asks import Ask
from toile_airflow.events import event_extra
from toile_airflow.links import MlflowRunLink, ReportLink
from toile_airflow.outcome import WhenRefused, label_of, outcome_of, require_open, tell


class JobOperator(BaseOperator):
    """One job of one model for one ask; a backend says how its program is run."""

    template_fields = ("ask",)
    operator_extra_links = (MlflowRunLink(), ReportLink())

    def __init__(
        self,
        *,
        job: str,
        model: str,
        environment: Environment,
        config_digest: str,
        ask: Any,
        parameters: dict[str, str],
        when_refused: WhenRefused,
        alert: OwnerAlert,
        **options: Any,
    ) -> None:
        super().__init__(execution_timeout=timedelta(minutes=environment.backend.timeout_minutes), **options)
        self.job, self.model, self.environment, self.config_digest = job, model, environment, config_digest
        self.ask, self.parameters, self.when_refused, self.alert = ask, parameters, when_refused, alert
        self._outcome: dict[str, str] = {}

    @property
    def asked(self) -> str:
        """What this task was asked for, as its alerts say it."""
        return Ask.model_validate(self.ask).label

    @property
    def headline(self) -> str:
        """What this task was asked for and what came of it, as the UI shows it."""
        return label_of(self.asked, self._outcome)

    def run_job(self, spec: JobSpec) -> None:
        """Runs the job's program to its end.

        Raises:
            AirflowFailException: the author's mistake or bad data; another try would end the same.
            AirflowException: a fault; another try may go through.
        """
        raise NotImplementedError

    def execute(self, context: Any) -> dict[str, str]:
        ask = Ask.model_validate(self.ask)
        spec = self.build_spec(ask, context["ti"])
        self.log.info("%s: %s", spec.job, spec.run_key)
        self.run_job(spec)
        result = JobResult.load(results_folder(self.environment.results) / spec.run_key)
        if result is None:
            raise AirflowException(f"{self.job} ended well but left no result under {spec.run_key}.")
        return self._conclude(result, ask, context)

    def build_spec(self, ask: Ask, task_instance: Any) -> JobSpec:
        """The same for every try of a task: a retry finds by its run key what the try before it left."""
        return JobSpec.build(
            job=self.job,
            model=self.model,
            as_of=ask.as_of,
            window=ask.window,
            environment=self.environment.name,
            parameters={**self.parameters, **ask.parameters},
            config_digest=self.config_digest,
            identity=f"{task_instance.dag_id}/{task_instance.run_id}/{task_instance.map_index}",
        )

    def _conclude(self, result: JobResult, ask: Ask, context: Any) -> dict[str, str]:
        self._outcome = outcome = outcome_of(result)
        tell(result, self.log)
        # Pushed before the verdict is judged: whoever is on call wants the report of a refused gate most of all.
        for link in ("mlflow_run", "report"):
            context["ti"].xcom_push(key=link, value=outcome.get(link))
        require_open(result, self.when_refused)
        self._alert(result, ask, context)
        for outlet in self.outlets:
            context["outlet_events"][outlet].extra = event_extra(outcome)
        return outcome

    def _alert(self, result: JobResult, ask: Ask, context: Any) -> None:
        reasons = "; ".join(result.reasons)
        if result.verdict is not Verdict.PASSED:
            self.alert.because(result.verdict.upper(), reasons)(context)
        elif ask.action == "rollback":
            self.alert.because("rolled the champion back", f"{ask.reason} ({ask.actor})")(context)
