"""What the squads' own functions say: who is asked about, when, and what came of it."""

from collections.abc import Mapping, Sequence

from pyspark.sql import DataFrame
from pyspark.sql import functions as sf

from toile.config import ResolvedModel
from toile.config.names import EVENT_TIME
from toile.errors import ConfigError
from toile.features.references import resolve
from toile.features.sources import AsOfSources
from toile.features.window import Window


def labelled_entities(model: ResolvedModel, sources: AsOfSources, window: Window) -> DataFrame:
    """`[entity, event_time, label, *given]` of the window, as the squad's function gives them.

    Raises:
        ConfigError: the function returns other columns.
    """
    config = model.config
    columns, given = (config.entity, EVENT_TIME, config.task.label), config.training_data.given
    entities = ask(config.training_data.entities, columns, given, sources, window)
    inside = (sf.col(EVENT_TIME) >= sf.lit(window.start)) & (sf.col(EVENT_TIME) < sf.lit(window.end))
    return entities.where(inside)


def entities_to_score(model: ResolvedModel, sources: AsOfSources) -> DataFrame:
    """`[entity, event_time, *given]` of whom to score at the sources' date; what is given for rows says for which.

    Raises:
        ConfigError: the function returns other columns.
    """
    config = model.config
    given = config.training_data.given
    keys = (config.entity, *(config.task.row_keys if given else ()))
    entities = ask(config.scoring.entities, keys, given, sources, sources.as_of)
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
