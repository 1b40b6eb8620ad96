"""The paired bootstrap: every model, on all rows and on each slice, is measured on the same resamples."""

import math
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt
import pandas as pd

from toile.config.metrics import METRICS
from toile.config.model import Validation
from toile.evaluation.holdout import Holdout
from toile.evaluation.interval import Interval, percentile_interval
from toile.tasks.predictions import Array
from toile.tasks.template import Measure, Template

CELLS_AT_ONCE = 2_000_000

Rows = npt.NDArray[np.intp]


@dataclass(frozen=True, eq=False)
class Evaluation:
    """Every model's metrics on the rows themselves (`points`) and on each resample (`draws`), by (model, metric).

    `blocks` is how many blocks of time the rows lie in, infinite where rows have no periods.
    """

    task: Template
    confidence: float
    entities: int
    blocks: float
    points: dict[tuple[str, str], float]
    draws: dict[tuple[str, str], Array]
    one_label: int

    @property
    def units(self) -> float:
        """How many independent units the rows are worth."""
        return min(self.entities, self.blocks)

    def interval(self, model: str, metric: str, *, among: int = 1) -> Interval | None:
        """The metric with its interval; None where it is undefined on these rows.

        Of `among` such intervals, all hold together with the stated confidence (Bonferroni).
        """
        key = (model, metric)
        if key not in self.points:
            return None
        confidence = corrected(self.confidence, among)
        found = percentile_interval(self.points[key], self.draws[key], confidence, units=self.units)
        reach = METRICS[self.task.kind][metric]
        return found and found.clip(reach.lowest, reach.highest)

    def advantage(self, candidate: str, reference: str, metric: str) -> Interval | None:
        """How much better the candidate is, resample by resample: positive is better whatever the metric's sense."""
        ours, theirs = (candidate, metric), (reference, metric)
        if ours not in self.points or theirs not in self.points:
            return None
        value = self.task.merit(metric, np.array(self.points[ours])) - self.task.merit(
            metric, np.array(self.points[theirs])
        )
        draws = self.task.merit(metric, self.draws[ours]) - self.task.merit(metric, self.draws[theirs])
        return percentile_interval(float(value), draws, self.confidence, units=self.units)

    def gap(self, other: "Evaluation", model: str, metric: str) -> Interval | None:
        """How much higher the metric is here than on other rows of the same holdout, resample by resample."""
        value = self.points[model, metric] - other.points[model, metric]
        draws = self.draws[model, metric] - other.draws[model, metric]
        return percentile_interval(value, draws, self.confidence, units=min(self.units, other.units))

    def metrics(self, model: str) -> dict[str, Interval]:
        """Metric -> interval, without those that are undefined on these rows."""
        found = {metric: self.interval(model, metric) for metric in self.task.metrics}
        return {metric: interval for metric, interval in found.items() if interval}

    def advantages(self, candidate: str, reference: str) -> dict[str, Interval]:
        """Metric -> interval of the candidate's advantage, without those that are undefined on these rows."""
        found = {metric: self.advantage(candidate, reference, metric) for metric in self.task.metrics}
        return {metric: interval for metric, interval in found.items() if interval}


def corrected(confidence: float, among: int) -> float:
    """The confidence of one of several intervals that are to hold together with the stated one (Bonferroni)."""
    return 1 - (1 - confidence) / among


def evaluate(holdout: Holdout, validation: Validation) -> Evaluation:
    """Measures every model by every metric, on the rows and on resamples of their entities with replacement."""
    [whole] = evaluate_parts(holdout, [np.arange(holdout.rows)], validation)
    return whole


def evaluate_parts(holdout: Holdout, parts: Sequence[Rows], validation: Validation) -> list[Evaluation]:
    """Measures every model by every metric on each part of the rows, all parts on the same resamples of the holdout.

    Rows of one entity are drawn together, since they are not independent, and so are those that lie in several parts.
    Where rows have periods, blocks of consecutive ones are drawn as well (the circular block bootstrap, Politis and
    Romano 1992), for what befalls a week befalls all entities.
    The draws depend on the seed and on the names of entities and periods, not on the order of rows. Predictions must be
    sound (`Holdout.check`).
    """
    measured = [_Part.prepare(holdout, rows, validation) for rows in parts]
    for weights in _resample(holdout, validation):
        for part in measured:
            part.add(weights[part.rows])
    return [part.conclude(validation.confidence) for part in measured]


@dataclass(eq=False)
class _Part:
    """One part of the holdout while its resamples come in."""

    holdout: Holdout
    rows: Rows
    blocks: float
    measures: dict[tuple[str, str], Measure]
    draws: dict[tuple[str, str], list[Array]]
    one_label: int = 0

    @classmethod
    def prepare(cls, whole: Holdout, rows: Rows, validation: Validation) -> "_Part":
        holdout = whole.take(rows)
        measures = {
            (model, name): metric.measure(holdout.label, predictions, holdout.scale)
            for model, predictions in holdout.predictions.items()
            for name, metric in holdout.task.metrics.items()
        }
        blocks = math.inf
        if whole.periods and holdout.periods:
            blocks = holdout.periods / block_length(whole.periods, validation)
        return cls(holdout, rows, blocks, measures, {key: [] for key in measures})

    def add(self, weights: Array) -> None:
        self.one_label += _count_one_label(self.holdout, weights)
        for key, measure in self.measures.items():
            self.draws[key].append(measure(weights))

    def conclude(self, confidence: float) -> Evaluation:
        once = np.ones((self.holdout.rows, 1))
        points = {key: float(measure(once)[0]) for key, measure in self.measures.items()}
        draws = {key: np.concatenate(found) for key, found in self.draws.items()}
        holdout = self.holdout
        return Evaluation(holdout.task, confidence, holdout.entities, self.blocks, points, draws, self.one_label)


def block_length(periods: int, validation: Validation) -> int:
    """How many consecutive periods are drawn together; unless told, the cube root of their number, rounded up."""
    return min(validation.block or math.ceil(round(periods ** (1 / 3), 9)), periods)


def _count_one_label(holdout: Holdout, weights: Array) -> int:
    """In how many resamples all rows that were drawn have one label."""
    shifted = holdout.label - holdout.label[0]
    return int(((shifted**2 @ weights) * weights.sum(axis=0) == (shifted @ weights) ** 2).sum())


def _resample(holdout: Holdout, validation: Validation) -> Iterator[Array]:
    """Weights of shape (rows, resamples): how often each row was drawn; a bounded part at a time.

    With periods a row's weight is its entity's times its period's (the pigeonhole bootstrap, Owen 2007), which counts
    what is neither the entity's nor the period's up to three times: wide rather than narrow.
    """
    codes, names = pd.factorize(holdout.entity, sort=True)
    # A stream of its own for time: what is drawn must not depend on how many resamples are in memory at once.
    of_entities, of_time = np.random.default_rng(validation.seed), np.random.default_rng([validation.seed, 1])
    at_once = max(1, CELLS_AT_ONCE // holdout.rows)
    for start in range(0, validation.resamples, at_once):
        resamples = min(at_once, validation.resamples - start)
        chosen = of_entities.integers(0, len(names), size=(resamples, len(names)))
        weights = _count(chosen, len(names))[codes]
        if holdout.period is not None:
            periods, numbers = np.unique(holdout.period, return_inverse=True)
            length = block_length(len(periods), validation)
            weights *= _count(_draw_blocks(of_time, resamples, len(periods), length), len(periods))[numbers]
        yield weights


def _draw_blocks(generator: np.random.Generator, resamples: int, periods: int, length: int) -> Rows:
    """As many periods as there are, in blocks of consecutive ones; the first follows the last (Politis and Romano)."""
    starts = generator.integers(0, periods, size=(resamples, math.ceil(periods / length)))
    blocks: Rows = (starts[:, :, None] + np.arange(length)) % periods
    return blocks.reshape(resamples, -1)[:, :periods]


def _count(chosen: npt.NDArray[np.int64], kinds: int) -> Array:
    """How often each of so many was chosen in each resample: (resamples, draws) -> (kinds, resamples)."""
    resamples = len(chosen)
    cells = (chosen * resamples + np.arange(resamples)[:, None]).ravel()
    return np.bincount(cells, minlength=kinds * resamples).reshape(kinds, resamples).astype(float)
