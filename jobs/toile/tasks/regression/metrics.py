"""Metrics of quantities, each computed for many bootstrap resamples at once (see `toile.tasks.template.Measure`)."""

import numpy as np

from toile.tasks.predictions import Array, Predictions
from toile.tasks.template import Measure, Metric, ratio


def mae(label: Array, predictions: Predictions) -> Measure:
    """The mean absolute error, in the label's unit."""
    error = np.abs(predictions.value - label)
    return lambda weights: ratio(error @ weights, weights.sum(axis=0))


def rmse(label: Array, predictions: Predictions) -> Measure:
    """The root of the mean squared error, in the label's unit."""
    error = (predictions.value - label) ** 2
    return lambda weights: np.sqrt(ratio(error @ weights, weights.sum(axis=0)))


def wape(label: Array, predictions: Predictions) -> Measure:
    """Absolute errors as a share of the absolute labels, sum |p - y| / sum |y| (Kolassa and Schuetz 2007).

    The median minimises it: where labels are mostly zero it rewards predictions that are too low. Gate the bias too.
    """
    error, size = np.abs(predictions.value - label), np.abs(label)
    return lambda weights: ratio(error @ weights, size @ weights)


def bias(label: Array, predictions: Predictions) -> Measure:
    """What is predicted too much (+) or too little (-), as a share of the absolute labels: sum (p - y) / sum |y|."""
    error, size = predictions.value - label, np.abs(label)
    return lambda weights: ratio(error @ weights, size @ weights)


def r2(label: Array, predictions: Predictions) -> Measure:
    """The share of the labels' variance that is explained; negative where their mean would do better."""
    # Shifted by the mean, or else large labels of small variance would lose their digits.
    shifted = label - label.mean()
    squared, error = shifted**2, (predictions.value - label) ** 2

    def measure(weights: Array) -> Array:
        rows = weights.sum(axis=0)
        spread = squared @ weights - ratio((shifted @ weights) ** 2, rows)
        return 1 - ratio(error @ weights, spread)

    return measure


METRICS = {
    "mae": Metric("Mean absolute error", mae),
    "rmse": Metric("Root mean squared error", rmse),
    "wape": Metric("WAPE", wape),
    "bias": Metric("Bias", bias),
    "r2": Metric("R\u00b2", r2),
}
