"""How a model came to be used, and what became of its candidates: from git, the ledger and the registry."""

from collections.abc import Iterable
from datetime import UTC, datetime

from mlflow import MlflowClient
from mlflow.entities import Run
from pydantic import BaseModel

from toile.config import Names, ResolvedModel
from toile.config.model import FairnessGap, Threshold
from toile.config.platform import Environment
from toile.contract import SMOKE, Verdict
from toile.errors import DataError
from toile.registry.ledger import ROLLBACK, Entry, Ledger, promotions
from toile.registry.tracking import find_runs
from toile.registry.versions import Versions

BY_DATA, BY_VALIDATION, BY_SMOKE_TEST, ROLLED_BACK = "data gate", "model validation", "smoke test", "rolled back"
EVENTS = (BY_DATA, BY_VALIDATION, BY_SMOKE_TEST, ROLLED_BACK)


class Event(BaseModel):
    """A refusal, by what, or a rollback that a person asked for; `month` (UTC) is that in which it was decided."""

    what: str
    month: str


class History(BaseModel):
    """One model's way: times are UTC, and None where they are not known or have not come.

    `lead_hours` is of each retraining that became champion: from the candidate's training to the promotion.
    """

    model: str
    has_runs: bool
    first_commit: datetime | None
    first_champion: datetime | None
    days_to_champion: float | None
    lead_hours: list[float | None]
    events: list[Event]


def trace(model: str, committed: datetime | None, client: MlflowClient, environment: Environment) -> History:
    """Reads one model's history; `committed` is when its file first was."""
    names = Names.of(model, environment)
    entries = Ledger(client, names.experiment, environment).entries()
    trained = {run.info.run_id: run for run in find_runs(client, names.experiment, kind="train")}
    gated = find_runs(client, names.experiment, kind="gate")
    champions = promotions(entries)
    first = champions[0].time if champions else None
    versions = Versions(client, names.registered_model)
    events = [*_refusals(gated, trained.values()), *_undone(entries)]
    return History(
        model=model,
        has_runs=bool(entries or trained or gated),
        first_commit=committed and committed.astimezone(UTC),
        first_champion=first,
        days_to_champion=_days(committed, first),
        lead_hours=[_lead(entry, trained, versions) for entry in champions[1:]],
        events=sorted(events, key=lambda event: (event.month, event.what)),
    )


def gates_of(model: ResolvedModel) -> dict[str, bool]:
    """Which gates stand between a model's data, its candidates, and what is served; each by its name."""
    config = model.config
    rivals = {
        rival for gate in config.gates for rival in (getattr(gate, "beats", None), getattr(gate, "no_worse_than", None))
    }
    expectations = [expectation for suite in model.suites.values() for expectation in suite.expectations]
    return {
        "data gate that can refuse": any(expectation.severity != "warn" for expectation in expectations),
        "against the naive rule": "naive" in rivals,
        "against the baseline": "baseline" in rivals,
        "against the champion": "champion" in rivals,
        "limit on a metric": any(isinstance(gate, Threshold) for gate in config.gates),
        "on slices": any(gate.slice_by and not isinstance(gate, FairnessGap) for gate in config.gates),
        "gap between groups": any(isinstance(gate, FairnessGap) for gate in config.gates),
        "late-label performance": config.monitoring.performance is not None,
        "approval by a person": config.approval == "required",
        "budget": config.budget is not None,
    }  # fmt: skip


def _days(committed: datetime | None, champion: datetime | None) -> float | None:
    days = (champion - committed).total_seconds() / 86400 if committed and champion else None
    # A file that was committed after its model ran, as after a first try on a laptop, tells nothing of the time.
    return days if days is None or days >= 0 else None


def _lead(entry: Entry, trained: dict[str, Run], versions: Versions) -> float | None:
    """Hours from the fit, when a training's run is opened, to the promotion; None where the version is gone."""
    try:
        run = trained.get(versions.by_number(str(entry.version)).mlflow_run_id)
    except DataError:
        return None
    return (entry.time - _moment(run.info.start_time)).total_seconds() / 3600 if run else None


def _refusals(gated: Iterable[Run], trained: Iterable[Run]) -> Iterable[Event]:
    for run in gated:
        if run.data.tags.get("toile.verdict") == Verdict.REFUSED:
            yield Event(what=BY_DATA, month=_month(_moment(run.info.start_time)))
    for run in trained:
        if run.data.tags.get("toile.validation") == Verdict.REFUSED:
            # Model validation goes on in the training's run, and ends it anew.
            yield Event(what=BY_VALIDATION, month=_month(_moment(run.info.end_time or run.info.start_time)))


def _undone(entries: Iterable[Entry]) -> Iterable[Event]:
    for entry in entries:
        if entry.closed and entry.run_key.endswith(SMOKE):
            yield Event(what=BY_SMOKE_TEST, month=_month(entry.time))
        elif entry.closed and entry.action == ROLLBACK:
            yield Event(what=ROLLED_BACK, month=_month(entry.time))


def _moment(milliseconds: int) -> datetime:
    return datetime.fromtimestamp(milliseconds / 1000, UTC)


def _month(moment: datetime) -> str:
    return f"{moment:%Y-%m}"
