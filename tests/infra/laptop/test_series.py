from datetime import date, timedelta

import pytest

from laptop.data_sets import data_sets
from laptop.series import FIRST_LOOK, SERIES, Series, Step, choose_models
from toile.config import Conf
from toile.config.names import STAGES
from toile.errors import ConfigError
from toile.home import REPOSITORY

ONBOARDED = ["customer.next_purchase", "customer.repeat_purchase", "pricing.price_elasticity"]


@pytest.mark.parametrize("model", SERIES)
def test_each_series_trains_first_and_goes_forward_in_time(model: str) -> None:
    steps = SERIES[model].steps
    days = [date.fromisoformat(step.as_of) for step in steps]
    assert steps[0].stage == "train"
    assert days == sorted(set(days))
    assert {step.stage for step in steps} <= set(STAGES)


def test_each_series_lives_on_a_data_set_that_there_is() -> None:
    needed = {series.data for series in SERIES.values()}
    assert set(data_sets(needed, sales=None, campaign=None, customers=1, seed=0)) == needed


def test_the_first_look_lives_until_its_first_labels_are_known() -> None:
    task = Conf(REPOSITORY / "conf").load_model(FIRST_LOOK).config.task
    assert SERIES[FIRST_LOOK].outlives(task.label_delay)


def test_labels_that_are_known_on_the_last_day_count() -> None:
    series = Series("sales", (Step("train", "2011-11-10"), Step("monitor", "2011-12-08")))
    assert series.outlives(timedelta(days=28))
    assert not series.outlives(timedelta(days=29))


def test_all_are_the_models_that_are_here_and_have_a_series() -> None:
    assert choose_models(["all"], ONBOARDED) == ["customer.repeat_purchase", "pricing.price_elasticity"]
    assert choose_models(["pricing.price_elasticity"], ONBOARDED) == ["pricing.price_elasticity"]


@pytest.mark.parametrize(
    ("asked", "hint"),
    [
        ("pricing.price_elastcity", "Did you mean 'pricing.price_elasticity'"),
        ("customer.next_purchase", "Did you mean 'customer.repeat_purchase'"),
        ("forecasting.weekly_demand", "Known: all, customer.repeat_purchase, pricing.price_elasticity"),
    ],
)
def test_a_model_without_a_series_or_a_file_is_refused_with_a_hint(asked: str, hint: str) -> None:
    with pytest.raises(ConfigError, match=rf"MODELS: there is no series for '{asked}' here\. {hint}"):
        choose_models([asked, "customer.repeat_purchase"], ONBOARDED)
