"""Point-in-time features: for each entity and event_time, only what was known before event_time."""

from collections.abc import Sequence
from functools import reduce

from pyspark.sql import DataFrame
from pyspark.sql import functions as sf

from toile.config.features import FeatureView
from toile.config.names import EVENT_TIME
from toile.errors import ConfigError
from toile.features.references import resolve
from toile.features.sources import AsOfSources


def history(moments: DataFrame, view: FeatureView, sources: AsOfSources) -> DataFrame:
    """Source rows of the entities in `moments[entity, event_time]`, each once per moment that comes after it.

    A transform that groups by entity and event_time cannot see the future: rows of it are not in the frame.
    """
    happened = sources.event_time(view.source)
    rows = sources.read(view.source).where(sf.col(view.entity).isNotNull())
    known = sf.col(happened) < sf.col(EVENT_TIME)
    if view.ttl:
        known &= sf.col(happened) >= sf.col(EVENT_TIME) - sf.expr(f"INTERVAL {int(view.ttl.total_seconds())} SECONDS")
    return moments.select(view.entity, EVENT_TIME).join(rows, on=view.entity, how="inner").where(known)


def compute_view(moments: DataFrame, view: FeatureView, sources: AsOfSources) -> DataFrame:
    """The view's columns, one row per entity and moment that has a history.

    Raises:
        ConfigError: the transform does not return the columns that the view declares.
    """
    computed = resolve(view.transform)(history(moments, view, sources))
    keys = [view.entity, EVENT_TIME]
    missing = [name for name in (*keys, *view.columns) if name not in computed.columns]
    if missing:
        raise ConfigError(f"feature view {view.name}: {view.transform} does not return {', '.join(missing)}.")
    return computed.select(*keys, *(sf.col(name).cast(kind) for name, kind in view.columns.items()))


def join_features(
    entities: DataFrame, views: Sequence[FeatureView], sources: AsOfSources, *, several_a_moment: bool = False
) -> DataFrame:
    """`entities[entity, event_time, ...]` with the columns of every view: as many rows as came in, never more.

    `several_a_moment` says that an entity may have more than one row at one event_time, which share their features.
    """

    def join(rows: DataFrame, view: FeatureView) -> DataFrame:
        moments = entities.select(view.entity, EVENT_TIME)
        features = compute_view(moments.distinct() if several_a_moment else moments, view, sources)
        joined = rows.join(features, on=[view.entity, EVENT_TIME], how="left")
        return joined.fillna(view.fill) if view.fill else joined

    return reduce(join, views, entities)
