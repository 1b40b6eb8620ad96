"""How sure coefficients are: standard errors, t, p and intervals, exact where errors are normal.

Formulas: Seber and Lee (2003), chapters 3 and 4. Weights are precision weights: a row's variance is the residual
variance over its weight, so that doubling all weights changes no standard error. With ridge, Hastie, Tibshirani and
Friedman (2009, 3.4.1), with the effective degrees of freedom: estimates are biased then, p and intervals approximate.
"""

from collections.abc import Sequence

import numpy as np
from scipy.special import stdtr, stdtrit

from toile.training.linear.gram import Array, Gram
from toile.training.linear.solve import Solution
from toile.training.linear.summary import Coefficient, RegressionSummary

INTERCEPT = "intercept"
_FIGURES = ("estimate", "standard_error", "t", "p", "low", "high", "deviation")
_BLIND = 1e-6


def summarise(
    gram: Gram,
    solution: Solution,
    names: Sequence[str],
    notes: Sequence[str],
    *,
    solver: str,
    ridge: float,
    confidence: float,
) -> RegressionSummary:
    """The record of a fit; `gram` holds the columns of these names, then the label.

    The residual sum of squares is a small difference of large sums where a fit is all but perfect: below 1e-14 of the
    label's own sum of squares it is rounding, and so are the standard errors.
    """
    system, b = solution.system, solution.estimates
    total = float(gram.cross[-1, -1])
    residual = max(total - gram.weight * float(2 * b @ system.target - b @ system.matrix @ b), 0.0)
    freedom = gram.rows - 1 - solution.freedom
    variance = residual / freedom if freedom > 0 else np.nan
    r2 = 1 - residual / total if gram.varies[-1] else np.nan
    contrasts = _contrasts(gram, solution)
    estimates, errors = contrasts @ b, np.sqrt(variance * _unit_variances(gram, solution, contrasts))
    estimates[0] += gram.means[-1]
    reach = errors * stdtrit(freedom, (1 + confidence) / 2) if freedom > 0 else errors
    t = np.divide(estimates, errors, out=np.full_like(errors, np.nan), where=errors > 0)
    p = 2 * stdtr(freedom, -np.abs(t))
    deviations = [0.0, *gram.deviations[:-1]]
    figures = np.column_stack([estimates, errors, t, p, estimates - reach, estimates + reach, deviations])
    coefficients = [
        Coefficient(name=name, **dict(zip(_FIGURES, row, strict=True)))
        for name, row in zip([INTERCEPT, *names], figures.tolist(), strict=True)
    ]
    return RegressionSummary(
        solver=solver,
        ridge=ridge,
        rows=gram.rows,
        degrees_of_freedom=freedom,
        confidence=confidence,
        coefficients=coefficients,
        r2=r2,
        adjusted_r2=1 - (1 - r2) * (gram.rows - 1) / freedom if freedom > 0 else np.nan,
        residual_error=float(np.sqrt(variance)),
        label_deviation=float(gram.deviations[-1]),
        condition=solution.condition,
        notes=[*notes, *solution.notes, *_notes(gram, freedom, coefficients, ridge=ridge, solver=solver)],
        loss_curve=solution.loss_curve,
    )


def _contrasts(gram: Gram, solution: Solution) -> Array:
    """The matrix (k + 1, k) that makes of standardised coefficients the intercept's part and the coefficients."""
    inverse = 1 / solution.system.deviations
    contrasts: Array = np.vstack([-gram.means[:-1] * inverse, np.diag(inverse)])
    return contrasts


def _unit_variances(gram: Gram, solution: Solution, contrasts: Array) -> Array:
    """Variances for a residual variance of 1; NaN for what the rows do not tell."""
    variances = np.sum(contrasts @ solution.spread * contrasts, axis=1)
    variances[0] += 1 / gram.weight
    blind = np.linalg.norm(contrasts @ solution.unseen, axis=1) > _BLIND * np.linalg.norm(contrasts, axis=1)
    known: Array = np.where(blind, np.nan, variances)
    return known


def _notes(gram: Gram, freedom: float, coefficients: Sequence[Coefficient], *, ridge: float, solver: str) -> list[str]:
    blind = [found.name for found in coefficients if np.isnan(found.standard_error)]
    told = {
        "the label is constant: R2 is not defined.": not gram.varies[-1],
        "the rows leave no degree of freedom: nothing can be said of errors.": freedom <= 0,
        "ridge shrinks coefficients on purpose: p and intervals are approximate.": ridge > 0,
        "descent gives no standard errors.": solver == "descent",
        f"no standard error can be estimated for {', '.join(blind)}.": blind and freedom > 0 and solver == "normal",
    }
    return [note for note, holds in told.items() if holds]
