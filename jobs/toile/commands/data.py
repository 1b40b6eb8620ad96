"""`toile data`: brings order lines into the tables, from a file or from a simulation."""

import argparse
from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from toile.commands.arguments import Subparsers, declare, parse_date, read_conf
from toile.contract import Verdict
from toile.home import toile_home

if TYPE_CHECKING:
    from toile.config import Conf
    from toile.sources.landing import LandingSummary
    from toile.tables import Tables

IMPORT_DETAIL = """\
Lands raw rows, drops exact duplicates, passes the rest through the data gate `order_lines` and writes
sales.order_lines and sales.order_lines_quarantine. Every raw row is accounted for.

  toile data import online-retail online_retail_by_day.tar.gz
  toile data import online-retail "Online Retail.xlsx"
"""
SIMULATE_DETAIL = """\
Makes a seeded fashion marketplace with planted truths (docs/simulated_market.md) and lands it as an import would.

  toile data simulate --customers 1500 --seed 7
"""
REFUSED = 3


def add(subparsers: Subparsers) -> None:
    parser = declare(subparsers, "data", "import or simulate order lines")
    kinds = parser.add_subparsers(title="sources", required=True, metavar="SOURCE")
    importing = declare(kinds, "import", "import a data set", IMPORT_DETAIL)
    importing.add_argument("kind", choices=("online-retail",), help="the data set's format")
    importing.add_argument("path", type=Path, help="a tar.gz or folder of CSVs, one CSV, or an xlsx")
    importing.set_defaults(run=run_import)
    simulating = declare(kinds, "simulate", "simulate a fashion marketplace", SIMULATE_DETAIL)
    simulating.add_argument("--customers", type=int, default=1500)
    simulating.add_argument("--days", type=int, default=374, help="length of the period (default: 374)")
    simulating.add_argument("--seed", type=int, default=7)
    simulating.add_argument("--start", type=parse_date, default="2010-12-01", help="first day (default: 2010-12-01)")
    simulating.add_argument("--drift-date", type=parse_date, default=None, help="when behaviour changes (default: never)")
    simulating.set_defaults(run=run_simulate)
