"""`toile costs`: what models cost in a month, by job, and how much of their budgets that is."""

import argparse
import json
import re
from collections.abc import Iterable
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from pydantic import BaseModel

from toile.commands.arguments import Subparsers, declare, progress, read_conf, require_model
from toile.config.model import Budget
from toile.errors import ConfigError

if TYPE_CHECKING:
    from toile.costs.charges import Charge

MIN_WIDTH = 110
DETAIL = """\
Every try of every job is charged to the month (UTC) in which it began: failed ones, refused ones, and those that were
killed, which count as the most they can have cost. The cost is that of the start-up and the running time at the prices
of conf/prices.yaml; it is no bill. docs/costs.md tells what is in it, and what a budget stops.

  toile --env production costs
  toile --env production costs customer.repeat_purchase --month 2026-11
  toile --env production costs --format json

Exit status: 0; 2 where a model or the price table does not exist.
"""


class Job(BaseModel):
    tries: int
    hours: float
    estimated: float
    cost: float


class Bill(BaseModel):
    """What one model cost in one month."""

    model: str
    month: str
    currency: str
    jobs: dict[str, Job]
    cost: float
    budget: float | None
    share: float | None


def add(subparsers: Subparsers) -> None:
    parser = declare(subparsers, "costs", "sum what models cost in a month", DETAIL)
    parser.add_argument("models", nargs="*", metavar="MODEL", help="<domain>.<model> (default: every model)")
    parser.add_argument(
        "--month", type=parse_month, default=f"{datetime.now(UTC):%Y-%m}", help="YYYY-MM (default: this one)"
    )
    parser.add_argument("--format", choices=("table", "json"), default="table")
    parser.set_defaults(run=run)


def parse_month(text: str) -> str:
    """For argparse: a month as YYYY-MM."""
    if not re.fullmatch(r"\d{4}-(0[1-9]|1[0-2])", text):
        raise argparse.ArgumentTypeError(f"{text!r} is no month; write YYYY-MM")
    return text


def run(arguments: argparse.Namespace) -> int:
    conf = read_conf(arguments)
    for model_id in arguments.models:
        require_model(conf, model_id)
    if conf.prices is None:
        raise ConfigError("there is no conf/prices.yaml, so nothing is counted. docs/costs.md shows one.")
    if conf.rate is None:
        raise ConfigError(
            f"compute costs nothing in {conf.environment_name}, so nothing is counted. Name another by --env."
        )
    progress("reading the charges ...")
    from toile.costs.charges import Charges
    from toile.registry.patience import within_seconds

    month = arguments.month
    models, _broken = conf.load_all()
    bills = []
    with within_seconds(conf.environment) as client:
        for model_id in arguments.models or conf.model_ids:
            charges = Charges(client, model_id, conf.environment, conf.rate).of_month(month)
            budget = models[model_id].config.budget if model_id in models else None
            bills.append(make_bill(model_id, month, conf.rate.currency, charges, budget))
    if arguments.format == "json":
        print(json.dumps([bill.model_dump() for bill in bills], indent=2))
    else:
        _print_table(bills, f"{month}, in {conf.rate.currency} at the prices of {conf.prices.looked_up}")
    return 0


def make_bill(model: str, month: str, currency: str, charges: "Iterable[Charge]", budget: Budget | None) -> Bill:
    """The sum of a month's charges, by job."""
    by_job: dict[str, list[Charge]] = {}
    for charge in charges:
        by_job.setdefault(charge.work, []).append(charge)
    jobs = {
        work: Job(
            tries=len(tries),
            hours=sum(one.seconds for one in tries) / 3600,
            estimated=sum(one.estimated for one in tries),
            cost=sum(one.cost for one in tries),
        )
        for work, tries in sorted(by_job.items())
    }
    cost, limit = sum(job.cost for job in jobs.values()), budget.per_month if budget else None
    share = cost / limit if limit else None
    return Bill(model=model, month=month, currency=currency, jobs=jobs, cost=cost, budget=limit, share=share)


def _print_table(bills: list[Bill], title: str) -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title=title, title_justify="left", title_style="")
    table.add_column("model")
    table.add_column("job")
    for name in ("tries", "hours", "estimated", "cost", "of its budget"):
        table.add_column(name, justify="right")
    for bill in bills:
        for work, job in bill.jobs.items():
            table.add_row("", work, f"{job.tries:,}", f"{job.hours:.2f}", f"{job.estimated:.2f}", f"{job.cost:.2f}")
        used = "none" if bill.share is None else f"{bill.share:.0%} of {bill.budget:.2f}"
        table.add_row(
            f"[bold]{bill.model}[/bold]", "", "", "", "", f"[bold]{bill.cost:.2f}[/bold]", used, end_section=True
        )
    console = Console()
    Console(width=max(console.width, MIN_WIDTH)).print(table)
