"""The simulated campaign: what was planted in it is found in its rows."""

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from toile.home import REPOSITORY
from toile.sources.simulate_campaign import (
    DIRTY_SHARES,
    EFFECTS,
    FIRST_DAY,
    LAST_DAY,
    TURN,
    TURN_EFFECT,
    simulate_campaign,
    traits_of,
)

CLIENTS = 60_000


@pytest.fixture(scope="module")
def calls() -> pd.DataFrame:
    frame = simulate_campaign(CLIENTS, seed=7)[0].to_pandas()
    numbers = ["age", "balance", "campaign", "pdays", "previous", "day"]
    return frame.assign(**{name: frame[name].astype(float) for name in numbers})


@pytest.fixture(scope="module")
def sound(calls: pd.DataFrame) -> pd.DataFrame:
    kept = calls[(calls["day"] <= 31) & calls["deposit"].isin(["yes", "no"])]
    words = kept["day"].astype(int).astype(str) + kept["month"] + kept["year"].astype(str)
    return kept.assign(called_at=pd.to_datetime(words, format="%d%b%Y"))


def test_equal_arguments_give_equal_rows_and_another_seed_gives_others() -> None:
    first, again, other = (simulate_campaign(500, seed)[0] for seed in (1, 1, 2))
    assert first.equals(again)
    assert not first.equals(other)


def test_the_effects_and_the_turn_are_found(sound: pd.DataFrame) -> None:
    traits = traits_of(sound).assign(turn=sound["called_at"] >= pd.Timestamp(TURN)).astype(float)
    fitted = LogisticRegression(C=np.inf, max_iter=1000).fit(traits, sound["deposit"] == "yes")
    found = dict(zip(traits.columns, fitted.coef_[0], strict=True))
    assert found == pytest.approx(EFFECTS | {"turn": TURN_EFFECT}, abs=0.15)


def test_the_dirty_rows_are_as_many_as_were_planted(calls: pd.DataFrame) -> None:
    planted = simulate_campaign(CLIENTS, seed=7)[1].dirty_rows
    assert planted == {
        "impossible_day": int((calls["day"] > 31).sum()),
        "unknown_label": int((calls["deposit"] == "maybe").sum()),
    }
    assert len(calls) == CLIENTS


def test_the_calls_span_the_days_of_the_real_campaign_on_weekdays(sound: pd.DataFrame) -> None:
    days = sound["called_at"]
    assert days.is_monotonic_increasing
    assert (days.min().date(), days.max().date()) == (FIRST_DAY, LAST_DAY)
    assert days.dt.weekday.max() == 4


def test_the_documented_numbers_are_the_planted_ones() -> None:
    page = (REPOSITORY / "docs" / "simulated_market.md").read_text()
    for name, effect in (EFFECTS | {"turn": TURN_EFFECT}).items():
        assert f"| {name} | {effect} |" in page
    assert f"{TURN:%Y-%m-%d}" in page
    assert all(f"{share:.1%}".replace("%", " %") in page for share in DIRTY_SHARES.values())
