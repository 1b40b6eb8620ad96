"""Fits the candidate and its baseline on the training rows and registers the candidate."""

from typing import Any

import mlflow
import numpy as np
import pandas as pd
from mlflow.models import infer_signature

from toile.config.names import EVENT_TIME
from toile.context import JobContext
from toile.contract import JobResult, Verdict
from toile.errors import ConfigError, DataError
from toile.provenance import code_commit, lock_digest
from toile.registry.tracking import connect, job_run, run_path
from toile.registry.versions import BASELINE_MODEL, CANDIDATE, CANDIDATE_MODEL, Version, Versions
from toile.tasks import template_of
from toile.tasks.template import Template
from toile.training.rows import collect_rows, features_of
from toile.training.trainers import build_candidate

EXAMPLE_ROWS = 5
# What a service needs to load the model; the versions are those of the lock file.
REQUIREMENTS = ("mlflow", "numpy", "pandas", "scikit-learn", "xgboost")


def run(context: JobContext) -> JobResult:
    """Registers one version per run key, under the alias `candidate`; refuses where a feature gives the label away."""
    client = connect(context.model.environment)
    versions = Versions(client, context.names.registered_model)
    if done := versions.by_run_key(context.spec.run_key):
        versions.point(CANDIDATE, done.number)
        return _result(context, done, {})
    with context.step("read rows"):
        rows_version, origin = context.tables.written(context.names.training_rows, {"as_of": context.as_of})
        if origin["config_digest"] != context.model.digest:
            raise ConfigError(
                f"the configuration changed since the rows of {context.as_of} were gated: gate them again."
            )
        rows = _rows(context, rows_version)
    train = rows[rows["split"] == "train"].reset_index(drop=True)
    counts = {"train": len(train), "holdout": int((rows["split"] == "holdout").sum())}
    if refusals := _refusals(context, train, counts):
        return context.result(Verdict.REFUSED, reasons=refusals, rows=counts)
    config, columns = context.model.config, context.model.feature_columns
    task, label, seed = template_of(config.task.kind), config.task.label, config.validation.seed
    with context.step("fit"):
        features = features_of(train, columns)
        candidate = build_candidate(config.trainer, task.kind, columns, seed)
        baseline = task.build_baseline(columns, seed)
        for estimator in (candidate, baseline):  # a squad's own `fit` need not return anything
            estimator.fit(features, train[label])
    with context.step("log"), job_run(client, context, "train") as mlflow_run:
        _log_origin(context, rows_version, origin, counts, float(train[label].mean()))
        uris = {
            CANDIDATE_MODEL: _log_model(CANDIDATE_MODEL, candidate, features, task),
            BASELINE_MODEL: _log_model(BASELINE_MODEL, baseline, features, task),
        }
    tags = {
        "toile.run_key": context.spec.run_key,
        "toile.as_of": context.as_of,
        "toile.rows_version": str(rows_version),
        "toile.config_digest": context.model.digest,
        "toile.baseline_uri": uris[BASELINE_MODEL],
        "toile.prior": repr(float(train[label].mean())),
        "toile.mlflow_run": run_path(mlflow_run),
        "toile.code_commit": code_commit(),
        "toile.lock_digest": lock_digest(),
        "toile.trainer": context.model.config.trainer.model_dump_json(),
    }
    version = versions.register(uris[CANDIDATE_MODEL], mlflow_run.info.run_id, tags)
    versions.point(CANDIDATE, version.number)
    return _result(context, version, counts)


def _rows(context: JobContext, rows_version: int) -> pd.DataFrame:
    config = context.model.config
    partition = context.tables.partition(context.names.training_rows, {"as_of": context.as_of}, version=rows_version)
    columns = [config.task.label, "split", *context.model.feature_columns]
    return collect_rows(partition, [config.entity, EVENT_TIME], columns)


def _refusals(context: JobContext, train: pd.DataFrame, counts: dict[str, int]) -> list[str]:
    label = context.model.config.task.label
    for part, count in counts.items():
        if not count:
            return [f"there are no {part} rows as of {context.as_of}: the data before it is too short for the split"]
    task = template_of(context.model.config.task.kind)
    if faults := task.find_label_faults(train[label].to_numpy(dtype=float, na_value=np.nan)):
        raise DataError(f"training rows: {label}: {faults}.")
    return task.refuse_training(train, label, context.model.feature_columns)


def _log_origin(
    context: JobContext, rows_version: int, origin: dict[str, str], counts: dict[str, int], prior: float
) -> None:
    table = context.names.training_rows
    mlflow.log_params({
        **_flat("trainer", context.model.config.trainer.model_dump()),
        "seed": context.model.config.validation.seed,
        f"data.{table}": rows_version,
        **{f"origin.{name}": value for name, value in origin.items()},
    })  # fmt: skip
    mlflow.log_metrics({f"rows.{part}": float(count) for part, count in counts.items()} | {"prior": prior})
    mlflow.log_dict(context.model.config.model_dump(mode="json"), "config.json")


def _flat(prefix: str, values: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in values.items():
        found |= _flat(f"{prefix}.{name}", value) if isinstance(value, dict) else {f"{prefix}.{name}": value}
    return found


def _log_model(name: str, model: Any, features: pd.DataFrame, task: Template) -> str:
    example = features.head(EXAMPLE_ROWS)
    info = mlflow.sklearn.log_model(
        model,
        name=name,
        signature=infer_signature(example, getattr(model, task.predict_function)(example)),
        input_example=example,
        pyfunc_predict_fn=task.predict_function,
        serialization_format="cloudpickle",
        pip_requirements=list(REQUIREMENTS),
    )
    return str(info.model_uri)


def _result(context: JobContext, version: Version, counts: dict[str, int]) -> JobResult:
    return context.result(
        Verdict.PASSED, model_version=version.number, mlflow_run_id=version.mlflow_run_id, rows=counts,
        outputs={"model": f"models:/{context.names.registered_model}/{version.number}",
                 "mlflow_run": version.tags["toile.mlflow_run"]},
    )  # fmt: skip
