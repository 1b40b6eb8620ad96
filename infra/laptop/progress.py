"""Shows Dag runs while they go on: a live table in a terminal, one line for each change elsewhere."""

import time
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.table import Table

from laptop.airflow_api import DagRun
from toile.config.names import STAGES, Names

STYLES = {"success": "green", "failed": "bold red", "running": "yellow"}


class Progress:
    """What the person at the terminal sees of a demo."""

    def __init__(self, console: Console, models: Sequence[str]) -> None:
        self._console, self._models = console, models
        self._begin = time.monotonic()
        self._states: dict[tuple[str, str], str] = {}
        self._live = Live(console=console, auto_refresh=False) if console.is_terminal else None

    def __enter__(self) -> Self:
        if self._live:
            self._live.start()
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._live:
            self._live.stop()

    def say(self, text: str) -> None:
        """One line with the time since the start."""
        seconds = int(time.monotonic() - self._begin)
        line = f"[{seconds // 60:2d}:{seconds % 60:02d}] {text}"
        self._console.print(line, markup=False, highlight=False, soft_wrap=True)

    def show(self, runs: Sequence[DagRun]) -> None:
        """Shows the runs as they are now."""
        if self._live:
            # Every run of one model fits on a screen; those of several do not.
            table = _table(runs) if len(self._models) == 1 else _overview(self._models, runs)
            self._live.update(table, refresh=True)
            return
        width = max((len(Names(model).dag_id("validate")) for model in self._models), default=0)
        for run in runs:
            key = (run.dag_id, run.run_id)
            if self._states.get(key) != run.state and run.state != "queued":
                self._states[key] = run.state
                took = f"  {run.seconds} s" if run.is_finished else ""
                self.say(f"{run.state:<8} {run.dag_id:<{width}} {run.label}{took}")


def _table(runs: Sequence[DagRun]) -> Table:
    table = Table(title="Dag runs")
    table.add_column("DAG", no_wrap=True)
    table.add_column("run", no_wrap=True)
    table.add_column("state")
    table.add_column("seconds", justify="right")
    for run in runs:
        style = STYLES.get(run.state, "dim")
        table.add_row(run.dag_id, run.label, f"[{style}]{run.state}[/{style}]", str(run.seconds or ""))
    return table


def _overview(models: Sequence[str], runs: Sequence[DagRun]) -> Table:
    # Without lines it fits into 80 columns.
    table = Table(title="Dag runs done, and what goes on", box=None)
    table.add_column("model", no_wrap=True)
    for stage in STAGES:
        table.add_column(stage, no_wrap=True)
    for model in models:
        table.add_row(model, *(_cell([run for run in runs if run.dag_id == Names(model).dag_id(s)]) for s in STAGES))
    return table


def _cell(runs: Sequence[DagRun]) -> str:
    """How many runs of one stage of one model have succeeded, and how each other one stands."""
    done = sum(run.state == "success" for run in runs)
    others = [(run.state, f"{run.seconds} s" if run.state == "running" else run.state) for run in runs]
    shown = [("success", str(done))] * bool(done) + [pair for pair in others if pair[0] != "success"]
    return " ".join(f"[{STYLES.get(state, 'dim')}]{text}[/]" for state, text in shown)
