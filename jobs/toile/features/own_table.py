"""The rows of a model that one table has in full: entity, time, label and features.

A row is asked about at the first midnight (UTC) after its time, which is the first `as_of` that sees it.
"""

from pyspark.sql import Column, DataFrame
from pyspark.sql import Window as Over
from pyspark.sql import functions as sf

from toile.config import ModelConfig
from toile.config.names import EVENT_TIME
from toile.config.problems import did_you_mean
from toile.config.training_data import RowsOfTable
from toile.errors import ConfigError
from toile.features.sources import AsOfSources

_TIME = "_time"


def labelled_rows(config: ModelConfig, data: RowsOfTable, sources: AsOfSources) -> DataFrame:
    """`[entity, event_time, label, columns]`: of each entity and day the newest row, where it has a label."""
    label = config.task.label
    newest = _newest(_asked(config, data, sources, label), config.entity, EVENT_TIME)
    told = newest.where(sf.col(label).isNotNull())
    return told.select(config.entity, EVENT_TIME, sf.col(label).cast("double"), *_typed(data))


def open_rows(config: ModelConfig, data: RowsOfTable, sources: AsOfSources) -> DataFrame:
    """`[entity, columns]`: of each entity the newest row, where its label is not due yet at the sources' date."""
    delay = sf.expr(f"INTERVAL {int(config.task.label_delay.total_seconds())} SECONDS")
    rows = _asked(config, data, sources).where(sf.col(EVENT_TIME) + delay > sf.lit(sources.as_of).cast("timestamp"))
    return _newest(rows, config.entity).select(config.entity, *_typed(data))


def _asked(config: ModelConfig, data: RowsOfTable, sources: AsOfSources, *label: str) -> DataFrame:
    rows, time = sources.read(data.table), sources.event_time(data.table)
    kinds = {field.name: field.dataType.typeName() for field in rows.schema}
    for name in (config.entity, *label, *data.columns):
        if name not in kinds:
            raise ConfigError(f"{data.table} has no column {name!r}. {did_you_mean(name, kinds)}")
    numbers = [*label, *(name for name, kind in data.columns.items() if kind != "string")]
    for name in numbers:
        if kinds[name] == "string":
            raise ConfigError(f"{data.table}: {name!r} holds text, and a number or a yes and no is asked for.")
    # A table may call its time event_time, which is another thing here.
    asked = sf.date_add(sf.to_date(time), 1).cast("timestamp").alias(EVENT_TIME)
    told = dict.fromkeys((config.entity, *label, *data.columns))
    return rows.select(*told, sf.col(time).alias(_TIME), asked)


def _newest(rows: DataFrame, *keys: str) -> DataFrame:
    """Rows that share a time as well stay, for the data gate to tell: which of them counts is not known."""
    place = sf.rank().over(Over.partitionBy(*keys).orderBy(sf.desc(_TIME)))
    return rows.withColumn("_place", place).where("_place = 1")


def _typed(data: RowsOfTable) -> list[Column]:
    return [sf.col(name).cast(kind) for name, kind in data.columns.items()]
