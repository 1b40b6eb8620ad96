"""`toile data`: brings order lines, campaign calls or any CSV into the tables, from a file or from a simulation."""

import argparse
from datetime import timedelta
from hashlib import sha256
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
    parse_table,
    progress,
    read_conf,
)
from toile.config import Conf
from toile.home import toile_home

if TYPE_CHECKING:
    from toile.sources.landing import LandingSummary

IMPORT_DETAIL = """\
csv             Any CSV with a line of names, as the table that --table names; types and dates are recognised, and an
                odd value is told with its line. Again with the same file, it changes nothing; with another, it
                replaces the table. `toile new` makes a model of the table.

The others land raw rows, pass them through a data gate and write tables. Every raw row is accounted for.

online-retail   UCI "Online Retail" (DOI 10.24432/C5BW33, CC BY 4.0), one workbook, taken as it is shipped; also a
                tar.gz or folder of CSVs, or one CSV. Exact duplicates are dropped. Writes sales.order_lines.
bank-marketing  UCI "Bank Marketing" (DOI 10.24432/C5K306, CC BY 4.0), bank-full.csv; also packed by gzip, or with
                commas. Writes marketing.contacts and marketing.responses. The data set has calls only: that a client
                is listed 7 days before the call is an assumption. `duration`, which leaks the outcome, is left out.

What does not pass goes into sales.order_lines_quarantine or marketing.contacts_quarantine.

  toile data import csv leads.csv --table marketing.leads
  toile data import online-retail "Online Retail.xlsx"
  toile data import bank-marketing bank-full.csv

Exit status: 0 landed, 3 the data gate refused it, 2 a mistake, 1 a fault.
"""
SIMULATE_DETAIL = """\
Makes a seeded fashion marketplace with planted truths (docs/simulated_market.md) and lands it as an import would.

  toile data simulate --customers 5000 --seed 7
"""
CAMPAIGN_DETAIL = """\
Makes a seeded telephone campaign with planted truths (docs/simulated_market.md) and lands it as an import would.

  toile data simulate-campaign --clients 30000 --seed 7
"""


def add(subparsers: Subparsers) -> None:
    parser = declare(subparsers, "data", "import a CSV, order lines or a campaign, or simulate them")
    kinds = parser.add_subparsers(title="sources", required=True, metavar="SOURCE")
    importing = declare(kinds, "import", "import a data set", IMPORT_DETAIL)
    importing.add_argument("kind", choices=("csv", *_IMPORT), help="the data set")
    importing.add_argument("path", type=parse_path, help="its file or folder")
    importing.add_argument(
        "--table", type=parse_table, metavar="DOMAIN.NAME", help="of a csv: the table that it becomes"
    )
    importing.add_argument(
        "--dates", metavar="FORM", help="of a csv: how its dates are written, such as %%d/%%m/%%Y (default: ISO 8601)"
    )
    importing.add_argument(
        "--decimal",
        choices=(".", ",", "none"),
        help="of a csv: the decimal mark of amounts, percents and numbers with separators; none: they stay text",
    )
    importing.set_defaults(run=run_import, refuse=importing.error)
    simulating = declare(kinds, "simulate", "simulate a fashion marketplace", SIMULATE_DETAIL)
    simulating.add_argument("--customers", type=parse_count, default=3000, help="how many (default: 3000)")
    simulating.add_argument("--days", type=parse_count, default=557, help="length of the period (default: 557)")
    simulating.add_argument("--seed", type=int, default=0, help="equal seeds make equal markets (default: 0)")
    simulating.add_argument("--start", type=parse_date, default="2010-06-01", help="first day (default: 2010-06-01)")
    simulating.add_argument(
        "--drift-date", type=parse_date, default="2011-10-01", help="when behaviour changes (default: 2011-10-01)"
    )
    simulating.set_defaults(run=run_simulate, refuse=simulating.error)
    campaign = declare(kinds, "simulate-campaign", "simulate a telephone campaign", CAMPAIGN_DETAIL)
    campaign.add_argument("--clients", type=parse_count, default=30_000, help="how many (default: 30000)")
    campaign.add_argument("--seed", type=int, default=0, help="equal seeds make equal campaigns (default: 0)")
    campaign.set_defaults(run=run_simulate_campaign)


def run_import(arguments: argparse.Namespace) -> int:
    if (arguments.table is None) is (arguments.kind == "csv"):
        arguments.refuse("--table is for a csv, which cannot do without it")
    conf = read_conf(arguments)
    progress(f"reading {arguments.path} ...")
    if arguments.kind == "csv":
        return _import_csv(arguments, conf)
    return _tell(_IMPORT[arguments.kind](arguments.path, conf))


def _import_csv(arguments: argparse.Namespace, conf: Conf) -> int:
    from toile.sources.any_csv import read_csv

    path, name = arguments.path, arguments.table
    rows = read_csv(path, arguments.dates, arguments.decimal)
    tables = open_tables(conf)
    from toile.sources.importing import import_csv

    # Without --decimal the digest is what it was before there was one, so that what is imported stays so.
    asked = str(arguments.dates) + (f"\0{arguments.decimal}" if arguments.decimal else "")
    new = import_csv(rows, sha256(path.read_bytes() + asked.encode()).hexdigest(), name, tables, conf)
    print(f"{name}: {len(rows):,} rows of {len(rows.schema)} columns" + ("" if new else ", which were there already"))
    for field, column in zip(rows.schema, rows.columns, strict=True):
        gaps = f", {column.null_count:,} empty" if column.null_count else ""
        print(f"  {field.name}: {_KINDS.get(str(field.type), 'moment (UTC)')}{gaps}")
    print(f"Next: bin/toile new --table {name}")
    return 0


def _import_online_retail(path: Path, conf: Conf) -> "LandingSummary":
    from toile.sources.online_retail import read_online_retail

    raw = read_online_retail(path)
    tables = open_tables(conf)
    from toile.sources.importing import import_online_retail

    return import_online_retail(raw, tables, conf, _pages("order_lines"))


def _import_bank_marketing(path: Path, conf: Conf) -> "LandingSummary":
    from toile.sources.bank_marketing import read_bank_marketing

    raw = read_bank_marketing(path)
    tables = open_tables(conf)
    from toile.sources.importing import import_bank_marketing

    return import_bank_marketing(raw, tables, conf, _pages("campaign_calls"))


_KINDS = {"int64": "whole number", "double": "number", "bool": "yes or no", "string": "text"}
_IMPORT = {"online-retail": _import_online_retail, "bank-marketing": _import_bank_marketing}


def run_simulate(arguments: argparse.Namespace) -> int:
    end = arguments.start + timedelta(days=arguments.days)
    if not arguments.start < arguments.drift_date < end:
        arguments.refuse(f"--drift-date {arguments.drift_date} is not between {arguments.start} and {end}")
    conf = read_conf(arguments)
    tables = open_tables(conf)
    from toile.sources.importing import import_simulated

    summary, _ = import_simulated(
        tables, conf, _pages("order_lines"), customers=arguments.customers, days=arguments.days, seed=arguments.seed,
        start=arguments.start, drift_date=arguments.drift_date,
    )  # fmt: skip
    return _tell_simulated(summary)


def run_simulate_campaign(arguments: argparse.Namespace) -> int:
    conf = read_conf(arguments)
    tables = open_tables(conf)
    from toile.sources.importing import import_simulated_campaign

    pages = _pages("campaign_calls")
    summary, _ = import_simulated_campaign(tables, conf, pages, clients=arguments.clients, seed=arguments.seed)
    return _tell_simulated(summary)


def _pages(suite: str) -> Path:
    return toile_home() / "results" / "data" / suite


def _tell_simulated(summary: "LandingSummary") -> int:
    print(f"What was planted: {summary.page.parent / 'truths.json'}")
    return _tell(summary)


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
