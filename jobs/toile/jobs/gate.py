"""Builds a stage's input rows, point in time, and lets them through the data gate.

Parameter `purpose`: training (labelled rows, split into train and holdout) or scoring (the rows of as_of).
"""

from datetime import UTC, datetime

from pyspark.sql import DataFrame
from pyspark.sql import functions as sf

from toile.config.durations import parse_duration
from toile.config.names import EVENT_TIME
from toile.context import JobContext
from toile.contract import JobResult, Verdict
from toile.costs.budget import check_budget
from toile.errors import ConfigError, DataError
from toile.features.audit import future_leaks
from toile.features.dataset import scoring_rows, training_rows
from toile.features.sources import AsOfSources
from toile.features.window import Window
from toile.quality.gate import GatedRows, run_gate
from toile.registry.gate_reports import log_gate_report
from toile.staging import staging_folder

TRAINING, SCORING = "training", "scoring"


def run(context: JobContext) -> JobResult:
    """Writes one partition of the training or scoring rows; refuses, and writes nothing, where the gate closes.

    Training rows are the first that a retraining pays for: it is refused here where the budget does not reach.
    """
    purpose = context.parameter("purpose")
    if purpose not in {TRAINING, SCORING}:
        raise ConfigError(f"job gate: purpose must be {TRAINING} or {SCORING}, not {purpose!r}.")
    config, names = context.model.config, context.names
    training = purpose == TRAINING
    budget, warnings = check_budget(context) if training else (Verdict.PASSED, [])
    if budget is Verdict.REFUSED:
        return context.result(budget, reasons=warnings)
    table, suite = (
        (names.training_rows, config.training_data.gate) if training else (names.scoring_rows, config.scoring.gate)
    )
    with staging_folder(context.model.environment) as folder:
        with context.step("build rows"):
            rows = _stage(context, folder, _training_rows(context) if training else _scoring_rows(context))
        with context.step("data gate"):
            gated = run_gate(rows, context.model.suites[suite])
        objections = context.sources.stale()
        if training and gated.report.verdict is not Verdict.REFUSED:
            with context.step("leak audit"):
                objections += _audit(context, rows)
        report = gated.report.refused_for(objections) if objections else gated.report
        outputs = {}
        if report.verdict is not Verdict.REFUSED:
            with context.step("write rows"):
                outputs["rows"] = _write(context, table, gated)
    with context.step("log"):
        logged = log_gate_report(context, report, context.sources.versions)
    return context.result(
        max(report.verdict, budget, key=list(Verdict).index),
        reasons=[*report.reasons, *warnings],
        rows=report.rows,
        outputs=outputs | logged.outputs,
        mlflow_run_id=logged.mlflow_run_id,
    )


def _training_rows(context: JobContext) -> DataFrame:
    config, spec = context.model.config, context.spec
    length = parse_duration(spec.window) if spec.window else config.training_data.window
    window = Window.labelled(spec.as_of, length, config.task.label_delay)
    return training_rows(context.model, context.sources, window)


def _scoring_rows(context: JobContext) -> DataFrame:
    return scoring_rows(context.model, context.sources)


def _stage(context: JobContext, folder: str, rows: DataFrame) -> DataFrame:
    """Computes the rows once: the gate, the audit and the counts then read them instead of building them again."""
    staged = f"{folder}/rows"
    rows.withColumn("as_of", sf.lit(context.as_of)).write.parquet(staged)
    return context.spark.read.parquet(staged)


def _audit(context: JobContext, rows: DataFrame) -> list[str]:
    """Hides the future of the earliest moment, which has the most of it, and looks whether a feature changes."""
    # As text: a Connect client gives timestamps in the machine's own time zone.
    first = rows.agg(sf.date_format(sf.min(EVENT_TIME), "yyyy-MM-dd HH:mm:ss")).first()
    if first is None or first[0] is None:
        raise DataError(f"no labelled rows as of {context.as_of}. Is as_of later than the data plus the label delay?")
    moment = datetime.fromisoformat(first[0]).replace(tzinfo=UTC)
    past = AsOfSources(context.tables, context.model.platform, moment.date(), context.sources.versions)
    return future_leaks(rows, moment, context.model, past)


def _write(context: JobContext, table: str, gated: GatedRows) -> str:
    partition = {"as_of": context.as_of}
    origin = {
        "run_key": context.spec.run_key,
        "config_digest": context.model.digest,
        **{f"version of {name}": str(version) for name, version in context.sources.versions.items()},
    }
    context.tables.replace(context.names.quarantine(table), gated.quarantined, partition=partition, origin=origin)
    context.tables.replace(table, gated.accepted, partition=partition, origin=origin)
    return context.tables.location(table)
