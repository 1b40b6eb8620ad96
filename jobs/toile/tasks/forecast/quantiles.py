"""Quantiles of a forecast, from how far off its like was on rows that are newer than those of the fit.

After split conformal prediction (Vovk, Gammerman and Shafer 2005) with a taxonomy: forecasts of like size share their
residuals, since large forecasts are further off than small ones. It promises its coverage of rows that are
exchangeable, which weeks are not: `coverage_gap` says what came of it.
"""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import pandas as pd

from toile.errors import DataError
from toile.tasks.predictions import Array, Predictions

MAX_BINS, ROWS_PER_BIN = 10, 50


@dataclass(frozen=True, eq=False)
class WithQuantiles:
    """An estimator that also answers quantiles: its value plus those of the residuals of like forecasts.

    `edges` (bins - 1,) part forecasts by size; `residuals` (bins, levels) are added; no quantile is below `lowest`,
    the smallest label that was seen.
    """

    estimator: Any
    levels: tuple[float, ...]
    edges: Array
    residuals: Array
    lowest: float

    @classmethod
    def learn(cls, levels: Sequence[float], estimator: Any, foretold: Predictions, label: Array) -> "WithQuantiles":
        """Learns from what was foretold and the labels that came.

        Raises:
            DataError: there are too few rows.
        """
        bins = min(MAX_BINS, len(label) // ROWS_PER_BIN)
        if not bins:
            raise DataError(
                f"quantiles: the newest training rows are {len(label):,}, and {ROWS_PER_BIN} are needed. "
                "Take a longer training_data.window, or task.quantiles: []."
            )
        edges = np.unique(np.quantile(foretold.value, np.linspace(0, 1, bins + 1)[1:-1]))
        off, place = label - foretold.value, np.searchsorted(edges, foretold.value)
        # A bin can be empty where many forecasts are equal; it takes the residuals of all.
        parts = [off[place == number] if (place == number).any() else off for number in range(len(edges) + 1)]
        residuals = np.array([np.quantile(part, levels) for part in parts])
        return cls(estimator, tuple(levels), edges, residuals, float(label.min()))

    def predict(self, features: pd.DataFrame) -> pd.DataFrame:
        """The value and the quantiles (n, 1 + levels), as `Predictions.to_frame` names them; they never cross."""
        value = np.asarray(self.estimator.predict(features), dtype=float).reshape(len(features))
        found = value[:, None] + self.residuals[np.searchsorted(self.edges, value)]
        quantiles = np.maximum(found, min(self.lowest, 0.0))
        return Predictions(value, value, dict(zip(self.levels, quantiles.T, strict=True))).to_frame()
