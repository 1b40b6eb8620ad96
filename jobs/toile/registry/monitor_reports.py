"""What monitoring found, in MLflow: one run per report and scored day."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date

import mlflow
from mlflow import MlflowClient

from toile.context import JobContext
from toile.contract import Fact, Verdict
from toile.drift.performance import PerformanceReport
from toile.drift.report import DriftReport
from toile.registry.facts import flat_figures, in_short, note
from toile.registry.tracking import FINISHED, RUN_KEY, find_runs, job_run, run_path

DRIFT, PERFORMANCE = "drift", "performance"
PAGE = "page.html"


@dataclass(frozen=True)
class ScoredDay:
    """One partition of the scores: who scored it, and in which job."""

    day: date
    version: str
    run_key: str
    rows_version: int
    """Delta version of the table of scoring rows that was read."""


@dataclass(frozen=True)
class Finding:
    """What one report concluded about one scored day."""

    kind: str
    day: date
    verdict: Verdict
    reasons: list[str]
    metrics: dict[str, float]
    rows: int
    mlflow_run_id: str
    mlflow_run: str
    page: str


class MonitorReports:
    """The reports of one monitor job; the same scores are reported on once, unless forced."""

    def __init__(self, context: JobContext, client: MlflowClient) -> None:
        self._context, self._client = context, client
        self._forced = bool(context.spec.parameters.get("force"))

    def is_due(self, kind: str, scored: ScoredDay) -> bool:
        """Whether no other job has finished a report of this kind on these very scores."""
        found = find_runs(self._client, self._context.names.experiment, kind=kind, scores=scored.run_key)
        done = [run for run in found if run.info.status == FINISHED]
        return self._forced or all(run.data.tags[RUN_KEY] == self._context.spec.run_key for run in done)

    def log(
        self,
        kind: str,
        scored: ScoredDay,
        report: DriftReport | PerformanceReport,
        *,
        pages: Mapping[str, str],
        table_versions: Mapping[str, int],
    ) -> Finding:
        """Logs a report with its pages (file name -> HTML) and the versions of the tables that it was made from."""
        tags = {
            "day": scored.day.isoformat(),
            "scores": scored.run_key,
            "model_version": scored.version,
            "verdict": report.verdict,
        }
        with job_run(
            self._client, self._context, kind, tags=tags, metrics=report.metrics(), record=report
        ) as mlflow_run:
            mlflow.log_params({f"data.{name}": version for name, version in table_versions.items()})
            for file, html in pages.items():
                mlflow.log_text(html, file)
        page, place = f"{mlflow_run.info.artifact_uri}/{PAGE}", run_path(mlflow_run)
        fact = Fact(
            as_of=scored.day, verdict=report.verdict, version=scored.version, figures=flat_figures(report.metrics()),
            reason=in_short(report.reasons), mlflow_run=place, report=page,
        )  # fmt: skip
        note(self._client, mlflow_run.info.experiment_id, kind, fact)
        return Finding(
            kind=kind,
            day=scored.day,
            verdict=report.verdict,
            reasons=[f"{kind} of {scored.day}: {reason}" for reason in report.reasons],
            metrics={f"{kind}.{name}": value for name, value in report.metrics().items() if "." not in name},
            rows=report.rows,
            mlflow_run_id=mlflow_run.info.run_id,
            mlflow_run=place,
            page=page,
        )
