"""A person's word before a promotion."""

from typing import Any

from airflow.providers.standard.operators.hitl import ApprovalOperator
from airflow.sdk.exceptions import AirflowSkipException

from toile.config import ResolvedModel
from toile_airflow.alerts import OwnerAlert
from toile_airflow.asks import Ask


class PromotionApproval(ApprovalOperator):
    """Waits for a person, and hands the ask on with that person as its actor; a rollback does not wait.

    A rejection skips this task, and by that what follows it. Airflow's own way, to mark the task that follows, finds no
    plain task inside a mapped group: `promote` would run in spite of the rejection (seen with 3.3.2).
    """

    template_fields = ("ask", *ApprovalOperator.template_fields)

    def __init__(self, *, model: str, ask: Any, **options: Any) -> None:
        super().__init__(
            subject=f"Is this challenger to be the champion of {model}?",
            map_index_template="{{ task.asked }}",
            **options,
        )
        self.model, self.ask = model, ask

    @property
    def asked(self) -> str:
        """What this task was asked for, as the UI and alerts show it."""
        return Ask.model_validate(self.ask).label

    def execute(self, context: Any) -> Any:
        ask = Ask.model_validate(self.ask)
        if ask.action == "rollback":
            self.log.info("A rollback does not wait for approval.")
            return self.ask
        self.subject = f"Make {self.asked} the champion of {self.model}?"
        return super().execute(context)

    def execute_complete(self, context: Any, event: dict[str, Any]) -> Any:
        answer = super().execute_complete(context, event)
        user = answer.get("responded_by_user") or {}
        return {**self.ask, "actor": user.get("name") or user.get("id") or "unknown"}

    def skip(self, ti: Any, tasks: Any) -> None:  # noqa: ARG002 -- the signature of SkipMixin
        raise AirflowSkipException("REJECTED: the champion stays.")


def approve(model: ResolvedModel, ask: Any) -> PromotionApproval:
    """The task that asks the owner before a challenger becomes champion."""
    return PromotionApproval(
        task_id="approve",
        model=model.config.id,
        ask=ask,
        body="Its validation page is linked as **Report** at the task `validate` of the DAG that announced it.",
        notifiers=[OwnerAlert.of(model, "waits for a person's answer")],
    )
