"""One model's word on every held-out row."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]

BINS = 10


@dataclass(frozen=True, eq=False)
class Predictions:
    """`rank` orders the rows, higher meaning likelier or more; `value` is in the label's unit, or a probability.

    They differ for a rule that ranks but knows no value.
    """

    rank: Array
    value: Array

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

    def take(self, rows: npt.NDArray[np.intp]) -> "Predictions":
        """The predictions of the rows at these positions."""
        return Predictions(self.rank[rows], self.value[rows])


def equal_bins(value: Array) -> npt.NDArray[np.intp]:
    """The number of each row's bin: ten bins of equal shares of rows, equal values never parted."""
    edges = np.quantile(value, np.linspace(0, 1, BINS + 1)[1:-1])
    return np.searchsorted(np.unique(edges), value, side="left")
