from collections.abc import Callable

import numpy as np
import pytest
from sklearn.metrics import mean_absolute_error, r2_score, root_mean_squared_error

from toile.tasks import template_of
from toile.tasks.predictions import Array, Predictions
from toile.tasks.regression.metrics import METRICS


def simulate(seed: int, offset: float = 0.0) -> tuple[Array, Array, Array]:
    """Labels, half of them zero, predictions, and the weights of three resamples."""
    generator = np.random.default_rng(seed)
    label = offset + generator.gamma(2, 50, 400) * generator.integers(0, 2, 400)
    return label, label + generator.normal(5, 20, 400), generator.poisson(1, size=(400, 3)).astype(float)


def measure(metric: str, label: Array, values: Array, weights: Array) -> Array:
    return METRICS[metric].prepare(label, Predictions.of(values))(weights)


@pytest.mark.parametrize("seed", range(3))
@pytest.mark.parametrize(
    ("metric", "reference"), [("mae", mean_absolute_error), ("rmse", root_mean_squared_error), ("r2", r2_score)]
)
def test_metric_agrees_with_scikit_learn_under_weights(metric: str, reference: Callable[..., float], seed: int) -> None:
    label, values, weights = simulate(seed)
    theirs = [reference(label, values, sample_weight=column) for column in weights.T]
    np.testing.assert_allclose(measure(metric, label, values, weights), theirs, rtol=1e-12)


def test_large_labels_of_small_variance_keep_their_digits() -> None:
    label, values, weights = simulate(0)
    near = measure("r2", label, values, weights)
    np.testing.assert_allclose(measure("r2", label + 1e9, values + 1e9, weights), near, rtol=1e-6)


def test_wape_and_bias_are_shares_of_what_there_was() -> None:
    label, weights = np.array([0.0, 100.0, 300.0]), np.ones((3, 1))
    values = np.array([10.0, 50.0, 300.0])
    assert measure("wape", label, values, weights) == pytest.approx(60 / 400)
    assert measure("bias", label, values, weights) == pytest.approx(-40 / 400)


def test_shares_are_undefined_where_there_was_nothing() -> None:
    nothing, weights = np.zeros(3), np.ones((3, 1))
    assert np.isnan(measure("wape", nothing, np.ones(3), weights)).all()
    assert np.isnan(measure("r2", nothing, np.ones(3), weights)).all()


def test_a_bias_is_better_the_nearer_it_is_to_zero() -> None:
    task = template_of("regression")
    best_last = [task.merit("bias", np.array(value)) for value in (-0.3, 0.2, -0.1, 0.0)]
    assert best_last == sorted(best_last)
