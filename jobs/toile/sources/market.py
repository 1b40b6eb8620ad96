"""The simulated fashion market: what it sells and to whom, and every truth that is planted in it.

docs/simulated_market.md explains the process; a test recovers these numbers from the rows.
"""

import json
from dataclasses import asdict, dataclass, field
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import numpy.typing as npt

STYLES = ("classic", "sport", "evening", "street")
COLOURS = ("NAVY", "BLACK", "ECRU", "RUST", "SAGE")
SIZES = ("XS", "S", "M", "L", "XL")
SIZE_WEIGHTS = (0.1, 0.24, 0.3, 0.24, 0.12)
COUNTRIES = ("United Kingdom", "Germany", "France", "Netherlands", "Spain")
COUNTRY_WEIGHTS = (0.7, 0.1, 0.09, 0.06, 0.05)

# Demand on a weekday, Monday first, as a multiple of the mean day.
WEEKLY = (0.9, 0.9, 0.95, 1.0, 1.15, 1.3, 0.8)
# All demand follows 1 + amplitude * cos(2 pi (day of year - peak) / 365.25).
TRAFFIC_AMPLITUDE, TRAFFIC_PEAK = 0.25, 340
# A product's price in a week is its base price, less one of these discounts.
DISCOUNTS, DISCOUNT_WEIGHTS = (0.0, 0.1, 0.2, 0.3), (0.55, 0.15, 0.15, 0.15)
# Shares of rows that are spoilt on purpose; the exact counts are in Truths.dirty_rows.
DIRTY_SHARES = {"duplicates": 0.01, "nonpositive_price": 0.004, "missing_product": 0.003}
ANONYMOUS_SHARE = 0.1


@dataclass(frozen=True)
class Category:
    """A kind of garment: its appeal goes with (price / price level) ** elasticity and exp(amplitude * season(peak))."""

    name: str
    makes: tuple[str, str, str, str]
    base_price: float
    elasticity: float
    amplitude: float
    peak: int


CATEGORIES = (
    Category("SHIRT", ("OXFORD", "JERSEY", "SILK", "FLANNEL"), 34.0, -1.4, 0.15, 150),
    Category("DRESS", ("WRAP", "TENNIS", "SATIN", "DENIM"), 59.0, -1.8, 0.5, 190),
    Category("JEANS", ("STRAIGHT", "STRETCH", "COATED", "BAGGY"), 64.0, -1.1, 0.1, 280),
    Category("JUMPER", ("CASHMERE", "FLEECE", "ANGORA", "CHUNKY"), 54.0, -1.5, 0.6, 350),
    Category("COAT", ("TRENCH", "SOFTSHELL", "WOOL", "PUFFER"), 129.0, -2.0, 0.7, 330),
    Category("SHOES", ("LEATHER", "RUNNING", "PATENT", "CANVAS"), 79.0, -1.6, 0.1, 100),
    Category("SWIMSUIT", ("PLAIN", "RACING", "LACE", "PRINTED"), 29.0, -2.2, 0.8, 185),
    Category("SCARF", ("LINEN", "TUBE", "VOILE", "CHECKED"), 19.0, -0.9, 0.4, 345),
)


def season(day_of_year: npt.NDArray[np.int64], peak: int) -> npt.NDArray[np.float64]:
    """A yearly wave from -1 to 1 that is highest on the peak's day of the year."""
    return np.asarray(np.cos(2.0 * np.pi * (day_of_year - peak) / 365.25))


@dataclass(frozen=True)
class Drift:
    """What changes on a date, for good."""

    date: date
    country: str = "Poland"
    new_market_share: float = 0.15  # of all customers: they are of this country, and join from this date on
    price_factor: float = 1.15
    rate_factor: float = 0.7


@dataclass(frozen=True)
class Repeat:
    """What decides whether and when a customer buys again; `loyalty` is uniform in 0 to 1, one number a customer.

    Orders a day at mean demand: gamma(shape, mean_rate) * exp(zeal * (loyalty - 0.5)), while the customer is active.
    Lines an order: 1 + Poisson(0.5 + lines * loyalty); a line is of the customer's own style with chance `loyalty`,
    else of any style. Seasonal customers rest for `seasonal_rest` days after each order and order `seasonal_rate`
    times as often when rested. After an order, a customer leaves for good with chance base_leave * (1 - loyalty),
    times `return_leave` where the order is sent back; a customer's chance of that is Beta with mean_return_chance.
    """

    shape: float = 3.0
    mean_rate: float = 1 / 90
    zeal: float = 3.0
    lines: float = 5.0
    seasonal_share: float = 0.4
    seasonal_rest: int = 90
    seasonal_rate: float = 4.0
    base_leave: float = 0.08
    return_leave: float = 8.0
    mean_return_chance: float = 0.14


@dataclass(frozen=True)
class Plan:
    """What a market is made from: equal plans make equal markets."""

    seed: int
    customers: int
    start: date
    days: int
    drift: Drift | None
    repeat: Repeat = Repeat()

    @property
    def dates(self) -> list[date]:
        return [self.start + timedelta(days=day) for day in range(self.days)]


@dataclass(frozen=True)
class Truths:
    """All that was planted in one simulated market, and the counts of its rows.

    `rows` holds the copies too; `returned_rows` does not. The dirty rows are exact: no row is spoilt in two ways.
    """

    plan: Plan
    rows: int
    orders: int
    returned_rows: int
    anonymous_rows: int
    dirty_rows: dict[str, int]
    elasticities: dict[str, float] = field(default_factory=lambda: {c.name: c.elasticity for c in CATEGORIES})
    weekly: tuple[float, ...] = WEEKLY

    def save(self, path: Path) -> None:
        """Writes the record as JSON, dates as ISO text."""
        path.write_text(json.dumps(asdict(self), indent=2, default=str) + "\n")
