"""The paired bootstrap: every model is measured on the same resamples of entities."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from toile.config.metrics import HIGHER_IS_BETTER
from toile.config.model import Validation
from toile.evaluation.holdout import Holdout
from toile.evaluation.interval import Array, Interval, percentile_interval
from toile.evaluation.metrics import prepare

CELLS_AT_ONCE = 2_000_000


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Every model's metrics on the rows themselves (`points`) and on each resample (`draws`), by (model, metric)."""

    confidence: float
    points: dict[tuple[str, str], float]
    draws: dict[tuple[str, str], Array]
    one_class: int

    def interval(self, model: str, metric: str) -> Interval | None:
        """The metric with its interval; None where it is undefined on these rows."""
        key = (model, metric)
        return percentile_interval(self.points[key], self.draws[key], self.confidence) if key in self.points else None

    def advantage(self, candidate: str, reference: str, metric: str) -> Interval | None:
        """How much better the candidate is, resample by resample: positive is better whatever the metric's sense."""
        ours, theirs = (candidate, metric), (reference, metric)
        if ours not in self.points or theirs not in self.points:
            return None
        sign = 1.0 if HIGHER_IS_BETTER[metric] else -1.0
        value = sign * (self.points[ours] - self.points[theirs])
        return percentile_interval(value, sign * (self.draws[ours] - self.draws[theirs]), self.confidence)

    def metrics(self, model: str) -> dict[str, Interval]:
        """Metric -> interval, without those that are undefined on these rows."""
        found = {metric: self.interval(model, metric) for metric in HIGHER_IS_BETTER}
        return {metric: interval for metric, interval in found.items() if interval}

    def advantages(self, candidate: str, reference: str) -> dict[str, Interval]:
        """Metric -> interval of the candidate's advantage, without those that are undefined on these rows."""
        found = {metric: self.advantage(candidate, reference, metric) for metric in HIGHER_IS_BETTER}
        return {metric: interval for metric, interval in found.items() if interval}


def evaluate(holdout: Holdout, validation: Validation) -> Evaluation:
    """Measures every model by every metric, on the rows and on resamples of their entities with replacement.

    Rows of one entity are drawn together, since they are not independent. The draws depend on the seed and on the
    entities' names, not on the order of rows. Predictions must be sound (`Holdout.check`).
    """
    measures = {
        (model, metric): prepare(metric, holdout.label, predictions)
        for model, predictions in holdout.predictions.items()
        for metric in HIGHER_IS_BETTER
    }
    whole = np.ones((holdout.rows, 1))
    points = {key: float(measure(whole)[0]) for key, measure in measures.items()}
    parts: dict[tuple[str, str], list[Array]] = {key: [] for key in measures}
    one_class = 0
    for weights in _resample(holdout.entity, validation):
        positives = holdout.label @ weights
        one_class += int(((positives == 0) | (positives == weights.sum(axis=0))).sum())
        for key, measure in measures.items():
            parts[key].append(measure(weights))
    draws = {key: np.concatenate(part) for key, part in parts.items()}
    return Evaluation(validation.confidence, points, draws, one_class)


def _resample(entity: npt.NDArray[np.object_], validation: Validation) -> Iterator[Array]:
    """Weights of shape (rows, resamples): how often each row's entity was drawn; a bounded part at a time."""
    codes, names = pd.factorize(entity, sort=True)
    generator = np.random.default_rng(validation.seed)
    even = np.full(len(names), 1 / len(names))
    at_once = max(1, CELLS_AT_ONCE // len(entity))
    for start in range(0, validation.resamples, at_once):
        drawn = generator.multinomial(len(names), even, size=min(at_once, validation.resamples - start))
        yield drawn.T.astype(float)[codes]
