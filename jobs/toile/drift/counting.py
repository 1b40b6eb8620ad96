"""How many rows fall into each bin of each feature, counted in one pass over the rows."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from functools import reduce
from operator import add

from pyspark.sql import Column, DataFrame, Window
from pyspark.sql import functions as F  # noqa: N812 -- Spark's own convention

from toile.errors import DataError

NUMERIC = ("double", "long")
MAX_WORD = 200
_ROWS = -1


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


def without_nan(name: str, kind: str) -> Column:
    """The column with NaN as null, which is what it means in a feature."""
    return F.when(~F.isnan(name), F.col(name)) if kind == "double" else F.col(name)


def count_bins(frame: DataFrame, binning: Binning) -> DataFrame:
    """Counts (feature, bin, rows): feature is the position in `binning.columns`, -1 stands for all rows.

    The bin of null is null. However many rows and categories there are, the result is bounded by the bins and the
    listed categories.
    """
    names = list(binning.columns)
    entries = [F.struct(F.lit(_ROWS).alias("feature"), F.lit(None).cast("string").alias("bin"))]
    entries += [
        F.struct(F.lit(number).alias("feature"), _bin(name, binning).alias("bin")) for number, name in enumerate(names)
    ]
    counts = (
        frame.select(F.explode(F.array(*entries)).alias("entry"))
        .groupBy(F.col("entry.feature").alias("feature"), F.col("entry.bin").alias("bin"))
        .agg(F.count(F.lit(1)).alias("rows"))
        .withColumn("fixed", _fixed(names, binning))
    )
    most_frequent_first = Window.partitionBy("feature", "fixed").orderBy(F.desc("rows"), "bin")
    ranked = counts.withColumn("place", F.row_number().over(most_frequent_first))
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


def _bin(name: str, binning: Binning) -> Column:
    kind = binning.columns[name]
    if kind not in NUMERIC:
        return F.substring(F.col(name).cast("string"), 1, MAX_WORD)
    value = without_nan(name, kind)
    # Comparisons add up to the number of the bin; unlike a higher-order function on an array they are compiled.
    number = reduce(add, [(value > F.lit(edge)).cast("int") for edge in binning.edges[name]], F.lit(0))
    return F.when(value.isNotNull(), number).cast("string")


def _fixed(names: Sequence[str], binning: Binning) -> Column:
    """Whether a row of counts is kept in any case: numbers, nulls, the count of all rows, and known categories."""
    categorical = [number for number, name in enumerate(names) if binning.columns[name] not in NUMERIC]
    fixed = F.col("bin").isNull() | ~F.col("feature").isin(categorical)
    for number in categorical:
        known = list(binning.known.get(names[number], ()))
        if known:
            fixed = fixed | ((F.col("feature") == number) & F.col("bin").isin(known))
    return fixed
