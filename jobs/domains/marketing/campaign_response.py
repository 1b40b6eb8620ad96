"""Will a client who stands on a call list subscribe when called?

A client stands on the list from `listed_at` until the call. The question is asked of everybody who stands there on a
day: weekly in training, on `as_of` in scoring. As a list comes a week before its calls, a call answers one week's
question and no other.
"""

from datetime import date, timedelta

from pyspark.sql import DataFrame
from pyspark.sql import functions as sf

from toile.features.sources import AsOfSources
from toile.features.window import Window

EVERY = timedelta(days=7)
KEYS = ("client_id", "event_time")


def entities(sources: AsOfSources, window: Window) -> DataFrame:
    """Each week, the clients who stood on the list and have been called since: `subscribed`, 0 or 1."""
    calls = sources.read("marketing.contacts").join(sources.read("marketing.responses"), on="client_id", how="inner")
    weeks = [(day,) for day in window.dates(EVERY)]
    dates = calls.sparkSession.createDataFrame(weeks, "event_time timestamp")
    stands = (sf.col("listed_at") < sf.col("event_time")) & (sf.col("called_at") >= sf.col("event_time"))
    return calls.join(sf.broadcast(dates), on=stands, how="inner").select(*KEYS, "subscribed").distinct()


def listed_clients(sources: AsOfSources, as_of: date) -> DataFrame:  # noqa: ARG001 -- sources end at as_of already
    """The clients who stand on the list and have not been called."""
    called = sources.read("marketing.responses").select("client_id")
    return (
        sources.read("marketing.contacts").join(called, on="client_id", how="left_anti").select("client_id").distinct()
    )


def as_listed(history: DataFrame) -> DataFrame:
    """What the newest list says of a client."""
    told = [name for name in history.columns if name not in (*KEYS, "listed_at")]
    newest = history.groupBy(*KEYS).agg(sf.max_by(sf.struct(*told), "listed_at").alias("newest"))
    return newest.select(*KEYS, "newest.*")
