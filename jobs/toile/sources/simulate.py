"""Simulates a fashion market of any size, seeded, as CSVs in the columns of Online Retail, one file a month.

Only one month of lines is in memory at a time. Equal arguments give equal bytes.
"""

from collections import Counter
from datetime import date, timedelta
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pyarrow.compute as pc
from pyarrow import csv

from toile.errors import ConfigError
from toile.sources import market
from toile.sources.assortment import Assortment
from toile.sources.market import Drift, Plan, Truths
from toile.sources.population import NOBODY, Population
from toile.sources.raw_lines import RAW_COLUMNS

_FIRST_INVOICE, _FIRST_CUSTOMER = 100_001, 10_001
_OPENS, _CLOSES = 8 * 60, 21 * 60
_RETURN_DAYS = (3, 21)
_DAY_MINUTES = 24 * 60


def simulate(folder: Path, *, customers: int, days: int, seed: int, start: date, drift_date: date | None) -> Truths:
    """Writes `YYYY-MM.csv` files into the folder and returns what was planted in them.

    Raises:
        ConfigError: the arguments make no market.
    """
    _require_sense(customers, days, start, drift_date)
    folder.mkdir(parents=True, exist_ok=True)
    run = _Market(Plan(seed, customers, start, days, Drift(drift_date) if drift_date else None))
    for name, first, end in _months(run.plan.dates):
        csv.write_csv(run.month(first, end), folder / f"{name}.csv", csv.WriteOptions(quoting_style="needed"))
    return run.truths()


def _require_sense(customers: int, days: int, start: date, drift_date: date | None) -> None:
    if customers < 1 or days < 1:
        raise ConfigError(f"a market needs one customer and one day at least, not {customers} and {days}.")
    if drift_date and not start < drift_date < start + timedelta(days=days):
        raise ConfigError(f"the drift date {drift_date} is outside the market's time: {days} days from {start}.")


def _months(dates: list[date]) -> list[tuple[str, int, int]]:
    """Name, first day and day after the last of each month, as day numbers of the market."""
    firsts = [day for day, when in enumerate(dates) if day == 0 or when.day == 1]
    ends = [*firsts[1:], len(dates)]
    return [(dates[first].strftime("%Y-%m"), first, end) for first, end in zip(firsts, ends, strict=True)]


class _Market:
    """One market on its way through time; `month` must be asked for month after month."""

    def __init__(self, plan: Plan) -> None:
        self.plan = plan
        self._rng = np.random.default_rng(plan.seed)
        self._assortment = Assortment(self._rng, plan)
        self._population = Population(self._rng, plan)
        self._epoch = np.datetime64(plan.start, "s")
        self._countries = pa.array([*market.COUNTRIES, plan.drift.country if plan.drift else ""])
        self._codes = pa.array(self._assortment.codes.ravel())
        self._descriptions = pa.array(self._assortment.descriptions.ravel())
        self._returns_due = pd.DataFrame()
        self._counts: Counter[str] = Counter()

    def truths(self) -> Truths:
        return Truths(
            plan=self.plan,
            rows=self._counts["rows"],
            orders=self._counts["orders"],
            returned_rows=self._counts["returned_rows"],
            anonymous_rows=self._counts["anonymous_rows"],
            dirty_rows={name: self._counts[name] for name in market.DIRTY_SHARES},
        )

    def month(self, first: int, end: int) -> pa.Table:
        """The raw rows of these days, by time: sales, and what comes back from sales of this and former months."""
        sales = self._sales(first, end)
        returns = pd.concat([self._returns_due, self._returns(sales)], ignore_index=True)
        due = returns["moment"] < end * _DAY_MINUTES
        self._returns_due = returns[~due]
        lines = pd.concat([sales.drop(columns="returned"), returns[due]], ignore_index=True)
        self._counts["returned_rows"] += int(due.sum())
        lines = self._spoil(lines).sort_values("moment", kind="stable", ignore_index=True)
        self._counts["rows"] += len(lines)
        self._counts["anonymous_rows"] += int((lines["customer"] == NOBODY).sum())
        return self._as_raw(lines)

    def _sales(self, first: int, end: int) -> pd.DataFrame:
        orders = pd.concat([self._orders(day) for day in range(first, end)], ignore_index=True)
        orders = orders.sort_values("moment", kind="stable", ignore_index=True)
        orders["invoice"] = _FIRST_INVOICE + self._counts["orders"] + np.arange(len(orders))
        self._counts["orders"] += len(orders)
        size = 1 + self._rng.poisson(0.5 + self.plan.repeat.lines * orders["loyalty"])
        lines = orders.loc[orders.index.repeat(size)].reset_index(drop=True)
        loyal = self._rng.random(len(lines)) < lines.pop("loyalty")
        style = np.where(loyal, lines.pop("style"), self._rng.integers(len(market.STYLES), size=len(lines)))
        day = lines["moment"].to_numpy() // _DAY_MINUTES
        lines["article"] = self._assortment.pick(self._rng, day, style)
        lines["size"] = self._rng.choice(len(market.SIZES), len(lines), p=market.SIZE_WEIGHTS)
        lines["quantity"] = 1 + self._rng.poisson(0.15, len(lines))
        lines["price"] = self._assortment.prices(day, lines["article"].to_numpy())
        # An order names an article and size once, or it would look like an exact duplicate that nobody planted.
        return lines.drop_duplicates(["invoice", "article", "size"], ignore_index=True)

    def _orders(self, day: int) -> pd.DataFrame:
        orders = pd.DataFrame(vars(self._population.orders(day)))
        orders["moment"] = day * _DAY_MINUTES + self._rng.integers(_OPENS, _CLOSES, len(orders))
        return orders

    def _returns(self, sales: pd.DataFrame) -> pd.DataFrame:
        """What comes back from the sales: the first line of each order that is returned, and half of its others."""
        sent_back = ~sales.duplicated("invoice") | (self._rng.random(len(sales)) < 0.5)
        lines = sales[sales["returned"] & sent_back].drop(columns="returned")
        later = pd.Series(self._rng.integers(*_RETURN_DAYS, sales["invoice"].nunique()), sales["invoice"].unique())
        lines["moment"] += later.loc[lines["invoice"]].to_numpy() * _DAY_MINUTES
        lines["quantity"] *= -1
        return lines

    def _spoil(self, lines: pd.DataFrame) -> pd.DataFrame:
        """Plants the dirty rows: no row is spoilt in two ways, and copies are made of sound rows only."""
        lines["nameless"] = False
        counts = {name: round(share * len(lines)) for name, share in market.DIRTY_SHARES.items()}
        self._counts.update(counts)
        picked = np.split(self._rng.permutation(len(lines)), np.cumsum(list(counts.values())))
        copied, unpriced, nameless = picked[:3]
        copies = lines.loc[copied]
        lines.loc[unpriced, "price"] *= np.where(np.arange(len(unpriced)) % 2, -1.0, 0.0)
        lines.loc[nameless, "nameless"] = True
        return pd.concat([lines, copies], ignore_index=True)

    def _as_raw(self, lines: pd.DataFrame) -> pa.Table:
        nameless = pa.array(lines["nameless"])
        variant = pa.array(lines["article"] * len(market.SIZES) + lines["size"])
        mark = pa.array(np.where(lines["quantity"] < 0, "C", ""))
        columns = {
            "InvoiceNo": pc.binary_join_element_wise(mark, pc.cast(pa.array(lines["invoice"]), pa.string()), ""),
            "StockCode": pc.if_else(nameless, None, self._codes.take(variant)),
            "Description": self._descriptions.take(variant),
            "Quantity": pa.array(lines["quantity"]),
            "InvoiceDate": pa.array(self._epoch + (lines["moment"].to_numpy() * 60).astype("timedelta64[s]")),
            "UnitPrice": pa.array(lines["price"]),
            "CustomerID": pa.array(lines["customer"] + _FIRST_CUSTOMER, mask=lines["customer"] == NOBODY),
            "Country": self._countries.take(pa.array(lines["country"])),
        }
        return pa.table([columns[name] for name in RAW_COLUMNS], names=list(RAW_COLUMNS))
