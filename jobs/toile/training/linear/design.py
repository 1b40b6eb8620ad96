"""The design matrix: from typed feature columns to numbers.

| column | becomes |
|---|---|
| double, long, boolean | itself; nulls (and NaN) take the mean, and `<name> is missing` is 1 |
| string | one indicator per level but the reference, the most common one; nulls are `<name> is missing` alone |

A level that training did not see counts as the reference level. An infinite value is an error. A column without nulls
in training gets no indicator, and constant and all-null columns are dropped: both are found in the statistics, after
the pass, so that no pass is spent on looking for them. The intercept is not a column: the statistics are centred.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING, get_args

import numpy as np
import pandas as pd

from toile.config.section import ColumnType
from toile.config.problems import did_you_mean
from toile.errors import ConfigError, DataError
from toile.training.linear.gram import Array, Gram, Indices

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

MAX_LEVELS = 200


@dataclass(frozen=True)
class Design:
    """How features become columns: first the numbers, then their indicators of nulls, then each word's indicators.

    `levels` are each word's levels in order of their frequency; the first is the reference.
    """

    numbers: tuple[str, ...]
    levels: dict[str, tuple[str, ...]]

    @classmethod
    def learn(cls, features: pd.DataFrame, columns: Mapping[str, str]) -> "Design":
        """The design for these features; columns are name -> type.

        Raises:
            ConfigError: a type is unknown.
            DataError: a column is missing, or a word has more than `MAX_LEVELS` levels.
        """
        numbers, words = _sort_columns(columns, features.columns)
        counts = ((name, _words(features[name]).value_counts()) for name in words)
        ranked = {name: sorted(count.index, key=lambda level: (-count[level], level)) for name, count in counts}
        return cls(numbers, _bounded(ranked))

    @classmethod
    def learn_spark(cls, frame: "DataFrame", columns: Mapping[str, str]) -> "Design":
        """The same from a Spark frame: one query where there are words, none where there are not."""
        from pyspark.sql import Window
        from pyspark.sql import functions as sf

        numbers, words = _sort_columns(columns, frame.columns)
        ranked: dict[str, list[str]] = {name: [] for name in words}
        if words:
            stacked = frame.select(sf.posexplode(sf.array(*(sf.col(name).cast("string") for name in words))))
            counts = stacked.where(sf.col("col").isNotNull()).groupBy("pos", "col").count()
            place = sf.row_number().over(Window.partitionBy("pos").orderBy(sf.desc("count"), "col"))
            first = counts.withColumn("place", place).where(sf.col("place") <= MAX_LEVELS + 1)
            for row in first.orderBy("pos", "place").collect():
                ranked[words[row["pos"]]].append(row["col"])
        return cls(numbers, _bounded(ranked))

    @property
    def columns(self) -> tuple[str, ...]:
        """The features that the design reads."""
        return (*self.numbers, *self.levels)

    @property
    def values(self) -> slice:
        """Where the numbers are."""
        return slice(0, len(self.numbers))

    @property
    def missing(self) -> slice:
        """Where the numbers' indicators of nulls are, in the order of the numbers."""
        return slice(len(self.numbers), 2 * len(self.numbers))

    @property
    def names(self) -> list[str]:
        """The name of every column of the matrix."""
        words = [
            name for word, levels in self.levels.items() for name in (*_indicators(word, levels), f"{word} is missing")
        ]
        return [*self.numbers, *(f"{name} is missing" for name in self.numbers), *words]

    def matrix(self, features: pd.DataFrame) -> Array:
        """The columns of these rows (n, width); numbers that are null are NaN still.

        Raises:
            DataError: a column is missing or holds what is no number.
        """
        _require_columns(self.columns, features.columns)
        matrix = np.zeros((len(features), len(self.names)))
        for place, name in enumerate(self.numbers):
            matrix[:, place] = read_numbers(features[name], name)
        matrix[:, self.missing] = np.isnan(matrix[:, self.values])
        start = self.missing.stop
        for word, levels in self.levels.items():
            text = _words(features[word])
            codes = pd.Categorical(text, categories=levels).codes
            rows = np.flatnonzero(codes > 0)  # -1 is null or unseen, 0 the reference
            matrix[rows, start + codes[rows] - 1] = 1
            start += len(_indicators(word, levels)) + 1
            matrix[:, start - 1] = text.isna()
        return matrix

    def centred(self, features: pd.DataFrame, means: Array) -> Array:
        """The columns of these rows around `means` (width,), which nulls take too.

        Raises:
            DataError: a column is missing, or a value infinite.
        """
        matrix = self.matrix(features)
        require_sound(self.infinite(matrix))
        fill_nulls(matrix[:, self.values], means[self.values])
        matrix -= means
        return matrix

    def infinite(self, matrix: Array) -> dict[str, int]:
        """Columns with infinite values, and how many."""
        counts = np.isinf(matrix[:, self.values]).sum(axis=0)
        return {f"{name}: infinite": int(count) for name, count in zip(self.numbers, counts, strict=True) if count}

    def usable(self, gram: Gram) -> tuple[Indices, list[str]]:
        """Which columns vary, and a word on each feature that was dropped or has a reference level."""
        varies = gram.varies[: len(self.names)]
        notes = []
        for place, name in enumerate(self.numbers):
            indicator = self.missing.start + place
            if gram.means[indicator] > 0.5 and not varies[indicator]:
                notes.append(f"{name} is dropped: it is null in every row.")
            elif not varies[place]:
                notes.append(f"{name} is dropped: it is constant.")
        notes += [_word_note(word, levels) for word, levels in self.levels.items()]
        return np.flatnonzero(varies), notes


def fill_nulls(values: Array, means: Array) -> None:
    """Puts the means of the columns where values are NaN, in place."""
    rows, columns = np.nonzero(np.isnan(values))
    values[rows, columns] = means[columns]


def read_numbers(values: pd.Series, name: str) -> Array:
    """The values as floats, null as NaN.

    Raises:
        DataError: one is no number.
    """
    try:
        numbers: Array = values.to_numpy(dtype=float, na_value=np.nan)
    except (TypeError, ValueError) as error:
        raise DataError(f"{name} holds what is no number: {error}.") from error
    return numbers


def require_sound(faults: Mapping[str, int]) -> None:
    """Raises a DataError that counts what least squares cannot take."""
    if faults:
        counted = "; ".join(f"{fault} in {rows:,} rows" for fault, rows in sorted(faults.items())[:10])
        raise DataError(f"linear regression: {counted}. Mend or leave out these rows.")


def _sort_columns(columns: Mapping[str, str], present: Iterable[str]) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Numbers and words."""
    kinds = get_args(ColumnType)
    for name, kind in columns.items():
        if kind not in kinds:
            raise ConfigError(f"{name}: there is no column type {kind!r}. {did_you_mean(kind, kinds)}")
    _require_columns(columns, present)
    words = tuple(name for name, kind in columns.items() if kind == "string")
    return tuple(name for name in columns if name not in words), words


def _require_columns(names: Iterable[str], present: Iterable[str]) -> None:
    absent = sorted(set(names) - set(present))
    if absent:
        raise DataError(f"linear regression: the features {absent[:10]} are missing ({len(absent)} in all).")


def _words(values: pd.Series) -> pd.Series:
    return values.astype("string")


def _bounded(ranked: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    for name, levels in ranked.items():
        if len(levels) > MAX_LEVELS:
            raise DataError(f"{name} has more than {MAX_LEVELS} levels: it is no category. Group them or leave it out.")
    return {name: tuple(levels) for name, levels in ranked.items()}


def _indicators(word: str, levels: Sequence[str]) -> list[str]:
    return [f"{word} = {level}" for level in levels[1:]]


def _word_note(word: str, levels: Sequence[str]) -> str:
    if not levels:
        return f"{word} is dropped: it is null in every row."
    if len(levels) == 1:
        return f"{word} is dropped: {levels[0]} is its only level."
    return f"{word} is compared with {levels[0]}, its most common level; a level unseen in training counts as that."
