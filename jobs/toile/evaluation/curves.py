"""The points of the ROC and reliability curves, few enough to travel in a report."""

import numpy as np
from pydantic import BaseModel, ConfigDict

from toile.evaluation.holdout import Predictions
from toile.evaluation.interval import Array
from toile.evaluation.metrics import calibration_bins

MAX_ROC_POINTS = 80


class ReliabilityPoint(BaseModel):
    """One bin of equal mass: what was foretold, and what came."""

    model_config = ConfigDict(frozen=True)

    predicted: float
    observed: float
    rows: int


class Curves(BaseModel):
    """ROC points are (false positive rate, true positive rate), from (0, 0) to (1, 1); none with one class only."""

    model_config = ConfigDict(frozen=True)

    roc: list[tuple[float, float]]
    reliability: list[ReliabilityPoint]


def draw_curves(label: Array, predictions: Predictions) -> Curves:
    """Both curves of one model."""
    bins = calibration_bins(predictions.probability)
    points = []
    for number in np.unique(bins):
        inside = bins == number
        predicted, observed = float(predictions.probability[inside].mean()), float(label[inside].mean())
        points.append(ReliabilityPoint(predicted=predicted, observed=observed, rows=int(inside.sum())))
    return Curves(roc=_roc(label, predictions.rank), reliability=points)


def _roc(label: Array, rank: Array) -> list[tuple[float, float]]:
    positives, negatives = label.sum(), (1 - label).sum()
    if not positives or not negatives:
        return []
    order = np.argsort(-rank, kind="stable")
    ends = np.append(np.flatnonzero(np.diff(rank[order])), len(rank) - 1)
    hits = np.append(0, np.cumsum(label[order])[ends]) / positives
    alarms = np.append(0, np.cumsum(1 - label[order])[ends]) / negatives
    kept = np.unique(np.linspace(0, len(hits) - 1, MAX_ROC_POINTS).astype(int))
    return [(round(float(alarms[i]), 4), round(float(hits[i]), 4)) for i in kept]
