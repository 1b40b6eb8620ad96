"""The points of the ROC, gains and reliability curves, few enough to travel in a report."""

import numpy as np
from pydantic import BaseModel, ConfigDict

from toile.tasks.predictions import Array, Predictions, equal_bins

MAX_ROC_POINTS = 80


class ReliabilityPoint(BaseModel):
    """One bin of equal mass: what was foretold, and what came."""

    model_config = ConfigDict(frozen=True)

    predicted: float
    observed: float
    rows: int


class Curves(BaseModel):
    """ROC points are (false positive rate, true positive rate), from (0, 0) to (1, 1).

    There are none where labels are not of both classes, and none of a task that has no classes.
    """

    model_config = ConfigDict(frozen=True)

    roc: list[tuple[float, float]]
    reliability: list[ReliabilityPoint]

    def gains(self, positive: float) -> list[tuple[float, float]]:
        """Points (share of all rows, share of all positives among them), best-ranked rows first; ties in proportion.

        `positive` is the share of positives among all rows: what a rank lets through is made of hits and alarms.
        """
        return [(positive * hits + (1 - positive) * alarms, hits) for alarms, hits in self.roc]

    def caught(self, share: float, positive: float) -> float:
        """The share of all positives that this best-ranked share of rows holds."""
        rows, hits = zip(*self.gains(positive), strict=True)
        return float(np.interp(share, rows, hits))


def draw_curves(label: Array, predictions: Predictions) -> Curves:
    """Both curves of one model."""
    bins = equal_bins(predictions.value)
    points = []
    for number in np.unique(bins):
        inside = bins == number
        predicted, observed = float(predictions.value[inside].mean()), float(label[inside].mean())
        points.append(ReliabilityPoint(predicted=predicted, observed=observed, rows=int(inside.sum())))
    return Curves(roc=_roc(label, predictions.rank), reliability=points)


def _roc(label: Array, rank: Array) -> list[tuple[float, float]]:
    if set(np.unique(label)) != {0.0, 1.0}:
        return []
    positives, negatives = label.sum(), (1 - label).sum()
    order = np.argsort(-rank, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(rank[order])), len(rank) - 1)
    hits = np.append(0, np.cumsum(label[order])[ends]) / positives
    alarms = np.append(0, np.cumsum(1 - label[order])[ends]) / negatives
    kept = np.unique(np.linspace(0, len(hits) - 1, MAX_ROC_POINTS).astype(int))
    return [(round(float(alarms[i]), 4), round(float(hits[i]), 4)) for i in kept]
