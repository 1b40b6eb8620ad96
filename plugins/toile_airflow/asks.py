"""One Dag run may be asked for several pieces of work: this says which, from its form, its asset events, its date."""

from collections.abc import Iterable, Mapping
from datetime import UTC, date, datetime
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict


class Ask(BaseModel):
    """One piece of work for one stage; it travels from task to task as a small JSON object."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    as_of: date
    version: str | None = None
    window: str | None = None
    action: Literal["promote", "rollback"] | None = None
    force: bool = False
    reason: str | None = None
    actor: str | None = None
    trigger: Literal["scheduled", "asset"] | None = None
    """What asks for a retraining, where no person does: the model's budget holds for these."""

    @property
    def parameters(self) -> dict[str, str]:
        """What a job is told besides its date and window."""
        told = self.model_dump(include={"version", "action", "reason", "actor", "trigger"}, exclude_none=True)
        return told | ({"force": "true"} if self.force else {})

    @property
    def label(self) -> str:
        """How the UI names the tasks of this ask."""
        words = [self.action if self.action == "rollback" else None, self.version and f"version {self.version}"]
        return " ".join(word for word in (*words, f"as of {self.as_of}") if word)


# By the type of the Dag run; every other one, a backfill too, is a person's.
_UNATTENDED = {"scheduled": "scheduled", "operator_triggered": "scheduled", "asset_triggered": "asset"}


def collect_asks(stage: str, params: Mapping[str, Any], events: Iterable[Any], dag_run: Any) -> list[Ask]:
    """Every ask of a Dag run, oldest event first and each once; without events, the one of its form.

    Events may coalesce into one run, so all of them are looked at: to take only the newest would lose candidates.
    `as_of` is the form's, else the event's, else the date of the run.

    Raises:
        ValueError: an event or a parameter carries what is no date, version or action.
    """
    extras = [event.extra or {} for event in sorted(events, key=_order)] or [{}]
    asks = [Ask.model_validate(_fields(stage, params, extra, dag_run)) for extra in extras]
    return list(dict.fromkeys(asks))


def run_date(dag_run: Any) -> date:
    """The date that a Dag run stands for: runs triggered by assets or by hand may have no logical date."""
    moment: datetime = dag_run.logical_date or dag_run.run_after
    return moment.astimezone(UTC).date()


def _order(event: Any) -> tuple[datetime, str, int]:
    return event.timestamp, event.source_run_id or "", event.source_map_index or 0


def _fields(stage: str, params: Mapping[str, Any], extra: Mapping[str, Any], dag_run: Any) -> dict[str, Any]:
    fields = {name: value for name, value in params.items() if name in Ask.model_fields and value is not None}
    fields.setdefault("as_of", extra.get("as_of") or run_date(dag_run))
    if "version" in params and extra.get("version"):
        fields.setdefault("version", extra["version"])
    if stage == "train":
        fields["trigger"] = _UNATTENDED.get(dag_run.run_type)
    if stage == "register":
        fields["actor"] = dag_run.triggering_user_name or "airflow"
    return fields
