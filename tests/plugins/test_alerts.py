import re
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.models.connection import Connection
from airflow.sdk import BaseHook
from airflow.sdk.exceptions import AirflowFailException

from tests.airflow_home import REPOSITORY
from toile_airflow.alerts import OwnerAlert


def context(**more: Any) -> dict[str, Any]:
    task_instance = SimpleNamespace(
        task_id="gate", dag_id="shop.alpha.train", run_id="manual", log_url="http://airflow/log"
    )
    return {"ti": task_instance, "task": SimpleNamespace(asked="as of 2011-06-01"), **more}


def alert(*channels: str) -> OwnerAlert:
    return OwnerAlert("#shop-squad", channels)


def test_the_text_says_what_where_why_and_where_to_look() -> None:
    text = alert().text(context(exception=AirflowFailException("gate REFUSED: no rows")))

    for words in (
        "shop.alpha.train: gate failed",
        "as of 2011-06-01",
        "no rows",
        "http://airflow/log",
    ):
        assert words in text


def test_the_text_leads_to_the_runbook_where_the_docs_have_an_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("TOILE_DOCS", "http://docs/toile/")

    assert alert().text(context()).endswith("\nRunbook: http://docs/toile/runbooks/#gate")


def test_the_runbooks_have_a_part_for_every_task_that_alerts() -> None:
    parts = re.findall(r"^## (\w+)$", (REPOSITORY / "docs" / "runbooks" / "README.md").read_text(), re.MULTILINE)
    sources = "".join(file.read_text() for file in (REPOSITORY / "plugins" / "toile_airflow").rglob("*.py"))
    tasks = re.findall(r'submit\(\s*model, "(\w+)"', sources) + re.findall(r'task_id="(\w+)"', sources)

    assert set(tasks) <= set(parts)


def test_an_error_that_is_not_toiles_is_named_but_not_quoted() -> None:
    """Drivers put addresses with passwords into their messages."""
    text = alert().text(context(exception=ConnectionError("postgresql://user:secret@host refused")))

    assert "ConnectionError" in text
    assert "secret" not in text


def test_the_log_is_a_channel(capsys: pytest.CaptureFixture[str]) -> None:
    alert("log")(context())

    assert "ALERT for #shop-squad" in capsys.readouterr().out


def test_a_channel_that_fails_neither_raises_nor_silences_the_others(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    def refuse(_: str) -> None:
        raise ConnectionError("https://hooks/secret is not there")

    monkeypatch.setattr(BaseHook, "get_connection", refuse)
    alert("chat", "log")(context())

    log = capsys.readouterr().out
    assert "Alert by 'chat' was not sent: ConnectionError" in log
    assert "ALERT for #shop-squad" in log
    assert "secret" not in log


@pytest.mark.parametrize(
    ("connection", "notifier", "told"),
    [
        ({"conn_type": "slack"}, "SlackNotifier", {"channel": "#shop-squad", "text": "text"}),
        ({"conn_type": "slackwebhook"}, "SlackWebhookNotifier", {"text": "text"}),
        ({"conn_type": "smtp", "extra": '{"to_email": "squad@shop"}'}, "SmtpNotifier", {"to": "squad@shop"}),
    ],
)
def test_a_connection_is_told_by_its_kind(connection: dict[str, str], notifier: str, told: dict[str, str]) -> None:
    found: Any = alert()._notifier("chat", Connection(conn_id="chat", **connection), "subject", "text")

    assert type(found).__name__ == notifier
    assert {name: getattr(found, name) for name in told} == told
