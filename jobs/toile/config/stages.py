"""Which DAGs a model has: the event and the timetable that wake each stage, and the jobs that each does."""

from collections.abc import Mapping
from dataclasses import dataclass

from toile.config.load import ResolvedModel
from toile.config.names import STAGES, Names

WOKEN_BY: Mapping[str, str] = {
    "train": "retrain",
    "validate": "candidate",
    "register": "challenger",
    "score": "champion",
    "monitor": "scores",
}
"""Stage -> the event of the stage before it."""
JOBS: Mapping[str, tuple[str, ...]] = {
    "train": ("gate training", "train"),
    "validate": ("validate",),
    "register": ("promote",),
    "score": ("gate scoring", "score"),
    "monitor": ("monitor",),
}
"""Stage -> its jobs in their order, a gate with its purpose, as `toile costs` names them."""


@dataclass(frozen=True)
class StageDag:
    """What Airflow will have of one stage of one model."""

    dag_id: str
    cron: str | None
    woken_by: str
    """The event whose asset does."""
    jobs: tuple[str, ...]


def dags_of(model: ResolvedModel) -> list[StageDag]:
    """The DAGs of a model, in the order of the stages."""
    names = Names(model.config.id)
    return [StageDag(names.dag_id(stage), cron_of(model, stage), WOKEN_BY[stage], JOBS[stage]) for stage in STAGES]


def cron_of(model: ResolvedModel, stage: str) -> str | None:
    """The stage's cron, in UTC; None where it has none or the environment keeps no timetables."""
    crons: dict[str, str | None] = model.config.schedule.model_dump()
    return crons.get(stage) if model.environment.schedules else None
