"""Forecast rows in Spark: what an origin is labelled by, and that training and scoring see the same."""

import time
from collections.abc import Iterator
from dataclasses import replace
from datetime import UTC, date, datetime, timedelta
from typing import Any

import numpy as np
import pandas as pd
import pytest
from pyspark.errors import PythonException
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as sf

from toile.config import Conf, ResolvedModel
from toile.config.task import Forecast
from toile.errors import DataError, raised_by_worker
from toile.features.audit import future_leaks
from toile.features.dataset import scoring_rows, training_rows
from toile.features.sources import AsOfSources
from toile.features.window import Window
from toile.home import REPOSITORY
from toile.tables import Tables

AS_OF, DAY, INSTANT = date(2011, 6, 29), timedelta(days=1), timedelta(microseconds=1)
NEWEST = datetime(2011, 6, 15, tzinfo=UTC)  # two weeks, the horizon, before AS_OF
SCHEMA = "product_id string, description string, quantity long, ordered_at timestamp"
TASK = {
    "kind": "forecast", "label": "units", "horizon": 2, "season": 5, "history": 4, "at_least": 1, "lags": [1, 4],
    "windows": [3], "calendar": ["day_of_week", "day_of_month", "week_of_year", "month"], "groups": ["range"],
}  # fmt: skip


def sales(sources: AsOfSources, _window: Window) -> DataFrame:
    """Articles as whole numbers, one of them unknown; each in a range that is not always noted."""
    units, moment = sf.col("quantity").alias("units"), sf.col("ordered_at").alias("event_time")
    lines = sources.read("sales.order_lines")
    return lines.select(sf.col("product_id").cast("long"), moment, units, sf.col("description").alias("range"))


def sales_against_the_best_day(sources: AsOfSources, window: Window) -> DataFrame:
    """Cheats: the best day may be one that is still to come."""
    best = sources.read("sales.order_lines").agg(sf.max("quantity").alias("best"))
    return sales(sources, window).crossJoin(best).withColumn("units", sf.col("units") / sf.col("best"))


def articles(sources: AsOfSources, _as_of: date) -> DataFrame:
    return sales(sources, Window.day(AS_OF)).select("product_id").distinct()


@pytest.fixture(autouse=True)
def elsewhere(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    """A machine's own time zone must not matter."""
    with monkeypatch.context() as patch:
        patch.setenv("TZ", "America/New_York")
        time.tzset()
        yield
    time.tzset()


def model(entities: str = "sales", **task: Any) -> ResolvedModel:
    found = Conf(REPOSITORY / "conf").load_model("forecasting.weekly_demand")
    config = found.config
    data = config.training_data.model_copy(update={"entities": f"{__name__}:{entities}", "window": timedelta(days=70)})
    update = {
        "task": Forecast.model_validate({**TASK, **task}),
        "training_data": data,
        "split": config.split.model_copy(update={"holdout": timedelta(days=21)}),
        "scoring": config.scoring.model_copy(update={"entities": f"{__name__}:articles"}),
    }
    return ResolvedModel(
        config.model_copy(update=update), found.views, found.suites, found.platform, found.environment, found.file
    )


def land(spark: SparkSession, tables: Tables, lines: list[tuple[object, ...]]) -> AsOfSources:
    tables.replace("sales.order_lines", spark.createDataFrame(lines, SCHEMA))
    return AsOfSources(tables, Conf(REPOSITORY / "conf").platform, AS_OF)


def labelled(asked: ResolvedModel, sources: AsOfSources) -> DataFrame:
    window = Window.labelled(AS_OF, asked.config.training_data.window, asked.config.task.label_delay)
    return training_rows(asked, sources, window)


@pytest.fixture
def market(spark: SparkSession, tables: Tables) -> AsOfSources:
    """Twelve articles that begin and end at different times over 26 weeks, and one that nobody knows."""
    generator = np.random.default_rng(0)
    lines: list[tuple[object, ...]] = []
    for article in [*map(str, range(10001, 10013)), None]:
        first, last = np.sort(generator.integers(0, 182, 2))
        for day in generator.integers(first, last + 1, 25):
            moment = NEWEST + timedelta(days=int(day) - 168, seconds=int(generator.integers(86_400)))
            lines.append((article, generator.choice(["SHIRT", "COAT", None]), int(generator.integers(1, 9)), moment))
    return land(spark, tables, lines)


def test_a_step_is_labelled_by_all_of_its_period_and_by_no_moment_more(spark: SparkSession, tables: Tables) -> None:
    week = 7 * DAY
    sold = {
        NEWEST - week: 1, NEWEST - INSTANT: 10, NEWEST: 100, NEWEST + week - INSTANT: 1000, NEWEST + week: 10_000,
        NEWEST + 2 * week - INSTANT: 100_000, NEWEST + 2 * week: 1_000_000,
    }  # fmt: skip
    sources = land(spark, tables, [("10001", "SHIRT", units, moment) for moment, units in sold.items()])
    rows = labelled(model(), sources).orderBy("event_time", "target_time").toPandas()
    told = [(f"{row.event_time:%m-%d}", f"{row.target_time:%m-%d}", row.step, row.units) for row in rows.itertuples()]
    assert told == [("06-15", "06-15", 1, 1100), ("06-15", "06-22", 2, 110_000)]
    latest = rows.iloc[0]
    assert (latest["lag_1"], latest["age"], latest["all_trend"]) == (11, 1, 1)
    assert latest[["day_of_week", "day_of_month", "week_of_year", "month"]].tolist() == [4, 15, 24, 6]


def test_rows_hold_the_same_when_they_are_trained_on_and_when_they_were_scored(market: AsOfSources) -> None:
    asked = model()
    keys = asked.config.row_keys
    rows = labelled(asked, market).select(*keys, *asked.config.task.columns).toPandas()
    assert rows["product_id"].isna().any()  # left to the gate, which tells them
    assert set(rows["product_id"].dropna()) <= {str(article) for article in range(10001, 10013)}
    for origin in (NEWEST, NEWEST - 9 * 7 * DAY):
        past = AsOfSources(market._tables, asked.platform, origin.date(), market.versions)
        scored = scoring_rows(asked, past).select(*rows).toPandas().sort_values(keys, ignore_index=True)
        trained = rows[rows["product_id"].notna() & (rows["event_time"] == origin.replace(tzinfo=None))]
        assert len(scored) >= 8
        pd.testing.assert_frame_equal(trained.sort_values(keys, ignore_index=True), scored)


def test_the_audit_catches_amounts_that_know_the_future(spark: SparkSession, tables: Tables) -> None:
    lines = [("10001", "SHIRT", week + 1, NEWEST - (11 - week) * 7 * DAY) for week in range(13)]
    sources, asked = land(spark, tables, lines), model("sales_against_the_best_day")
    moment = NEWEST - 7 * 7 * DAY
    past = AsOfSources(tables, asked.platform, moment.date(), sources.versions)
    found = future_leaks(labelled(asked, sources), moment, asked, past)
    assert "leak: lag_1 at 2011-04-27 changes for 2 rows when later data is hidden" in found


def sales_at_prices(sources: AsOfSources, window: Window) -> DataFrame:
    return sales(sources, window).withColumn("price", sf.col("units") / 10.0)


def planned_prices(sources: AsOfSources, as_of: date) -> DataFrame:
    """A price for the first week ahead alone."""
    plan = [(10001, datetime(as_of.year, as_of.month, as_of.day, tzinfo=UTC), 7.5)]
    return sources.read("sales.order_lines").sparkSession.createDataFrame(
        plan, "product_id long, target_time timestamp, price double"
    )


def test_an_amount_that_is_no_number_is_told_by_the_driver(spark: SparkSession, tables: Tables) -> None:
    lines = [("10001", "SHIRT", week + 1, NEWEST - (5 - week) * 7 * DAY) for week in range(5)]
    with pytest.raises(PythonException) as raised:
        labelled(model("sales_of_nothing"), land(spark, tables, lines)).collect()
    mistake = raised_by_worker(raised.value)
    assert isinstance(mistake, DataError)
    assert str(mistake) == "5 of a series' 5 amounts are no finite number."
    assert raised_by_worker(ValueError("toile.errors.DataError is a class")) is None


def sales_of_nothing(sources: AsOfSources, window: Window) -> DataFrame:
    return sales(sources, window).withColumn("units", sf.lit(float("nan")))


def prices_at_six(sources: AsOfSources, as_of: date) -> DataFrame:
    return planned_prices(sources, as_of).withColumn("target_time", sf.expr("target_time + INTERVAL 6 HOURS"))


def test_what_is_given_is_that_of_the_period_ahead(spark: SparkSession, tables: Tables) -> None:
    week = 7 * DAY
    sources = land(spark, tables, [("10001", "SHIRT", 10 * n, NEWEST + (n - 3) * week) for n in range(1, 6)])
    asked = model("sales_at_prices")
    config = asked.config
    update = {
        "training_data": config.training_data.model_copy(update={"given": {"price": "double"}}),
        "scoring": config.scoring.model_copy(update={"entities": f"{__name__}:planned_prices"}),
    }
    asked = replace(asked, config=config.model_copy(update=update))
    trained = labelled(asked, sources).where(sf.col("event_time") == sf.lit(NEWEST)).orderBy("step").toPandas()
    assert trained[["step", "units", "price"]].to_numpy().tolist() == [[1, 30, 3.0], [2, 40, 4.0]]
    scored = scoring_rows(asked, sources).toPandas()
    assert scored[["step", "price"]].to_numpy().tolist() == [[1, 7.5]]
    scoring = config.scoring.model_copy(update={"entities": f"{__name__}:prices_at_six"})
    astray = replace(asked, config=asked.config.model_copy(update={"scoring": scoring}))
    with pytest.raises(
        DataError, match=r":prices_at_six: a plan's target_time is 2011-06-29 06:00:00, where no period"
    ):
        scoring_rows(astray, sources)
