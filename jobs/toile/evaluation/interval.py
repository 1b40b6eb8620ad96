"""A figure and how sure we are of it."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

import numpy as np
from scipy.special import ndtri, stdtrit

from toile.tasks.predictions import Array

MAX_UNDEFINED, MIN_UNITS = 0.1, 2


@dataclass(frozen=True)
class Interval:
    """A figure with its bootstrap interval; all three are finite."""

    value: float
    low: float
    high: float

    def __str__(self) -> str:
        return f"{self.value:.3f} [{self.low:.3f}, {self.high:.3f}]"

    def clip(self, lowest: float, highest: float) -> "Interval":
        """Without what lies beyond the figures that there can be."""
        return Interval(self.value, max(self.low, lowest), min(self.high, highest))


def signed(interval: Interval) -> str:
    """An interval of a difference, with signs: `+0.031 [+0.020, +0.042]`."""
    return f"{interval.value:+.3f} [{interval.low:+.3f}, {interval.high:+.3f}]"


def to_metrics(intervals: Mapping[str, Interval], prefix: str = "") -> dict[str, float]:
    """Flat figures for MLflow: `<prefix><metric>`, and the ends as `<prefix><metric>.low` and `.high`."""
    return {
        f"{prefix}{metric}{suffix}": value
        for metric, interval in intervals.items()
        for suffix, value in (("", interval.value), (".low", interval.low), (".high", interval.high))
    }


def from_metrics(metrics: Mapping[str, float], names: Iterable[str], prefix: str = "") -> dict[str, Interval]:
    """Those intervals of these names that `to_metrics` made flat."""
    return {
        name: Interval(*(metrics[f"{prefix}{name}{suffix}"] for suffix in ("", ".low", ".high")))
        for name in names
        if f"{prefix}{name}.low" in metrics
    }


def percentile_interval(value: float, replicates: Array, confidence: float, *, units: float) -> Interval | None:
    """The percentile interval (Efron and Tibshirani 1993, chapter 13) of one figure, widened for few units.

    `units` is how many independent units were resampled. Resamples spread less than the truth by sqrt((n - 1) / n), and
    do not know how badly few units tell their spread: so the distances from the median are stretched by
    sqrt(n / (n - 1)) and by the ratio of Student's quantile with n - 1 degrees to the normal one. Hesterberg (2015,
    "What Teachers Should Know about the Bootstrap") puts the same factor into the level instead of the width, but the
    resamples of few blocks do not reach such levels. Where a level lies beyond the resamples, their outermost stands
    for it, which is too near.

    Resamples in which the figure is undefined are left out; None where the figure itself, or more than a tenth of its
    replicates, is undefined.
    """
    defined = replicates[np.isfinite(replicates)]
    if not np.isfinite(value) or len(defined) < (1 - MAX_UNDEFINED) * len(replicates):
        return None
    low, middle, high = np.quantile(defined, [(1 - confidence) / 2, 0.5, (1 + confidence) / 2])
    stretch = _stretch(max(units, MIN_UNITS), (1 + confidence) / 2)
    return Interval(float(value), float(middle - stretch * (middle - low)), float(middle + stretch * (high - middle)))


def _stretch(units: float, level: float) -> float:
    return float(stdtrit(units - 1, level) / ndtri(level) / np.sqrt(1 - 1 / units))
