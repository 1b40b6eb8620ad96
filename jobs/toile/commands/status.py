"""`toile status`: every model, its champion, how good it is, and what was scored and watched."""

import argparse
import json
from typing import TYPE_CHECKING

from toile.commands.arguments import Subparsers, declare, read_conf
from toile.config import Conf, Names
from toile.home import tables_folder

if TYPE_CHECKING:
    from toile.registry.summary import Figure, Summary
    from toile.tables import Tables

DETAIL = """\
Reads the registry, the ledger, the scores and the reports; Airflow need not run. Intervals are those of model
validation, on rows that the champion was not trained on. `--format json` prints a list of objects.
"""


def add(subparsers: Subparsers) -> None:
    parser = declare(subparsers, "status", "show every model's champion, scores, drift and performance", DETAIL)
    parser.add_argument("--format", choices=("table", "json"), default="table")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from toile.registry.summary import summarise
    from toile.registry.tracking import connect

    conf = read_conf(arguments)
    models, broken = conf.load_all()
    client = connect(conf.environment)
    tables = _tables(conf)
    summaries = [summarise(model, client, tables) for model in models.values()]
    if arguments.format == "json":
        print(json.dumps([summary.model_dump(mode="json") for summary in summaries], indent=2))
    else:
        _print_table(summaries)
        for model_id in broken:
            print(f"{model_id}: its file has mistakes; see `toile check`.")
    return 0


def _tables(conf: Conf) -> "Tables | None":
    """The tables, or None where no model has scores yet: then there is no need for a Spark session."""
    where = conf.environment.tables
    if where.kind == "path" and not any(_scored_locally(conf, where.root)):
        return None
    from toile.session import open_session
    from toile.tables import Tables

    return Tables(open_session(conf.environment.spark), conf.environment)


def _scored_locally(conf: Conf, root: str | None) -> list[bool]:
    from pathlib import Path

    folder = Path(tables_folder(root))
    return [(folder / Names(model).scores.replace(".", "/")).is_dir() for model in conf.model_ids]


def _print_table(summaries: "list[Summary]") -> None:
    from rich.console import Console
    from rich.table import Table

    table = Table(title="Models", show_lines=True)
    for title in ("model", "champion", "held-out metrics [interval]", "scores", "drift", "late-label performance"):
        table.add_column(title)
    for summary in summaries:
        table.add_row(
            f"{summary.model}\n{summary.owner}", _champion(summary), _metrics(summary),
            _scores(summary), _drift(summary), _performance(summary),
        )  # fmt: skip
    Console().print(table)


def _champion(summary: "Summary") -> str:
    if summary.champion is None:
        return "none yet"
    return f"v{summary.champion.version}\ntrained as of\n{summary.champion.trained_as_of}"


def _metrics(summary: "Summary") -> str:
    if summary.champion is None:
        return "-"
    lines = []
    for name, figure in summary.champion.metrics.items():
        lines.append(f"[bold]{name:<18}{_figure(figure)}[/bold]")
        for who, metrics in (("baseline", summary.baseline), ("naive", summary.naive)):
            if name in metrics and name == next(iter(summary.champion.metrics)):
                lines.append(f"  {who:<16}{_figure(metrics[name])}")
    return "\n".join(lines)


def _figure(figure: "Figure") -> str:
    return f"{figure.value:.3f} \\[{figure.low:.3f}, {figure.high:.3f}]"


def _scores(summary: "Summary") -> str:
    scores = summary.scores
    return f"{scores.rows:,} rows\n{scores.partitions} dates\nlast {scores.last_as_of}" if scores.partitions else "none"


def _drift(summary: "Summary") -> str:
    drift = summary.drift
    return f"{drift.last_verdict}\n{drift.last_as_of}\n{drift.reports} reports" if drift.reports else "none"


def _performance(summary: "Summary") -> str:
    last = summary.performance.last
    if last is None:
        return "labels not known yet"
    name, figure = next(iter(last.metrics.items()))
    return f"{last.verdict}, scores of {last.as_of}\n{name} {_figure(figure)}"
