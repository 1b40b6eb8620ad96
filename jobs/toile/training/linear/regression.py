"""The estimator: least squares or ridge, fitted from pandas or from Spark."""

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from toile.errors import ConfigError, DataError
from toile.training.linear.descent import descend
from toile.training.linear.design import Design, read_numbers, require_sound
from toile.training.linear.gram import Array
from toile.training.linear.inference import summarise
from toile.training.linear.onepass import Part, read_block, read_spark
from toile.training.linear.solve import Standardised, solve
from toile.training.linear.summary import RegressionSummary

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

SOLVERS = ("normal", "descent")
PAGE, SUMMARY = "linear_regression.html", "linear_regression.json"


@dataclass(frozen=True, eq=False)
class _Fitted:
    """Coefficients of all columns of the design, those of dropped ones 0, around the means of columns and label."""

    design: Design
    means: Array
    coefficients: Array
    level: float
    summary: RegressionSummary


@dataclass(eq=False)
class LinearRegression:
    """Linear regression of a number on typed columns (name -> type of a feature view).

    `ridge` penalises the squared coefficients of standardised columns, as scikit-learn's `Ridge(alpha=ridge)` after a
    `StandardScaler` does. `slopes` (number -> word) gives a number one slope for each level of a word. `design` says
    what becomes of nulls, words and unseen levels.

    Raises:
        ConfigError: ridge is negative, confidence is no share, or there is no such solver.
    """

    columns: Mapping[str, str]
    ridge: float = 0.0
    solver: Literal["normal", "descent"] = "normal"
    confidence: float = 0.95
    seed: int = 0
    slopes: Mapping[str, str] = field(default_factory=dict)
    _fitted: _Fitted | None = field(default=None, init=False, repr=False)

    def __post_init__(self) -> None:
        if not 0 <= self.ridge < math.inf:
            raise ConfigError(f"ridge: {self.ridge} is no penalty. Give 0 or more.")
        if not 0 < self.confidence < 1:
            raise ConfigError(f"confidence: {self.confidence} is not between 0 and 1.")
        if self.solver not in SOLVERS:
            raise ConfigError(f"solver: there is no {self.solver!r}. Give one of: {', '.join(SOLVERS)}.")

    def fit(
        self, features: pd.DataFrame, label: npt.ArrayLike, weights: npt.ArrayLike | None = None
    ) -> "LinearRegression":
        """Fits rows (n) in memory, with precision weights (n,) if given.

        Raises:
            ConfigError: a column's type is unknown, or slopes are of no number or by no word.
            DataError: a column is missing; a value is infinite; a label is missing or infinite; a weight is negative;
                lengths differ; no row is left.
        """
        y = _vector(label, "the label", len(features))
        w = np.ones(len(y)) if weights is None else _vector(weights, "the weight", len(features))
        design = Design.learn(features, self.columns, self.slopes)
        return self._finish(design, read_block(design, features, y, w), (features, y, w))

    def fit_spark(self, frame: "DataFrame", label: str, weight: str | None = None) -> "LinearRegression":
        """Fits a Spark frame in one pass, after one query for the levels of words, if there are any.

        Raises:
            ConfigError: the solver is descent, which needs the rows here, or as `fit`.
            DataError: as `fit`.
        """
        if self.solver == "descent":
            raise ConfigError("solver: descent goes over the rows many times and fits no Spark frame. Use normal.")
        design = Design.learn_spark(frame, self.columns, self.slopes)
        return self._finish(design, read_spark(design, frame, label, weight))

    def predict(self, features: pd.DataFrame) -> Array:
        """The expected label of each row (n,).

        Raises:
            ConfigError: nothing has been fitted.
            DataError: a column is missing, or a value infinite.
        """
        fitted = self._require_fitted()
        predicted: Array = fitted.level + fitted.design.centred(features, fitted.means) @ fitted.coefficients
        return predicted

    @property
    def summary(self) -> RegressionSummary:
        """The record of the fit.

        Raises:
            ConfigError: nothing has been fitted.
        """
        return self._require_fitted().summary

    def artifacts(self, title: str) -> dict[str, str]:
        """File name -> text of what people read of the fit: its page, and its summary as JSON.

        Raises:
            ConfigError: nothing has been fitted.
        """
        from toile.training.linear.page import render_page  # it draws by evaluation's means, which import the tasks

        summary = self.summary
        return {PAGE: render_page(summary, title), SUMMARY: f"{summary.model_dump_json(indent=2)}\n"}

    def _finish(
        self, design: Design, part: Part, rows: tuple[pd.DataFrame, Array, Array] | None = None
    ) -> "LinearRegression":
        require_sound(part.faults)
        if not part.gram.rows:
            raise DataError("linear regression: there are no rows, or none with a weight above 0.")
        keep, notes = design.usable(part.gram)
        gram = part.gram.take(np.append(keep, -1))
        names, system = [design.names[place] for place in keep], Standardised.of(gram)
        if self.solver == "descent" and rows and names:
            features, label, weights = rows
            standard = design.centred(features, part.gram.means[:-1])[:, keep] / system.deviations
            standard_rows = np.column_stack([standard, label - gram.means[-1]])
            solution = descend(standard_rows, weights, system, names, ridge=self.ridge, seed=self.seed)
        else:
            solution = solve(system, names, self.ridge)
        coefficients = np.zeros(len(design.names))
        coefficients[keep] = solution.estimates / system.deviations
        summary = summarise(
            gram, solution, names, notes, solver=self.solver, ridge=self.ridge, confidence=self.confidence
        )
        self._fitted = _Fitted(design, part.gram.means[:-1], coefficients, float(gram.means[-1]), summary)
        return self

    def _require_fitted(self) -> _Fitted:
        if self._fitted is None:
            raise ConfigError("this linear regression has not been fitted. Call fit or fit_spark first.")
        return self._fitted


def _vector(values: npt.ArrayLike, name: str, rows: int) -> Array:
    vector = read_numbers(pd.Series(values), name)
    if vector.shape != (rows,):
        raise DataError(f"{name} has {len(vector):,} values for {rows:,} rows.")
    return vector
