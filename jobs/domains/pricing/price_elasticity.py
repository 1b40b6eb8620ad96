"""How many pieces of an article a week sells at the price that is set for it.

Weeks begin on Tuesdays, as the price weeks of the simulated market do (docs/simulated_market.md); the real shop of UCI
Online Retail is closed on Saturdays and has none. A row is an article and a week in which it was sold.
"""

from datetime import date, timedelta
from math import log

from pyspark.sql import Column, DataFrame
from pyspark.sql import Window as Rows
from pyspark.sql import functions as sf

from toile.features.sources import AsOfSources
from toile.features.window import Window

A_TUESDAY = date(2010, 6, 1)
WEEKS = 13  # what is usual is the mean of the weeks with sales among these
RECENT_WEEKS = 4
# Weeks without sales are not seen. Of an article that sells little they are many, and the rest bends slopes to zero.
LEAST_WEEKS, LEAST_PIECES = 4, 5
# The key words of descriptions: first those of UCI Online Retail, then those of the simulated market.
GROUPS = (
    *("BAG", "BOTTLE", "BOWL", "BOX", "CAKE", "CANDLE", "CARD", "CHRISTMAS", "CLOCK", "FRAME", "GARDEN", "HOLDER"),
    *("LIGHT", "MUG", "PAPER", "SIGN", "TIN", "WRAP"),
    *("COAT", "DRESS", "JEANS", "JUMPER", "SCARF", "SHIRT", "SHOES", "SWIMSUIT"),
)
OTHER = "OTHER"


def entities(sources: AsOfSources, window: Window) -> DataFrame:
    """Articles and weeks with sales: `log_units` sold in the week, and `log_price`, its price against the usual."""
    # What a week needs of the time before the window lies within WEEKS of it.
    earliest = sf.lit(window.start - timedelta(weeks=WEEKS + 1))
    weeks = _weekly(_sold(sources).where(sf.col("ordered_at") >= earliest), sf.lit(A_TUESDAY))
    before = Rows.partitionBy("product_id").orderBy("week").rangeBetween(-WEEKS, -1)
    return (
        weeks.select("*", *(usual.over(before).alias(name) for name, usual in _usual().items()))
        .where(_is_regular())
        .select(
            "product_id",
            sf.date_add(sf.lit(A_TUESDAY), 7 * sf.col("week")).cast("timestamp").alias("event_time"),
            "log_units",
            sf.log(sf.col("price") / sf.col("usual_price")).alias("log_price"),
        )
    )


def active_articles(sources: AsOfSources, as_of: date) -> DataFrame:
    """Articles sold within four weeks, at the price that they were last sold at."""
    weeks = _weekly(_sold(sources), sf.lit(as_of)).where(sf.col("week") >= -WEEKS)
    last = {"last_week": sf.max("week"), "last_price": sf.max_by("price", "week")}
    articles = weeks.groupBy("product_id").agg(*(found.alias(name) for name, found in (_usual() | last).items()))
    return articles.where(_is_regular() & (sf.col("last_week") >= -RECENT_WEEKS)).select(
        "product_id", sf.log(sf.col("last_price") / sf.col("usual_price")).alias("log_price")
    )


def demand(history: DataFrame) -> DataFrame:
    """What an article usually and lately sold a week, and the group that its description names."""
    keys = ("product_id", "event_time")
    sold = history.where(sf.col("quantity") > 0)
    lately = sf.when(sf.col("week") >= -RECENT_WEEKS, sf.col("log_units"))
    weeks = _weekly(sold, sf.col("event_time"), *keys).groupBy(*keys)
    return weeks.agg(
        sf.avg("log_units").alias("usual_log_units"),
        (sf.avg(lately) - sf.avg("log_units")).alias("recent_change"),
        sf.count("*").alias("weeks_sold"),
        (-sf.max("week")).alias("weeks_since_sale"),
        _group(sf.max("last")["description"]).alias("product_group"),
    )


def _sold(sources: AsOfSources) -> DataFrame:
    """Sales of articles; codes without five digits are postage, fees and vouchers."""
    lines = sources.read("sales.order_lines")
    return lines.where((sf.col("quantity") > 0) & sf.rlike("product_id", sf.lit("^[0-9]{5}")))


def _weekly(sold: DataFrame, origin: Column, *keys: str) -> DataFrame:
    """Pieces, price and last description of each week with sales; week -1 is the one before `origin`.

    The price is the mean over lines: over pieces, a few bulk orders at their own price would make it.
    """
    week = sf.floor(sf.datediff("ordered_at", origin) / 7).cast("int").alias("week")
    return sold.groupBy(*(keys or ("product_id",)), week).agg(
        sf.log(sf.sum("quantity")).alias("log_units"),
        sf.avg("unit_price").alias("price"),
        sf.max(sf.struct("ordered_at", "description")).alias("last"),
    )


def _usual() -> dict[str, Column]:
    return {"usual_price": sf.avg("price"), "usual_log_units": sf.avg("log_units"), "weeks_sold": sf.count("*")}


def _is_regular() -> Column:
    return (sf.col("weeks_sold") >= LEAST_WEEKS) & (sf.col("usual_log_units") >= log(LEAST_PIECES))


def _group(description: Column) -> Column:
    """The last key word of a description, in the singular: a wrap dress is a dress, a cake tin a tin."""
    word = sf.regexp_extract(sf.upper(description), rf"^.*\b({'|'.join(GROUPS)})(?:S|ES)?\b", 1)
    return sf.coalesce(sf.nullif(word, sf.lit("")), sf.lit(OTHER))
