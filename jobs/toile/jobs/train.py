"""Fits the candidate and its baseline on the training rows and registers the candidate."""

from functools import partial
from typing import Any

import mlflow
import numpy as np
import pandas as pd
from mlflow import MlflowClient
from mlflow.models import infer_signature

from toile.config.model import Params, Trainer
from toile.context import JobContext
from toile.contract import Fact, JobResult, Verdict
from toile.errors import ConfigError, DataError
from toile.provenance import code_commit, lock_digest
from toile.registry.facts import note
from toile.registry.searches import log_search
from toile.registry.tracking import COLUMNS, CONFIG, connect, find_runs, job_run, run_path
from toile.registry.versions import BASELINE_MODEL, CANDIDATE, CANDIDATE_MODEL, DISTRIBUTED, Version, Versions
from toile.tasks import template_of
from toile.tasks.template import Template
from toile.training.fit import TrainingSet, fit, fit_candidate
from toile.training.rows import TRAIN, gather_rows
from toile.training.search import SearchReport, search_params
from toile.training.trainers import build_candidate

EXAMPLE_ROWS = 5
# What a service needs to load the model; the versions are those of the lock file.
REQUIREMENTS = ("mlflow", "numpy", "pandas", "scikit-learn", "xgboost")


def run(context: JobContext) -> JobResult:
    """Registers one version per run key, under the alias `candidate`; refuses where a feature gives the label away."""
    client = connect(context.model.environment)
    versions = Versions(client, context.names.registered_model)
    if done := _registered(context, client, versions):
        versions.point(CANDIDATE, done.number)
        return _result(context, done, {})
    config, columns = context.model.config, context.model.feature_columns
    with context.step("read rows"):
        rows_version, origin = context.tables.written(context.names.training_rows, {"as_of": context.as_of})
        if origin["config_digest"] != context.model.digest:
            raise ConfigError(
                f"the configuration changed since the rows of {context.as_of} were gated: gate them again."
            )
        rows = gather_rows(context.tables, config, columns, context.as_of, rows_version)
    if refusals := _refusals(context, rows.parts[TRAIN], rows.counts):
        return context.result(Verdict.REFUSED, reasons=refusals, rows=rows.counts)
    task, seed = template_of(config.task.kind), config.validation.seed
    train = TrainingSet.of(rows.parts[TRAIN], config, columns)
    trainer, search = _choose_trainer(context, train)
    with context.step("fit"):
        build = partial(build_candidate, trainer, task.kind, columns, seed)
        candidate = fit_candidate(build, config, columns, rows, train)
        _require_answers(task, candidate, train.features)
        baseline = fit(lambda: task.build_baseline(columns, seed), config, train)
    prior, told = float(train.label.mean()), {DISTRIBUTED: rows.told} if rows.told else {}
    with context.step("log"), job_run(client, context, "train") as mlflow_run:
        mlflow.set_tags(told)
        _log_origin(context, trainer, {f"data.{context.names.training_rows}": rows_version} | _origins(origin))
        mlflow.log_metrics({f"rows.{part}": float(count) for part, count in rows.counts.items()} | {"prior": prior})
        if search:
            log_search(client, mlflow_run, search)
        models = {CANDIDATE_MODEL: candidate, BASELINE_MODEL: baseline}
        uris = {
            name: _log_model(name, model, train.features, task, context.spec.model) for name, model in models.items()
        }
    tags = {
        "toile.run_key": context.spec.run_key,
        "toile.as_of": context.as_of,
        "toile.rows_version": str(rows_version),
        "toile.config_digest": context.model.digest,
        "toile.baseline_uri": uris[BASELINE_MODEL],
        "toile.prior": repr(prior),
        "toile.mlflow_run": run_path(mlflow_run),
        "toile.code_commit": code_commit(context.model.environment),
        "toile.lock_digest": lock_digest(),
        "toile.trainer": trainer.model_dump_json(),
        **told,
    }
    version = versions.register(uris[CANDIDATE_MODEL], mlflow_run.info.run_id, tags)
    versions.point(CANDIDATE, version.number)
    fact = Fact(as_of=context.spec.as_of, version=version.number, mlflow_run=run_path(mlflow_run))
    note(client, mlflow_run.info.experiment_id, "train", fact)
    return _result(context, version, rows.counts)


def _registered(context: JobContext, client: MlflowClient, versions: Versions) -> Version | None:
    """What an earlier try with this run key has registered."""
    runs = find_runs(client, context.names.experiment, run_key=context.spec.run_key, kind="train")
    return next(filter(None, (versions.by_run(run.info.run_id) for run in runs)), None)


def _choose_trainer(context: JobContext, train: TrainingSet) -> tuple[Trainer, SearchReport | None]:
    """The trainer with the parameters that stand in the file, or with those that a search finds."""
    config, columns = context.model.config, context.model.feature_columns
    if config.search is None:
        return config.trainer, None

    def build(params: Params) -> Any:
        trainer = config.trainer.model_copy(update={"params": params})
        return build_candidate(trainer, config.task.kind, columns, config.validation.seed)

    with context.step("search"):
        report = search_params(config, config.search, train, build)
    return config.trainer.model_copy(update={"params": report.params}), report


def _refusals(context: JobContext, train: pd.DataFrame, counts: dict[str, int]) -> list[str]:
    label = context.model.config.task.label
    for part, count in counts.items():
        if not count:
            return [f"there are no {part} rows as of {context.as_of}: the data before it is too short for the split"]
    task = template_of(context.model.config.task.kind)
    if faults := task.find_label_faults(train[label].to_numpy(dtype=float, na_value=np.nan)):
        raise DataError(f"training rows: {label}: {faults}.")
    for name in context.model.config.training_data.given:
        if unknown := int(train[name].isna().sum()):
            # A gap says that it was observed, not decided, and so may give the label away.
            told = f"{unknown:,} of {len(train):,} training rows"
            return [f"{name} is given, and missing in {told}: what is decided is decided for all"]
    return task.refuse_training(train, label, context.model.feature_columns)


def _log_origin(context: JobContext, trainer: Trainer, versions: dict[str, Any]) -> None:
    """What `toile reproduce` trains again from: the trainer as it was fitted, the columns, the versions of the data."""
    config = context.model.config.model_copy(update={"trainer": trainer, "search": None})
    mlflow.log_params({**_flat("trainer", trainer.model_dump()), "seed": config.validation.seed, **versions})
    mlflow.log_text(config.model_dump_json(indent=2), CONFIG)
    mlflow.log_dict(context.model.feature_columns, COLUMNS)


def _origins(origin: dict[str, str]) -> dict[str, str]:
    return {f"origin.{name}": value for name, value in origin.items()}


def _flat(prefix: str, values: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = {}
    for name, value in values.items():
        found |= _flat(f"{prefix}.{name}", value) if isinstance(value, dict) else {f"{prefix}.{name}": value}
    return found


def _require_answers(task: Template, estimator: Any, features: pd.DataFrame) -> None:
    """Raises a ConfigError where the fitted estimator does not answer as its task asks."""
    try:
        faults = task.find_value_faults(task.predict(estimator, features.head(EXAMPLE_ROWS)).value)
    except ValueError as error:
        faults = str(error)
    if faults:
        raise ConfigError(f"trainer: the fitted estimator does not answer as a {task.kind} asks: {faults}.")


def _log_model(name: str, model: Any, features: pd.DataFrame, task: Template, owner: str) -> str:
    """Logs the estimator, and what it shows of itself, such as the coefficients of a linear one."""
    for file, text in (model.artifacts(f"{owner}, {name}") if hasattr(model, "artifacts") else {}).items():
        mlflow.log_text(text, f"{name}/{file}")
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
        Verdict.PASSED, reasons=[text for name, text in version.tags.items() if name == DISTRIBUTED],
        model_version=version.number, mlflow_run_id=version.mlflow_run_id, rows=counts,
        outputs={"model": f"models:/{context.names.registered_model}/{version.number}",
                 "mlflow_run": version.tags["toile.mlflow_run"]},
    )  # fmt: skip
