"""Who is asked about, when, and what came of it: as the squads' own functions say, or as one table does."""

from collections.abc import Mapping, Sequence

from pyspark.sql import DataFrame
from pyspark.sql import functions as sf

from toile.config import ResolvedModel
from toile.config.names import EVENT_TIME
from toile.config.training_data import RowsOfTable
from toile.errors import ConfigError
from toile.features.own_table import labelled_rows, open_rows
from toile.features.references import resolve
from toile.features.sources import AsOfSources
from toile.features.window import Window


def labelled_entities(model: ResolvedModel, sources: AsOfSources, window: Window) -> DataFrame:
    """`[entity, event_time, label, features that come with the rows]` of the window.

    Raises:
        ConfigError: the function returns other columns, or the table has others.
    """
    config, data = model.config, model.config.training_data
    if isinstance(data, RowsOfTable):
        entities = labelled_rows(config, data, sources)
    else:
        columns = (config.entity, EVENT_TIME, config.task.label)
        entities = ask(data.entities, columns, data.given, sources, window)
    inside = (sf.col(EVENT_TIME) >= sf.lit(window.start)) & (sf.col(EVENT_TIME) < sf.lit(window.end))
    return entities.where(inside)


def entities_to_score(model: ResolvedModel, sources: AsOfSources) -> DataFrame:
    """`[entity, event_time, features that come with the rows]` of whom to score at the sources' date.

    What is given for rows says for which.

    Raises:
        ConfigError: the function returns other columns, or the table has others.
    """
    config, data = model.config, model.config.training_data
    if isinstance(data, RowsOfTable):
        entities = open_rows(config, data, sources)
    else:
        keys = (config.entity, *(config.task.row_keys if data.given else ()))
        entities = ask(str(config.scoring.entities), keys, data.given, sources, sources.as_of)
    return entities.withColumn(EVENT_TIME, sf.lit(sources.as_of).cast("timestamp"))


def ask(reference: str, columns: Sequence[str], given: Mapping[str, str], *arguments: object) -> DataFrame:
    """These columns, and those that are given, in their types, of what the squad's function returns.

    Raises:
        ConfigError: it returns other columns.
    """
    frame: DataFrame = resolve(reference)(*arguments)
    missing = [name for name in (*columns, *given) if name not in frame.columns]
    if missing:
        raise ConfigError(f"{reference} returns {frame.columns}, without {', '.join(missing)}.")
    return frame.select(*columns, *(sf.col(name).cast(kind) for name, kind in given.items()))
