"""The rows a model is trained on and the rows it scores: entities, labels and point-in-time features."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as sf

from toile.config import ResolvedModel
from toile.config.model import Split
from toile.config.names import EVENT_TIME
from toile.errors import ConfigError
from toile.features.point_in_time import join_features
from toile.features.references import resolve
from toile.features.sources import AsOfSources

HASH_BUCKETS = 10_000


@dataclass(frozen=True)
class Window:
    """A stretch of event times: from `start`, inclusive, to `end`, exclusive, both at 00:00 UTC."""

    start: datetime
    end: datetime

    @classmethod
    def day(cls, day: date) -> "Window":
        """The one event time at 00:00 of this day."""
        start = datetime(day.year, day.month, day.day, tzinfo=UTC)
        return cls(start, start + timedelta(microseconds=1))

    @classmethod
    def labelled(cls, as_of: date, length: timedelta, label_delay: timedelta) -> "Window":
        """The newest event times whose labels are known at `as_of`: an event time plus the delay is no later."""
        end = datetime(as_of.year, as_of.month, as_of.day, tzinfo=UTC) - label_delay + timedelta(microseconds=1)
        return cls(end - length, end)


def labelled_entities(model: ResolvedModel, sources: AsOfSources, window: Window) -> DataFrame:
    """`[entity, event_time, label]` of the window, as the squad's function gives them.

    Raises:
        ConfigError: the function returns other columns.
    """
    config = model.config
    columns = (config.entity, EVENT_TIME, config.task.label)
    entities = _call(config.training_data.entities, columns, sources, window)
    inside = (sf.col(EVENT_TIME) >= sf.lit(window.start)) & (sf.col(EVENT_TIME) < sf.lit(window.end))
    return entities.where(inside)


def training_rows(model: ResolvedModel, sources: AsOfSources, window: Window) -> DataFrame:
    """Labelled rows of the window with features and a column `split`: train or holdout."""
    config = model.config
    rows = join_features(labelled_entities(model, sources, window), model.views, sources)
    return rows.withColumn("split", _split(config.split, config.entity, window, config.task.label_delay)).where(
        sf.col("split").isNotNull()
    )


def scoring_rows(model: ResolvedModel, sources: AsOfSources) -> DataFrame:
    """The rows to score at the sources' date: the same features, computed by the same code, without a label."""
    config = model.config
    entities = _call(config.scoring.entities, (config.entity,), sources, sources.as_of)
    moment = sf.lit(sources.as_of).cast("timestamp").alias(EVENT_TIME)
    return join_features(entities.select(config.entity, moment), model.views, sources)


def _split(split: Split, entity: str, window: Window, label_delay: timedelta) -> Column:
    """Train | holdout | null.

    Held out is the window's last stretch, of the unseen entities where a share of them is kept unseen. A row is trained
    on only if its label was known before the holdout begins, so that no label looks into the held-out time; rows
    between the two, and the older rows of unseen entities, are used for neither.
    """
    bucket = sf.pmod(sf.xxhash64(sf.col(entity).cast("string")), sf.lit(HASH_BUCKETS))
    unseen = bucket < int(split.unseen_entities * HASH_BUCKETS)
    held_from = window.end - split.holdout
    held_out = sf.col(EVENT_TIME) >= sf.lit(held_from)
    if split.unseen_entities:
        held_out &= unseen
    trained = (sf.col(EVENT_TIME) <= sf.lit(held_from - label_delay)) & ~unseen
    return sf.when(held_out, "holdout").when(trained, "train")


def _call(reference: str, columns: tuple[str, ...], *arguments: object) -> DataFrame:
    frame: DataFrame = resolve(reference)(*arguments)
    missing = [name for name in columns if name not in frame.columns]
    if missing:
        raise ConfigError(f"{reference} returns {frame.columns}, without {', '.join(missing)}.")
    return frame.select(*columns)
