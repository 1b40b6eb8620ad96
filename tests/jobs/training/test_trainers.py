"""Every trainer on rows as they come: gaps, constants, words never seen."""

from collections.abc import Callable
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pydantic import TypeAdapter
from sklearn.base import BaseEstimator
from sklearn.linear_model import LogisticRegression, Ridge
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import FunctionTransformer

from toile.config.model import Trainer
from toile.errors import ConfigError, DataError
from toile.tasks import template_of
from toile.tasks.predictions import Array
from toile.training.rows import features_of
from toile.training.trainers import build_candidate

COLUMNS = {"spend": "double", "orders": "long", "is_member": "boolean", "country": "string"}
TRAINERS: dict[str, dict[str, dict[str, Any]]] = {
    "xgboost": {
        "classification": {"kind": "xgboost", "params": {"n_estimators": 20}},
        "regression": {"kind": "xgboost", "params": {"n_estimators": 20, "objective": "reg:tweedie"}},
    },
    "sklearn": {
        "classification": {"kind": "sklearn", "estimator": "sklearn.linear_model:LogisticRegression"},
        "regression": {"kind": "sklearn", "estimator": "sklearn.ensemble:RandomForestRegressor"},
    },
    "custom": {
        "classification": {"kind": "custom", "build": f"{__name__}:build_classifier", "params": {"C": 0.5}},
        "regression": {"kind": "custom", "build": f"{__name__}:build_regressor"},
    },
    "linear": {"regression": {"kind": "linear", "ridge": 0.1}},
}
for _tasks in TRAINERS.values():  # a forecast is fitted as a regression is
    _tasks["forecast"] = _tasks["regression"]
CASES = [(kind, task) for kind, tasks in TRAINERS.items() for task in tasks]


def build_classifier(columns: dict[str, str], seed: int, C: float) -> BaseEstimator:  # noqa: N803
    numbers = [name for name, kind in columns.items() if kind != "string"]
    return make_pipeline(FunctionTransformer(_fill, kw_args={"numbers": numbers}), LogisticRegression(C=C))


def build_regressor(columns: dict[str, str], seed: int) -> BaseEstimator:
    numbers = [name for name, kind in columns.items() if kind != "string"]
    return make_pipeline(FunctionTransformer(_fill, kw_args={"numbers": numbers}), Ridge())


def _fill(frame: pd.DataFrame, numbers: list[str]) -> pd.DataFrame:
    return frame[numbers].fillna(0.0)


def rows(count: int = 200) -> pd.DataFrame:
    generator = np.random.default_rng(0)
    return pd.DataFrame(
        {
            "spend": generator.gamma(2, 50, count),
            "orders": generator.integers(1, 9, count),
            "is_member": generator.random(count) < 0.5,
            "country": generator.choice(["France", "Spain"], count),
        }
    )


def fit(kind: str, task: str, frame: pd.DataFrame) -> Callable[[pd.DataFrame], Array]:
    trainer: Trainer = TypeAdapter(Trainer).validate_python(TRAINERS[kind][task])
    label = frame["spend"].fillna(0) + 10 * frame["orders"].fillna(0)
    answer = (label > label.median()).astype(int) if task == "classification" else label
    estimator = build_candidate(trainer, task, COLUMNS, seed=0)
    estimator.fit(features_of(frame, COLUMNS), answer)
    return lambda other: template_of(task).predict(estimator, features_of(other, COLUMNS)).value


@pytest.mark.parametrize(("kind", "task"), CASES)
@pytest.mark.parametrize(
    "spoil",
    [
        lambda frame: frame,
        lambda frame: frame.assign(spend=frame["spend"].where(frame.index % 3 > 0)),
        lambda frame: frame.assign(orders=np.nan),
        lambda frame: frame.assign(orders=1),
        lambda frame: frame.assign(country=frame["country"].where(frame.index % 3 > 0)),
    ],
    ids=["sound", "gaps", "all null", "constant", "words missing"],
)
def test_a_model_answers_every_row_as_its_task_asks(
    kind: str, task: str, spoil: Callable[[pd.DataFrame], pd.DataFrame]
) -> None:
    frame = spoil(rows())
    answer = fit(kind, task, frame)(frame.assign(country="Atlantis"))
    assert len(answer) == len(frame)
    assert template_of(task).find_value_faults(answer) == ""


@pytest.mark.parametrize(("kind", "task"), CASES)
def test_a_model_learns_and_is_the_same_each_time(kind: str, task: str) -> None:
    frame = rows()
    first, second = (fit(kind, task, frame)(frame) for _ in range(2))
    np.testing.assert_array_equal(first, second)
    assert np.corrcoef(first, frame["spend"])[0, 1] > 0.5


def test_infinite_values_are_an_error_that_names_the_column() -> None:
    with pytest.raises(DataError, match=r"infinite values in spend \(1\)\."):
        features_of(rows().assign(spend=lambda frame: frame["spend"].where(frame.index > 0, np.inf)), COLUMNS)


@pytest.mark.parametrize(
    ("given", "message"),
    [
        ({"kind": "xgboost", "params": {"max_dept": 3}}, "max_dept: XGBoost has no such parameter. Did you mean"),
        ({"kind": "sklearn", "estimator": "sklearn.linear_model:Rigde"}, "Did you mean 'Ridge'"),
        ({"kind": "sklearn", "estimator": "sklearn.linear_model:Ridge"}, "has no predict_proba, which classification"),
        ({"kind": "custom", "build": "nowhere:build"}, "nowhere"),
    ],
)
def test_a_trainer_that_cannot_be_built_says_why(given: dict[str, Any], message: str) -> None:
    trainer: Trainer = TypeAdapter(Trainer).validate_python(given)
    with pytest.raises(ConfigError, match=message):
        build_candidate(trainer, "classification", COLUMNS, seed=0)


@pytest.mark.parametrize("task", ["classification", "regression", "forecast"])
def test_rows_with_one_label_have_nothing_to_teach(task: str) -> None:
    frame = rows(1).assign(label=1)
    assert "nothing to learn" in template_of(task).refuse_training(frame, "label", COLUMNS)[0]


@pytest.mark.parametrize("task", ["classification", "regression", "forecast"])
def test_a_feature_that_gives_the_label_away_is_named(task: str) -> None:
    frame = rows()
    label = (frame["spend"] > 80).astype(int) if task == "classification" else 3 * frame["spend"]
    (told,) = template_of(task).refuse_training(frame.assign(label=label), "label", COLUMNS)
    assert told.startswith("leak suspected: spend alone ranks the label")


@pytest.mark.parametrize("task", ["classification", "regression"])
def test_a_feature_of_which_little_is_known_gives_nothing_away(task: str) -> None:
    frame = rows()
    label = (frame["spend"] > 80).astype(int) if task == "classification" else frame["orders"] * 10.0
    few = frame.assign(spend=frame["spend"].where(frame.index < 10), orders=1, label=label)
    assert template_of(task).refuse_training(few, "label", COLUMNS) == []
