"""Metrics of forecasts, each computed for many resamples at once (see `toile.tasks.template.Measure`)."""

import numpy as np

from toile.tasks.predictions import Array, Predictions
from toile.tasks.regression.metrics import bias, mae, rmse, wape
from toile.tasks.template import Measure, Metric, ratio, undefined


def pinball(label: Array, predictions: Predictions) -> Measure:
    """The mean pinball loss over the quantiles, in the label's unit (Koenker and Bassett 1978); else undefined."""
    losses = [
        np.maximum(level * (label - values), (level - 1) * (label - values))
        for level, values in predictions.quantiles.items()
    ]
    return _mean(np.mean(losses, axis=0)) if losses else undefined


def coverage_gap(label: Array, predictions: Predictions) -> Measure:
    """The share of labels between the outermost quantiles, less the share that should be there."""
    if len(predictions.quantiles) < 2:
        return undefined
    low, high = min(predictions.quantiles), max(predictions.quantiles)
    inside = (label >= predictions.quantiles[low]) & (label <= predictions.quantiles[high])
    return _mean(inside.astype(float) - (high - low))


def _mean(loss: Array) -> Measure:
    return lambda weights: ratio(loss @ weights, weights.sum(axis=0))


METRICS = {
    "wape": Metric("WAPE", wape),
    "bias": Metric("Bias", bias),
    # Hyndman and Koehler (2006): errors over those of the seasonal naive rule in the series' own past.
    "mase": Metric("MASE", mae, scaled=True),
    "rmse": Metric("Root mean squared error", rmse),
    "pinball": Metric("Pinball loss", pinball),
    "coverage_gap": Metric("Coverage, above or below nominal", coverage_gap),
}
