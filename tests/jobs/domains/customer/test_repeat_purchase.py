"""The label of `customer.repeat_purchase`, on rows made by hand."""

from datetime import UTC, date, datetime, timedelta

from pyspark.sql import SparkSession

from domains.customer.repeat_purchase import entities
from toile.config import Conf
from toile.features.sources import AsOfSources
from toile.features.window import Window
from toile.home import REPOSITORY
from toile.tables import Tables

NOW = datetime(2011, 6, 1, tzinfo=UTC)
LINE = "customer_id string, order_id string, quantity long, unit_price double, ordered_at timestamp, country string"
# Customer, order, quantity, days before NOW (after it where negative).
LINES = [
    ("on the last day", "a", 1, 30),
    ("on the last day", "b", 1, -89),
    ("a day late", "c", 1, 30),
    ("a day late", "d", 1, -90),
    ("at once", "e", 1, 30),
    ("at once", "f", 1, 0),
    ("only returns", "g", 1, 30),
    ("only returns", "Cg", -1, -5),
    ("unknown yet", "h", 1, -1),
]


def test_who_buys_within_90_days_has_bought_again(spark: SparkSession, tables: Tables) -> None:
    lines = [(who, order, quantity, 5.0, NOW - timedelta(days=days), "Spain") for who, order, quantity, days in LINES]
    tables.replace("sales.order_lines", spark.createDataFrame(lines, LINE))
    sources = AsOfSources(tables, Conf(REPOSITORY / "conf").platform, date(2011, 12, 1))

    labels = {row.customer_id: row.bought_again for row in entities(sources, Window.day(NOW.date())).collect()}

    assert labels == {"on the last day": 1, "at once": 1, "a day late": 0, "only returns": 0}
