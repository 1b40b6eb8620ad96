"""Feature views: what conf/features/<view>.yaml says."""

from collections.abc import Iterable
from typing import Annotated

from pydantic import Field

from toile.config.durations import Duration
from toile.config.platform import TableName
from toile.config.section import ColumnType, Name, Reference, Section


class FeatureView(Section):
    """Features of one entity, computed from one source table as it was known at each row's event_time."""

    name: Name
    description: str = Field(min_length=5)
    owner: str
    entity: Name
    source: TableName
    transform: Reference = Field(
        description="(history) -> DataFrame[entity, event_time, columns]; history holds, for each entity and "
        "event_time, only source rows from before event_time."
    )
    ttl: Duration | None = Field(default=None, description="Source rows older than this, at event_time, are not seen.")
    columns: dict[Name, ColumnType] = Field(min_length=1)
    fill: dict[Name, Annotated[float | int | str, Field()]] = Field(
        default_factory=dict, description="Column -> its value where an entity has no history."
    )


def columns_of(views: Iterable[FeatureView]) -> dict[str, ColumnType]:
    """Feature -> type, in the order of the views."""
    return {name: kind for view in views for name, kind in view.columns.items()}
