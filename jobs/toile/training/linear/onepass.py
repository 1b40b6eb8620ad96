"""The one pass over the rows: blocks of features and labels to statistics, on this machine or in Spark."""

from collections import Counter
from collections.abc import Callable, Iterator
from dataclasses import dataclass, field
from functools import reduce
from typing import TYPE_CHECKING

import numpy as np
import pandas as pd
import pyarrow as pa

from toile.errors import DataError
from toile.training.linear.design import Design, fill_nulls
from toile.training.linear.gram import Array, Gram

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

_LABEL, _WEIGHT = "_label_", "_weight_"
_FIELDS = {
    "rows": pa.int64(),
    "weight": pa.float64(),
    "means": pa.binary(),
    "cross": pa.binary(),
    "faults": pa.map_(pa.string(), pa.int64()),
}
_SCHEMA = "rows long, weight double, means binary, cross binary, faults map<string, long>"


@dataclass(frozen=True, eq=False)
class Part:
    """Statistics of some rows: those of the design's columns, then the label. `faults` are counted, to be raised once.

    Nulls hold the mean of the numbers that this part has seen, so that the column's mean is that mean too.
    """

    gram: Gram
    faults: Counter[str] = field(default_factory=Counter)

    def merge(self, other: "Part", design: Design) -> "Part":
        """Both together.

        Each side's nulls move to the common mean first. That adds to a column a multiple of its indicator of nulls,
        which statistics follow exactly.
        """
        ours, theirs = self.gram, other.gram
        seen, seen_there = (gram.weight * (1 - gram.means[design.missing]) for gram in (ours, theirs))
        apart = theirs.means[design.values] - ours.means[design.values]
        share = np.divide(seen_there, seen + seen_there, out=np.zeros_like(seen), where=seen + seen_there > 0)
        moved = ours.add_columns(design.values, design.missing, apart * share)
        moved_there = theirs.add_columns(design.values, design.missing, apart * (share - 1))
        return Part(moved.merge(moved_there), self.faults + other.faults)


def read_block(design: Design, features: pd.DataFrame, label: Array, weights: Array | None = None) -> Part:
    """The statistics of rows in memory. Nulls take the mean by weight.

    Faulty rows are counted and left out; `require_sound` tells of them.
    """
    matrix = design.matrix(features)
    weights = np.ones(len(label)) if weights is None else weights
    sound, fit = np.isfinite(label), np.isfinite(weights) & (weights >= 0)
    faults = Counter(design.infinite(matrix))
    if faults:
        matrix[np.isinf(matrix)] = np.nan
    faults += Counter({"the label: missing or infinite": int((~sound).sum())})
    faults += Counter({"the weight: missing, infinite or negative": int((~fit).sum())})
    weights = np.where(sound & fit, weights, 0.0)
    fill_nulls(matrix[:, design.values], present_means(matrix[:, design.values], weights))
    return Part(Gram.of(np.column_stack([matrix, np.where(sound, label, 0.0)]), weights), faults)


def read_spark(design: Design, frame: "DataFrame", label: str, weight: str | None = None) -> Part:
    """The statistics of a Spark frame, in one pass.

    Each partition sends one record of a few kilobytes, and the driver holds two at a time however many rows there are.

    Raises:
        DataError: there are no rows, or no such label or weight.
    """
    from pyspark.sql import functions as sf

    absent = sorted({label, weight or label} - set(frame.columns))
    if absent:
        raise DataError(f"linear regression: the columns {absent} are missing.")
    typed = frame.select(
        *(sf.col(name).cast("double").alias(name) for name in design.numbers),
        *(sf.col(name).cast("string").alias(name) for name in design.levels),
        sf.col(label).cast("double").alias(_LABEL),
        (sf.col(weight).cast("double") if weight else sf.lit(1.0)).alias(_WEIGHT),
    )
    records = typed.mapInArrow(_reader(design), _SCHEMA).toLocalIterator()
    parts = (_unpack(row.asDict()) for row in records)
    first = next(parts, None)
    if first is None:
        raise DataError("linear regression: there are no rows.")
    return reduce(lambda whole, part: whole.merge(part, design), parts, first)


def present_means(values: Array, weights: Array) -> Array:
    """The mean of each column's numbers, NaN left out; 0 where there are none."""
    known = ~np.isnan(values)
    weight = weights @ known
    around = np.nan_to_num(values[known.argmax(axis=0), np.arange(values.shape[1])]) if len(values) else 0.0
    apart = weights @ np.where(known, values - around, 0.0)
    means: Array = around + np.divide(apart, weight, out=np.zeros_like(apart), where=weight > 0)
    return means


def _reader(design: Design) -> Callable[[Iterator[pa.RecordBatch]], Iterator[pa.RecordBatch]]:
    def read(batches: Iterator[pa.RecordBatch]) -> Iterator[pa.RecordBatch]:
        frames = (batch.to_pandas() for batch in batches if batch.num_rows)
        parts = (read_block(design, rows, *rows[[_LABEL, _WEIGHT]].to_numpy(float).T) for rows in frames)
        first = next(parts, None)
        if first is not None:
            yield _pack(reduce(lambda whole, part: whole.merge(part, design), parts, first))

    return read


def _pack(part: Part) -> pa.RecordBatch:
    gram = part.gram
    record = (gram.rows, gram.weight, gram.means.tobytes(), gram.cross.tobytes(), list(part.faults.items()))
    arrays = [pa.array([value], kind) for value, kind in zip(record, _FIELDS.values(), strict=True)]
    return pa.RecordBatch.from_arrays(arrays, names=list(_FIELDS))


def _unpack(record: dict[str, object]) -> Part:
    means, cross = (np.frombuffer(record[name]) for name in ("means", "cross"))  # type: ignore[call-overload]
    gram = Gram(record["rows"], record["weight"], means, cross.reshape(len(means), -1))  # type: ignore[arg-type]
    return Part(gram, Counter(record["faults"]))  # type: ignore[call-overload]
