"""What the squads' own functions say: who is asked about, when, and what came of it."""

from pyspark.sql import DataFrame
from pyspark.sql import functions as sf

from toile.config import ResolvedModel
from toile.config.names import EVENT_TIME
from toile.errors import ConfigError
from toile.features.references import resolve
from toile.features.sources import AsOfSources
from toile.features.window import Window


def labelled_entities(model: ResolvedModel, sources: AsOfSources, window: Window) -> DataFrame:
    """`[entity, event_time, label]` of the window, as the squad's function gives them.

    Raises:
        ConfigError: the function returns other columns.
    """
    config = model.config
    columns = (config.entity, EVENT_TIME, config.task.label)
    entities = ask(config.training_data.entities, columns, sources, window)
    inside = (sf.col(EVENT_TIME) >= sf.lit(window.start)) & (sf.col(EVENT_TIME) < sf.lit(window.end))
    return entities.where(inside)


def entities_to_score(model: ResolvedModel, sources: AsOfSources) -> DataFrame:
    """`[entity, event_time]` of whom to score at the sources' date.

    Raises:
        ConfigError: the function returns other columns.
    """
    config = model.config
    entities = ask(config.scoring.entities, (config.entity,), sources, sources.as_of)
    return entities.select(config.entity, sf.lit(sources.as_of).cast("timestamp").alias(EVENT_TIME))


def ask(reference: str, columns: tuple[str, ...], *arguments: object) -> DataFrame:
    """The columns of what the squad's function returns.

    Raises:
        ConfigError: it returns other columns.
    """
    frame: DataFrame = resolve(reference)(*arguments)
    missing = [name for name in columns if name not in frame.columns]
    if missing:
        raise ConfigError(f"{reference} returns {frame.columns}, without {', '.join(missing)}.")
    return frame.select(*columns)
