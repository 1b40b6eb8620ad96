"""The state of one model, from registry, ledger, scores and reports: the record behind `toile status`."""

from collections.abc import Collection
from datetime import date, datetime

from mlflow import MlflowClient
from pydantic import BaseModel, ConfigDict
from pyspark.sql import functions as sf

from toile.config import Names, ResolvedModel
from toile.config.metrics import METRICS
from toile.evaluation.interval import Interval, from_metrics
from toile.registry.ledger import Ledger
from toile.registry.monitor_reports import DRIFT, PERFORMANCE
from toile.registry.tracking import FINISHED, find_runs
from toile.registry.versions import CHAMPION, Versions
from toile.tables import Tables


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True)


class Champion(_Record):
    version: str
    trained_as_of: date
    metrics: dict[str, Interval]


class Scores(_Record):
    partitions: int = 0
    rows: int = 0
    last_as_of: date | None = None


class DriftReports(_Record):
    reports: int = 0
    last_verdict: str | None = None
    last_as_of: date | None = None


class Measured(_Record):
    """One late-label performance report: how the scores of `as_of` did."""

    as_of: date
    verdict: str
    metrics: dict[str, Interval]


class PerformanceReports(_Record):
    reports: int = 0
    last: Measured | None = None


class LedgerLine(_Record):
    time: datetime
    action: str
    version: str | None
    reason: str
    actor: str


class Summary(_Record):
    """One model's state; `baseline` and `naive` are the metrics on the rows on which the champion was accepted."""

    model: str
    owner: str
    champion: Champion | None
    baseline: dict[str, Interval]
    naive: dict[str, Interval]
    scores: Scores
    drift: DriftReports
    performance: PerformanceReports
    ledger: list[LedgerLine]


def summarise(model: ResolvedModel, client: MlflowClient, tables: Tables | None) -> Summary:
    """Reads everything afresh. `tables` may be None where nothing was ever scored."""
    names, metrics = Names.of(model.config.id, model.environment), METRICS[model.config.task.kind]
    champion = Versions(client, names.registered_model).by_alias(CHAMPION)
    logged = dict(client.get_run(champion.mlflow_run_id).data.metrics) if champion else {}
    ledger = Ledger(client, names.experiment, model.environment)
    return Summary(
        model=model.config.id,
        owner=model.config.owner,
        champion=champion
        and Champion(
            version=champion.number,
            trained_as_of=champion.trained_as_of,
            metrics=from_metrics(logged, metrics, "candidate."),
        ),
        baseline=from_metrics(logged, metrics, "baseline."),
        naive=from_metrics(logged, metrics, "naive."),
        scores=_scores(names, tables) if tables else Scores(),
        drift=_drift(client, names),
        performance=_performance(client, names, metrics),
        ledger=[
            LedgerLine(time=e.time, action=e.action, version=e.version, reason=e.reason, actor=e.actor)
            for e in ledger.entries()
        ],
    )


def _scores(names: Names, tables: Tables) -> Scores:
    if not tables.exists(names.scores):
        return Scores()
    whole = tables.read(names.scores).agg(sf.count_distinct("as_of"), sf.count("*"), sf.max("as_of")).first()
    return Scores(partitions=whole[0], rows=whole[1], last_as_of=whole[2])


def _drift(client: MlflowClient, names: Names) -> DriftReports:
    verdicts = {
        run.data.tags["toile.day"]: run.data.tags["toile.verdict"]
        for run in reversed(find_runs(client, names.experiment, kind=DRIFT))
        if run.info.status == FINISHED
    }
    last = max(verdicts, default=None)
    return DriftReports(reports=len(verdicts), last_verdict=verdicts[last] if last else None, last_as_of=last)


def _performance(client: MlflowClient, names: Names, metrics: Collection[str]) -> PerformanceReports:
    by_day = {
        run.data.tags["toile.day"]: run
        for run in reversed(find_runs(client, names.experiment, kind=PERFORMANCE))
        if run.info.status == FINISHED
    }
    if not by_day:
        return PerformanceReports()
    last = max(by_day)
    data = by_day[last].data
    measured = Measured(as_of=last, verdict=data.tags["toile.verdict"], metrics=from_metrics(data.metrics, metrics))
    return PerformanceReports(reports=len(by_day), last=measured)
