"""The customers of the simulated market: who orders on a day, who sends something back, who leaves."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from toile.sources import market
from toile.sources.market import Drift, Plan

Ints = npt.NDArray[np.int64]
Floats = npt.NDArray[np.float64]
Flags = npt.NDArray[np.bool_]

NOBODY = -1
_KNOWN_AT_START = 0.5
_LONG_AGO = -1
_NEW_COUNTRY = len(market.COUNTRIES)


@dataclass(frozen=True)
class Orders:
    """The orders of one day, one element each; an anonymous order is of `NOBODY`."""

    customer: Ints
    style: Ints
    loyalty: Floats
    country: Ints
    returned: Flags


class Population:
    """All customers of a market, as arrays; `orders` must be asked for day after day, for it moves them on."""

    def __init__(self, rng: np.random.Generator, plan: Plan) -> None:
        repeat, customers = plan.repeat, plan.customers
        self._rng = rng
        self._demand = _demand(plan)
        self._style = rng.integers(len(market.STYLES), size=customers)
        self._loyalty = rng.random(customers)
        zeal = np.exp(repeat.zeal * (self._loyalty - 0.5))
        self._rate = rng.gamma(repeat.shape, repeat.mean_rate / repeat.shape, customers) * zeal
        seasonal = rng.random(customers) < repeat.seasonal_share
        self._rate *= np.where(seasonal, repeat.seasonal_rate, 1.0)
        self._rest = np.where(seasonal, repeat.seasonal_rest, 0)
        self._rested = np.zeros(customers, dtype=np.int64)
        self._leave = repeat.base_leave * (1.0 - self._loyalty)
        self._return_leave = repeat.return_leave
        self._returns = rng.beta(1.0, 1.0 / repeat.mean_return_chance - 1.0, customers)
        self._country = rng.choice(len(market.COUNTRIES), customers, p=market.COUNTRY_WEIGHTS)
        self._joins = np.where(
            rng.random(customers) < _KNOWN_AT_START, _LONG_AGO, rng.integers(plan.days, size=customers)
        )
        self._active = np.ones(customers, dtype=bool)
        if plan.drift:
            self._open_market(plan.drift, (plan.drift.date - plan.start).days, plan.days)

    def orders(self, day: int) -> Orders:
        """Everybody who orders on this day; some of them leave the market for good afterwards."""
        chance = 1.0 - np.exp(-self._rate * self._demand[day])
        wants = (self._rng.random(len(chance)) < chance) & (self._rested <= day)
        who = np.flatnonzero(self._active & ((wants & (self._joins < day)) | (self._joins == day)))
        self._rested[who] = day + self._rest[who]
        returned = self._rng.random(len(who)) < self._returns[who]
        leave = self._leave[who] * np.where(returned, self._return_leave, 1.0)
        self._active[who[self._rng.random(len(who)) < leave]] = False
        known = Orders(who, self._style[who], self._loyalty[who], self._country[who], returned)
        return self._with_guests(known)

    def _with_guests(self, known: Orders) -> Orders:
        share = market.ANONYMOUS_SHARE / (1.0 - market.ANONYMOUS_SHARE)
        guests = int(self._rng.poisson(len(known.customer) * share))
        nowhere = self._rng.choice(len(market.COUNTRIES), guests, p=market.COUNTRY_WEIGHTS)
        return Orders(
            np.append(known.customer, np.full(guests, NOBODY)),
            np.append(known.style, np.zeros(guests, dtype=np.int64)),
            np.append(known.loyalty, np.zeros(guests)),
            np.append(known.country, nowhere),
            np.append(known.returned, np.zeros(guests, dtype=bool)),
        )

    def _open_market(self, drift: Drift, drift_day: int, days: int) -> None:
        """The last of the customers are those of the new market."""
        new = round(drift.new_market_share * len(self._joins))
        if new:
            self._joins[-new:] = self._rng.integers(drift_day, days, size=new)
            self._country[-new:] = _NEW_COUNTRY


def _demand(plan: Plan) -> Floats:
    """Demand on each day as a multiple of the mean day."""
    of_year = np.array([day.timetuple().tm_yday for day in plan.dates])
    demand = 1.0 + market.TRAFFIC_AMPLITUDE * market.season(of_year, market.TRAFFIC_PEAK)
    demand *= np.array([market.WEEKLY[day.weekday()] for day in plan.dates])
    if plan.drift:
        demand *= np.where([day >= plan.drift.date for day in plan.dates], plan.drift.rate_factor, 1.0)
    return demand
