"""Hand-made sales of one article at changing prices."""

from datetime import UTC, date, datetime, timedelta
from math import log

import pytest
from pyspark.sql import SparkSession

from domains.pricing.price_elasticity import GROUPS
from toile.config import Conf, ResolvedModel
from toile.features.audit import future_leaks
from toile.features.dataset import scoring_rows, training_rows
from toile.features.sources import AsOfSources
from toile.features.window import Window
from toile.home import REPOSITORY
from toile.sources.market import CATEGORIES
from toile.tables import Tables

TUESDAY, DAY = datetime(2011, 3, 1, tzinfo=UTC), timedelta(days=1)
AS_OF = date(2011, 4, 19)
SCHEMA = "product_id string, description string, quantity long, unit_price double, ordered_at timestamp"


@pytest.fixture
def model() -> ResolvedModel:
    return Conf(REPOSITORY / "conf").load_model("pricing.price_elasticity")


@pytest.fixture
def sources(spark: SparkSession, tables: Tables, model: ResolvedModel) -> AsOfSources:
    """Six weeks of ten pieces at 2.0, the last of them sold on a Monday, and one of twenty at 0.5 and 1.5."""
    sales = [(10, 2.0, week * 7) for week in range(5)] + [(10, 2.0, 41), (15, 0.5, 42), (5, 1.5, 45), (-20, 2.0, 46)]
    lines = [("10001", "WRAP DRESSES RED", *sale) for sale in sales]
    lines += [("POST", "POSTAGE", 100, 1.0, week * 7) for week in range(7)]
    lines += [("10002", "MUG", 1, 1.0, week * 7) for week in range(7)]
    rows = [(*line[:4], TUESDAY + line[4] * DAY) for line in lines]
    tables.replace("sales.order_lines", spark.createDataFrame(rows, SCHEMA))
    return AsOfSources(tables, model.platform, AS_OF)


def test_a_week_is_labelled_by_its_sales_and_given_its_price_against_the_usual(
    sources: AsOfSources, model: ResolvedModel
) -> None:
    window = Window.labelled(AS_OF, timedelta(days=365), model.config.task.label_delay)
    rows = training_rows(model, sources, window).orderBy("event_time")
    found = rows.toPandas()
    assert set(found["product_id"]) == {"10001"}
    assert [f"{moment:%m-%d}" for moment in found["event_time"]] == ["03-29", "04-05", "04-12"]
    assert found["log_units"].tolist() == pytest.approx([log(10), log(10), log(20)])
    assert found["log_price"].tolist() == pytest.approx([0, 0, log(1.0 / 2.0)])
    latest = found.iloc[-1]
    assert latest[["usual_log_units", "recent_change"]].tolist() == pytest.approx([log(10), 0])
    assert latest[["weeks_sold", "weeks_since_sale", "product_group"]].tolist() == [6, 1, "DRESS"]
    moment = TUESDAY + 42 * DAY
    past = AsOfSources(sources._tables, model.platform, moment.date(), sources.versions)
    assert future_leaks(rows, moment, model, past) == []


def test_an_active_article_is_scored_at_its_last_price(sources: AsOfSources, model: ResolvedModel) -> None:
    (row,) = scoring_rows(model, sources).collect()
    assert (row.product_id, row.weeks_sold) == ("10001", 7)
    assert row.log_price == pytest.approx(log(1.0 / (13 / 7)))


def test_each_category_of_the_simulated_market_is_a_group() -> None:
    assert {category.name for category in CATEGORIES} <= set(GROUPS)
