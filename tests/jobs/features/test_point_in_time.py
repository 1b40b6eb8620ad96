"""Features see the past only, and a transform that cheats is caught."""

from datetime import UTC, date, datetime, timedelta

import pytest
from pyspark.sql import DataFrame, SparkSession, Window
from pyspark.sql import functions as sf

from toile.config import Conf, ResolvedModel
from toile.config.features import FeatureView
from toile.features.audit import future_leaks
from toile.features.dataset import training_rows
from toile.features.point_in_time import history, join_features
from toile.features.sources import AsOfSources
from toile.features.window import Window as TimeWindow
from toile.home import REPOSITORY
from toile.tables import Tables

START = datetime(2011, 1, 1, tzinfo=UTC)
DAY = timedelta(days=1)


def honest(rows: DataFrame) -> DataFrame:
    return rows.groupBy("customer_id", "event_time").agg(sf.sum("quantity").alias("bought"))


def peeking(rows: DataFrame) -> DataFrame:
    """Counts over all of a customer's moments: the later ones let it see what is still to come."""
    every = Window.partitionBy("customer_id")
    return rows.select("customer_id", "event_time", sf.max("quantity").over(every).alias("bought")).distinct()


def view(transform: str, **given: object) -> FeatureView:
    return FeatureView.model_validate(
        {
            "name": "sums",
            "description": "what was bought",
            "owner": "customer-squad",
            "entity": "customer_id",
            "source": "sales.order_lines",
            "transform": f"{__name__}:{transform}",
            "columns": {"bought": "long"},
            **given,
        }
    )


@pytest.fixture
def sources(spark: SparkSession, tables: Tables) -> AsOfSources:
    """Customer 1 buys `n` pieces on day `n`, customer 11 one piece on day 1; nothing is known of customer 2."""
    lines = [("1", day, START + day * DAY) for day in range(1, 10)] + [("11", 1, START + DAY)]
    schema = "customer_id string, quantity long, ordered_at timestamp"
    tables.replace("sales.order_lines", spark.createDataFrame(lines, schema))
    return AsOfSources(tables, Conf(REPOSITORY / "conf").platform, date(2011, 1, 8))


@pytest.fixture
def moments(spark: SparkSession) -> DataFrame:
    rows = [(who, START + day * DAY) for who in ("1", "11", "2") for day in (3, 5)]
    return spark.createDataFrame(rows, "customer_id string, event_time timestamp")


def test_sources_end_at_the_date_and_remember_their_version(sources: AsOfSources) -> None:
    latest = sources.read("sales.order_lines").agg(sf.max("quantity")).first()
    assert latest is not None
    assert (latest[0], sources.versions) == (6, {"sales.order_lines": 0})


@pytest.mark.parametrize(
    ("as_of", "stale"), [(date(2011, 1, 8), False), (date(2011, 1, 24), False), (date(2011, 1, 25), True)]
)
def test_a_source_whose_newest_row_is_too_old_is_told(
    sources: AsOfSources, tables: Tables, as_of: date, stale: bool
) -> None:
    known = AsOfSources(tables, Conf(REPOSITORY / "conf").platform, as_of)
    known.read("sales.order_lines")
    told = ["sales.order_lines is stale: its newest row before 2011-01-25 is of 2011-01-10, and 14d is allowed"]
    assert [reason.partition(" (")[0] for reason in known.stale()] == (told if stale else [])


def test_history_holds_only_rows_from_before_each_moment(moments: DataFrame, sources: AsOfSources) -> None:
    rows = history(moments, view("honest"), sources)
    assert rows.where("ordered_at >= event_time").isEmpty()
    assert rows.where("customer_id = '1' and event_time = '2011-01-04'").count() == 2


def test_each_moment_gets_its_own_features_and_no_row_is_lost_or_doubled(
    moments: DataFrame, sources: AsOfSources
) -> None:
    rows = join_features(moments, [view("honest", fill={"bought": 0})], sources)
    found = {(row.customer_id, row.event_time.day): row.bought for row in rows.collect()}
    assert found == {("1", 4): 3, ("1", 6): 10, ("11", 4): 1, ("11", 6): 1, ("2", 4): 0, ("2", 6): 0}
    assert rows.count() == 6


def test_rows_older_than_the_ttl_are_not_seen(moments: DataFrame, sources: AsOfSources) -> None:
    rows = join_features(moments, [view("honest", ttl="2d")], sources)
    found = {row.event_time.day: row.bought for row in rows.where("customer_id = '1'").collect()}
    assert found == {4: 1 + 2, 6: 3 + 4}


@pytest.mark.parametrize(("transform", "leaks"), [("honest", 0), ("peeking", 1)])
def test_a_transform_that_sees_the_future_is_caught(
    moments: DataFrame, sources: AsOfSources, transform: str, leaks: int, monkeypatch: pytest.MonkeyPatch
) -> None:
    model = Conf(REPOSITORY / "conf").load_model("customer.repeat_purchase")
    model = ResolvedModel(model.config, (view(transform),), {}, model.platform, model.environment, model.file)
    rows = join_features(moments, model.views, sources)
    first = START + 3 * DAY
    past = AsOfSources(sources._tables, model.platform, first.date(), sources.versions)
    found = future_leaks(rows, first, model, past)
    assert len(found) == leaks
    assert not leaks or "bought at 2011-01-04 changes for 1 rows" in found[0]


def test_no_label_of_a_trained_row_reaches_into_the_held_out_time_and_no_held_out_customer_is_trained_on(
    spark: SparkSession, tables: Tables
) -> None:
    days = range(0, 330, 3)
    lines = [
        (f"o{who}-{day}", f"p{day % 7}", "SHIRT", 1 + day % 3, START + (day + who % 3) * DAY, 9.5, str(who), "Spain")
        for who in range(60)
        for day in days
        if (who + day) % 4
    ]
    schema = (
        "order_id string, product_id string, description string, quantity long, ordered_at timestamp, "
        "unit_price double, customer_id string, country string"
    )
    tables.replace("sales.order_lines", spark.createDataFrame(lines, schema))
    model = Conf(REPOSITORY / "conf").load_model("customer.repeat_purchase")
    config, as_of = model.config, date(2011, 11, 1)
    window = TimeWindow.labelled(as_of, config.training_data.window, config.task.label_delay)
    sources = AsOfSources(tables, model.platform, as_of)
    rows = training_rows(model, sources, window).select("customer_id", "event_time", "split").toPandas()
    train, held = rows[rows.split == "train"], rows[rows.split == "holdout"]
    assert len(train) > 0
    assert len(held) > 0
    assert train.event_time.max() + config.task.label_delay <= held.event_time.min()
    assert held.event_time.max() + config.task.label_delay <= datetime(2011, 11, 1)  # as_of
    assert not set(train.customer_id) & set(held.customer_id)
