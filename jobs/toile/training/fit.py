"""From training rows to a fitted estimator: one way for candidates, baselines and reproductions."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd

from toile.config.durations import format_duration
from toile.config.model import LinearTrainer, ModelConfig
from toile.config.names import EVENT_TIME
from toile.errors import DataError
from toile.tasks import template_of
from toile.tasks.predictions import Array
from toile.training.distributed import fit_trees
from toile.training.rows import TrainingRows, features_of

NEWEST_SHARE, LEAST_EARLIER = 0.2, 0.1


@dataclass(frozen=True, eq=False)
class TrainingSet:
    """Features (n, columns), labels (n,) and event times (n,) of the rows that a model is fitted on."""

    features: pd.DataFrame
    label: pd.Series
    times: pd.Series

    @classmethod
    def of(cls, rows: pd.DataFrame, config: ModelConfig, columns: Mapping[str, str]) -> "TrainingSet":
        """Of collected rows.

        Raises:
            DataError: a feature is infinite.
        """
        return cls(features_of(rows, columns), rows[config.task.label].astype(float), pd.to_datetime(rows[EVENT_TIME]))

    def where(self, chosen: "pd.Series[bool]") -> "TrainingSet":
        """The chosen rows."""
        features, label, times = self.features[chosen], self.label[chosen], self.times[chosen]
        return TrainingSet(features.reset_index(drop=True), label.reset_index(drop=True), times.reset_index(drop=True))

    def part_in_time(self, share: float, label_delay: timedelta, parts: int = 1) -> Iterator["TimeFold"]:
        """The newest share of the rows in consecutive parts of about as many, each with those labelled before it began.

        Rows of one moment stay together. Nothing comes of a part before which fewer than a tenth of all were labelled.
        """
        counts = self.times.value_counts().sort_index()
        older = (counts.cumsum() - counts).to_numpy()
        newest = older >= (1 - share) * len(self.times)
        newest[1:] |= np.arange(1, len(counts)) >= len(counts) - parts  # few moments are parted all the same
        moments, older = counts.index[newest], older[newest]
        place = (older - older[:1]) * parts // max(counts[newest].sum(), 1)
        for part in np.unique(place):
            stretch = moments[place == part]
            later = (self.times >= stretch[0]) & (self.times <= stretch[-1])
            earlier = self.times <= stretch[0] - label_delay
            if earlier.sum() >= LEAST_EARLIER * len(self.times):
                yield TimeFold(self.where(earlier), self.where(later))


@dataclass(frozen=True, eq=False)
class TimeFold:
    """Rows to learn from, and newer ones: every label of the first was known before the second begin."""

    earlier: TrainingSet
    later: TrainingSet


def fit_candidate(
    build: Callable[[], Any], config: ModelConfig, columns: Mapping[str, str], rows: TrainingRows, here: TrainingSet
) -> Any:
    """The fitted candidate; `here` is what this machine holds of the rows to train on.

    Raises:
        ConfigError: a parameter is for one machine alone.
        DataError: a row is unfit to learn from, or the rows span too little time to refine the candidate.
    """
    if rows.spread is None:
        return fit(build, config, here)
    estimator = build()
    if isinstance(config.trainer, LinearTrainer):
        estimator.fit_spark(rows.spread, config.task.label)
    else:
        estimator = fit_trees(estimator, config, columns, rows.spread, here.features)
    return refine(estimator, build, config, here)


def fit(build: Callable[[], Any], config: ModelConfig, rows: TrainingSet) -> Any:
    """A fitted estimator, refined where its task asks for that.

    Raises:
        DataError: the rows span too little time to part them.
    """
    return refine(_fitted(build, rows), build, config, rows)


def refine(estimator: Any, build: Callable[[], Any], config: ModelConfig, rows: TrainingSet) -> Any:
    """The fitted estimator, calibrated or with quantiles where its task asks for that.

    What refines it is learnt from the word of a like estimator, fitted on earlier rows, on the newest fifth of the
    rows; the estimator itself knows all rows.

    Raises:
        DataError: the rows span too little time to part them.
    """
    task = template_of(config.task.kind)
    refinement = task.refinement(config.task)
    if refinement is None:
        return estimator
    fold = next(rows.part_in_time(NEWEST_SHARE, config.task.label_delay), None)
    if fold is None:
        raise DataError(
            "the training rows span too little time to learn calibration or quantiles from the newest fifth of them: "
            f"labels are known {format_duration(config.task.label_delay)} late. Take a longer training_data.window."
        )
    like = _fitted(build, fold.earlier)
    newest: Array = fold.later.label.to_numpy(dtype=float)
    return refinement(estimator, task.predict(like, fold.later.features), newest)


def _fitted(build: Callable[[], Any], rows: TrainingSet) -> Any:
    estimator = build()
    estimator.fit(rows.features, rows.label)  # a squad's own `fit` need not return anything
    return estimator
