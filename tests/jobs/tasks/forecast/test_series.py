"""Series of a few hand-made numbers, described at their origins."""

from typing import Any

import numpy as np
import pytest

from toile.config.task import Forecast
from toile.errors import DataError
from toile.tasks.forecast.series import PER_STEP, Series, describe_series, figure_names


def task(**given: Any) -> Forecast:
    small = {"history": 6, "at_least": 2, "lags": [1, 3, 6], "windows": [2, 4], "horizon": 3}
    return Forecast.model_validate({"kind": "forecast", "label": "units", **small, **given})


def describe(amounts: dict[int, float], asked: Forecast, *origins: int, labelled: bool = True) -> list[dict[str, Any]]:
    series = Series.of(list(amounts), np.array(list(amounts.values())), {}, asked.horizon)
    names = ["origin", *(["label"] if labelled else []), *PER_STEP, *figure_names(asked)]
    found = describe_series(series, asked, origins, labelled=labelled)
    return [dict(zip(names, record, strict=True)) for record in found]


def test_an_origin_sees_what_came_before_it_and_is_labelled_by_what_came_after() -> None:
    rows = describe({-5: 8, -4: 1, -2: 4, -1: 2, 0: 100, 2: 300}, task(), 0)
    assert [(row["step"], row["label"]) for row in rows] == [(1, 100), (2, 0), (3, 300)]
    told = {name: rows[0][name] for name in figure_names(task())}
    assert told == {
        "age": 5, "naive_error": (7 + 1 + 4 + 2) / 4, "lag_1": 2, "lag_3": 0, "lag_6": None,
        "mean_2": 3, "median_2": 3, "zeros_2": 0,
        "mean_4": 7 / 4, "median_4": 1.5, "zeros_4": 1 / 4,
    }  # fmt: skip


def test_what_comes_after_an_origin_changes_nothing_but_the_label() -> None:
    past: dict[int, float] = {-5: 8, -4: 1, -2: 4, -1: 2}
    known, blind = describe(past | {0: 1e6, 1: 1e6}, task(), 0), describe(past, task(), 0)
    assert [row | {"label": 0} for row in known] == blind
    assert [row.pop("label") for row in blind] == [0, 0, 0]
    assert blind == describe(past, task(), 0, labelled=False)


@pytest.mark.parametrize(
    ("season", "expected"),
    [(1, [6, 6, 6, 6, 6]), (4, [3, 4, 5, 6, 3]), (6, [1, 2, 3, 4, 5]), (7, [6, 6, 6, 6, 6])],
    ids=["none", "wraps", "whole series", "longer than the series"],
)
def test_seasonal_naive_repeats_the_last_season(season: int, expected: list[float]) -> None:
    rows = describe({-n: 7 - n for n in range(6, 0, -1)}, task(season=season, horizon=5), 0)
    assert [row["seasonal_naive"] for row in rows] == expected


def test_errors_are_counted_against_the_last_season_even_where_it_is_longer_than_the_history() -> None:
    amounts: dict[int, float] = {-n: 100 if n % 8 == 0 else n for n in range(20, 0, -1)}
    (first, *_) = describe(amounts, task(season=8), 0)
    assert (first["age"], first["naive_error"]) == (6, 7)  # a season apart: 8 less, and 0 for each eighth
    (young, *_) = describe({-n: 5 for n in range(8, 0, -1)}, task(season=8), 0)
    assert young["naive_error"] is None


def test_a_series_that_ends_is_described_until_too_little_of_it_is_left() -> None:
    rows = describe({-9: 5, -8: 7}, task(), -7, -3, -2)
    ends = [row for row in rows if row["step"] == 1]
    assert [(row["origin"], row["age"], row["lag_1"], row["label"]) for row in ends] == [(-7, 2, 7, 0), (-3, 6, 0, 0)]


def test_a_series_that_begins_has_no_lags_from_before_it_and_its_own_mean() -> None:
    (first, *_) = describe({-3: 6, -2: 2}, task(), 0)
    assert (first["age"], first["lag_1"], first["lag_3"], first["lag_6"]) == (3, 0, 6, None)
    assert first["mean_4"] == pytest.approx(8 / 3)
    assert describe({1: 6, 2: 2}, task(), 0) == []


@pytest.mark.parametrize(("at_least", "rows"), [(2, 3), (3, 0)])
def test_at_least_counts_the_periods_above_zero_within_the_history(at_least: int, rows: int) -> None:
    assert len(describe({-7: 9, -6: 9, -4: -9, -1: 9, 0: 9}, task(at_least=at_least), 0)) == rows


def test_words_are_the_last_ones_before_the_origin_within_what_scoring_sees() -> None:
    asked = task(groups=["range"])
    words = ["gone", None, "old", None, "new"]
    series = Series.of([-7, -6, -2, -1, 0], np.ones(5), {"range": words}, asked.horizon)
    found = {record[0]: record[-1] for record in describe_series(series, asked, [-1, 0, 1], labelled=False)}
    assert found == {-1: "old", 0: "old", 1: "new"}
    assert series.word("range", -2, periods=4) is None


def test_theta_follows_a_trend_and_foretells_nothing_below_zero() -> None:
    rising = [row["theta"] for row in describe({-n: 70 - 10 * n for n in range(6, 0, -1)}, task(), 0)]
    assert 60 < rising[0] < rising[1] < rising[2] < 100
    falling = [row["theta"] for row in describe({-n: 40 * (n - 1) for n in range(6, 0, -1)}, task(horizon=12), 0)]
    assert min(falling) == 0
    short = [row["theta"] for row in describe({-3: 4, -2: 8, -1: 6}, task(), 0)]
    assert short == [6, 6, 6]


def test_an_amount_that_is_no_number_is_told() -> None:
    with pytest.raises(DataError, match="1 of a series' 2 amounts are no finite number"):
        describe({-2: np.nan, -1: 3}, task(), 0)
