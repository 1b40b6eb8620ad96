"""How many rows fall into each bin of each feature, counted in one pass over the rows."""

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import pyarrow as pa
import pyarrow.compute as pc
from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F  # noqa: N812 -- Spark's own convention

from toile.errors import DataError

NUMERIC = ("double", "long")
MAX_WORD = 200
_ROWS = -1
_SCHEMA = "feature int, bin string, rows long"


@dataclass(frozen=True)
class Counts:
    """One feature's rows by bin: `bins` by the number of the bin or the category's name; the rest is not listed."""

    bins: dict[str, int] = field(default_factory=dict)
    nulls: int = 0
    rest: int = 0

    @property
    def rows(self) -> int:
        return sum(self.bins.values()) + self.rest + self.nulls


@dataclass(frozen=True)
class Binning:
    """How features are cut: numbers at edges (a bin reaches up to and including its edge), categories by name.

    Of the categories the `known` ones are counted by name however rare, of all others the `listed` most frequent ones.
    """

    columns: Mapping[str, str]
    edges: Mapping[str, Sequence[float]]
    known: Mapping[str, Sequence[str]]
    listed: int


def require_columns(frame: DataFrame, columns: Mapping[str, str]) -> None:
    """Raises a DataError that names every feature which the frame lacks."""
    absent = sorted(set(columns) - set(frame.columns))
    if absent:
        raise DataError(f"drift: the features {absent} are missing. Found: {sorted(frame.columns)[:40]}.")


def count_bins(frame: DataFrame, binning: Binning) -> DataFrame:
    """Counts (feature, bin, rows): feature is the position in `binning.columns`, -1 stands for all rows.

    The bin of null is null. However many rows and categories there are, the result is bounded by the bins and the
    listed categories.
    """
    names = list(binning.columns)
    plain = frame.select(*(_plain(name, binning.columns[name]) for name in names))
    # Spark's built-ins would cut numbers by hundreds of comparisons, in generated methods too large for the JVM to
    # compile: 100,000 rows of 19 features took 13 s, and 0.7 s this way. The workers import this module.
    parts = plain.mapInArrow(_counter([binning.edges.get(name) for name in names]), _SCHEMA)
    counts = parts.groupBy("feature", "bin").agg(F.sum("rows").alias("rows"))
    fixed = counts.withColumn("fixed", _fixed(names, binning))
    most_frequent_first = Window.partitionBy("feature", "fixed").orderBy(F.desc("rows"), "bin")
    ranked = fixed.withColumn("place", F.row_number().over(most_frequent_first))
    return ranked.where(F.col("fixed") | (F.col("place") <= binning.listed)).select("feature", "bin", "rows")


def collect_counts(frame: DataFrame, binning: Binning) -> tuple[int, dict[str, Counts]]:
    """The number of rows, and each feature's counts; one Spark query.

    Raises:
        DataError: a feature is missing, or there are no rows.
    """
    require_columns(frame, binning.columns)
    found: dict[int, dict[str | None, int]] = {number: {} for number in range(_ROWS, len(binning.columns))}
    for row in count_bins(frame, binning).collect():
        found[row["feature"]][row["bin"]] = row["rows"]
    rows = found[_ROWS].get(None, 0)
    if not rows:
        raise DataError("drift: there are no rows to compare.")
    counts = {}
    for number, name in enumerate(binning.columns):
        nulls = found[number].pop(None, 0)
        bins = {str(word): count for word, count in found[number].items()}
        counts[name] = Counts(bins, nulls, rows - nulls - sum(bins.values()))
    return rows, counts


def _plain(name: str, kind: str) -> Column:
    if kind in NUMERIC:
        return F.col(name).cast("double").alias(name)
    return F.substring(F.col(name).cast("string"), 1, MAX_WORD).alias(name)


def _counter(edges: Sequence[Sequence[float] | None]) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    """Counts one batch at a time, so that a worker holds no more than one batch's categories."""

    def count(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        for batch in batches:
            entries: list[tuple[int, str | None, int]] = [(_ROWS, None, batch.num_rows)]
            for number, (column, cuts) in enumerate(zip(batch.columns, edges, strict=True)):
                counted = _categories(column) if cuts is None else _bins(column, cuts)
                entries += [(number, word, rows) for word, rows in counted if rows]
            feature, bins, rows = zip(*entries, strict=True)
            arrays = [pa.array(feature, pa.int32()), pa.array(bins, pa.string()), pa.array(rows, pa.int64())]
            yield pa.RecordBatch.from_arrays(arrays, names=["feature", "bin", "rows"])

    return count


def _bins(column: pa.Array, edges: Sequence[float]) -> list[tuple[str | None, int]]:
    """NaN is null, which is what it means in a feature."""
    values = column.to_numpy(zero_copy_only=False)
    known = values[~np.isnan(values)]
    counts = np.bincount(np.searchsorted(edges, known, side="left"))
    return [(None, len(values) - len(known)), *((str(number), int(rows)) for number, rows in enumerate(counts))]


def _categories(column: pa.Array) -> list[tuple[str | None, int]]:
    return [(entry["values"], entry["counts"]) for entry in pc.value_counts(column).to_pylist()]


def _fixed(names: Sequence[str], binning: Binning) -> Column:
    """Whether a row of counts is kept in any case: numbers, nulls, the count of all rows, and known categories."""
    categorical = [number for number, name in enumerate(names) if binning.columns[name] not in NUMERIC]
    fixed = F.col("bin").isNull() | ~F.col("feature").isin(categorical)
    for number in categorical:
        known = list(binning.known.get(names[number], ()))
        if known:
            fixed = fixed | ((F.col("feature") == number) & F.col("bin").isin(known))
    return fixed
