"""Calibration: probabilities bent towards what came true on rows that are newer than those of the fit."""

from dataclasses import dataclass
from typing import Any, Literal

import numpy as np
import numpy.typing as npt
import pandas as pd

from toile.errors import DataError
from toile.tasks.predictions import Array, Predictions

Method = Literal["sigmoid", "isotonic"]
MIN_OF_EACH = {"sigmoid": 20, "isotonic": 200}
"""Rows of either label below which a method follows chance."""


@dataclass(frozen=True, eq=False)
class Calibrated:
    """An estimator whose probabilities go through a curve: Platt's (1999) sigmoid of their log odds, or isotonic."""

    estimator: Any
    method: Method
    curve: Any

    @classmethod
    def learn(cls, method: Method, estimator: Any, foretold: Predictions, label: Array) -> "Calibrated":
        """Learns the curve from what was foretold and the labels that came.

        Raises:
            DataError: too few rows of either label to learn from, or a model that orders them the wrong way round.
        """
        from sklearn.isotonic import IsotonicRegression
        from sklearn.linear_model import LogisticRegression

        probability = foretold.value
        fewest = int(min(label.sum(), len(label) - label.sum()))
        if fewest < MIN_OF_EACH[method]:
            raise DataError(
                f"calibration: the newest training rows hold {fewest:,} of the rarer label, and {method} needs "
                f"{MIN_OF_EACH[method]:,}. Take a longer training_data.window, or task.calibration: none."
            )
        if method == "isotonic":
            curve = IsotonicRegression(y_min=0.0, y_max=1.0, out_of_bounds="clip").fit(probability, label)
        else:
            curve = LogisticRegression(C=np.inf).fit(_log_odds(probability), label)
            if curve.coef_[0, 0] <= 0:
                raise DataError(
                    "calibration: on the newest training rows the model ranks no better than chance, and a curve would "
                    "turn its order around. Mend the model, or set task.calibration: none."
                )
        return cls(estimator, method, curve)

    def predict_proba(self, features: pd.DataFrame) -> npt.NDArray[np.float64]:
        """Probabilities of 0 and of 1 (n, 2)."""
        raw = np.asarray(self.estimator.predict_proba(features), dtype=float)[:, 1]
        bent = self.curve.predict(raw) if self.method == "isotonic" else self.curve.predict_proba(_log_odds(raw))[:, 1]
        return np.column_stack([1 - bent, bent])


def _log_odds(probability: Array) -> Array:
    kept = np.clip(probability, 1e-6, 1 - 1e-6)
    odds: Array = np.log(kept / (1 - kept))[:, None]
    return odds
