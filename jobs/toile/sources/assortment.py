"""What the simulated market sells: articles, their prices week by week, and which article a line picks."""

from datetime import date, timedelta

import numpy as np
import numpy.typing as npt

from toile.sources import market
from toile.sources.market import CATEGORIES, Plan

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]

_FIRST_CODE = 20_001
_IN_STYLE = len(CATEGORIES) * len(market.COLOURS)
_LEAST_PRICE = 0.99


class Assortment:
    """Articles are numbered style by style, in a style category by category, in a category colour by colour."""

    def __init__(self, rng: np.random.Generator, plan: Plan) -> None:
        articles = _IN_STYLE * len(market.STYLES)
        weeks = (plan.days + 6) // 7
        kind = np.arange(articles) % _IN_STYLE // len(market.COLOURS)
        base = np.array([category.base_price for category in CATEGORIES])[kind] * rng.uniform(0.8, 1.25, articles)
        discount = rng.choice(market.DISCOUNTS, (weeks, articles), p=market.DISCOUNT_WEIGHTS)
        middles = [plan.start + timedelta(days=7 * week + 3) for week in range(weeks)]
        self._prices = base * (1.0 - discount)
        self._drift = (plan.drift, (plan.drift.date - plan.start).days) if plan.drift else None
        elasticity = np.array([category.elasticity for category in CATEGORIES])[kind]
        appeal = rng.lognormal(0.0, 0.5, articles) * _seasons(middles)[:, kind] * (1.0 - discount) ** elasticity
        self._ladder = _ladder(appeal.reshape(weeks, len(market.STYLES), _IN_STYLE))

    def pick(self, rng: np.random.Generator, day: Ints, style: Ints) -> Ints:
        """One article of the wished style for each line, by appeal in the week of its day."""
        cell = day // 7 * len(market.STYLES) + style
        rung = np.searchsorted(self._ladder, cell + rng.random(len(cell)), side="right")
        return np.asarray(style * _IN_STYLE + rung - cell * _IN_STYLE)

    def prices(self, day: Ints, article: Ints) -> Floats:
        """The price of each line's article on its day; a new price level moves all prices, and so no choice."""
        prices = self._prices[day // 7, article]
        if self._drift:
            drift, first = self._drift
            prices = prices * np.where(day >= first, drift.price_factor, 1.0)
        return np.asarray(np.maximum(np.round(prices, 2), _LEAST_PRICE))

    @property
    def codes(self) -> npt.NDArray[np.str_]:
        """Stock code of each article and size, as articles x sizes."""
        articles = _IN_STYLE * len(market.STYLES)
        return np.array([[f"{_FIRST_CODE + number}{size}" for size in market.SIZES] for number in range(articles)])

    @property
    def descriptions(self) -> npt.NDArray[np.str_]:
        """Description of each article and size, such as SILK SHIRT NAVY M, as articles x sizes."""
        names = [
            f"{category.makes[style]} {category.name} {colour}"
            for style in range(len(market.STYLES))
            for category in CATEGORIES
            for colour in market.COLOURS
        ]
        return np.array([[f"{name} {size}" for size in market.SIZES] for name in names])


def _seasons(days: list[date]) -> Floats:
    """How each category is asked for in each week, as weeks x categories."""
    of_year = np.array([day.timetuple().tm_yday for day in days])
    return np.exp(
        np.stack([category.amplitude * market.season(of_year, category.peak) for category in CATEGORIES], axis=1)
    )


def _ladder(appeal: Floats) -> Floats:
    """The cumulative shares of each week and style, one cell above the other, so that one search serves all cells."""
    shares = np.cumsum(appeal, axis=2) / appeal.sum(axis=2, keepdims=True)
    shares[:, :, -1] = 1.0
    cells = shares.reshape(-1, shares.shape[2])
    return np.asarray((cells + np.arange(len(cells))[:, None]).ravel())
