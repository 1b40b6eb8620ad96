"""`toile status`: every model, its champion, how good it is, and what was scored and watched."""

import argparse
import json
from pathlib import Path
from typing import TYPE_CHECKING

from toile.commands.arguments import Subparsers, counted, declare, open_tables, progress, read_conf, require_model
from toile.config import Conf, InvalidConfig, Names
from toile.home import tables_folder

if TYPE_CHECKING:
    from rich.table import Table

    from toile.evaluation.interval import Interval
    from toile.registry.summary import Champion, Summary
    from toile.tables import Tables

MIN_WIDTH = 100
DETAIL = """\
Reads the registry, the ledger, the scores and the reports; Airflow need not run. Intervals are those of model
validation, on rows that the champion was not trained on. `--format json` prints a list of objects; that of a model
whose file has mistakes holds its name and its `problems` alone.

Exit status: 1 where a file of these models has mistakes, 2 where a model does not exist, else 0.
"""


def add(subparsers: Subparsers) -> None:
    parser = declare(subparsers, "status", "show models' champions, scores, drift and performance", DETAIL)
    parser.add_argument("models", nargs="*", metavar="MODEL", help="<domain>.<model> (default: every model)")
    parser.add_argument("--format", choices=("table", "json"), default="table")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    conf = read_conf(arguments)
    for model_id in arguments.models:
        require_model(conf, model_id)
    wanted = set(arguments.models or conf.model_ids)
    models, broken = conf.load_all()
    broken = {model_id: error for model_id, error in broken.items() if model_id in wanted}
    progress("reading the registry ...")
    from toile.registry.patience import within_seconds
    from toile.registry.summary import summarise

    with within_seconds(conf.environment) as client:
        tables = _tables(conf)
        summaries = [summarise(model, client, tables) for name, model in models.items() if name in wanted]
    if arguments.format == "json":
        print(json.dumps([summary.model_dump(mode="json") for summary in summaries] + _told(broken), indent=2))
    else:
        _print_table(summaries)
        for model_id, error in broken.items():
            print(f"{model_id}: its configuration has mistakes, so nothing of it runs.")
            print("".join(f"  {problem}\n" for problem in error.problems))
    return 1 if broken else 0


def _told(broken: dict[str, InvalidConfig]) -> list[dict[str, object]]:
    return [{"model": model_id, "problems": [str(p) for p in error.problems]} for model_id, error in broken.items()]


def _tables(conf: Conf) -> "Tables | None":
    """The tables, or None where no model has scores yet: then there is no need for a Spark session."""
    where = conf.environment.tables
    if where.kind == "path" and "://" not in (where.root or "") and not any(_scored_locally(conf, where.root)):
        return None
    return open_tables(conf)


def _scored_locally(conf: Conf, root: str | None) -> list[bool]:
    folder = Path(tables_folder(root))
    return [(folder / Names(model).scores.replace(".", "/")).is_dir() for model in conf.model_ids]


def _print_table(summaries: "list[Summary]") -> None:
    from rich.console import Console

    console = Console()
    console = Console(width=max(console.width, MIN_WIDTH))
    for summary in summaries:
        console.print(_metrics(summary, summary.champion) if summary.champion else _title(summary, "no champion yet"))
        console.print(_deeds(summary))


def _title(summary: "Summary", told: str) -> str:
    return f"[bold]{summary.model}[/bold] ({summary.owner}): {told}"


def _metrics(summary: "Summary", champion: "Champion") -> "Table":
    from rich.table import Table

    title = _title(summary, f"champion v{champion.version}, trained as of {champion.trained_as_of}")
    table = Table(title=title, title_justify="left", title_style="", min_width=MIN_WIDTH - 2)
    for column in ("held-out rows, with interval", "champion", "baseline", "naive rule"):
        table.add_column(column)
    for name, figure in champion.metrics.items():
        table.add_row(
            name, *(_figure(found) for found in (figure, summary.baseline.get(name), summary.naive.get(name)))
        )
    return table


def _deeds(summary: "Summary") -> str:
    scores, drift, last = summary.scores, summary.drift, summary.performance.last
    rows, partitions = counted(scores.rows, "row"), counted(scores.partitions, "partition")
    lines = {
        "scores": f"{rows} in {partitions}, last {scores.last_as_of}" if scores.partitions else "none yet",
        "drift": f"{drift.last_verdict} as of {drift.last_as_of} ({counted(drift.reports, 'report')})"
        if drift.reports
        else "none yet",
        "late labels": _performance(summary) if last else "none known yet",
        "ledger": _ledger(summary),
    }
    return "\n".join(f"  {name:<12} {text}" for name, text in lines.items()) + "\n"


def _performance(summary: "Summary") -> str:
    last = summary.performance.last
    if last is None:
        return ""
    name, figure = next(iter(last.metrics.items()))
    reports = f"({counted(summary.performance.reports, 'report')})"
    return f"{last.verdict}: {name} {_figure(figure)} of the scores of {last.as_of} {reports}"


def _ledger(summary: "Summary") -> str:
    if not summary.ledger:
        return "empty"
    newest = summary.ledger[0]
    return f"{newest.action} to v{newest.version}: {newest.reason} ({counted(len(summary.ledger), 'entry', 'entries')})"


def _figure(figure: "Interval | None") -> str:
    return f"{figure.value:.3f} \\[{figure.low:.3f}, {figure.high:.3f}]" if figure else "-"
