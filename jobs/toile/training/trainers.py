"""Estimators made from the configuration: each takes raw feature columns and answers as its task asks.

An estimator has scikit-learn's `fit(features, labels)` and the task's `predict` or `predict_proba`.
"""

from collections.abc import Callable, Collection, Mapping
from typing import Any

from sklearn.pipeline import Pipeline

from toile.config.model import CustomTrainer, LinearTrainer, SklearnTrainer, Trainer, XGBoost
from toile.config.problems import did_you_mean
from toile.errors import ConfigError
from toile.features.references import resolve
from toile.training.columns import prepare_columns, standardise

# What certain objectives take besides; XGBoost's scikit-learn interface passes them on without listing them.
_OF_OBJECTIVES = ("tweedie_variance_power", "huber_slope", "quantile_alpha", "expectile_alpha")


def build_candidate(trainer: Trainer, task: str, columns: Mapping[str, str], seed: int) -> Any:
    """The unfitted estimator that the model file asks for.

    Raises:
        ConfigError: what the file names cannot be imported or built, or does not answer as the task asks.
    """
    build: Callable[[Any, str, Mapping[str, str], int], Any] = _BUILD[type(trainer)]
    return build(trainer, task, columns, seed)


def _build_xgboost(trainer: XGBoost, task: str, columns: Mapping[str, str], seed: int) -> Pipeline:
    """Boosted trees; missing numbers are left to them."""
    from xgboost import XGBClassifier, XGBRegressor

    estimator, metric = (XGBClassifier, "logloss") if task == "classification" else (XGBRegressor, "rmse")
    settings = {"n_jobs": 2, "random_state": seed, "eval_metric": metric, **trainer.params}
    _require_known(trainer.params, {*estimator().get_params(), *_OF_OBJECTIVES}, "XGBoost")
    return Pipeline([("columns", prepare_columns(columns, "passthrough")), ("model", estimator(**settings))])


def _build_sklearn(trainer: SklearnTrainer, task: str, columns: Mapping[str, str], seed: int) -> Pipeline:
    """Any estimator by its import path, on standardised numbers and one column per word."""
    estimator = resolve(trainer.estimator)
    known = estimator().get_params()
    _require_known(trainer.params, known, trainer.estimator)
    seeded = {"random_state": seed} if "random_state" in known else {}
    model = estimator(**{**seeded, **trainer.params})
    needed = "predict_proba" if task == "classification" else "predict"
    if not hasattr(model, needed):
        raise ConfigError(f"trainer.estimator: {trainer.estimator} has no {needed}, which {task} asks for.")
    return Pipeline([("columns", prepare_columns(columns, standardise())), ("model", model)])


def _build_custom(trainer: CustomTrainer, task: str, columns: Mapping[str, str], seed: int) -> Any:  # noqa: ARG001
    """The squad's own: `build(columns, seed, **params)` returns the estimator, which is given the raw columns."""
    return resolve(trainer.build)(dict(columns), seed, **trainer.params)


def _build_linear(trainer: LinearTrainer, task: str, columns: Mapping[str, str], seed: int) -> Any:  # noqa: ARG001
    from toile.training.linear import LinearRegression

    return LinearRegression(
        dict(columns), ridge=trainer.ridge, solver=trainer.solver, seed=seed, slopes=dict(trainer.slopes)
    )


_BUILD: dict[type, Callable[..., Any]] = {
    XGBoost: _build_xgboost,
    SklearnTrainer: _build_sklearn,
    CustomTrainer: _build_custom,
    LinearTrainer: _build_linear,
}


def _require_known(params: Mapping[str, Any], known: Collection[str], library: str) -> None:
    for name in params:
        if name not in known:
            raise ConfigError(f"trainer.params.{name}: {library} has no such parameter. {did_you_mean(name, known)}")
