from collections.abc import Callable

import numpy as np
import pytest
from sklearn.metrics import average_precision_score, brier_score_loss, log_loss, roc_auc_score

from toile.tasks.classification import metrics
from toile.tasks.predictions import Array, Predictions, equal_bins

LABELS = [0, 1]


def simulate(seed: int, decimals: int) -> tuple[Array, Array, Array]:
    """Labels, predictions (rounded, so that they tie) and three resamples' weights with zeros among them."""
    generator = np.random.default_rng(seed)
    predictions = np.round(generator.random(400), decimals)
    label = (generator.random(400) < predictions).astype(float)
    return label, predictions, generator.poisson(1, size=(400, 3)).astype(float)


@pytest.mark.parametrize("decimals", [1, 2, 12])
@pytest.mark.parametrize("seed", range(5))
@pytest.mark.parametrize(
    ("metric", "reference"),
    [
        ("roc_auc", roc_auc_score),
        ("average_precision", average_precision_score),
        ("log_loss", lambda y, p, sample_weight: log_loss(y, p, sample_weight=sample_weight, labels=LABELS)),
        ("brier", brier_score_loss),
    ],
)
def test_metric_agrees_with_scikit_learn_under_weights_and_ties(
    metric: str, reference: Callable[..., float], seed: int, decimals: int
) -> None:
    label, predictions, weights = simulate(seed, decimals)
    ours = metrics.METRICS[metric].prepare(label, Predictions.of(predictions))(weights)
    theirs = [reference(label, predictions, sample_weight=column) for column in weights.T]
    np.testing.assert_allclose(ours, theirs, rtol=0, atol=1e-12)


@pytest.mark.parametrize("decimals", [1, 12])
def test_calibration_error_follows_its_formula_under_weights(decimals: int) -> None:
    label, predictions, weights = simulate(1, decimals)
    edges = np.unique(np.quantile(predictions, np.arange(1, 10) / 10))
    expected = []
    for column in weights.T:
        error = 0.0
        for number in range(len(edges) + 1):
            inside = np.array([int((edges < p).sum()) == number for p in predictions])
            mass = column[inside].sum()
            if mass:
                mean_label = np.average(label[inside], weights=column[inside])
                mean_prediction = np.average(predictions[inside], weights=column[inside])
                error += mass / column.sum() * abs(mean_label - mean_prediction)
        expected.append(error)
    np.testing.assert_allclose(metrics.calibration_error(label, predictions)(weights), expected, rtol=0, atol=1e-12)


def test_calibration_bins_hold_equal_shares_of_the_rows() -> None:
    counts = np.bincount(equal_bins(np.random.default_rng(0).random(1000)))
    assert counts.tolist() == [100] * 10


def test_a_constant_probability_is_one_bin_and_no_better_than_chance() -> None:
    label, _, weights = simulate(0, 2)
    constant = Predictions.of(np.full(len(label), 0.25))
    np.testing.assert_allclose(metrics.METRICS["roc_auc"].prepare(label, constant)(weights), 0.5)
    share = (label @ weights) / weights.sum(axis=0)
    np.testing.assert_allclose(
        metrics.METRICS["calibration_error"].prepare(label, constant)(weights), abs(share - 0.25)
    )


def test_a_rule_without_a_probability_is_ranked_by_its_rank_and_scored_by_its_prior() -> None:
    label, predictions, weights = simulate(0, 2)
    rule = Predictions.of_rule(-100 * predictions, prior=0.5)
    np.testing.assert_allclose(metrics.METRICS["brier"].prepare(label, rule)(weights), 0.25)
    expected = roc_auc_score(label, -predictions, sample_weight=weights[:, 0])
    assert metrics.METRICS["roc_auc"].prepare(label, rule)(weights)[0] == pytest.approx(expected)


@pytest.mark.parametrize("label", [0.0, 1.0])
def test_ranking_metrics_are_undefined_with_one_class_and_the_others_are_not(label: float) -> None:
    predictions = Predictions.of(np.linspace(0.1, 0.9, 20))
    for metric in metrics.METRICS.values():
        (value,) = metric.prepare(np.full(20, label), predictions)(np.ones((20, 1)))
        assert np.isnan(value) == metric.needs_both_classes
