"""What one pass over a table shows of it."""

from dataclasses import dataclass

import pandas as pd
from pyspark.sql import DataFrame, Observation
from pyspark.sql import functions as sf

from toile.errors import DataError

MOST_SAMPLED = 100_000
MOMENT, STRUCTURE = "moment", "structure"
_KINDS = {
    **dict.fromkeys(("byte", "short", "integer", "long"), "long"),
    **dict.fromkeys(("float", "double", "decimal"), "double"),
    **dict.fromkeys(("date", "timestamp", "timestamp_ntz"), MOMENT),
    **{kind: kind for kind in ("boolean", "string")},
}


@dataclass(frozen=True)
class Column:
    """One column; moments are in seconds since 1970, and `low` and `high` are of numbers and moments alone."""

    name: str
    kind: str
    gaps: int
    low: float | None
    high: float | None

    @property
    def is_number(self) -> bool:
        return self.kind in ("long", "double")


@dataclass(frozen=True, eq=False)
class Look:
    """A table's columns, counted over all `rows`, and its rows themselves, or a sample where they are many."""

    table: str
    rows: int
    columns: dict[str, Column]
    sample: pd.DataFrame

    def distinct(self, name: str) -> int:
        """How many values the column has in the sample."""
        return int(self.sample[name].nunique())


def look_at(frame: DataFrame, table: str) -> Look:
    """Counts all rows and takes a sample in one pass.

    Raises:
        DataError: the table is empty.
    """
    kinds = {field.name: _KINDS.get(field.dataType.typeName(), STRUCTURE) for field in frame.schema}
    rows = frame.count()  # Delta knows it without reading them
    if not rows:
        raise DataError(f"{table} is empty: there is nothing to look at.")
    plain = frame.select(*(_plain(name, kind) for name, kind in kinds.items()))
    seen = Observation()
    figures = [sf.count(_quoted(name)).alias(f"{name} known") for name in kinds]
    for name in (name for name, kind in kinds.items() if kind in ("long", "double", MOMENT)):
        figures += [sf.min(_quoted(name)).alias(f"{name} low"), sf.max(_quoted(name)).alias(f"{name} high")]
    watched = plain.observe(seen, *figures)
    sample = (watched if rows <= MOST_SAMPLED else watched.sample(MOST_SAMPLED / rows, seed=0)).toPandas()
    counted = seen.get
    columns = {
        name: Column(
            name, kind, rows - counted[f"{name} known"], counted.get(f"{name} low"), counted.get(f"{name} high")
        )
        for name, kind in kinds.items()
    }
    return Look(table, rows, columns, sample)


def _quoted(name: str) -> sf.Column:
    """The column, also where its name has dots in it."""
    return sf.col("`" + name.replace("`", "``") + "`")


def _plain(name: str, kind: str) -> sf.Column:
    column = _quoted(name)
    if kind == MOMENT:
        return column.cast("timestamp").cast("double").alias(name)
    return sf.lit(None).cast("string").alias(name) if kind == STRUCTURE else column.cast(kind).alias(name)
