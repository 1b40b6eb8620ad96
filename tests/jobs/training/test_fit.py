"""Parting rows in time, and refining an estimator on rows that its like has not seen."""

from datetime import timedelta
from itertools import pairwise
from typing import Any

import numpy as np
import pandas as pd
import pytest

from toile.config import Conf
from toile.config.model import ModelConfig
from toile.errors import DataError
from toile.home import REPOSITORY
from toile.tasks.classification.calibration import Calibrated
from toile.training.fit import TrainingSet, fit

DAY = pd.Timedelta(days=1)


def rows(days: list[int], seed: int = 0) -> TrainingSet:
    generator = np.random.default_rng(seed)
    times = pd.Series(pd.Timestamp("2011-01-01") + np.array(days) * DAY)
    features = pd.DataFrame({"day": np.array(days, dtype=float)})
    # Of odd days most labels are 1, so that there is an order to be learnt.
    labels = generator.random(len(days)) < 0.3 + 0.4 * (np.array(days) % 2)
    return TrainingSet(features, pd.Series(labels.astype(float)), times)


def config(**task: Any) -> ModelConfig:
    found = Conf(REPOSITORY / "conf").load_model("customer.repeat_purchase").config
    return found.model_copy(update={"task": found.task.model_copy(update=task)})


class Noting:
    """Keeps the days that it was fitted on and, all of them alike, those that it was asked about."""

    def __init__(self, asked: list[float]) -> None:
        self.fitted: list[float] = []
        self.asked = asked

    def fit(self, features: pd.DataFrame, _label: pd.Series) -> None:
        self.fitted = features["day"].tolist()

    def predict_proba(self, features: pd.DataFrame) -> Any:
        self.asked += features["day"].tolist()
        odd = 0.3 + 0.4 * (features["day"].to_numpy() % 2)
        return np.column_stack([1 - odd, odd])


@pytest.mark.parametrize("seed", range(20))
def test_no_label_of_an_earlier_row_was_unknown_when_the_later_ones_began(seed: int) -> None:
    generator = np.random.default_rng(seed)
    given = rows(generator.integers(0, generator.integers(1, 200), generator.integers(1, 80)).tolist(), seed)
    delay, share, parts = timedelta(int(generator.integers(1, 40))), generator.uniform(0.1, 0.9), 1 + seed % 4
    folds = list(given.part_in_time(share, delay, parts))
    assert len(folds) <= parts
    for fold in folds:
        assert fold.earlier.times.max() + delay <= fold.later.times.min()
        assert len(fold.later.features) == len(fold.later.label) == len(fold.later.times) > 0
    for before, after in pairwise(folds):
        assert before.later.times.max() < after.later.times.min()


def test_the_newest_share_is_judged_once_and_rows_of_one_moment_stay_together() -> None:
    given = rows([day for day in range(10) for _ in range(day + 1)])
    folds = list(given.part_in_time(0.5, timedelta(days=2), parts=2))
    assert [sorted(set(fold.later.features["day"])) for fold in folds] == [[7, 8], [9]]
    assert [fold.earlier.features["day"].max() for fold in folds] == [5, 7]
    assert sum(len(fold.later.label) for fold in folds) == 8 + 9 + 10


def test_what_refines_is_learnt_from_a_like_that_did_not_know_the_newest_fifth() -> None:
    made: list[Noting] = []
    asked: list[float] = []

    def build() -> Noting:
        made.append(Noting(asked))
        return made[-1]

    days = [day for day in range(100) for _ in range(5)]
    refined = fit(build, config(calibration="sigmoid", label_delay=timedelta(days=10)), rows(days))
    final, like = made
    assert isinstance(refined, Calibrated)
    assert refined.estimator is final
    assert final.fitted == days
    assert (max(like.fitted), min(asked), max(asked)) == (70, 80, 99)


def test_without_refinement_there_is_one_fit_of_all_rows() -> None:
    estimator = fit(lambda: Noting([]), config(label_delay=timedelta(days=10)), rows([0, 1]))
    assert (type(estimator), estimator.fitted) == (Noting, [0, 1])


@pytest.mark.parametrize("days", [[3, 3, 3], list(range(11))], ids=["one moment", "shorter than the delay"])
def test_rows_that_span_too_little_time_are_told(days: list[int]) -> None:
    asked = config(calibration="sigmoid", label_delay=timedelta(days=10))
    with pytest.raises(DataError, match=r"span too little time.*known 10d late\. Take a longer training_data\.window"):
        fit(lambda: Noting([]), asked, rows(days))
