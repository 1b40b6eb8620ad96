"""Probabilities that are too sure of themselves, and what calibration makes of them on fresh rows."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from toile.errors import DataError
from toile.tasks import template_of
from toile.tasks.classification.calibration import Calibrated, Method
from toile.tasks.predictions import Array, Predictions

TASK = template_of("classification")


class TooSure:
    """Knows what speaks for 1, counts it thrice, and adds a constant."""

    def predict_proba(self, features: pd.DataFrame) -> Any:
        chance = 1 / (1 + np.exp(-3 * features["logit"].to_numpy() - 1))
        return np.column_stack([1 - chance, chance])


def draw(seed: int, rows: int = 4000) -> tuple[pd.DataFrame, Array]:
    generator = np.random.default_rng(seed)
    logit = generator.normal(-1, 1.5, rows)
    return pd.DataFrame({"logit": logit}), (generator.random(rows) < 1 / (1 + np.exp(-logit))).astype(float)


def learn(method: Method, seed: int = 0) -> Calibrated:
    features, label = draw(seed)
    return Calibrated.learn(method, TooSure(), TASK.predict(TooSure(), features), label)


def measure(metric: str, answer: Predictions, label: Array) -> float:
    return float(TASK.metrics[metric].prepare(label, answer)(np.ones((len(label), 1)))[0])


@pytest.mark.parametrize("method", ["sigmoid", "isotonic"])
def test_probabilities_come_true_on_fresh_rows(method: Method) -> None:
    features, label = draw(seed=1)
    before, after = TASK.predict(TooSure(), features), TASK.predict(learn(method), features)
    assert TASK.find_value_faults(after.value) == ""
    assert measure("calibration_error", before, label) > 0.1
    assert measure("calibration_error", after, label) < 0.03
    assert measure("log_loss", after, label) < measure("log_loss", before, label)


def test_a_sigmoid_leaves_every_rank_and_undoes_what_was_overdone() -> None:
    features = pd.DataFrame({"logit": np.linspace(-4, 4, 1001)})
    calibrated = learn("sigmoid")
    assert (np.diff(TASK.predict(calibrated, features).value) > 0).all()
    assert calibrated.curve.coef_[0][0] == pytest.approx(1 / 3, abs=0.04)


@pytest.mark.parametrize(("method", "needed"), [("sigmoid", 20), ("isotonic", 200)])
@pytest.mark.parametrize("rarer", [0.0, 1.0])
def test_too_few_rows_of_the_rarer_label_are_told_in_words(method: Method, needed: int, rarer: float) -> None:
    label = np.full(1000, 1 - rarer)
    label[: needed - 1] = rarer
    with pytest.raises(DataError, match=rf"hold {needed - 1} of the rarer label, and {method} needs {needed}\. Take a"):
        Calibrated.learn(method, TooSure(), Predictions.of(np.linspace(0, 1, 1000)), label)
