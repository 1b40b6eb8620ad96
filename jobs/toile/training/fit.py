"""From training rows to a fitted estimator: one way for candidates, baselines and reproductions."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd

from toile.config.durations import format_duration
from toile.config.model import ModelConfig
from toile.config.names import EVENT_TIME
from toile.errors import DataError
from toile.tasks import template_of
from toile.tasks.predictions import Array
from toile.training.rows import features_of

NEWEST_SHARE = 0.2


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
        """The newest share of the event times in consecutive parts, each with the rows whose labels were known before.

        Nothing comes of a part without such rows.
        """
        moments = np.sort(self.times.unique())
        newest = moments[-max(round(share * len(moments)), min(parts, len(moments) - 1)) :]
        for stretch in np.array_split(newest, parts):
            if not len(stretch):
                continue
            later = (self.times >= stretch[0]) & (self.times <= stretch[-1])
            earlier = self.times <= pd.Timestamp(stretch[0]) - label_delay
            if earlier.any():
                yield TimeFold(self.where(earlier), self.where(later))


@dataclass(frozen=True, eq=False)
class TimeFold:
    """Rows to learn from, and newer ones: every label of the first was known before the second begin."""

    earlier: TrainingSet
    later: TrainingSet


def fit(build: Callable[[], Any], config: ModelConfig, rows: TrainingSet) -> Any:
    """A fitted estimator, refined where its task asks for that.

    Raises:
        DataError: the rows span too little time to part them.
    """
    return refine(_fitted(build, rows), build, config, rows)


def refine(estimator: Any, build: Callable[[], Any], config: ModelConfig, rows: TrainingSet) -> Any:
    """The fitted estimator, calibrated or with quantiles where its task asks for that.

    What refines it is learnt from the word of a like estimator, fitted on earlier rows, on the newest fifth of the
    time; the estimator itself knows all rows.

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
