"""Alerts to a model's owner, by the channels that platform.yaml names for the team."""

import os
from collections.abc import Sequence
from html import escape
from typing import Any

from airflow.sdk import BaseHook, BaseNotifier
from airflow.sdk.exceptions import AirflowException

from toile.config import ResolvedModel
from toile.errors import ConfigError


class OwnerAlert(BaseNotifier):
    """Tells a team what happened to its model; a channel that fails is logged and never fails the task.

    The text holds names, dates, the reasons of a result and the log's address; no text of an exception of anyone else's
    code, for that may hold secrets.
    """

    def __init__(self, contact: str, channels: Sequence[str], event: str = "failed", reasons: str = "") -> None:
        super().__init__()
        self.contact, self.channels = contact, tuple(channels)
        self.event, self.reasons = event, reasons

    @classmethod
    def of(cls, model: ResolvedModel, event: str = "failed") -> "OwnerAlert":
        team = model.platform.teams[model.config.owner]
        return cls(team.contact, team.alerts, event)

    def because(self, event: str, reasons: str) -> "OwnerAlert":
        """The same team's alert about another event."""
        return OwnerAlert(self.contact, self.channels, event, reasons)

    def notify(self, context: Any) -> None:
        subject, text = self.subject(context), self.text(context)
        for channel in self.channels:
            try:
                self._send(channel, subject, text, context)
            except Exception as error:
                # The name only, and no traceback: a channel's error may quote its own credentials.
                self.log.error("Alert by %r was not sent: %s", channel, type(error).__name__)  # noqa: TRY400

    def subject(self, context: Any) -> str:
        """One line: `shop.alpha.train: gate failed`."""
        return f"{context['ti'].dag_id}: {context['ti'].task_id} {self.event}"

    def text(self, context: Any) -> str:
        """What the owner reads: what happened, where, why, where the log is, and (`$TOILE_DOCS`) what to do."""
        task_instance = context["ti"]
        asked = getattr(context.get("task"), "asked", None)
        reasons = self.reasons or _own_words(context.get("exception"))
        lines = [
            self.subject(context),
            asked,
            reasons,
            f"Run: {task_instance.run_id}",
            f"Log: {task_instance.log_url}",
            _runbook(task_instance.task_id),
        ]
        return "\n".join(line for line in lines if line)

    def _send(self, channel: str, subject: str, text: str, context: Any) -> None:
        if channel == "log":
            self.log.warning("ALERT for %s\n%s", self.contact, text)
            return
        connection = BaseHook.get_connection(channel)
        self._notifier(channel, connection, subject, text).notify(context)

    def _notifier(self, channel: str, connection: Any, subject: str, text: str) -> BaseNotifier:
        """The provider's own notifier; imported here, for most teams use none and parsing should not wait for them."""
        if connection.conn_type == "slack":
            from airflow.providers.slack.notifications.slack import SlackNotifier

            return SlackNotifier(slack_conn_id=channel, channel=self.contact, text=text)
        if connection.conn_type == "slackwebhook":
            from airflow.providers.slack.notifications.slack_webhook import SlackWebhookNotifier

            return SlackWebhookNotifier(slack_webhook_conn_id=channel, text=text)
        if connection.conn_type == "smtp":
            from airflow.providers.smtp.notifications.smtp import SmtpNotifier

            to = connection.extra_dejson.get("to_email") or self.contact
            return SmtpNotifier(smtp_conn_id=channel, to=to, subject=subject, html_content=f"<pre>{escape(text)}</pre>")
        raise ConfigError(f"alert channel {channel!r} is a {connection.conn_type!r}; known: slack, slackwebhook, smtp.")


def _runbook(task_id: str) -> str:
    """Where the site of docs/ says what to do about this task: its page for whoever is on call has a part for each."""
    site = os.environ.get("TOILE_DOCS")
    return f"Runbook: {site.rstrip('/')}/runbooks/#{task_id}" if site else ""


def _own_words(exception: object) -> str:
    """Airflow's and Toile's messages as they are; of any other error only its name, for its text may hold secrets."""
    if isinstance(exception, AirflowException):
        return str(exception)
    return type(exception).__name__ if isinstance(exception, BaseException) else ""
