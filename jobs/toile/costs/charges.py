"""The charges of a model: an MLflow run of kind `cost` in its experiment for each try of each of its jobs.

A try opens its charge with the estimate before it works, and closes it with the actual cost after. One that was killed
leaves it open (docs/decisions/0013-budgets.md).
"""

from collections.abc import Iterable
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from statistics import median

from mlflow import MlflowClient
from mlflow.entities import Metric, Run, RunTag

from toile.config import Names
from toile.config.platform import Environment
from toile.config.prices import SHARE_OF_TIMEOUT, Rate
from toile.contract import Fact, JobSpec
from toile.registry.facts import note
from toile.registry.tracking import FINISHED, experiment_id, find_runs

KIND = "cost"
ESTIMATED, ACTUAL, SECONDS, OUTCOME = "cost.estimated", "cost.actual", "seconds", "toile.outcome"
LAST_RUNS, LOOKED_AT = 5, 30


@dataclass(frozen=True)
class Charge:
    """One try of one job. `cost` and `seconds` are actual ones of a try that is `closed`, else the most they can be."""

    run_key: str
    work: str
    started: datetime
    estimated: float
    seconds: float
    cost: float
    closed: bool


class Charges:
    """The charges of one model in one environment."""

    def __init__(self, client: MlflowClient, model: str, environment: Environment, rate: Rate) -> None:
        self.rate = rate
        self._client, self._experiment, self._environment = client, Names(model).experiment, environment

    def estimate(self, job: str, purpose: str | None = None) -> float:
        """What a job is expected to cost."""
        usual = self.usual_seconds(job, purpose)
        return self.rate.cost_of(SHARE_OF_TIMEOUT * self._longest if usual is None else usual)

    def usual_seconds(self, job: str, purpose: str | None = None) -> float | None:
        """The median of a job's last runs that came to their end unhindered; None where there is none."""
        runs = self._find(LOOKED_AT, **_work(job, purpose))
        ended = [run for run in runs if run.data.tags.get(OUTCOME) in {"passed", "warned"}]
        seconds = [run.data.metrics[SECONDS] for run in ended[:LAST_RUNS]]
        return median(seconds) if seconds else None

    def open(self, spec: JobSpec) -> tuple[str, float]:
        """Opens the charge of a try that begins now; returns its MLflow run's id and the estimate."""
        work, now = _work(spec.job, spec.parameters.get("purpose")), datetime.now(UTC)
        estimated = self.estimate(**work)
        about = {
            "kind": KIND, **work, "month": month_of(now), "run_key": spec.run_key, "model": spec.model,
            "as_of": spec.as_of.isoformat(), "environment": self._environment.name, "currency": self.rate.currency,
        }  # fmt: skip
        run = self._client.create_run(
            experiment_id(self._client, self._experiment, self._environment),
            tags={f"toile.{name}": value for name, value in about.items()},
            run_name=f"{KIND} {' '.join(work.values())}",
        )
        self._client.log_metric(run.info.run_id, ESTIMATED, estimated)
        return run.info.run_id, estimated

    def close(self, mlflow_run_id: str, seconds: float, outcome: str) -> None:
        """Writes what a try has come to: a verdict, or `failed`, or `found`."""
        now = int(datetime.now(UTC).timestamp() * 1000)
        figures = {SECONDS: seconds, ACTUAL: self.rate.cost_of(seconds)}
        metrics = [Metric(name, value, now, 0) for name, value in figures.items()]
        self._client.log_batch(mlflow_run_id, metrics, tags=[RunTag(OUTCOME, outcome)])
        self._client.set_terminated(mlflow_run_id, "FAILED" if outcome == "failed" else FINISHED)
        today = datetime.now(UTC)
        spent = sum(charge.cost for charge in self.of_month(month_of(today)))
        experiment = experiment_id(self._client, self._experiment, self._environment)
        note(self._client, experiment, "cost", Fact(as_of=today.date(), figures={self.rate.currency: (spent,)}))

    def of_month(self, month: str) -> list[Charge]:
        """Every try that began in this month (YYYY-MM, UTC), oldest first."""
        found = [self._charge(run) for run in reversed(self._find(month=month))]
        return bound_open(found, datetime.now(UTC), self._longest, self.rate)

    @property
    def _longest(self) -> float:
        return self._environment.backend.timeout_minutes * 60.0

    def _find(self, newest: int | None = None, /, **tags: str) -> list[Run]:
        environment = self._environment.name
        return find_runs(self._client, self._experiment, newest, kind=KIND, environment=environment, **tags)

    @staticmethod
    def _charge(run: Run) -> Charge:
        tags, figures = run.data.tags, run.data.metrics
        return Charge(
            run_key=tags["toile.run_key"],
            work=" ".join(tags[f"toile.{name}"] for name in ("job", "purpose") if f"toile.{name}" in tags),
            started=datetime.fromtimestamp(run.info.start_time / 1000, UTC),
            estimated=figures.get(ESTIMATED, 0.0),
            seconds=figures.get(SECONDS, 0.0),
            cost=figures.get(ACTUAL, 0.0),
            closed=ACTUAL in figures,
        )


def bound_open(charges: Iterable[Charge], now: datetime, longest: float, rate: Rate) -> list[Charge]:
    """The charges, oldest first, where each open one is what it can have come to at most.

    A try ends before the next one of its run key begins, and after `longest` seconds it is cancelled. Until then it
    may be running: it counts as what it has taken so far, and as its estimate at least.
    """
    bounded: list[Charge] = []
    next_try: dict[str, datetime] = {}
    for charge in sorted(charges, key=lambda one: one.started, reverse=True):
        ended = next_try.get(charge.run_key)
        seconds = min(((ended or now) - charge.started).total_seconds(), longest)
        least = 0.0 if ended or seconds == longest else charge.estimated
        next_try[charge.run_key] = charge.started
        known = charge if charge.closed else replace(charge, seconds=seconds, cost=max(rate.cost_of(seconds), least))
        bounded.append(known)
    return bounded[::-1]


def month_of(moment: datetime) -> str:
    """The month (UTC) that a try is charged to: that of its beginning, YYYY-MM."""
    return f"{moment.astimezone(UTC):%Y-%m}"


def _work(job: str, purpose: str | None) -> dict[str, str]:
    """What is estimated alike and summed together."""
    return {"job": job} | ({"purpose": purpose} if purpose else {})
