"""Customer features. Each transform gets, per customer and event_time, only the order lines from before event_time."""

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as sf

KEYS = ("customer_id", "event_time")
SECONDS_PER_DAY = 86_400
RECENT_DAYS = 84


def rfm(history: DataFrame) -> DataFrame:
    """Recency, frequency, monetary value (in the currency of the source), tenure, returns and latest country.

    Lines are summed up to orders first: counting orders is then a sum, where several distinct counts over the lines
    would make Spark copy each line once per count.
    """
    bought = sf.col("quantity") > 0
    value = sf.col("quantity") * sf.col("unit_price")
    orders = history.groupBy(*KEYS, "order_id", "country").agg(
        sf.max("ordered_at").alias("ordered_at"),
        sf.sum(sf.when(bought, value)).alias("bought"),
        sf.sum(sf.when(~bought, -value)).alias("returned"),
        sf.count(sf.when(bought, 1)).alias("lines"),
    )
    bought_days_ago = sf.when(sf.col("bought").isNotNull(), _days_before("ordered_at"))
    sums = orders.groupBy(*KEYS).agg(
        sf.min(bought_days_ago).alias("recency_days"),
        sf.max(bought_days_ago).alias("tenure_days"),
        sf.count(bought_days_ago).alias("orders"),
        sf.count(sf.when(bought_days_ago <= 30, 1)).alias("orders_30d"),
        sf.count(sf.when(bought_days_ago <= 90, 1)).alias("orders_90d"),
        sf.coalesce(sf.sum("bought"), sf.lit(0.0)).alias("spend"),
        sf.coalesce(sf.sum(sf.when(bought_days_ago <= 90, sf.col("bought"))), sf.lit(0.0)).alias("spend_90d"),
        sf.count_distinct(sf.when(bought_days_ago.isNotNull(), sf.date_trunc("month", "ordered_at"))).alias(
            "active_months"
        ),
        sf.count("returned").alias("return_orders"),
        sf.coalesce(sf.sum("returned"), sf.lit(0.0)).alias("returned"),
        sf.sum("lines").alias("lines"),
        sf.max_by("country", sf.struct("ordered_at", "order_id")).alias("country"),
    )
    return sums.select(
        "*",
        _ratio(sf.col("spend"), sf.col("orders")).alias("mean_order_value"),
        _ratio(sf.col("tenure_days") - sf.col("recency_days"), sf.col("orders") - 1).alias("mean_gap_days"),
        _ratio(sf.col("returned"), sf.col("spend")).alias("return_value_share"),
        _ratio(sf.col("lines"), sf.col("orders")).alias("lines_per_order"),
    )


def recent(history: DataFrame) -> DataFrame:
    """What a customer did in the last 28 and 84 days, in the currency of the source, and the latest country.

    Nothing but the country looks back further, and recency ends at 84 days: a lifetime's figures grow with the age of
    the source, so that a model would meet larger ones later than it was trained on.
    """
    days_ago = _days_before("ordered_at")
    value = sf.col("quantity") * sf.col("unit_price")
    bought = (sf.col("quantity") > 0) & (days_ago <= RECENT_DAYS)
    returned = (sf.col("quantity") <= 0) & (days_ago <= RECENT_DAYS)
    orders = history.groupBy(*KEYS, "order_id", "country").agg(
        sf.max("ordered_at").alias("ordered_at"),
        sf.sum(sf.when(bought, value)).alias("bought"),
        sf.sum(sf.when(returned, -value)).alias("returned"),
        sf.count(sf.when(bought, 1)).alias("lines"),
    )
    days_ago = sf.when(sf.col("bought").isNotNull(), _days_before("ordered_at"))
    sums = orders.groupBy(*KEYS).agg(
        sf.coalesce(sf.min(days_ago), sf.lit(float(RECENT_DAYS))).alias("recency_days"),
        sf.max(days_ago).alias("first_days"),
        sf.count(sf.when(days_ago <= 28, 1)).alias("orders_28d"),
        sf.count(days_ago).alias("orders_84d"),
        sf.coalesce(sf.sum(sf.when(days_ago <= 28, sf.col("bought"))), sf.lit(0.0)).alias("spend_28d"),
        sf.coalesce(sf.sum("bought"), sf.lit(0.0)).alias("spend_84d"),
        sf.sum("lines").alias("lines_84d"),
        sf.coalesce(sf.sum("returned"), sf.lit(0.0)).alias("returned_84d"),
        sf.max_by("country", sf.struct("ordered_at", "order_id")).alias("country"),
    )
    gap = _ratio(sf.col("first_days") - sf.col("recency_days"), sf.col("orders_84d") - 1)
    return sums.select("*", gap.alias("mean_gap_days"))


def basket(history: DataFrame) -> DataFrame:
    """Breadth and habits of what a customer bought."""
    bought = history.withColumn("bought", sf.col("quantity") > 0)
    return bought.groupBy(*KEYS).agg(
        sf.count_distinct(sf.when(sf.col("bought"), sf.col("product_id"))).alias("distinct_products"),
        sf.avg(sf.when(sf.col("bought"), sf.col("quantity"))).alias("mean_quantity"),
        sf.avg(sf.when(sf.col("bought"), sf.col("unit_price"))).alias("mean_unit_price"),
        sf.avg(sf.when(sf.col("bought"), sf.dayofweek("ordered_at").isin(1, 7).cast("double"))).alias("weekend_share"),
        sf.avg(sf.when(sf.col("bought"), sf.hour("ordered_at"))).alias("mean_hour"),
    )


def _days_before(moment: str) -> Column:
    return (sf.unix_timestamp("event_time") - sf.unix_timestamp(moment)) / SECONDS_PER_DAY


def _ratio(part: Column, whole: Column) -> Column:
    """Part of whole; null where there is no whole."""
    return part / sf.when(whole != 0, whole)
