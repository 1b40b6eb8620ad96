"""Looks for a trainer's parameters on the training rows alone: fitted on earlier rows, judged on later ones."""

import time
from collections.abc import Callable, Sequence
from functools import partial
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from pydantic import BaseModel, ConfigDict

from toile.config.model import ModelConfig, Params
from toile.config.search import Choices, Search, Span
from toile.errors import ConfigError
from toile.tasks import template_of
from toile.tasks.template import Template
from toile.training.fit import TimeFold, TrainingSet

if TYPE_CHECKING:
    from optuna import Trial as Asked

NEWER_HALF, MAX_FAILURE = 0.5, 500
Value = int | float | str | bool
Judge = Callable[[Callable[[], Any]], tuple[float, float]]
"""Of what builds an estimator: the metric's mean over the folds, and the same turned so that more is better."""


class Trial(BaseModel):
    """One setting of the parameters: the metric's mean over the folds, or why the fit failed."""

    model_config = ConfigDict(frozen=True)

    params: Params
    value: float | None = None
    merit: float | None = None
    """The value, turned so that more is better."""
    seconds: float
    failure: str = ""


class SearchReport(BaseModel):
    """Every trial of a search in its order, and the parameters of the best."""

    model_config = ConfigDict(frozen=True)

    metric: str
    folds: int
    trials: list[Trial]
    params: Params


def search_params(
    config: ModelConfig, search: Search, rows: TrainingSet, build: Callable[[Params], Any]
) -> SearchReport:
    """The parameters with the best mean of the first gate's metric over the folds; the file's own are the first trial.

    `build` gives an unfitted estimator of some parameters. Equal seeds give equal trials, as long as time is not short.

    Raises:
        ConfigError: the rows span too little time for a fold, or no trial could be fitted.
    """
    import optuna

    folds = list(rows.part_in_time(NEWER_HALF, config.task.label_delay, search.folds))
    if not folds:
        raise ConfigError("search: the training rows span too little time for a fold. Lengthen training_data.window.")
    metric, own = config.gates[0].metric, dict(getattr(config.trainer, "params", {}))
    judge = partial(_judge, folds, template_of(config.task.kind), metric)
    trials: list[Trial] = []

    def measure(asked: "Asked") -> float:
        # The file's own values may lie outside of what is searched, or be left to the library: Optuna hears of neither.
        params = own | {name: _suggest(asked, name, among) for name, among in search.params.items()} if trials else own
        trials.append(_try(params, build, judge))
        print(f"[train] trial {len(trials)} of {search.trials}: {_tell(trials[-1], metric)}", flush=True)  # noqa: T201
        return np.nan if trials[-1].merit is None else trials[-1].merit

    optuna.logging.set_verbosity(optuna.logging.ERROR)
    study = optuna.create_study(direction="maximize", sampler=optuna.samplers.TPESampler(seed=config.validation.seed))
    study.optimize(measure, n_trials=search.trials, timeout=search.minutes * 60)
    fitted = [trial for trial in trials if trial.merit is not None]
    if not fitted:
        raise ConfigError(f"search: none of {len(trials)} trials could be fitted. The first: {trials[0].failure}")
    best = max(fitted, key=lambda trial: trial.merit or 0.0)
    return SearchReport(metric=metric, folds=len(folds), trials=trials, params=best.params)


def _suggest(asked: "Asked", name: str, among: Span | Choices) -> Value:
    if isinstance(among, Choices):
        return cast(Value, asked.suggest_categorical(name, among.choices))
    if isinstance(among.low, int) and isinstance(among.high, int):
        return asked.suggest_int(name, among.low, among.high, log=among.log)
    return asked.suggest_float(name, among.low, among.high, log=among.log)


def _try(
    params: Params, build: Callable[[Params], Any], judge: Callable[[Callable[[], Any]], tuple[float, float]]
) -> Trial:
    started = time.perf_counter()
    try:
        value, merit = judge(partial(build, params))
    except Exception as error:  # a setting that the library refuses has lost, and the others go on
        failure = f"{type(error).__name__}: {error}".splitlines()[0][:MAX_FAILURE]
        return Trial(params=params, seconds=time.perf_counter() - started, failure=failure)
    if not np.isfinite(merit):
        return Trial(params=params, seconds=time.perf_counter() - started, failure="the metric is undefined")
    return Trial(params=params, value=value, merit=merit, seconds=time.perf_counter() - started)


def _judge(folds: Sequence[TimeFold], task: Template, metric: str, build: Callable[[], Any]) -> tuple[float, float]:
    values = []
    for fold in folds:
        estimator = build()
        estimator.fit(fold.earlier.features, fold.earlier.label)
        foretold = task.predict(estimator, fold.later.features)
        label, scale = fold.later.label.to_numpy(dtype=float), task.scale_of(fold.later.features)
        values.append(float(task.metrics[metric].measure(label, foretold, scale)(np.ones((len(label), 1)))[0]))
    return float(np.mean(values)), float(np.mean(task.merit(metric, np.array(values))))


def _tell(trial: Trial, metric: str) -> str:
    return trial.failure or f"{metric} {trial.value:.4f} in {trial.seconds:.1f} s"
