"""Sufficient statistics: all that least squares needs to know about the rows, in a size that rows do not change."""

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

Array = npt.NDArray[np.float64]
Indices = npt.NDArray[np.intp]

# A column whose deviation is a few roundings of its mean does not vary.
_ROUNDINGS = 8 * float(np.finfo(np.float64).eps)


@dataclass(frozen=True, eq=False)
class Gram:
    """Weighted statistics of `rows` rows of width k: `means` (k,) and centred cross-products `cross` (k, k).

    `weight` is the sum of the weights. Rows of weight 0 are not counted.
    """

    rows: int
    weight: float
    means: Array
    cross: Array

    @classmethod
    def of(cls, block: Array, weights: Array | None = None) -> "Gram":
        """The statistics of one block (n, k), by the corrected two-pass algorithm (Chan, Golub and LeVeque 1983).

        Columns of nothing but zeros, such as most indicators, cost nothing.
        """
        weights = np.ones(len(block)) if weights is None else weights
        weight, width = float(weights.sum()), block.shape[1]
        means, cross = np.zeros(width), np.zeros((width, width))
        if weight > 0:
            live = np.flatnonzero(block.any(axis=0))
            first = weights @ block[:, live] / weight
            centred = block[:, live] - first
            rest = weights @ centred / weight  # what rounding left of the mean
            means[live] = first + rest
            cross[np.ix_(live, live)] = (centred * weights[:, None]).T @ centred - weight * np.outer(rest, rest)
        return cls(int(np.count_nonzero(weights)), weight, means, cross)

    def merge(self, other: "Gram") -> "Gram":
        """The statistics of both sets of rows together (Chan, Golub and LeVeque 1979, the pairwise update).

        Only differences of means are squared, never the means: a large offset costs no digits but its own rounding.
        """
        weight = self.weight + other.weight
        if weight == 0:
            return self
        apart = other.means - self.means
        means = self.means + apart * (other.weight / weight)
        between = np.outer(apart, apart) * (self.weight * other.weight / weight)
        return Gram(self.rows + other.rows, weight, means, self.cross + other.cross + between)

    def add_columns(self, targets: slice, sources: slice, factors: Array) -> "Gram":
        """The statistics of the same rows, had factor times its source column been added to each target column."""
        means, cross = self.means.copy(), self.cross.copy()
        means[targets] += factors * means[sources]
        cross[:, targets] += cross[:, sources] * factors
        cross[targets, :] += factors[:, None] * cross[sources, :]
        return Gram(self.rows, self.weight, means, cross)

    def take(self, columns: Indices) -> "Gram":
        """The statistics of these columns alone."""
        return Gram(self.rows, self.weight, self.means[columns], self.cross[np.ix_(columns, columns)])

    @property
    def deviations(self) -> Array:
        """The standard deviation of each column, with the sum of weights as divisor."""
        deviations: Array = np.sqrt(np.maximum(np.diag(self.cross), 0) / self.weight)
        return deviations

    @property
    def varies(self) -> npt.NDArray[np.bool_]:
        """Which columns are not constant."""
        varies: npt.NDArray[np.bool_] = self.deviations > _ROUNDINGS * np.abs(self.means)
        return varies
