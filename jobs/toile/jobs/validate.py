"""Model validation: candidate, champion, baseline and naive rule on the same held-out rows; gates decide.

Parameter `version`: the candidate's version. A candidate that passes becomes the challenger.
"""

import traceback
from dataclasses import replace
from typing import Any

import mlflow
import pandas as pd
from pyspark.sql import DataFrame

from toile.config import ResolvedModel
from toile.context import JobContext
from toile.contract import Fact, JobResult, Verdict
from toile.drift.profile import build_profile
from toile.evaluation.holdout import BASELINE, CANDIDATE, CHAMPION, NAIVE, Holdout
from toile.evaluation.importance import Importance, measure_importance
from toile.evaluation.interval import to_metrics
from toile.evaluation.page import render_page
from toile.evaluation.report import ValidationReport, validate_candidate
from toile.registry import versions as registry
from toile.registry.card import find_gaps, render_card
from toile.registry.facts import figures_of, in_short, note_validation
from toile.registry.tracking import connect
from toile.registry.versions import REFERENCE_PROFILE, SETTINGS, VALIDATION, Version, Versions
from toile.tasks import template_of
from toile.training.rows import collect_rows, features_of


def run(context: JobContext) -> JobResult:
    """Points the alias `challenger` to the candidate, or refuses it with the reasons."""
    client = connect(context.model.environment)
    versions = Versions(client, context.names.registered_model)
    candidate = versions.by_number(context.parameter("version"))
    champion = versions.by_alias(registry.CHAMPION)
    if champion and champion.number == candidate.number:
        champion = None
    with context.step("read held-out rows"):
        frame = context.tables.partition(
            context.names.training_rows, {"as_of": candidate.tags["toile.as_of"]}, version=candidate.rows_version
        ).where("split = 'holdout'")
        rows = _collect(frame, context.model)
    with context.step("compare"):
        estimators = {
            CANDIDATE: versions.load(candidate),
            BASELINE: versions.load(candidate, registry.BASELINE_MODEL),
            **({CHAMPION: versions.load(champion)} if champion else {}),
        }
        holdout = _holdout(rows, context.model, estimators, prior=float(candidate.tags["toile.prior"]))
        report = validate_candidate(
            holdout, context.model.config, candidate=candidate.number, champion=champion.number if champion else None
        )
    if gaps := find_gaps(context.model.config):
        report = report.model_copy(update={"verdict": Verdict.REFUSED, "reasons": [*gaps, *report.reasons]})
    if CANDIDATE in report.metrics:  # its predictions are sound
        with context.step("explain"):
            report = report.model_copy(update={"importance": _explain(context.model, estimators[CANDIDATE], rows)})
    with context.step("reference window"):
        profile = build_profile(frame, context.model.drifting_columns)
    with context.step("log"), mlflow.start_run(candidate.mlflow_run_id) as mlflow_run:
        _log(context, report, _predictions(rows, context.model, holdout), candidate)
        mlflow.log_text(profile.model_dump_json(indent=2), REFERENCE_PROFILE)
    against = champion.number if champion else registry.NOBODY
    # A kill between the tags must not leave an old verdict beside a new comparison.
    versions.tag(candidate.number, validation="unfinished", validated_with=context.model.digest)
    versions.tag(candidate.number, validated_against=against, validation=report.verdict)
    if report.verdict is not Verdict.REFUSED:
        versions.point(registry.CHALLENGER, candidate.number)
    else:
        versions.clear(registry.CHALLENGER, candidate.number)
    outputs = {
        "mlflow_run": candidate.tags["toile.mlflow_run"],
        "report": f"{mlflow_run.info.artifact_uri}/{VALIDATION}/page.html",
    }
    metric = report.primary_metric
    fact = Fact(
        as_of=candidate.trained_as_of, verdict=report.verdict, version=candidate.number, metric=metric,
        figures=figures_of({who: found[metric] for who, found in report.metrics.items() if metric in found}),
        reason=in_short(report.reasons), **outputs,
    )  # fmt: skip
    note_validation(client, mlflow_run.info.experiment_id, fact)
    return context.result(
        report.verdict, reasons=[*report.reasons, *report.notes], model_version=candidate.number,
        mlflow_run_id=candidate.mlflow_run_id, rows={"holdout": report.rows},
        metrics={name: interval.value for name, interval in report.metrics.get(CANDIDATE, {}).items()},
        outputs=outputs,
    )  # fmt: skip


def _collect(frame: DataFrame, model: ResolvedModel) -> pd.DataFrame:
    return collect_rows(frame, model.config.row_keys, [model.config.task.label, *model.feature_columns])


def _holdout(rows: pd.DataFrame, model: ResolvedModel, estimators: dict[str, Any], *, prior: float) -> Holdout:
    """The held-out rows with what every model answers; one that fails on them is told, since it closes its gates.

    A champion may have been trained on a feature that is gone, and a squad's own estimator may raise anything.
    """
    task, features = template_of(model.config.task.kind), features_of(rows, model.feature_columns)
    predictions, unanswered = {}, {}
    for name, estimator in estimators.items():
        try:
            answer = task.predict(estimator, features).at(task.levels(model.config.task))
        except Exception as error:
            traceback.print_exc()  # into the task's log; reasons travel further, and an error's text may quote rows
            unanswered[name] = f"it cannot answer the held-out rows: {type(error).__name__}"
            continue
        if len(answer.value) == len(rows):
            predictions[name] = answer
        else:
            unanswered[name] = f"it answered {len(answer.value):,} values for {len(rows):,} held-out rows"
    predictions[NAIVE] = task.apply_rule(rows, model.config.naive, prior)
    slices = dict.fromkeys([*model.config.slices, *(g.slice_by for g in model.config.gates if g.slice_by)])
    holdout = Holdout.of_model(model.config, rows, predictions, slices=list(slices))
    return replace(holdout, unanswered=unanswered)


def _explain(model: ResolvedModel, estimator: Any, rows: pd.DataFrame) -> list[Importance]:
    task, config = template_of(model.config.task.kind), model.config
    return measure_importance(
        task,
        config.gates[0].metric,
        lambda features: task.predict(estimator, features),
        features_of(rows, model.feature_columns),
        label=rows[config.task.label].to_numpy(dtype=float),
        seed=config.validation.seed,
    )


def _predictions(rows: pd.DataFrame, model: ResolvedModel, holdout: Holdout) -> pd.DataFrame:
    """Every model's word on every held-out row: whoever doubts a figure can count again."""
    shown = rows[[*model.config.row_keys, model.config.task.label]].copy()
    for name, predictions in holdout.predictions.items():
        shown[name] = predictions.rank if name == NAIVE else predictions.value
    return shown


def _log(context: JobContext, report: ValidationReport, predictions: pd.DataFrame, candidate: Version) -> None:
    mlflow.set_tags({"toile.validation": report.verdict})
    for who, intervals in report.metrics.items():
        mlflow.log_metrics(to_metrics(intervals, f"{who}."))
    mlflow.log_text(report.model_dump_json(indent=2), f"{VALIDATION}/report.json")
    mlflow.log_text(context.model.config.validation.model_dump_json(indent=2), SETTINGS)
    mlflow.log_text(render_page(report), f"{VALIDATION}/page.html")
    mlflow.log_text(predictions.to_csv(index=False), f"{VALIDATION}/holdout_predictions.csv")
    mlflow.log_text(render_card(context.model, candidate, report), "model_card.md")
