"""Data gates in MLflow: a run each, with the figures as JSON and as a page for people."""

from collections.abc import Mapping
from dataclasses import dataclass

import mlflow

from toile.context import JobContext
from toile.contract import Fact
from toile.quality.report import PAGE_FILE, GateReport, render_html
from toile.registry.facts import in_short, note
from toile.registry.tracking import connect, job_run, run_path


@dataclass(frozen=True)
class LoggedRun:
    """An MLflow run, and the addresses under which a job's result names its pages."""

    mlflow_run_id: str
    outputs: dict[str, str]


def log_gate_report(context: JobContext, report: GateReport, versions: Mapping[str, int]) -> LoggedRun:
    """Logs the report, and the versions of the tables that the rows were made from."""
    client, purpose = connect(context.model.environment), context.parameter("purpose")
    counts = {f"rows.{name}": float(count) for name, count in report.rows.items()}
    tags = {"verdict": report.verdict, "suite": report.suite}
    with job_run(client, context, "gate", tags=tags, metrics=counts, record=report) as run:
        mlflow.log_params({f"data.{name}": version for name, version in versions.items()})
        mlflow.log_text(
            render_html(report, data=f"{context.spec.model}, {purpose} rows as of {context.as_of}"), PAGE_FILE
        )
    outputs = {"mlflow_run": run_path(run), "report": f"{run.info.artifact_uri}/{PAGE_FILE}"}
    fact = Fact(as_of=context.spec.as_of, verdict=report.verdict, reason=in_short(report.reasons), **outputs)
    note(client, run.info.experiment_id, f"gate.{purpose}", fact)
    return LoggedRun(run.info.run_id, outputs)
