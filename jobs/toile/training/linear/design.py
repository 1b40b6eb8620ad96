"""The design matrix: from typed feature columns to numbers.

| column | becomes |
|---|---|
| double, long, boolean | itself; nulls (and NaN) take the mean, and `<name> is missing` is 1 |
| string | one indicator per level but the reference, the most common one; nulls are `<name> is missing` alone |
| a number with slopes by a word | one column per level, the number in the rows of that level and 0 elsewhere; a null |
| | number has no slope, `<name> is missing` alone; rows without a word have a slope of their own |

Of a word with more than `MAX_LEVELS` levels the rarest become one, `OTHERS`. A level that training did not see counts
as `OTHERS` where there is that, else as the reference. An infinite value is an error. A column without nulls
in training gets no indicator, and constant and all-null columns are dropped: both are found in the statistics, after
the pass, so that no pass is spent on looking for them. The intercept is not a column: the statistics are centred.
"""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, get_args

import numpy as np
import pandas as pd

from toile.config.problems import did_you_mean
from toile.config.section import ColumnType
from toile.errors import ConfigError, DataError
from toile.training.linear.gram import Array, Gram, Indices

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

MAX_LEVELS = 200
OTHERS = "(others)"


@dataclass(frozen=True)
class Design:
    """How features become columns: the numbers, their indicators of nulls, each word's indicators, then the slopes.

    `levels` are each word's levels in order of their frequency, `OTHERS` last; the first is the reference. `slopes` are
    number -> word.
    """

    numbers: tuple[str, ...]
    levels: dict[str, tuple[str, ...]]
    slopes: dict[str, str] = field(default_factory=dict)

    @classmethod
    def learn(
        cls, features: pd.DataFrame, columns: Mapping[str, str], slopes: Mapping[str, str] | None = None
    ) -> "Design":
        """The design for these features; columns are name -> type, slopes number -> word.

        Raises:
            ConfigError: a type is unknown, or slopes are of no number or by no word.
            DataError: a column is missing.
        """
        numbers, words = _sort_columns(columns, slopes or {}, features.columns)
        counts = ((name, _words(features[name]).value_counts()) for name in words)
        ranked = {name: sorted(count.index, key=lambda level: (-count[level], level)) for name, count in counts}
        return cls(numbers, _fold_rare(ranked), dict(slopes or {}))

    @classmethod
    def learn_spark(
        cls, frame: "DataFrame", columns: Mapping[str, str], slopes: Mapping[str, str] | None = None
    ) -> "Design":
        """The same from a Spark frame: one query where there are words, none where there are not."""
        from pyspark.sql import Window
        from pyspark.sql import functions as sf

        numbers, words = _sort_columns(columns, slopes or {}, frame.columns)
        ranked: dict[str, list[str]] = {name: [] for name in words}
        if words:
            stacked = frame.select(sf.posexplode(sf.array(*(sf.col(name).cast("string") for name in words))))
            counts = stacked.where(sf.col("col").isNotNull()).groupBy("pos", "col").count()
            place = sf.row_number().over(Window.partitionBy("pos").orderBy(sf.desc("count"), "col"))
            first = counts.withColumn("place", place).where(sf.col("place") <= MAX_LEVELS + 1)
            for row in first.orderBy("pos", "place").collect():
                ranked[words[row["pos"]]].append(row["col"])
        return cls(numbers, _fold_rare(ranked), dict(slopes or {}))

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
        words = [name for word, levels in self.levels.items() for name in _parts(word, levels)[1:]]
        slopes = [f"{name} by {part}" for name, word in self.slopes.items() for part in _parts(word, self.levels[word])]
        return [*self.numbers, *(f"{name} is missing" for name in self.numbers), *words, *slopes]

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
        parts = {word: _place_parts(features[word], levels) for word, levels in self.levels.items()}
        for word, levels in self.levels.items():
            rows = np.flatnonzero(parts[word])  # 0 is the reference
            matrix[rows, start + parts[word][rows] - 1] = 1
            start += len(levels)
        for name, word in self.slopes.items():
            values = matrix[:, self.numbers.index(name)]
            matrix[np.arange(len(matrix)), start + parts[word]] = np.where(np.isnan(values), 0.0, values)
            start += len(self.levels[word]) + 1
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
        """Which columns vary and are needed, and a word on each feature that was dropped or is compared by level."""
        varies = gram.varies[: len(self.names)].copy()
        notes = []
        for place, name in enumerate(self.numbers):
            indicator = self.missing.start + place
            if gram.means[indicator] > 0.5 and not varies[indicator]:
                notes.append(f"{name} is dropped: it is null in every row.")
            elif not varies[place]:
                notes.append(f"{name} is dropped: it is constant.")
        notes += [_word_note(word, levels) for word, levels in self.levels.items()]
        start = len(varies) - sum(len(self.levels[word]) + 1 for word in self.slopes.values())
        for name, word in self.slopes.items():
            place, end = self.numbers.index(name), start + len(self.levels[word]) + 1
            if varies[place]:
                notes.append(f"{name} has a slope for each level of {word}, in place of one for all.")
            varies[start:end] &= varies[place]
            varies[place], start = False, end
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


def _sort_columns(
    columns: Mapping[str, str], slopes: Mapping[str, str], present: Iterable[str]
) -> tuple[tuple[str, ...], tuple[str, ...]]:
    """Numbers and words, among which the slopes must find theirs."""
    kinds = get_args(ColumnType)
    for name, kind in columns.items():
        if kind not in kinds:
            raise ConfigError(f"{name}: there is no column type {kind!r}. {did_you_mean(kind, kinds)}")
    _require_columns(columns, present)
    words = tuple(name for name, kind in columns.items() if kind == "string")
    numbers = tuple(name for name in columns if name not in words)
    for number, word in slopes.items():
        if number not in numbers:
            raise ConfigError(f"slopes: there is no number {number!r}. {did_you_mean(number, numbers)}")
        if word not in words:
            raise ConfigError(f"slopes.{number}: there is no word {word!r}. {did_you_mean(word, words)}")
    return numbers, words


def _require_columns(names: Iterable[str], present: Iterable[str]) -> None:
    absent = sorted(set(names) - set(present))
    if absent:
        raise DataError(f"linear regression: the features {absent[:10]} are missing ({len(absent)} in all).")


def _words(values: pd.Series) -> pd.Series:
    return values.astype("string")


def _fold_rare(ranked: Mapping[str, Sequence[str]]) -> dict[str, tuple[str, ...]]:
    return {
        name: tuple(levels) if len(levels) <= MAX_LEVELS else (*levels[: MAX_LEVELS - 1], OTHERS)
        for name, levels in ranked.items()
    }


def _parts(word: str, levels: Sequence[str]) -> list[str]:
    """What a word cuts the rows into: its levels, and where it is null."""
    return [*(f"{word} = {level}" for level in levels), f"{word} is missing"]


def _place_parts(values: pd.Series, levels: tuple[str, ...]) -> Indices:
    """In which of the word's `_parts` each row is."""
    text = _words(values)
    codes = pd.Categorical(text, categories=levels).codes
    unseen = len(levels) - 1 if levels[-1:] == (OTHERS,) else 0
    places: Indices = np.where(text.isna(), len(levels), np.where(codes < 0, unseen, codes))
    return places


def _word_note(word: str, levels: Sequence[str]) -> str:
    if not levels:
        return f"{word} is dropped: it is null in every row."
    if len(levels) == 1:
        return f"{word} is dropped: {levels[0]} is its only level."
    compared = f"{word} is compared with {levels[0]}, its most common level"
    if levels[-1] == OTHERS:
        return (
            f"{compared}; of more than {MAX_LEVELS} levels the {MAX_LEVELS - 1} most common stay by themselves, any "
            f"other counts as {OTHERS}."
        )
    return f"{compared}; a level unseen in training counts as that."
