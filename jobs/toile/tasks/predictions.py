"""One model's word on every held-out row."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
import pandas as pd

Array = npt.NDArray[np.float64]

BINS = 10
SCORE, _QUANTILE = "score", "quantile_"


@dataclass(frozen=True, eq=False)
class Predictions:
    """`rank` orders the rows, higher meaning likelier or more; `value` is in the label's unit, or a probability.

    They differ for a rule that ranks but knows no value. `quantiles` are level -> values, of models that answer them.
    """

    rank: Array
    value: Array
    quantiles: Mapping[float, Array] = field(default_factory=dict)

    @classmethod
    def of(cls, value: npt.ArrayLike) -> "Predictions":
        """Of a model whose value is also its rank."""
        values = np.asarray(value, dtype=float)
        return cls(values, values)

    @classmethod
    def of_rule(cls, rank: npt.ArrayLike, prior: float) -> "Predictions":
        """Of a rule that ranks rows and gives each the prior: the mean label of the training rows."""
        values = np.asarray(rank, dtype=float)
        return cls(values, np.full(len(values), float(prior)))

    @classmethod
    def from_frame(cls, frame: pd.DataFrame) -> "Predictions":
        """What `to_frame` wrote; other columns are left out."""
        named = {
            name: frame[name].to_numpy(dtype=float, na_value=np.nan) for name in map(str, frame) if is_answer(name)
        }
        # Rows that were scored before a model answered a quantile have none.
        told = {name: values for name, values in named.items() if name != SCORE and not np.isnan(values).all()}
        quantiles = {_level_of(name): values for name, values in told.items()}
        return cls(named[SCORE], named[SCORE], quantiles)

    def to_frame(self, index: pd.Index | None = None) -> pd.DataFrame:
        """The values, and the quantiles, under the names of `answer_columns`."""
        columns = answer_columns(list(self.quantiles))
        return pd.DataFrame(dict(zip(columns, (self.value, *self.quantiles.values()), strict=True)), index=index)

    def over(self, scale: Array) -> "Predictions":
        """Values and quantiles in units of each row's scale."""
        quantiles = {level: values / scale for level, values in self.quantiles.items()}
        return Predictions(self.rank / scale, self.value / scale, quantiles)

    def at(self, levels: Sequence[float]) -> "Predictions":
        """With the quantiles of these levels alone; with none where one is missing, for losses would not compare."""
        has_all = set(levels) <= set(self.quantiles)
        return Predictions(self.rank, self.value, {level: self.quantiles[level] for level in levels} if has_all else {})

    def take(self, rows: npt.NDArray[np.intp]) -> "Predictions":
        """The predictions of the rows at these positions."""
        quantiles = {level: values[rows] for level, values in self.quantiles.items()}
        return Predictions(self.rank[rows], self.value[rows], quantiles)


def answer_columns(levels: Sequence[float]) -> list[str]:
    """The columns of a model's answers: `score`, then those of the quantiles, such as `quantile_0_9`."""
    return [SCORE, *(f"{_QUANTILE}{level}".replace(".", "_") for level in levels)]


def is_answer(name: str) -> bool:
    """Whether a column holds what a model answered."""
    return name == SCORE or name.startswith(_QUANTILE)


def _level_of(name: str) -> float:
    return float(name.removeprefix(_QUANTILE).replace("_", "."))


def equal_bins(value: Array) -> npt.NDArray[np.intp]:
    """The number of each row's bin: ten bins of equal shares of rows, equal values never parted."""
    edges = np.quantile(value, np.linspace(0, 1, BINS + 1)[1:-1])
    return np.searchsorted(np.unique(edges), value, side="left")
