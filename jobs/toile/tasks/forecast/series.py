"""One series, described at its origins: what came before each, and nothing later."""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import numpy as np

from toile.config.task import Forecast
from toile.errors import DataError
from toile.tasks.predictions import Array

MIN_FOR_THETA = 4
PER_STEP = ("step", "seasonal_naive", "theta")
"""What differs between the steps of an origin."""


@dataclass(frozen=True, eq=False)
class Series:
    """Amounts (n,) of consecutive periods, the first of number `first`; and group -> period -> the word noted then."""

    first: int
    amounts: Array
    words: dict[str, dict[int, str | None]]

    @classmethod
    def of(cls, periods: Sequence[int], amounts: Array, words: dict[str, Sequence[str | None]], end: int) -> "Series":
        """Of rising periods with their amounts; those between, and after them up to `end`, are 0.

        Raises:
            DataError: an amount is no finite number.
        """
        if wrong := int((~np.isfinite(np.asarray(amounts, dtype=float))).sum()):
            raise DataError(f"{wrong:,} of a series' {len(amounts):,} amounts are no finite number.")
        first = int(periods[0])
        whole = np.zeros(end - first)
        whole[np.asarray(periods) - first] = amounts
        return cls(first, whole, {group: dict(zip(periods, noted, strict=True)) for group, noted in words.items()})

    def before(self, origin: int, periods: int) -> Array:
        """At most so many amounts before the origin, from the first one above or below 0.

        Of a series that began earlier no more is seen than at the edge of a panel that begins later.
        """
        return np.trim_zeros(self.amounts[: max(origin - self.first, 0)][-periods:], "f")

    def after(self, origin: int, periods: int) -> Array:
        """So many amounts from the origin on."""
        return self.amounts[origin - self.first :][:periods]

    def word(self, group: str, origin: int, periods: int) -> str | None:
        """The last word among so many periods before the origin."""
        noted = (self.words[group].get(origin - ago) for ago in range(1, periods + 1))
        return next((word for word in noted if word is not None), None)


def describe_series(
    series: Series, task: Forecast, origins: Sequence[int], *, labelled: bool
) -> Iterator[tuple[Any, ...]]:
    """Records of origin, label if asked for, `PER_STEP`, `figure_names` and groups, one per origin and step.

    Origins before which too little was sold are left out.
    """
    for origin in origins:
        past = series.before(origin, task.reach)
        if (past[-task.history :] > 0).sum() < task.at_least:
            continue
        labels = series.after(origin, task.horizon)
        words = [series.word(group, origin, task.reach) for group in task.groups]
        constant = _figures(past[-task.history :], task, _naive_error(past, task.season))
        by_step = zip(_seasonal_naive(past, task), _theta(past[-task.history :], task.horizon), strict=True)
        for step, (naive, theta) in enumerate(by_step):
            label = [float(labels[step])] if labelled else []
            yield (origin, *label, step + 1, float(naive), float(theta), *constant, *words)


def figure_names(task: Forecast) -> list[str]:
    """What `_figures` counts, in its order."""
    windows = [f"{name}_{window}" for window in task.windows for name in ("mean", "median", "zeros")]
    return ["age", "naive_error", *(f"lag_{lag}" for lag in task.lags), *windows]


def _figures(past: Array, task: Forecast, naive_error: float | None) -> list[float | int | None]:
    figures: list[float | int | None] = [len(past), naive_error]
    figures += [float(past[-lag]) if lag <= len(past) else None for lag in task.lags]
    for window in task.windows:
        recent = past[-window:]
        figures += [float(recent.mean()), float(np.median(recent)), float((recent == 0).mean())]
    return figures


def _seasonal_naive(past: Array, task: Forecast) -> Array:
    """What the same period of the last season brought; the last amount where the series is younger than a season."""
    season = task.season if len(past) >= task.season else 1
    found: Array = past[len(past) - season + np.arange(task.horizon) % season]
    return found


def _naive_error(past: Array, season: int) -> float | None:
    """The mean distance of amounts that lie a season apart, which MASE counts errors in; None in the first season."""
    return float(np.abs(past[season:] - past[:-season]).mean()) if len(past) > season else None


def _theta(past: Array, horizon: int) -> Array:
    """The Theta method's forecasts, not below 0 where nothing was; the mean of a series too short or constant."""
    if len(past) < MIN_FOR_THETA or np.ptp(past) == 0:
        return np.full(horizon, past.mean())
    forecast: Array = _theta_model().forecast(y=past, h=horizon)["mean"]
    return np.maximum(forecast, min(past.min(), 0.0))


@cache
def _theta_model() -> Any:
    from statsforecast.models import Theta

    return Theta(season_length=1)
