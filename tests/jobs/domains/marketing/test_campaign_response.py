"""Who is asked about, and when: on a list small enough to be read."""

from datetime import UTC, date, datetime, timedelta

import pytest
from pyspark.sql import DataFrame

from domains.marketing.campaign_response import as_listed, entities, listed_clients
from toile.config import Conf
from toile.features.sources import AsOfSources
from toile.features.window import Window
from toile.home import REPOSITORY
from toile.tables import Tables

# Client -> listed, called (None: not yet), subscribed.
CLIENTS = {
    "early": ("2009-05-01", "2009-05-08", 1),
    "on the eve": ("2009-05-05", "2009-05-12", 0),
    "on the day": ("2009-05-06", "2009-05-13", 1),
    "waiting": ("2009-05-12", "2009-05-19", 0),
    "listed today": ("2009-05-13", "2009-05-20", 1),
    "never called": ("2009-05-09", None, None),
}


@pytest.fixture
def sources(tables: Tables) -> AsOfSources:
    make = tables.spark.createDataFrame
    lists = [(client, datetime.fromisoformat(listed)) for client, (listed, _, _) in CLIENTS.items()]
    calls = [(client, datetime.fromisoformat(day), int(yes or 0)) for client, (_, day, yes) in CLIENTS.items() if day]
    tables.replace("marketing.contacts", make(lists, "client_id string, listed_at timestamp"))
    tables.replace("marketing.responses", make(calls, "client_id string, called_at timestamp, subscribed int"))
    return AsOfSources(tables, Conf(REPOSITORY / "conf").platform, date(2009, 6, 1))


def answers(frame: DataFrame) -> list[tuple[str, str, int]]:
    shown = frame.selectExpr("client_id", "date_format(event_time, 'MM-dd') AS day", "subscribed").orderBy("client_id")
    return [tuple(row) for row in shown.collect()]


def test_each_call_answers_the_one_week_in_which_its_client_stood_on_the_list(sources: AsOfSources) -> None:
    weeks = Window.labelled(date(2009, 5, 27), timedelta(days=28), timedelta(days=7))
    assert answers(entities(sources, weeks)) == [
        ("early", "05-06", 1),
        ("listed today", "05-20", 1),
        ("on the day", "05-13", 1),
        ("on the eve", "05-06", 0),
        ("waiting", "05-13", 0),
    ]


def test_who_is_scored_on_a_day_is_who_is_asked_about_when_labels_arrive(sources: AsOfSources, tables: Tables) -> None:
    day = date(2009, 5, 13)
    then = AsOfSources(tables, Conf(REPOSITORY / "conf").platform, day)
    scored = {row.client_id for row in listed_clients(then, day).collect()}
    assert scored == {"on the day", "waiting", "never called"}
    assert {client for client, _, _ in answers(entities(sources, Window.day(day)))} == scored - {"never called"}


def test_dates_of_a_window_are_counted_back_from_its_end() -> None:
    window = Window.labelled(date(2009, 5, 20), timedelta(days=14), timedelta(days=7))
    days = [datetime(2009, 5, day, tzinfo=UTC) for day in (6, 13)]
    assert window.dates(timedelta(days=7)) == days


def test_the_newest_list_speaks_for_a_client(tables: Tables) -> None:
    told = "client_id string, event_time timestamp, listed_at timestamp, campaign int"
    asked, first, second = datetime(2009, 5, 20), datetime(2009, 5, 1), datetime(2009, 5, 9)
    history = tables.spark.createDataFrame([("a", asked, second, 2), ("a", asked, first, 1)], told)
    assert [(row.client_id, row.campaign) for row in as_listed(history).collect()] == [("a", 2)]
