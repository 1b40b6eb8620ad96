"""Compares what was scored with what the champion was accepted on, and scores with the labels that came later.

At `as_of` it reports drift of the newest scored partition, and the performance of every scored partition whose labels
have become known. What was reported on the same scores before is not reported again, unless parameter `force` is set.
"""

from datetime import date

from pyspark.sql import functions as sf

from toile.config.model import Monitoring
from toile.context import JobContext
from toile.contract import JobResult, Verdict
from toile.errors import DataError
from toile.registry.monitor_reports import DRIFT, PERFORMANCE, Finding, Monitor, ScoredDay
from toile.registry.tracking import connect
from toile.registry.versions import CANDIDATE, CHAMPION, Versions


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
    monitor = Monitor(context, client, force=bool(context.spec.parameters.get("force")))
    unmeasured: list[str] = []
    findings = [monitor.report_drift(scored[-1], versions.by_number(scored[-1].version))]
    for past in scored:
        if past.day + context.model.config.task.label_delay <= context.spec.as_of:
            try:
                findings.append(monitor.report_performance(past, versions.by_number(past.version)))
            except DataError as error:  # one day without sound labels must not hide what the others say
                unmeasured.append(f"performance of {past.day} could not be measured: {error}")
    newest = max(version.trained_as_of for version in (champion, versions.by_alias(CANDIDATE)) if version)
    return _result(context, [finding for finding in findings if finding], unmeasured, newest)


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


def _result(context: JobContext, findings: list[Finding], unmeasured: list[str], trained_as_of: date) -> JobResult:
    bad = [finding for finding in findings if finding.verdict is not Verdict.PASSED]
    newest = {finding.kind: finding for finding in findings}
    outputs = {f"{kind} report": finding.page for kind, finding in newest.items()}
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
