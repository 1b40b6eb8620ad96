"""Where a champion comes from and what came of it: configuration, data versions, run, versions' ledger."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime

from toile.contract import SMOKE
from toile_airflow.ui.overview import Card
from toile_airflow.ui.tracking import Send, read_ledger, read_run

DATA, ORIGIN = "data.", "origin.version of "


@dataclass(frozen=True)
class Change:
    """One line of the ledger."""

    time: datetime
    action: str
    version: str
    former: str
    reason: str
    actor: str
    run_key: str


@dataclass(frozen=True)
class Lineage:
    """What MLflow tells of one champion's training, and every change of champion, newest first."""

    run: Mapping[str, str] = field(default_factory=dict)
    ledger: list[Change] = field(default_factory=list)

    @property
    def data(self) -> dict[str, str]:
        """Table -> version of it that the champion was trained on."""
        return {
            name.removeprefix(prefix): version
            for prefix in (ORIGIN, DATA)
            for name, version in self.run.items()
            if name.startswith(prefix)
        }

    def rollback_targets(self, champion: str | None) -> list[str]:
        """Versions that were champion once and are not now, newest first."""
        return [version for version in dict.fromkeys(change.version for change in self._stood) if version != champion]

    def champion_before(self, champion: str | None) -> str | None:
        """Whom this champion took over from; None where its promotion, or the other's, is not known."""
        found = next((change.former for change in self._stood if change.version == champion), None)
        return found if found in self.rollback_targets(champion) else None

    @property
    def _stood(self) -> list[Change]:
        """Promotions that stood their smoke test, newest first, as the jobs themselves count them."""
        keys = {change.run_key for change in self.ledger}
        return [change for change in self.ledger if change.action == "promote" and change.run_key + SMOKE not in keys]


def read_lineage(send: Send, card: Card) -> Lineage:
    """Two calls, however long the life of the model has been.

    Raises:
        InfrastructureError: MLflow does not answer.
    """
    experiment, champion = card.known.experiment_id, card.champion
    changes = [
        Change(
            time=datetime.fromtimestamp(int(entry["time"]) / 1000, UTC),
            **{name: entry.get(name, "") for name in ("action", "version", "former", "reason", "actor", "run_key")},
        )
        for entry in read_ledger(send, experiment)
    ]
    return Lineage(read_run(send, experiment, champion.mlflow_run) if champion else {}, changes)
