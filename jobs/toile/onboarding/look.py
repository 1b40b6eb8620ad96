"""What one pass over a table shows of it."""

from dataclasses import dataclass

import pandas as pd
from pyspark.sql import DataFrame, Observation
from pyspark.sql import functions as sf

from toile.errors import DataError

MOST_SAMPLED, MOST_LEVELS = 100_000, 20
MOMENT, STRUCTURE = "moment", "structure"
_KINDS = {
    **dict.fromkeys(("byte", "short", "integer", "long"), "long"),
    **dict.fromkeys(("float", "double", "decimal"), "double"),
    **dict.fromkeys(("date", "timestamp", "timestamp_ntz"), MOMENT),
    **{kind: kind for kind in ("boolean", "string")},
}


@dataclass(frozen=True)
class Column:
    """One column; moments are in seconds since 1970, and `low` and `high` are of numbers and moments alone.

    `levels` are the words of a text that has few.
    """

    name: str
    kind: str
    gaps: int
    low: float | None
    high: float | None
    levels: tuple[str, ...] = ()

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
    """Counts all rows and takes a sample in one pass; words that are too rare for the sample take another.

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
    texts = [name for name, kind in kinds.items() if kind == "string"]
    levels = _levels(plain, sample, texts, whole=len(sample) == rows)
    columns = {
        name: Column(
            name, kind, rows - counted[f"{name} known"],
            counted.get(f"{name} low"), counted.get(f"{name} high"), levels.get(name, ()),
        )
        for name, kind in kinds.items()
    }  # fmt: skip
    return Look(table, rows, columns, sample)


def _levels(plain: DataFrame, sample: pd.DataFrame, texts: list[str], *, whole: bool) -> dict[str, tuple[str, ...]]:
    """Of texts with few words these words, of all rows; the sample tells which have few, so that no set grows large."""
    seen = {name: sample[name].dropna().unique() for name in texts}
    seen = {name: words for name, words in seen.items() if len(words) <= MOST_LEVELS}
    if seen and not whole:
        row = plain.agg(*(sf.collect_set(_quoted(name)).alias(name) for name in seen)).first()
        seen = row.asDict() if row else {}
    return {name: tuple(sorted(words)) for name, words in seen.items() if len(words) <= MOST_LEVELS}


def _quoted(name: str) -> sf.Column:
    """The column, also where its name has dots in it."""
    return sf.col("`" + name.replace("`", "``") + "`")


def _plain(name: str, kind: str) -> sf.Column:
    column = _quoted(name)
    if kind == MOMENT:
        return column.cast("timestamp").cast("double").alias(name)
    return sf.lit(None).cast("string").alias(name) if kind == STRUCTURE else column.cast(kind).alias(name)
