"""Scores the rows of as_of with the champion and replaces exactly one partition of the scores."""

import mlflow
from pyspark.sql import functions as sf

from toile.context import JobContext
from toile.contract import Fact, JobResult, Verdict
from toile.errors import DataError
from toile.registry.facts import note
from toile.registry.tracking import connect, job_run, run_path
from toile.registry.versions import CHAMPION, Versions
from toile.scoring.predict import score_rows
from toile.tasks import template_of


def run(context: JobContext) -> JobResult:
    """Writes one row per entity, each with the model's version, as_of and the run key; refuses without a champion."""
    client = connect(context.model.environment)
    versions = Versions(client, context.names.registered_model)
    champion = versions.by_alias(CHAMPION)
    if champion is None:
        return context.result(Verdict.REFUSED, reasons=["there is no champion yet: train, validate and register one"])
    config, names, task = context.model.config, context.names, template_of(context.model.config.task.kind)
    keys = [config.entity, *config.task.row_keys]
    with context.step("load champion"):
        estimator = versions.load(champion)
    with context.step("read rows"):
        partition = {"as_of": context.as_of}
        rows_version, _ = context.tables.written(names.scoring_rows, partition)
        rows = context.tables.partition(names.scoring_rows, partition, version=rows_version)
    with context.step("count"):
        total, distinct = rows.agg(sf.count("*"), sf.count_distinct(*keys)).first()
    if total != distinct:
        raise DataError(
            f"{names.scoring_rows} as of {context.as_of}: {total:,} rows for {distinct:,} times {' and '.join(keys)}. "
            "Nothing scored."
        )
    with context.step("score"):
        levels = getattr(estimator, "levels", ())  # the file's own may have changed since it was trained
        scores = score_rows(rows, keys, context.model.feature_columns, estimator, task, levels=levels).select(
            "*",
            sf.lit(champion.number).alias("model_version"),
            sf.lit(context.as_of).alias("as_of"),
            sf.lit(context.spec.run_key).alias("run_key"),
            sf.lit(rows_version).cast("long").alias("rows_version"),
        )
        origin = {"rows_version": str(rows_version), "model_version": champion.number, "run_key": context.spec.run_key}
        context.tables.replace(names.scores, scores, partition=partition, origin=origin)
    about = {"model_version": champion.number}
    with context.step("log"), job_run(client, context, "score", tags=about, metrics={"rows.scores": total}) as run:
        mlflow.log_params({f"data.{names.scoring_rows}": rows_version})
    fact = Fact(as_of=context.spec.as_of, version=champion.number, figures={"rows": (total,)}, mlflow_run=run_path(run))
    note(client, run.info.experiment_id, "score", fact)
    return context.result(
        Verdict.PASSED,
        model_version=champion.number,
        mlflow_run_id=run.info.run_id,
        rows={"scores": int(total)},
        outputs={"scores": context.tables.location(names.scores), "mlflow_run": run_path(run)},
    )
