"""Customers as of a series of dates, and what they did after: the ground of every question about a customer."""

from collections.abc import Callable
from datetime import date, timedelta

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as sf

from toile.features.sources import AsOfSources
from toile.features.window import Window

EVERY = timedelta(days=14)
ACTIVE_DAYS = 365
HISTORY_DAYS = 28  # a snapshot earlier than this after the first order of all knows too little of anybody


def labelled_snapshots(
    sources: AsOfSources, window: Window, horizon: timedelta, answer: Callable[[Column], Column]
) -> DataFrame:
    """Every 14 days, each customer who had bought within a year, and the answer: `[customer_id, event_time, answer]`.

    `answer` aggregates purchases (`ordered_at`, `value`); it is given the condition that one fell into the horizon.
    """
    bought = _purchases(sources)
    dates = bought.sparkSession.createDataFrame([(day,) for day in window.dates(EVERY)], "event_time timestamp")
    first = bought.agg((sf.min("ordered_at") + sf.expr(f"INTERVAL {HISTORY_DAYS} DAYS")).alias("known_from"))
    snapshots = dates.crossJoin(first).where("event_time >= known_from").select("event_time")
    before = sf.col("ordered_at") < sf.col("event_time")
    active = before & (sf.col("ordered_at") >= sf.col("event_time") - sf.expr(f"INTERVAL {ACTIVE_DAYS} DAYS"))
    after = ~before & (sf.col("ordered_at") < sf.col("event_time") + sf.expr(f"INTERVAL {horizon.days} DAYS"))
    return (
        bought.crossJoin(sf.broadcast(snapshots))
        .groupBy("customer_id", "event_time")
        .agg(sf.max(active).alias("active"), answer(after))
        .where("active")
        .drop("active")
    )


def active_customers(sources: AsOfSources, as_of: date) -> DataFrame:
    """Each customer who has bought within a year before the date."""
    since = sf.lit(as_of - timedelta(days=ACTIVE_DAYS)).cast("timestamp")
    return _purchases(sources).where(sf.col("ordered_at") >= since).select("customer_id").distinct()


def _purchases(sources: AsOfSources) -> DataFrame:
    """What each known customer bought at each moment, in the currency of the source; returns are left out."""
    lines = sources.read("sales.order_lines").where(sf.col("customer_id").isNotNull() & (sf.col("quantity") > 0))
    return lines.groupBy("customer_id", "ordered_at").agg(
        sf.sum(sf.col("quantity") * sf.col("unit_price")).alias("value")
    )
