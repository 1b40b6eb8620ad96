"""Metrics of yes-or-no questions, each computed for many resamples at once (see `toile.tasks.template.Measure`).

Ranking metrics read a model's rank, the others its probability.
"""

from collections.abc import Callable

import numpy as np

from toile.tasks.predictions import Array, Predictions, equal_bins
from toile.tasks.template import Measure, Metric, ratio


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
        return ratio(np.einsum("ij,ij->j", mass, wins) / 2, mass.sum(axis=0) * beaten[-1])

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
        return ratio(np.einsum("ij,ij->j", mass, precision), total * both_classes)

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
    bins = equal_bins(probability)
    order = np.argsort(bins, kind="stable")
    starts = np.unique(bins[order], return_index=True)[1]
    gap = (label - probability)[order][:, None]

    def measure(weights: Array) -> Array:
        surplus = np.add.reduceat(weights[order] * gap, starts, axis=0)
        return ratio(np.abs(surplus).sum(axis=0), weights.sum(axis=0))

    return measure


def _mean(loss: Array) -> Measure:
    return lambda weights: ratio(loss @ weights, weights.sum(axis=0))


def _cumulate(weights: Array) -> Array:
    """Running sums down the rows, beginning with a row of zeros."""
    sums = np.zeros((len(weights) + 1, weights.shape[1]))
    np.cumsum(weights, axis=0, out=sums[1:])
    return sums


def _of_rank(metric: Callable[[Array, Array], Measure]) -> Callable[[Array, Predictions], Measure]:
    return lambda label, predictions: metric(label, predictions.rank)


def _of_value(metric: Callable[[Array, Array], Measure]) -> Callable[[Array, Predictions], Measure]:
    return lambda label, predictions: metric(label, predictions.value)


METRICS = {
    "roc_auc": Metric("ROC AUC", _of_rank(roc_auc), needs_both_classes=True),
    "average_precision": Metric("Average precision", _of_rank(average_precision), needs_both_classes=True),
    "log_loss": Metric("Log loss", _of_value(log_loss)),
    "brier": Metric("Brier score", _of_value(brier)),
    "calibration_error": Metric("Calibration error", _of_value(calibration_error)),
}
