"""Will a customer buy again within 90 days?"""

from datetime import timedelta

from pyspark.sql import DataFrame
from pyspark.sql import functions as sf

from domains.customer.snapshots import labelled_snapshots
from toile.features.sources import AsOfSources
from toile.features.window import Window

HORIZON = timedelta(days=90)


def entities(sources: AsOfSources, window: Window) -> DataFrame:
    """Customers every 14 days, and whether they bought in the 90 days after: `bought_again`, 0 or 1."""
    return labelled_snapshots(sources, window, HORIZON, lambda after: sf.max(after.cast("int")).alias("bought_again"))
