"""The ways in which data comes to a new Toile: each kind from a public data set, simulated, or any CSV."""

from collections.abc import Iterator
from datetime import date
from pathlib import Path
from tempfile import TemporaryDirectory

import pyarrow as pa

from toile.config import Conf
from toile.errors import DataError
from toile.lock import exclusive
from toile.sources.campaign_calls import CALLS
from toile.sources.landing import LandingSummary, land, on_this_machine
from toile.sources.market import Truths
from toile.sources.online_retail import read_online_retail
from toile.sources.order_lines import ORDER_LINES
from toile.sources.simulate import simulate
from toile.sources.simulate_campaign import CampaignTruths, simulate_campaign
from toile.staging import stage_rows, staging_folder
from toile.tables import Tables

TRUTHS_FILE = "truths.json"
CSV_DIGEST = "digest of the CSV"


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


def import_csv(rows: pa.Table, digest: str, name: str, tables: Tables, conf: Conf) -> bool:
    """Replaces the table with what `read_csv` gives; whether it did: what has this digest may be there already.

    Raises:
        DataError: the table has come from elsewhere, so that it is not this import's to replace.
    """
    with exclusive(f"landing of {name}", conf.environment), staging_folder(conf.environment) as staged:
        if tables.exists(name):
            before = tables.origin(name).get(CSV_DIGEST)
            if before is None:
                raise DataError(f"{name} is there, and has come from no CSV. Take another --table.")
            if before == digest:
                return False
        folder = on_this_machine(staged) / "rows"
        stage_rows([rows], rows.schema, folder)
        tables.replace(name, tables.spark.read.parquet(str(folder)), origin={CSV_DIGEST: digest})
    return True
