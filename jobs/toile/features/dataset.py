"""The rows a model is trained on and the rows it scores: entities, labels and point-in-time features."""

from datetime import timedelta

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as sf

from toile.config import ResolvedModel
from toile.config.model import Split
from toile.config.names import EVENT_TIME
from toile.features.entities import entities_to_score
from toile.features.point_in_time import join_features
from toile.features.sources import AsOfSources
from toile.features.window import Window
from toile.tasks import template_of

HASH_BUCKETS = 10_000


def training_rows(model: ResolvedModel, sources: AsOfSources, window: Window) -> DataFrame:
    """Labelled rows of the window with features and a column `split`: train or holdout."""
    config = model.config
    rows = _join(template_of(config.task.kind).label_rows(model, sources, window), model, sources)
    return rows.withColumn("split", _split(config.split, config.entity, window, config.task.label_delay)).where(
        sf.col("split").isNotNull()
    )


def scoring_rows(model: ResolvedModel, sources: AsOfSources) -> DataFrame:
    """The rows to score at the sources' date: the same features, computed by the same code, without a label."""
    return rows_at(model, entities_to_score(model, sources), sources)


def rows_at(model: ResolvedModel, entities: DataFrame, sources: AsOfSources) -> DataFrame:
    """Rows of `entities[entity, event_time]` at the sources' date, which is their event_time."""
    return _join(template_of(model.config.task.kind).rows_at(model, entities, sources), model, sources)


def _join(rows: DataFrame, model: ResolvedModel, sources: AsOfSources) -> DataFrame:
    return join_features(rows, model.views, sources, several_a_moment=bool(model.config.task.row_keys))


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
