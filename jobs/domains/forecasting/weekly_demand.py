"""How many units of each article are sold in each of the next four weeks?"""

from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as sf

from toile.features.sources import AsOfSources
from toile.features.window import Window

ARTICLE = r"^[0-9]{5}"
"""Other codes are postage, fees and vouchers."""


def sales(sources: AsOfSources, _window: Window) -> DataFrame:
    """Units sold of each article at each moment; what comes back is not taken off. The task cuts the window out."""
    return _sold(sources).select(
        "product_id", sf.col("ordered_at").alias("event_time"), sf.col("quantity").alias("units")
    )


def articles(sources: AsOfSources, _as_of: date) -> DataFrame:
    """Every article ever sold; those that sell too seldom are left out by `task.at_least`."""
    return _sold(sources).select("product_id").distinct()


def _sold(sources: AsOfSources) -> DataFrame:
    lines = sources.read("sales.order_lines")
    return lines.where((sf.col("quantity") > 0) & sf.col("product_id").rlike(ARTICLE))
