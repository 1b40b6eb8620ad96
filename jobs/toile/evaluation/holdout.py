"""The rows on which models are compared: none of them was trained on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import datetime

import numpy as np
import numpy.typing as npt
import pandas as pd

from toile.config.names import EVENT_TIME
from toile.errors import DataError
from toile.evaluation.interval import Array

CANDIDATE, CHAMPION, BASELINE, NAIVE = MODELS = ("candidate", "champion", "baseline", "naive")


@dataclass(frozen=True, eq=False)
class Predictions:
    """One model's word on every held-out row.

    `rank` orders the rows, higher meaning likelier (for roc_auc and average_precision); `probability` lies in [0, 1]
    (for log_loss, brier and calibration_error). They differ for a rule that ranks but knows no probability.
    """

    rank: Array
    probability: Array

    @classmethod
    def of(cls, probability: npt.ArrayLike) -> "Predictions":
        """Of a model whose probability is also its rank."""
        values = np.asarray(probability, dtype=float)
        return cls(values, values)

    @classmethod
    def of_rule(cls, rank: npt.ArrayLike, prior: float) -> "Predictions":
        """Of a rule that ranks rows and gives each the prior: the share of positives among the training rows."""
        values = np.asarray(rank, dtype=float)
        return cls(values, np.full(len(values), float(prior)))

    def take(self, rows: npt.NDArray[np.intp]) -> "Predictions":
        """The predictions of the rows at these positions."""
        return Predictions(self.rank[rows], self.probability[rows])

    def check(self, rows: int) -> str:
        """Why these predictions cannot be judged, or an empty string."""
        if len(self.rank) != rows or len(self.probability) != rows:
            return f"{min(len(self.rank), len(self.probability)):,} predictions for {rows:,} held-out rows"
        missing = int((np.isnan(self.rank) | np.isnan(self.probability)).sum())
        if missing:
            return f"{missing:,} of {rows:,} predictions are missing"
        outside = int(((self.probability < 0) | (self.probability > 1)).sum())
        return f"{outside:,} of {rows:,} probabilities lie outside [0, 1]" if outside else ""


@dataclass(frozen=True, eq=False)
class Holdout:
    """Held-out rows with the predictions of every model that is compared, all on the same rows."""

    entity: npt.NDArray[np.object_]
    label: Array
    predictions: Mapping[str, Predictions]
    features: pd.DataFrame
    first: datetime | None = None
    last: datetime | None = None

    @classmethod
    def from_frame(
        cls,
        frame: pd.DataFrame,
        predictions: Mapping[str, Predictions],
        *,
        entity: str,
        label: str,
        slices: Sequence[str] = (),
    ) -> "Holdout":
        """Takes entity, label, event_time (where there is one) and the slice columns from the frame.

        Raises:
            DataError: there are no rows, a column is missing, an entity is null, or a label is neither 0 nor 1.
        """
        absent = [column for column in (entity, label, *slices) if column not in frame.columns]
        if absent:
            raise DataError(
                f"holdout: the columns {absent} are missing. Found: {sorted(map(str, frame.columns))[:20]}."
            )
        if frame.empty:
            raise DataError("holdout: there are no rows. Widen `split.holdout`, or train when labels have arrived.")
        labels = frame[label].to_numpy(dtype=np.float64, na_value=np.nan)
        wrong = int((~np.isin(labels, (0.0, 1.0))).sum())
        if wrong:
            raise DataError(f"holdout: {wrong:,} of {len(frame):,} labels ({label}) are neither 0 nor 1.")
        if frame[entity].isna().any():
            raise DataError(f"holdout: {int(frame[entity].isna().sum()):,} rows have no {entity}.")
        times = pd.to_datetime(frame[EVENT_TIME]) if EVENT_TIME in frame else None
        return cls(
            frame[entity].astype(str).to_numpy(), labels, predictions,
            frame[list(slices)].reset_index(drop=True),
            None if times is None else times.min().to_pydatetime(),
            None if times is None else times.max().to_pydatetime(),
        )  # fmt: skip

    @property
    def rows(self) -> int:
        return len(self.label)

    @property
    def entities(self) -> int:
        return len(np.unique(self.entity))

    @property
    def positive_share(self) -> float:
        return float(self.label.mean())

    def check(self) -> dict[str, str]:
        """Model -> why its predictions cannot be judged; empty where all can."""
        found = {name: predictions.check(self.rows) for name, predictions in self.predictions.items()}
        return {name: problem for name, problem in found.items() if problem}

    def only(self, models: Sequence[str]) -> "Holdout":
        """The same rows with the predictions of these models alone."""
        return replace(self, predictions={name: self.predictions[name] for name in models})

    def take(self, rows: npt.NDArray[np.intp]) -> "Holdout":
        """The rows at these positions."""
        chosen = {name: predictions.take(rows) for name, predictions in self.predictions.items()}
        features = self.features.iloc[rows].reset_index(drop=True)
        return replace(self, entity=self.entity[rows], label=self.label[rows], predictions=chosen, features=features)
