"""The ways in which data comes to a new Toile: each kind from a public data set, or simulated."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa

from toile.config import Conf
from toile.sources.campaign_calls import CALLS
from toile.sources.landing import LandingSummary, land
from toile.sources.market import Truths
from toile.sources.online_retail import read_online_retail
from toile.sources.order_lines import ORDER_LINES
from toile.sources.simulate import simulate
from toile.sources.simulate_campaign import CampaignTruths, simulate_campaign
from toile.tables import Tables

TRUTHS_FILE = "truths.json"


def import_online_retail(raw: Iterator[pa.Table], tables: Tables, conf: Conf, pages: Path) -> LandingSummary:
    """Lands what `read_online_retail` gives in sales.order_lines; the gate's record and page go into `pages`.

    Raises:
        DataError: a later part of it cannot be read as Online Retail.
    """
    return land(ORDER_LINES, raw, "raw.online_retail", tables, conf=conf, pages=pages)


def import_simulated(
    tables: Tables,
    conf: Conf,
    pages: Path,
    *,
    customers: int = 3000,
    days: int = 557,
    seed: int = 0,
    start: date = date(2010, 6, 1),
    drift_date: date | None = date(2011, 10, 1),
) -> tuple[LandingSummary, Truths]:
    """Simulates a market and lands it in sales.order_lines; what was planted is in `truths.json` beside the page.

    Raises:
        ConfigError: the arguments make no market.
    """
    with TemporaryDirectory(prefix="toile-market-") as folder:
        market = Path(folder)
        truths = simulate(market, customers=customers, days=days, seed=seed, start=start, drift_date=drift_date)
        summary = land(ORDER_LINES, read_online_retail(market), "raw.simulated_market", tables, conf=conf, pages=pages)
    truths.save(pages / TRUTHS_FILE)
    return summary, truths


def import_bank_marketing(raw: pa.Table, tables: Tables, conf: Conf, pages: Path) -> LandingSummary:
    """Lands what `read_bank_marketing` gives in marketing.contacts and marketing.responses; pages go into `pages`."""
    return land(CALLS, [raw], "raw.bank_marketing", tables, conf=conf, pages=pages)


def import_simulated_campaign(
    tables: Tables, conf: Conf, pages: Path, *, clients: int = 30_000, seed: int = 0
) -> tuple[LandingSummary, CampaignTruths]:
    """Simulates a campaign and lands it as a real one; what was planted is in `truths.json` beside the page."""
    raw, truths = simulate_campaign(clients, seed)
    summary = land(CALLS, [raw], "raw.simulated_campaign", tables, conf=conf, pages=pages)
    truths.save(pages / TRUTHS_FILE)
    return summary, truths
