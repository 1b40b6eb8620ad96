"""Where a model's rows come from: functions of the squad's, or one table that has it all."""

from collections.abc import Mapping
from datetime import timedelta
from typing import Annotated, Any

from pydantic import Discriminator, Field, Tag

from toile.config.durations import Duration
from toile.config.platform import TableName
from toile.config.section import ColumnType, Name, Reference, Section


class _Rows(Section):
    features: list[Name] = Field(
        default_factory=list, description="Feature views of conf/features, joined point in time."
    )
    window: Duration = Field(default=timedelta(days=180), description="How far back labelled rows are taken.")
    gate: Name = Field(description="The suite of conf/expectations that the training rows must pass.")


class RowsOfFunctions(_Rows):
    """Rows that functions of the squad's return."""

    entities: Reference = Field(description="(sources, window) -> DataFrame[entity, event_time, label, *given]")
    given: dict[Name, ColumnType] = Field(
        default_factory=dict,
        description="Features that the squad decides and so knows in advance, such as a planned price: the functions "
        "`entities` of training_data and scoring return them. The leak audit cannot vouch for them: a column that is "
        "observed, not decided, gives the label away unnoticed.",
    )

    @property
    def carried(self) -> Mapping[str, ColumnType]:
        """The features that come with the rows instead of from a view."""
        return self.given


class RowsOfTable(_Rows):
    """Rows of one table, which has entity, time, label and features: nothing needs a function.

    A row is asked about at the first midnight (UTC) after its time: then it trains once its label is due, and is scored
    until then.
    """

    table: TableName
    time: Name | None = Field(
        default=None,
        description="The table's timestamp column (UTC) that says when a row came to be known. A table that "
        "platform.yaml lists says it there.",
    )
    columns: dict[Name, ColumnType] = Field(
        default_factory=dict,
        description="The table's columns that are features. They must be known at the row's time, which only the squad "
        "knows of a row's own columns: the leak audit hides later rows, and one that is filled in later under the old "
        "time stays as it is and gives the label away.",
    )

    @property
    def given(self) -> Mapping[str, ColumnType]:
        """Nothing: a row's own columns come from the table, in training and in scoring alike."""
        return {}

    @property
    def carried(self) -> Mapping[str, ColumnType]:
        """The features that come with the rows instead of from a view."""
        return self.columns


def _tag(value: Any) -> str:
    of_table = "table" in value if isinstance(value, dict) else isinstance(value, RowsOfTable)
    return "of_table" if of_table else "of_functions"


TrainingData = Annotated[
    Annotated[RowsOfFunctions, Tag("of_functions")] | Annotated[RowsOfTable, Tag("of_table")], Discriminator(_tag)
]
