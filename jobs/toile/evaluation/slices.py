"""The held-out rows cut by the values of one feature."""

from collections import Counter
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from itertools import pairwise

import numpy as np
import pandas as pd

from toile.config.model import Validation
from toile.evaluation.bootstrap import Evaluation, evaluate_parts
from toile.evaluation.holdout import Holdout

MAX_SLICES = 50
MAX_DISTINCT_NUMBERS = 12
MISSING, REST = "(missing)", "(all others)"


@dataclass(frozen=True, eq=False)
class Slice:
    """The rows in which a feature has one value (or lies in one range), and how the models do there.

    Without a feature, all rows.
    """

    feature: str | None
    value: str | None
    holdout: Holdout
    evaluation: Evaluation


def evaluate_slices(holdout: Holdout, features: Iterable[str], validation: Validation) -> tuple[Slice, list[Slice]]:
    """All rows, and every slice of each feature, all measured on the same resamples of entities.

    A feature's largest slices come first; beyond fifty, the smallest are taken together.
    """
    cuts = [
        (feature, value, np.flatnonzero(chosen))
        for feature in features
        for value, chosen in _cut(holdout.features[feature])
    ]
    whole, *parts = evaluate_parts(holdout, [np.arange(holdout.rows), *(rows for _, _, rows in cuts)], validation)
    slices = [
        Slice(feature, value, holdout.take(rows), part)
        for (feature, value, rows), part in zip(cuts, parts, strict=True)
    ]
    return Slice(None, None, holdout, whole), slices


def _cut(values: pd.Series) -> Iterator[tuple[str, "pd.Series[bool]"]]:
    words = _words(values)
    counts = Counter(words)
    largest_first = sorted(counts, key=lambda word: (-counts[word], word))
    if len(largest_first) > MAX_SLICES:
        words = words.where(words.isin(largest_first[: MAX_SLICES - 1]), REST)
        largest_first = [*largest_first[: MAX_SLICES - 1], REST]
    for word in largest_first:
        yield word, words == word


def _words(values: pd.Series) -> pd.Series:
    """Each row's slice in words: the value itself, or the quarter in which a number lies."""
    if not _is_measured(values):
        return values.astype(object).where(values.notna(), MISSING).astype(str)
    edges = np.unique(values.quantile([0, 0.25, 0.5, 0.75, 1]).to_numpy(dtype=float))
    names = np.array([f"{low:g} to {high:g}" for low, high in pairwise(edges)])
    quarter = np.searchsorted(edges[1:-1], values.fillna(edges[0]).to_numpy(dtype=float), side="left")
    return pd.Series(np.where(values.isna(), MISSING, names[quarter]))


def _is_measured(values: pd.Series) -> bool:
    is_number = pd.api.types.is_numeric_dtype(values) and not pd.api.types.is_bool_dtype(values)
    return bool(is_number and values.nunique() > MAX_DISTINCT_NUMBERS)
