"""Drift and late-label performance in MLflow: one run per report and scored day."""

from contextlib import AbstractContextManager
from dataclasses import dataclass
from datetime import date

import mlflow
from mlflow import MlflowClient
from mlflow.entities import Run
from pyspark.sql import DataFrame
from pyspark.sql import functions as sf

from toile.context import JobContext
from toile.contract import Verdict
from toile.drift.evidently_report import render_report, sample_rows
from toile.drift.page import render_page
from toile.drift.performance import PerformanceReport, judge_performance
from toile.drift.profile import ReferenceProfile
from toile.drift.psi import measure_drift
from toile.drift.report import DriftReport
from toile.features.dataset import Window, labelled_entities
from toile.features.point_in_time import EVENT_TIME
from toile.registry.tracking import FINISHED, RUN_KEY, find_runs, job_run, run_path
from toile.registry.versions import Version
from toile.scoring.predict import SCORE
from toile.training.rows import collect_rows

DRIFT, PERFORMANCE = "drift", "performance"
PROFILE = "validation/reference_profile.json"


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


class Monitor:
    """Makes the reports of one job; the same scores are reported on once, unless forced."""

    def __init__(self, context: JobContext, client: MlflowClient, *, force: bool = False) -> None:
        self._context, self._client, self._force = context, client, force

    def report_drift(self, scored: ScoredDay, version: Version) -> Finding | None:
        """Drift of the scored rows against what the version that scored them was accepted on."""
        if self._is_reported(DRIFT, scored):
            return None
        context, config = self._context, self._context.model.config
        current = context.tables.partition(
            context.names.scoring_rows, {"as_of": scored.day.isoformat()}, version=scored.rows_version
        )
        profile = mlflow.artifacts.load_text(f"runs:/{version.mlflow_run_id}/{PROFILE}")
        with context.step("drift of all rows"):
            reference = ReferenceProfile.model_validate_json(profile)
            report = measure_drift(current, reference, config.monitoring.drift)
        with context.step("Evidently on a sample"):
            evidently = self._evidently(current, version)
        with context.step("log"), self._mlflow_run(DRIFT, scored, report) as run:
            mlflow.log_params({f"data.{context.names.scoring_rows}": scored.rows_version})
            mlflow.log_text(render_page(report, title=f"{context.spec.model}, rows of {scored.day}"), "page.html")
            mlflow.log_text(evidently, "evidently.html")
        return _finding(DRIFT, scored.day, report, run)

    def report_performance(self, scored: ScoredDay, version: Version) -> Finding | None:
        """How the scores did, now that their labels are known."""
        if self._is_reported(PERFORMANCE, scored):
            return None
        context, config = self._context, self._context.model.config
        label = config.task.label
        with context.step("late labels"):
            scores = context.tables.partition(context.names.scores, {"as_of": scored.day.isoformat()})
            labels = labelled_entities(context.model, context.sources, Window.day(scored.day))
            joined = scores.join(labels, on=config.entity, how="inner")
            rows = collect_rows(joined, [config.entity, EVENT_TIME], [label, SCORE])
        report = judge_performance(
            rows, config.monitoring.performance, config.validation, entity=config.entity, label=label, score=SCORE
        )
        with context.step("log"), self._mlflow_run(PERFORMANCE, scored, report) as run:
            mlflow.set_tag("toile.model_version", version.number)
            mlflow.log_params({f"data.{name}": read for name, read in context.sources.versions.items()})
        return _finding(PERFORMANCE, scored.day, report, run)

    def _is_reported(self, kind: str, scored: ScoredDay) -> bool:
        """Whether another job has finished a report on these very scores."""
        found = find_runs(self._client, self._context.names.experiment, kind=kind, scores=scored.run_key)
        done = [run for run in found if run.info.status == FINISHED]
        return not self._force and any(run.data.tags[RUN_KEY] != self._context.spec.run_key for run in done)

    def _mlflow_run(
        self, kind: str, scored: ScoredDay, report: DriftReport | PerformanceReport
    ) -> AbstractContextManager[Run]:
        tags = {"day": scored.day.isoformat(), "scores": scored.run_key, "verdict": report.verdict}
        return job_run(self._client, self._context, kind, tags=tags, metrics=report.metrics(), record=report)

    def _evidently(self, current: DataFrame, version: Version) -> str:
        context, config = self._context, self._context.model.config
        accepted_on = context.tables.partition(
            context.names.training_rows, {"as_of": version.trained_as_of.isoformat()}, version=version.rows_version
        ).where(sf.col("split") == "holdout")
        limit, seed = config.monitoring.sample_rows, config.validation.seed
        now, then = (sample_rows(frame, config.entity, limit, seed) for frame in (current, accepted_on))
        return render_report(now, then, context.model.feature_columns, config.monitoring.drift).html


def _finding(kind: str, day: date, report: DriftReport | PerformanceReport, run: Run) -> Finding:
    return Finding(
        kind=kind,
        day=day,
        verdict=report.verdict,
        reasons=[f"{kind} of {day}: {reason}" for reason in report.reasons],
        metrics={f"{kind}.{name}": value for name, value in report.metrics().items() if "." not in name},
        rows=report.rows,
        mlflow_run_id=run.info.run_id,
        mlflow_run=run_path(run),
        page=f"{run.info.artifact_uri}/{'page.html' if kind == DRIFT else 'performance.json'}",
    )
