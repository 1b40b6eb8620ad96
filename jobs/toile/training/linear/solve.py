"""Least squares and ridge from the statistics: the normal equations on standardised, centred columns.

With z the columns over their deviations, R their correlation matrix, r the mean of z times the centred label and W the
sum of the weights, the coefficients b minimise `W (b'Rb - 2 b'r) + ridge b'b`: they solve `(R + ridge/W I) b = r`
(Hastie, Tibshirani and Friedman 2009, 3.2 and 3.4). The intercept is not penalised: centring has taken it out.
"""

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np
import numpy.typing as npt
from scipy.linalg import cho_factor, cho_solve
from scipy.sparse.csgraph import connected_components

from toile.training.linear.gram import Array, Gram

# Of the matrix that is solved: the square of a condition index of 30, from where on Belsley, Kuh and Welsch (1980, 3.2)
# call dependencies strong. Coefficients of such columns are unsure; predictions need not be.
CONDITION_LIMIT = 900.0
# Beyond this a direction is rounding noise, and the matrix is taken as singular.
SINGULAR = 1e12
# From which share on a column has a part in a dependency: rounding is below the first, noise below the second.
_EXACT_PART, _PART = 1e-6, 0.02


@dataclass(frozen=True, eq=False)
class Standardised:
    """A Gram (its last column the label) in standard form: `matrix` is R, `target` is r in units of the label."""

    weight: float
    deviations: Array
    matrix: Array
    target: Array

    @classmethod
    def of(cls, gram: Gram) -> "Standardised":
        deviations = gram.deviations[:-1]
        cross = gram.cross / gram.weight
        return cls(
            gram.weight,
            deviations,
            cross[:-1, :-1] / np.outer(deviations, deviations),
            cross[:-1, -1] / deviations,
        )


@dataclass(frozen=True, eq=False)
class Solution:
    """Coefficients (k,) of the standardised columns of a system, and what is known of them.

    `spread` (k, k) is their covariance for a residual variance of 1. `freedom` counts the parameters spent besides the
    intercept; ridge spends a fraction of each. What has a part in the columns of `unseen` (k, d) the rows do not tell.
    """

    system: Standardised
    estimates: Array
    spread: Array
    freedom: float
    condition: float
    unseen: Array
    notes: list[str]
    loss_curve: list[float] = field(default_factory=list)


def solve(system: Standardised, names: Sequence[str], ridge: float = 0.0) -> Solution:
    """Solves by Cholesky; a singular matrix by its eigenvectors, for the smallest coefficients that fit (minimum norm).

    Notes name the columns that go together, where the condition number is above `CONDITION_LIMIT`.
    """
    width = len(names)
    if not width:
        return Solution(system, np.zeros(0), np.zeros((0, 0)), 0.0, 1.0, np.zeros((0, 0)), [])
    penalised = system.matrix + ridge / system.weight * np.eye(width)
    values, vectors = np.linalg.eigh(penalised)
    null = values <= values[-1] / SINGULAR
    if null.any():
        kept = vectors[:, ~null]
        inverse = kept / values[~null] @ kept.T
        estimates = inverse @ system.target
    else:
        solved = cho_solve(cho_factor(penalised, lower=True), np.column_stack([system.target, np.eye(width)]))
        estimates, inverse = solved[:, 0], solved[:, 1:]
    # Without ridge this is the inverse itself, and the trace is the rank.
    spread = inverse @ system.matrix @ inverse / system.weight
    freedom = float(np.trace(inverse @ system.matrix)) if ridge else float((~null).sum())
    condition, notes = judge(values, vectors, names)
    return Solution(system, estimates, spread, freedom, condition, vectors[:, null], notes)


def judge(values: Array, vectors: Array, names: Sequence[str]) -> tuple[float, list[str]]:
    """The condition number of a matrix with these eigenvalues, ascending, and a note on columns that go together."""
    condition = float(values[-1] / values[0]) if values[0] > values[-1] / SINGULAR else float("inf")
    null, weak = values <= values[-1] / SINGULAR, values <= values[-1] / CONDITION_LIMIT
    notes = [
        f"{group} go together exactly: of all coefficients that fit, the smallest are shown."
        for group in _groups(vectors[:, null], names, _EXACT_PART)
    ]
    if not null.any():
        notes += [
            f"{group} go together: the condition number {condition:.2g} is above {CONDITION_LIMIT:g}, so that their "
            "coefficients are unsure."
            for group in _groups(vectors[:, weak], names, _PART)
        ]
    return condition, notes


def _groups(vectors: Array, names: Sequence[str], part: float) -> list[str]:
    """The columns that these eigenvectors tie to each other, a phrase for each group.

    The projection on the vectors does not depend on how they are turned among each other, unlike their own entries.
    """
    tied: npt.NDArray[np.bool_] = np.abs(vectors @ vectors.T) > part
    groups = connected_components(tied, directed=False)[1]
    members = [[names[int(place)] for place in np.flatnonzero(groups == group)] for group in range(groups.max() + 1)]
    return [f"{', '.join(group[:-1])} and {group[-1]}" for group in members if len(group) > 1]
