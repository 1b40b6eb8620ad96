"""Estimators made from the configuration: each a scikit-learn pipeline from raw feature columns to a probability."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

from toile.config.model import XGBoost
from toile.config.problems import did_you_mean
from toile.errors import ConfigError

RARE = 20


def build_candidate(trainer: XGBoost, columns: Mapping[str, str], seed: int) -> Pipeline:
    """The estimator that the model file asks for; missing numbers are left to the trees.

    Raises:
        ConfigError: XGBoost knows no parameter of such a name.
    """
    from xgboost import XGBClassifier

    known = set(XGBClassifier().get_params())
    for name in trainer.params:
        if name not in known:
            raise ConfigError(f"trainer.params.{name}: XGBoost has no such parameter. {did_you_mean(name, known)}")
    settings: dict[str, Any] = {"n_jobs": 2, "random_state": seed, "eval_metric": "logloss", **trainer.params}
    return Pipeline([("columns", _columns(columns, "passthrough")), ("model", XGBClassifier(**settings))])


def build_baseline(columns: Mapping[str, str], seed: int) -> Pipeline:
    """The transparent reference: a logistic regression on standardised features, their long tails tamed by arcsinh."""
    numbers = make_pipeline(
        SimpleImputer(strategy="median", keep_empty_features=True), FunctionTransformer(np.arcsinh), StandardScaler()
    )
    model = LogisticRegression(max_iter=2000, random_state=seed)
    return Pipeline([("columns", _columns(columns, numbers)), ("model", model)])


def _columns(columns: Mapping[str, str], numbers: Any) -> ColumnTransformer:
    words = [name for name, kind in columns.items() if kind == "string"]
    other = [name for name in columns if name not in words]
    encoder = OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=RARE, sparse_output=False)
    filled = make_pipeline(SimpleImputer(strategy="constant", fill_value="(missing)"), encoder)
    return ColumnTransformer([("numbers", numbers, other), ("words", filled, words)])
