"""Shows Dag runs while they go on: a live table in a terminal, one line for each change elsewhere."""

import time
from collections.abc import Sequence
from types import TracebackType
from typing import Self

from rich.console import Console
from rich.live import Live
from rich.table import Table

from laptop.airflow_api import DagRun

STYLES = {"success": "green", "failed": "bold red", "running": "yellow"}


class Progress:
    """What the person at the terminal sees of a demo."""

    def __init__(self, console: Console) -> None:
        self._console = console
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
            self._live.update(_table(runs), refresh=True)
            return
        for run in runs:
            key = (run.dag_id, run.run_id)
            if self._states.get(key) != run.state and run.state != "queued":
                self._states[key] = run.state
                took = f"  {run.seconds} s" if run.is_finished else ""
                self.say(f"{run.state:<8} {run.dag_id:<34} {run.label}{took}")


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
