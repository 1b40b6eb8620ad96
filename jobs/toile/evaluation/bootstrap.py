"""The paired bootstrap: every model is measured on the same resamples of entities."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from toile.config.model import Validation
from toile.evaluation.holdout import Holdout
from toile.evaluation.interval import Interval, percentile_interval
from toile.tasks.predictions import Array
from toile.tasks.template import Template

CELLS_AT_ONCE = 2_000_000


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Every model's metrics on the rows themselves (`points`) and on each resample (`draws`), by (model, metric)."""

    task: Template
    confidence: float
    points: dict[tuple[str, str], float]
    draws: dict[tuple[str, str], Array]
    one_label: int

    def interval(self, model: str, metric: str) -> Interval | None:
        """The metric with its interval; None where it is undefined on these rows."""
        key = (model, metric)
        return percentile_interval(self.points[key], self.draws[key], self.confidence) if key in self.points else None

    def advantage(self, candidate: str, reference: str, metric: str) -> Interval | None:
        """How much better the candidate is, resample by resample: positive is better whatever the metric's sense."""
        ours, theirs = (candidate, metric), (reference, metric)
        if ours not in self.points or theirs not in self.points:
            return None
        value = self.task.merit(metric, np.array(self.points[ours])) - self.task.merit(
            metric, np.array(self.points[theirs])
        )
        draws = self.task.merit(metric, self.draws[ours]) - self.task.merit(metric, self.draws[theirs])
        return percentile_interval(float(value), draws, self.confidence)

    def gap(self, other: "Evaluation", model: str, metric: str) -> Interval | None:
        """How much higher the metric is here than on the rows of other entities, which were resampled by themselves."""
        here, there = self.points[model, metric], other.points[model, metric]
        # Both drew from the same seed: backwards, draws of groups of equal size do not go together.
        draws = self.draws[model, metric] - other.draws[model, metric][::-1]
        return percentile_interval(here - there, draws, self.confidence)

    def metrics(self, model: str) -> dict[str, Interval]:
        """Metric -> interval, without those that are undefined on these rows."""
        found = {metric: self.interval(model, metric) for metric in self.task.metrics}
        return {metric: interval for metric, interval in found.items() if interval}

    def advantages(self, candidate: str, reference: str) -> dict[str, Interval]:
        """Metric -> interval of the candidate's advantage, without those that are undefined on these rows."""
        found = {metric: self.advantage(candidate, reference, metric) for metric in self.task.metrics}
        return {metric: interval for metric, interval in found.items() if interval}


def evaluate(holdout: Holdout, validation: Validation) -> Evaluation:
    """Measures every model by every metric, on the rows and on resamples of their entities with replacement.

    Rows of one entity are drawn together, since they are not independent. The draws depend on the seed and on the
    entities' names, not on the order of rows. Predictions must be sound (`Holdout.check`).
    """
    measures = {
        (model, name): metric.prepare(holdout.label, predictions)
        for model, predictions in holdout.predictions.items()
        for name, metric in holdout.task.metrics.items()
    }
    whole = np.ones((holdout.rows, 1))
    points = {key: float(measure(whole)[0]) for key, measure in measures.items()}
    parts: dict[tuple[str, str], list[Array]] = {key: [] for key in measures}
    one_label = 0
    for weights in _resample(holdout.entity, validation):
        one_label += _count_one_label(holdout, weights)
        for key, measure in measures.items():
            parts[key].append(measure(weights))
    draws = {key: np.concatenate(part) for key, part in parts.items()}
    return Evaluation(holdout.task, validation.confidence, points, draws, one_label)


def _count_one_label(holdout: Holdout, weights: Array) -> int:
    """In how many resamples all rows that were drawn have one label."""
    shifted = holdout.label - holdout.label[0]
    return int(((shifted**2 @ weights) * weights.sum(axis=0) == (shifted @ weights) ** 2).sum())


def _resample(entity: npt.NDArray[np.object_], validation: Validation) -> Iterator[Array]:
    """Weights of shape (rows, resamples): how often each row's entity was drawn; a bounded part at a time."""
    codes, names = pd.factorize(entity, sort=True)
    generator = np.random.default_rng(validation.seed)
    even = np.full(len(names), 1 / len(names))
    at_once = max(1, CELLS_AT_ONCE // len(entity))
    for start in range(0, validation.resamples, at_once):
        drawn = generator.multinomial(len(names), even, size=min(at_once, validation.resamples - start))
        yield drawn.T.astype(float)[codes]
