"""Searches on seeded rows whose best setting is known."""

from datetime import timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest

from toile.config import Conf
from toile.config.model import ModelConfig, Params
from toile.config.search import Search
from toile.errors import ConfigError
from toile.home import REPOSITORY
from toile.training.fit import TrainingSet
from toile.training.search import SearchReport, search_params

BEST = 3.0


class Line:
    """Foretells a multiple of x; refuses multiples below 0."""

    def __init__(self, slope: float, offset: float = 0.0) -> None:
        self.slope, self.offset = slope, offset

    def fit(self, _features: pd.DataFrame, _label: pd.Series) -> None:
        if self.slope < 0:
            raise ValueError(f"slope {self.slope:.2f} is below 0\nand more of the same")

    def predict(self, features: pd.DataFrame) -> Any:
        return self.slope * features["x"].to_numpy() + self.offset


def build(params: Params) -> Line:
    return Line(**params)  # type: ignore[arg-type]  # the names are those of the searches below


def training_rows(days: int = 100) -> TrainingSet:
    generator = np.random.default_rng(0)
    x = generator.gamma(2, 5, days)
    times = pd.Series(pd.date_range("2011-01-01", periods=days))
    return TrainingSet(pd.DataFrame({"x": x}), pd.Series(BEST * x + generator.normal(0, 0.1, days)), times)


def config(metric: str = "wape", **params: float) -> ModelConfig:
    found = Conf(REPOSITORY / "conf").load_model("customer.spend_12w").config
    gate = found.gates[0].model_copy(update={"metric": metric})
    return found.model_copy(
        update={
            "task": found.task.model_copy(update={"label_delay": timedelta(days=5)}),
            "trainer": found.trainer.model_copy(update={"params": params}),
            "gates": [gate],
        }
    )


def run(asked: ModelConfig, rows: TrainingSet | None = None, **search: Any) -> SearchReport:
    slope = {"slope": {"low": -1.0, "high": 9.0}}
    found = Search.model_validate({"trials": 25, "params": slope, **search})
    return search_params(asked, found, rows or training_rows(), build)


def test_a_clearly_better_setting_is_found_and_equal_seeds_give_equal_trials() -> None:
    first, second = run(config(slope=8.0)), run(config(slope=8.0))
    assert first.params["slope"] == pytest.approx(BEST, abs=0.5)
    assert first.params == max(first.trials, key=lambda trial: trial.merit or -np.inf).params
    assert (first.metric, first.folds, len(first.trials)) == ("wape", 3, 25)
    assert [(trial.params, trial.value) for trial in first.trials] == [
        (trial.params, trial.value) for trial in second.trials
    ]


@pytest.mark.parametrize("own", [{"slope": 8.0}, {"slope": 80.0}, {"slope": BEST, "offset": 1.0}])
@pytest.mark.parametrize(
    "among", [{"slope": {"low": 4.0, "high": 9.0}}, {"slope": {"choices": [4, 5.5]}}, {"offset": {"low": 5, "high": 9}}]
)
def test_the_first_trial_is_the_files_own_even_where_the_search_does_not_reach(
    own: dict[str, float], among: dict[str, Any]
) -> None:
    report = run(config(**own), params=among, trials=3)
    assert report.trials[0].params == own
    assert all(set(trial.params) == {*own, *among} for trial in report.trials[1:])


def test_a_setting_that_is_refused_loses_and_is_told() -> None:
    report = run(config(slope=-0.5))
    assert report.trials[0].failure == "ValueError: slope -0.50 is below 0"
    assert (report.trials[0].value, report.trials[0].merit) == (None, None)
    assert report.params["slope"] == pytest.approx(BEST, abs=0.5)


@pytest.mark.parametrize(
    ("asked", "told"),
    [
        (config(slope=-1.0), r"none of 4 trials could be fitted\. The first: ValueError: slope -1\.00 is below 0"),
        (config(slope=np.nan), r"none of 4 trials could be fitted\. The first: the metric is undefined"),
    ],
)
def test_a_search_in_which_all_fails_is_the_authors_mistake(asked: ModelConfig, told: str) -> None:
    with pytest.raises(ConfigError, match=told):
        run(asked, params={"slope": {"low": -9.0, "high": -1.0}}, trials=4)


def test_a_metric_that_is_better_near_zero_is_searched_there() -> None:
    assert run(config("bias", slope=8.0)).params["slope"] == pytest.approx(BEST, abs=0.5)


def test_rows_that_span_too_little_time_are_told() -> None:
    with pytest.raises(ConfigError, match=r"search: .*too little time.*Lengthen training_data\.window"):
        run(config(slope=1.0), training_rows(days=5))
