"""`toile data`: brings order lines into the tables, from a file or from a simulation."""

import argparse
from datetime import timedelta
from pathlib import Path
from typing import TYPE_CHECKING

from toile.commands.arguments import (
    Subparsers,
    declare,
    exit_status,
    open_tables,
    parse_count,
    parse_date,
    parse_path,
    progress,
    read_conf,
)
from toile.home import toile_home

if TYPE_CHECKING:
    from toile.sources.landing import LandingSummary

IMPORT_DETAIL = """\
The data set is UCI "Online Retail" (DOI 10.24432/C5BW33, CC BY 4.0), one workbook, taken as it is shipped.

Lands raw rows, drops exact duplicates, passes the rest through the data gate `order_lines` and writes
sales.order_lines and sales.order_lines_quarantine. Every raw row is accounted for.

  toile data import online-retail "Online Retail.xlsx"
  toile data import online-retail online_retail_by_day.tar.gz

Exit status: 0 landed, 3 the data gate refused it, 2 a mistake, 1 a fault.
"""
SIMULATE_DETAIL = """\
Makes a seeded fashion marketplace with planted truths (docs/simulated_market.md) and lands it as an import would.

  toile data simulate --customers 5000 --seed 7
"""


def add(subparsers: Subparsers) -> None:
    parser = declare(subparsers, "data", "import or simulate order lines")
    kinds = parser.add_subparsers(title="sources", required=True, metavar="SOURCE")
    importing = declare(kinds, "import", "import a data set", IMPORT_DETAIL)
    importing.add_argument("kind", choices=("online-retail",), help="the data set's format")
    importing.add_argument("path", type=parse_path, help="a tar.gz or folder of CSVs, one CSV, or an xlsx")
    importing.set_defaults(run=run_import)
    simulating = declare(kinds, "simulate", "simulate a fashion marketplace", SIMULATE_DETAIL)
    simulating.add_argument("--customers", type=parse_count, default=3000, help="how many (default: 3000)")
    simulating.add_argument("--days", type=parse_count, default=557, help="length of the period (default: 557)")
    simulating.add_argument("--seed", type=int, default=0, help="equal seeds make equal markets (default: 0)")
    simulating.add_argument("--start", type=parse_date, default="2010-06-01", help="first day (default: 2010-06-01)")
    simulating.add_argument(
        "--drift-date", type=parse_date, default="2011-10-01", help="when behaviour changes (default: 2011-10-01)"
    )
    simulating.set_defaults(run=run_simulate, refuse=simulating.error)


def run_import(arguments: argparse.Namespace) -> int:
    conf = read_conf(arguments)
    from toile.sources.online_retail import read_online_retail

    progress(f"reading {arguments.path} ...")
    raw = read_online_retail(arguments.path)
    tables = open_tables(conf)
    from toile.sources.importing import import_online_retail

    return _tell(import_online_retail(raw, tables, conf, _pages()))


def run_simulate(arguments: argparse.Namespace) -> int:
    end = arguments.start + timedelta(days=arguments.days)
    if not arguments.start < arguments.drift_date < end:
        arguments.refuse(f"--drift-date {arguments.drift_date} is not between {arguments.start} and {end}")
    conf = read_conf(arguments)
    tables = open_tables(conf)
    from toile.sources.importing import import_simulated

    summary, _ = import_simulated(
        tables, conf, _pages(), customers=arguments.customers, days=arguments.days, seed=arguments.seed,
        start=arguments.start, drift_date=arguments.drift_date,
    )  # fmt: skip
    print(f"What was planted: {_pages() / 'truths.json'}")
    return _tell(summary)


def _pages() -> Path:
    return toile_home() / "results" / "data"


def _tell(summary: "LandingSummary") -> int:
    print(
        f"{summary.raw:,} rows = {summary.accepted:,} accepted + {summary.quarantined:,} quarantined "
        f"+ {summary.duplicates:,} exact duplicates"
    )
    for reason, count in summary.quarantined_by.items():
        print(f"  quarantined: {count:>8,}  {reason}")
    for finding in summary.findings:
        print(f"  {finding}")
    print(f"Data gate {summary.verdict}: {summary.page}")
    return exit_status(summary.verdict)
