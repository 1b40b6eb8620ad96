"""The metrics that gates may name, each computed for many bootstrap resamples at once.

A metric is prepared once per model (the sorting) and then measured under any weights of the rows: an array of shape
(rows, resamples) gives one value per resample, NaN where the metric is undefined (one class only).
"""

from collections.abc import Callable

import numpy as np
import numpy.typing as npt

from toile.evaluation.holdout import Predictions
from toile.evaluation.interval import Array

Measure = Callable[[Array], Array]

CALIBRATION_BINS = 10
RANKING = ("roc_auc", "average_precision")
TITLES = {
    "roc_auc": "ROC AUC",
    "average_precision": "Average precision",
    "log_loss": "Log loss",
    "brier": "Brier score",
    "calibration_error": "Calibration error",
}


def prepare(metric: str, label: Array, predictions: Predictions) -> Measure:
    """The measure of one metric for one model; ranking metrics read its rank, the others its probability."""
    if metric in _OF_RANK:
        return _OF_RANK[metric](label, predictions.rank)
    return _OF_PROBABILITY[metric](label, predictions.probability)


def roc_auc(label: Array, rank: Array) -> Measure:
    """The chance that a positive row outranks a negative one, ties counting half (Mann-Whitney)."""
    positive, negative = np.flatnonzero(label == 1), np.flatnonzero(label == 0)
    negative = negative[np.argsort(rank[negative], kind="stable")]
    below = np.searchsorted(rank[negative], rank[positive], side="left")
    not_above = np.searchsorted(rank[negative], rank[positive], side="right")

    def measure(weights: Array) -> Array:
        beaten = _cumulate(weights[negative])
        wins = beaten[below]
        wins += beaten[not_above]
        mass = weights[positive]
        return _ratio(np.einsum("ij,ij->j", mass, wins) / 2, mass.sum(axis=0) * beaten[-1])

    return measure


def average_precision(label: Array, rank: Array) -> Measure:
    """The sum of (R_k - R_{k-1}) P_k, recall and precision, over distinct ranks k; scikit-learn's definition."""
    positive = np.flatnonzero(label == 1)
    order = np.argsort(-rank, kind="stable")
    end = np.searchsorted(-rank[order], -rank[positive], side="right")
    hit = label[order][:, None]

    def measure(weights: Array) -> Array:
        ranked = weights[order]
        drawn = _cumulate(ranked)[end]
        ranked *= hit
        hits = _cumulate(ranked)[end]
        # A tie group of weight zero has no precision; its positives weigh nothing either.
        precision = np.divide(hits, drawn, out=hits, where=drawn > 0)
        mass = weights[positive]
        total = mass.sum(axis=0)
        both_classes = weights.sum(axis=0) > total
        return _ratio(np.einsum("ij,ij->j", mass, precision), total * both_classes)

    return measure


def log_loss(label: Array, probability: Array) -> Measure:
    """The mean negative log-likelihood in nats; probabilities are kept an epsilon (2.2e-16) off 0 and 1."""
    epsilon = np.finfo(np.float64).eps
    kept = np.clip(probability, epsilon, 1 - epsilon)
    return _mean(-np.where(label == 1, np.log(kept), np.log1p(-kept)))


def brier(label: Array, probability: Array) -> Measure:
    """The mean squared distance of probability and outcome (Brier 1950, for two classes counted once)."""
    return _mean((label - probability) ** 2)


def calibration_error(label: Array, probability: Array) -> Measure:
    """The expected calibration error, sum_b w_b |mean label_b - mean probability_b| (Naeini et al. 2015).

    The 10 bins hold equal shares of the unweighted rows and stay fixed over resamples. Noise within bins can only add
    to this error, so that the resamples, and with them the interval, lie high.
    """
    bins = calibration_bins(probability)
    order = np.argsort(bins, kind="stable")
    starts = np.unique(bins[order], return_index=True)[1]
    gap = (label - probability)[order][:, None]

    def measure(weights: Array) -> Array:
        surplus = np.add.reduceat(weights[order] * gap, starts, axis=0)
        return _ratio(np.abs(surplus).sum(axis=0), weights.sum(axis=0))

    return measure


def calibration_bins(probability: Array) -> npt.NDArray[np.intp]:
    """The number of each row's bin: ten bins of equal shares of rows, equal probabilities never parted."""
    edges = np.quantile(probability, np.linspace(0, 1, CALIBRATION_BINS + 1)[1:-1])
    return np.searchsorted(np.unique(edges), probability, side="left")


_OF_RANK = {"roc_auc": roc_auc, "average_precision": average_precision}
_OF_PROBABILITY = {"log_loss": log_loss, "brier": brier, "calibration_error": calibration_error}


def _mean(loss: Array) -> Measure:
    return lambda weights: _ratio(loss @ weights, weights.sum(axis=0))


def _cumulate(weights: Array) -> Array:
    """Running sums down the rows, beginning with a row of zeros."""
    sums = np.zeros((len(weights) + 1, weights.shape[1]))
    np.cumsum(weights, axis=0, out=sums[1:])
    return sums


def _ratio(above: Array, below: Array) -> Array:
    quotient: Array = np.divide(above, below, out=np.full(len(below), np.nan), where=below > 0)
    return quotient
