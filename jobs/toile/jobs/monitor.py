"""Compares what was scored with what the champion was accepted on, and scores with the labels that came later.

At `as_of` it reports drift of the newest scored partition, and the performance of every scored partition whose labels
have become known. What was reported on the same scores before is not reported again, unless parameter `force` is set.
"""

from datetime import date

import mlflow
from mlflow import MlflowClient
from pyspark.sql import DataFrame
from pyspark.sql import functions as sf

from toile.config.model import Monitoring
from toile.context import JobContext
from toile.contract import JobResult, Verdict
from toile.drift.evidently_report import EvidentlyReport, render_report, sample_rows
from toile.drift.page import render_page
from toile.drift.performance import judge_performance
from toile.drift.performance_page import render_page as render_performance_page
from toile.drift.profile import ReferenceProfile
from toile.drift.psi import measure_drift
from toile.errors import DataError
from toile.evaluation.holdout import CANDIDATE as ACCEPTED
from toile.evaluation.interval import from_metrics
from toile.features.window import Window
from toile.registry.monitor_reports import DRIFT, PAGE, PERFORMANCE, Finding, MonitorReports, ScoredDay
from toile.registry.tracking import connect
from toile.registry.versions import CANDIDATE, CHAMPION, REFERENCE_PROFILE, Version, Versions
from toile.tasks import template_of
from toile.tasks.predictions import is_answer
from toile.training.rows import collect_rows


def run(context: JobContext) -> JobResult:
    """Warns where data drifted or performance left its limits, and says when retraining should be asked for."""
    client = connect(context.model.environment)
    versions = Versions(client, context.names.registered_model)
    champion = versions.by_alias(CHAMPION)
    scored = _scored(context)
    if champion is None or not scored:
        return context.result(
            Verdict.REFUSED, reasons=[f"nothing was scored up to {context.as_of}: nothing to monitor"]
        )
    reports = MonitorReports(context, client)
    findings: list[Finding] = []
    unmeasured: list[str] = []
    if reports.is_due(DRIFT, scored[-1]):
        findings.append(_drift(context, reports, scored[-1], versions.by_number(scored[-1].version)))
    for past in scored:
        known = past.day + context.model.config.task.label_delay <= context.spec.as_of
        if known and reports.is_due(PERFORMANCE, past):
            try:
                findings.append(_performance(context, client, reports, past, versions.by_number(past.version)))
            except DataError as error:  # one day without sound labels must not hide what the others say
                unmeasured.append(f"performance of {past.day} could not be measured: {error}")
    newest = max(version.trained_as_of for version in (champion, versions.by_alias(CANDIDATE)) if version)
    return _result(context, findings, unmeasured, newest)


def should_retrain(findings: list[Finding], policy: Monitoring, trained_as_of: date, as_of: date) -> bool:
    """Whether a finding of a kind that the policy names asks for it, and the newest training is old enough."""
    wanted = {finding.kind for finding in findings if finding.verdict is not Verdict.PASSED} & set(policy.retrain_when)
    return bool(wanted) and as_of - trained_as_of >= policy.retrain_at_most_every


def _scored(context: JobContext) -> list[ScoredDay]:
    """The scored partitions up to as_of, oldest first."""
    if not context.tables.exists(context.names.scores):
        return []
    with context.step("find scores"):
        scores = context.tables.read(context.names.scores).where(sf.col("as_of") <= context.as_of)
        about = (sf.max(name) for name in ("model_version", "run_key", "rows_version"))
        days = scores.groupBy("as_of").agg(*about).orderBy("as_of").collect()
    return [ScoredDay(date.fromisoformat(day), version, run_key, rows) for day, version, run_key, rows in days]


def _drift(context: JobContext, reports: MonitorReports, scored: ScoredDay, version: Version) -> Finding:
    """Drift of the scored rows against what the version that scored them was accepted on."""
    names = context.names
    current = context.tables.partition(
        names.scoring_rows, {"as_of": scored.day.isoformat()}, version=scored.rows_version
    )
    with context.step("drift of all rows"):
        profile = mlflow.artifacts.load_text(f"runs:/{version.mlflow_run_id}/{REFERENCE_PROFILE}")
        reference = ReferenceProfile.model_validate_json(profile)
        report = measure_drift(current, reference, context.model.config.monitoring.drift)
    with context.step("Evidently on a sample"):
        evidently = _evidently(context, current, version)
    if evidently.left_out:
        told = f"Evidently's report leaves out {', '.join(evidently.left_out)}: all null on one side."
        report = report.model_copy(update={"notes": [*report.notes, told]})
    title = f"{context.spec.model}, rows of {scored.day}"
    with context.step("log"):
        return reports.log(
            DRIFT, scored, report, pages={PAGE: render_page(report, title), "evidently.html": evidently.html},
            table_versions={names.scoring_rows: scored.rows_version, names.training_rows: version.rows_version},
        )  # fmt: skip


def _evidently(context: JobContext, current: DataFrame, version: Version) -> EvidentlyReport:
    config = context.model.config
    accepted_on = context.tables.partition(
        context.names.training_rows, {"as_of": version.trained_as_of.isoformat()}, version=version.rows_version
    ).where(sf.col("split") == "holdout")
    limit, seed = config.monitoring.sample_rows, config.validation.seed
    now, then = (sample_rows(frame, config.entity, limit, seed) for frame in (current, accepted_on))
    return render_report(now, then, context.model.drifting_columns, config.monitoring.drift)


def _performance(
    context: JobContext, client: MlflowClient, reports: MonitorReports, scored: ScoredDay, version: Version
) -> Finding:
    """How the scores did, now that their labels are known."""
    config, label = context.model.config, context.model.config.task.label
    task = template_of(config.task.kind)
    with context.step("late labels"):
        scores = context.tables.partition(context.names.scores, {"as_of": scored.day.isoformat()})
        labels = task.label_rows(context.model, context.sources, Window.day(scored.day))
        keys = [config.entity, *config.task.row_keys]
        known = [label, *(name for name in task.scale_columns if name in labels.columns)]
        joined = scores.join(labels.select(*keys, *known), on=keys, how="left")
        rows = collect_rows(joined, keys, [*known, *filter(is_answer, scores.columns)])
    limits = config.monitoring.performance
    report = judge_performance(
        task, rows, limits, config.validation, entity=config.entity, label=label, period=config.task.period
    )
    accepted = from_metrics(client.get_run(version.mlflow_run_id).data.metrics, task.metrics, f"{ACCEPTED}.")
    page = render_performance_page(task, report, accepted, limits, f"{context.spec.model}, scores of {scored.day}")
    with context.step("log"):
        return reports.log(
            PERFORMANCE, scored, report, pages={PAGE: page}, table_versions=context.sources.versions
        )  # fmt: skip


def _result(context: JobContext, findings: list[Finding], unmeasured: list[str], trained_as_of: date) -> JobResult:
    bad = [finding for finding in findings if finding.verdict is not Verdict.PASSED]
    newest = {finding.kind: finding for finding in findings}
    outputs = {f"{finding.kind} of {finding.day}": finding.page for finding in findings}
    if shown := newest.get(DRIFT) or newest.get(PERFORMANCE):
        outputs |= {"report": shown.page, "mlflow_run": shown.mlflow_run}
    if should_retrain(findings, context.model.config.monitoring, trained_as_of, context.spec.as_of):
        outputs["retrain"] = "requested"
    return context.result(
        Verdict.WARNED if bad or unmeasured else Verdict.PASSED,
        reasons=[*(reason for finding in bad for reason in finding.reasons), *unmeasured],
        metrics={name: value for finding in findings for name, value in finding.metrics.items()},
        rows={f"{finding.kind} {finding.day}": finding.rows for finding in findings},
        mlflow_run_id=shown.mlflow_run_id if shown else None,
        outputs=outputs,
    )
