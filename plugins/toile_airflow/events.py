"""Stages are chained by assets: which asset wakes a stage, and the tasks that announce one."""

from typing import Any

from airflow.sdk import Asset, AssetOrTimeSchedule, BaseOperator, CronTriggerTimetable
from airflow.sdk.exceptions import AirflowSkipException

from toile.config import Names, ResolvedModel
from toile.config.stages import WOKEN_BY, cron_of
from toile.contract import Verdict
from toile_airflow.outcome import label_of


def asset(model: ResolvedModel, event: str) -> Asset:
    """The asset that stands for an event of a model: candidate, challenger, champion, scores or retrain."""
    return Asset(Names(model.config.id).asset(event))


def schedule(model: ResolvedModel, stage: str) -> AssetOrTimeSchedule | list[Asset]:
    """When a stage runs: on its event, and by its cron where the environment keeps timetables."""
    cron, woken_by = cron_of(model, stage), [asset(model, WOKEN_BY[stage])]
    if cron is None:
        return woken_by
    return AssetOrTimeSchedule(timetable=CronTriggerTimetable(cron, timezone="UTC"), assets=woken_by)


def event_extra(outcome: dict[str, str]) -> dict[str, str]:
    """What an asset event carries, so that its consumer names the version and the date and never guesses them."""
    return {name: outcome[name] for name in ("version", "as_of", "run_key") if name in outcome}


class Announcement(BaseOperator):
    """Emits an event where the outcome of the job before it lets it through, else is skipped and says why.

    It is a task of its own because Airflow emits the outlets of every task that succeeds, and a refused candidate is a
    success of its validation.
    """

    template_fields = ("outcome",)

    def __init__(self, *, event: Asset, outcome: Any, only_if: str | None = None, **options: Any) -> None:
        super().__init__(outlets=[event], map_index_template="{{ task.headline }}", **options)
        self.event, self.outcome, self.only_if = event, outcome, only_if

    @property
    def headline(self) -> str:
        """What the job before this task concluded, as the UI shows it."""
        return label_of(f"as of {self.outcome['as_of']}", self.outcome)

    def execute(self, context: Any) -> None:
        if self.outcome["verdict"] == Verdict.REFUSED:
            raise AirflowSkipException(f"REFUSED: {self.outcome.get('reasons', 'no reason given')}")
        if self.only_if and self.only_if not in self.outcome:
            raise AirflowSkipException(f"nothing to announce: the result has no {self.only_if!r}")
        context["outlet_events"][self.event].extra = event_extra(self.outcome)


def announce(model: ResolvedModel, event: str, outcome: Any, *, only_if: str | None = None) -> Announcement:
    """The task, named like the event, that announces it; `only_if` names what the outcome must hold for that."""
    return Announcement(task_id=event, event=asset(model, event), outcome=outcome, only_if=only_if)
