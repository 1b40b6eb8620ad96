"""The ledger: an append-only record, in MLflow beside the model, of every change of champion.

An entry is an MLflow run. It is opened before the alias moves and closed after, so that a kill in between leaves an
entry that says so, and the same job run again closes it instead of adding another.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from mlflow import MlflowClient
from mlflow.entities import Run

from toile.config.platform import Environment
from toile.contract import SMOKE
from toile.registry.tracking import FINISHED, KIND, RUN_KEY, experiment_id, find_runs

LEDGER = "ledger"
PROMOTE, ROLLBACK, WITHDRAW = "promote", "rollback", "withdraw"


@dataclass(frozen=True)
class Entry:
    """One line of the ledger. `version` is the champion after it; None after a withdrawal."""

    time: datetime
    action: str
    version: str | None
    former: str | None
    reason: str
    actor: str
    run_key: str
    closed: bool


class Ledger:
    """The ledger of one registered model."""

    def __init__(self, client: MlflowClient, experiment: str, environment: Environment) -> None:
        self._client, self._experiment, self._environment = client, experiment, environment

    def entries(self) -> list[Entry]:
        """Every entry, newest first."""
        found = [_entry(run) for run in find_runs(self._client, self._experiment, kind=LEDGER)]
        return sorted(found, key=lambda entry: entry.time, reverse=True)

    def open(
        self, action: str, version: str | None, *, former: str | None, reason: str, actor: str, run_key: str
    ) -> Entry:
        """Appends an entry, or returns the one that an earlier try with this run key appended."""
        for run in find_runs(self._client, self._experiment, kind=LEDGER, run_key=run_key):
            return _entry(run)
        tags = {
            KIND: LEDGER,
            RUN_KEY: run_key,
            "toile.action": action,
            "toile.version": version or "",
            "toile.former": former or "",
            "toile.reason": reason,
            "toile.actor": actor,
        }
        experiment = experiment_id(self._client, self._experiment, self._environment)
        title = f"{action} v{version}" if version else action
        return _entry(self._client.create_run(experiment, tags=tags, run_name=title))

    def close(self, entry: Entry) -> None:
        """Marks that the alias stands where the entry says."""
        for run in find_runs(self._client, self._experiment, kind=LEDGER, run_key=entry.run_key):
            self._client.set_terminated(run.info.run_id, FINISHED)


def promotions(entries: Sequence[Entry]) -> list[Entry]:
    """Those that stood their smoke test, oldest first: what was undone by one never was fit to be champion."""
    keys = {entry.run_key for entry in entries}
    stood = [
        entry for entry in entries if entry.action == PROMOTE and entry.closed and entry.run_key + SMOKE not in keys
    ]
    return sorted(stood, key=lambda entry: entry.time)


def former_champion(entries: Sequence[Entry], current: str | None) -> str | None:
    """Whom a rollback restores: the champion before the current one, not counting those that were rolled back.

    `entries` are newest first; one that is still open has not happened. Promotions are stacked; a rollback takes off
    all above its target, a withdrawal the top.
    """
    stack: list[str] = []
    for entry in reversed([entry for entry in entries if entry.closed]):
        if entry.version is None:
            stack = stack[:-1]
        elif entry.action == PROMOTE or entry.version not in stack:
            stack.append(entry.version)
        else:
            del stack[len(stack) - stack[::-1].index(entry.version) :]
    below = [version for version in stack if version != current]
    return below[-1] if below else None


def _entry(run: Run) -> Entry:
    tags = run.data.tags
    return Entry(
        time=datetime.fromtimestamp(run.info.start_time / 1000, UTC),
        action=tags["toile.action"],
        version=tags["toile.version"] or None,
        former=tags["toile.former"] or None,
        reason=tags["toile.reason"],
        actor=tags["toile.actor"],
        run_key=tags[RUN_KEY],
        closed=run.info.status == FINISHED,
    )
