"""`toile stats`: how far the platform is used, and how well: all models together."""

import argparse
from collections import Counter
from typing import TYPE_CHECKING

from toile.commands.arguments import Subparsers, counted, declare, progress, read_conf

if TYPE_CHECKING:
    from rich.table import Table

    from toile.registry.adoption import History
    from toile.registry.stats import Median, Stats

MIN_WIDTH = 110
DETAIL = """\
Of every model file under conf/, in one environment:

  time to champion   from the first commit of the file (renames followed) to the first promotion in the ledger that
                     stood its smoke test
  lead time          of retrainings that became champion: from the candidate's training to its promotion, a person's
                     approval included
  gates              the share of models that have each: data gates, comparisons, limits, approval, budget
  by month (UTC)     refusals by data gates, model validation and smoke tests; rollbacks that a person asked for

  toile stats
  toile --env production stats --format json

What is not known is counted as such: models without a champion or without any run, files that git does not know, and
clones that are shallow. A training that its budget or its own look at the labels refuses leaves no MLflow run, and is
not among the refusals. `toile costs` tells what models cost, `toile status` how each of them does.

Exit status: 1 where a file of a model has mistakes (its history is counted, its gates are not), else 0.
"""
GIT = {
    "none": "git does not know this folder, so no time to champion is known",
    "shallow": "this clone is shallow, so no time to champion is known: git fetch --unshallow",
}


def add(subparsers: Subparsers) -> None:
    parser = declare(subparsers, "stats", "tell how models came to be used, over all of them", DETAIL)
    parser.add_argument("--format", choices=("text", "json"), default="text")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    conf = read_conf(arguments)
    conf.require_foundation()
    progress("reading git, the registry and the ledgers ...")
    from toile.registry.patience import within_seconds
    from toile.registry.stats import gather

    with within_seconds(conf.environment) as client:
        stats = gather(conf, client)
    if arguments.format == "json":
        print(stats.model_dump_json(indent=2))
    else:
        _print(stats)
    return 1 if stats.broken else 0


def _print(stats: "Stats") -> None:
    from rich.console import Console

    print(f"{stats.environment}: {counted(stats.models, 'model')}, {stats.with_champion} with a champion")
    if stats.without_runs:
        print(f"  without any run: {', '.join(stats.without_runs)}")
    if stats.broken:
        print(f"  with mistakes, which `toile check` tells: {', '.join(stats.broken)}")
    if stats.git in GIT:
        print(f"  {GIT[stats.git]}")
    print(f"  days from first commit to champion: {_median(stats.days_to_champion)}")
    print(f"  hours from candidate to champion, of retrainings: {_median(stats.lead_hours)}")
    console = Console()
    console = Console(width=max(console.width, MIN_WIDTH))
    for table in (_gates(stats), _months(stats), _each(stats)):
        if table.row_count:
            console.print(table)


def _gates(stats: "Stats") -> "Table":
    table = _table("gates", "gate", "models", "share")
    for gate, share in stats.gates.items():
        table.add_row(gate, str(share.models), f"{share.share:.0%}")
    return table


def _months(stats: "Stats") -> "Table":
    from toile.registry.adoption import EVENTS

    table = _table("refusals and rollbacks", "month", *EVENTS)
    for month, counts in stats.months.items():
        table.add_row(month, *(str(counts.get(what, 0)) for what in EVENTS))
    return table


def _each(stats: "Stats") -> "Table":
    table = _table("models", "model", "first commit", "first champion", "days", "retrainings", "refused", "rolled back")
    for history in stats.each:
        table.add_row(history.model, *_figures(history))
    return table


def _figures(history: "History") -> list[str]:
    from toile.registry.adoption import ROLLED_BACK

    happened = Counter(event.what == ROLLED_BACK for event in history.events)
    days = history.days_to_champion
    return [
        *(f"{moment:%Y-%m-%d}" if moment else "-" for moment in (history.first_commit, history.first_champion)),
        "-" if days is None else f"{days:.1f}",
        *map(str, (len(history.lead_hours), happened[False], happened[True])),
    ]


def _table(title: str, first: str, *others: str) -> "Table":
    from rich.table import Table

    table = Table(title=title, title_justify="left", title_style="")
    table.add_column(first)
    for name in others:
        table.add_column(name, justify="right")
    return table


def _median(figure: "Median") -> str:
    if figure.median is None:
        return f"not known ({figure.unknown} without)" if figure.unknown else "none yet"
    of = f"median of {figure.known}" + (f", {figure.unknown} not known" if figure.unknown else "")
    return f"{figure.median:.1f} ({of})"
