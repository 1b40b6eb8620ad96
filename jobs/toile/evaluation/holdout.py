"""The rows on which models are compared: none of them was trained on."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime

import numpy as np
import numpy.typing as npt
import pandas as pd

from toile.config.model import ModelConfig
from toile.config.names import EVENT_TIME
from toile.errors import DataError
from toile.tasks import template_of
from toile.tasks.predictions import Array, Predictions
from toile.tasks.template import Template

CANDIDATE, CHAMPION, BASELINE, NAIVE = MODELS = ("candidate", "champion", "baseline", "naive")


@dataclass(frozen=True, eq=False)
class Holdout:
    """Held-out rows with the predictions of every model that is compared, all on the same rows.

    `period` is the time that each row's label is about, for rows of one period share its shocks; distinct periods in
    order are taken for consecutive. `scale` is how large errors are to be expected. `unanswered` are models that gave
    no predictions, and why.
    """

    task: Template
    entity: npt.NDArray[np.object_]
    label: Array
    predictions: Mapping[str, Predictions]
    features: pd.DataFrame
    first: datetime | None = None
    last: datetime | None = None
    period: npt.NDArray[np.generic] | None = None
    scale: Array | None = None
    unanswered: Mapping[str, str] = field(default_factory=dict)

    @classmethod
    def from_frame(
        cls,
        task: Template,
        frame: pd.DataFrame,
        predictions: Mapping[str, Predictions],
        *,
        entity: str,
        label: str,
        slices: Sequence[str] = (),
        period: str | None = None,
    ) -> "Holdout":
        """Takes entity, label, event_time (where there is one), the slice columns and the period from the frame.

        Raises:
            DataError: there are no rows, a column is missing, an entity or a period is null, or a label is none of the
                task's.
        """
        keys = [entity, period] if period else [entity]
        absent = [column for column in (*keys, label, *slices) if column not in frame.columns]
        if absent:
            raise DataError(
                f"holdout: the columns {absent} are missing. Found: {sorted(map(str, frame.columns))[:20]}."
            )
        if frame.empty:
            raise DataError("holdout: there are no rows. Widen `split.holdout`, or train when labels have arrived.")
        labels = frame[label].to_numpy(dtype=np.float64, na_value=np.nan)
        if faults := task.find_label_faults(labels):
            raise DataError(f"holdout: {label}: {faults}.")
        for key in keys:
            if frame[key].isna().any():
                raise DataError(f"holdout: {int(frame[key].isna().sum()):,} rows have no {key}.")
        times = pd.to_datetime(frame[EVENT_TIME]) if EVENT_TIME in frame else None
        return cls(
            task, frame[entity].astype(str).to_numpy(), labels, predictions,
            frame[list(slices)].reset_index(drop=True),
            None if times is None else times.min().to_pydatetime(),
            None if times is None else times.max().to_pydatetime(),
            frame[period].to_numpy() if period else None,
            task.scale_of(frame),
        )  # fmt: skip

    @classmethod
    def of_model(
        cls, config: ModelConfig, rows: pd.DataFrame, predictions: Mapping[str, Predictions], slices: Sequence[str] = ()
    ) -> "Holdout":
        """The held-out rows of a model; raises as `from_frame` does."""
        task = config.task
        return cls.from_frame(
            template_of(task.kind), rows, predictions,
            entity=config.entity, label=task.label, slices=slices, period=task.period,
        )  # fmt: skip

    @property
    def rows(self) -> int:
        return len(self.label)

    @property
    def entities(self) -> int:
        return len(np.unique(self.entity))

    @property
    def periods(self) -> int | None:
        """How many distinct periods there are; None where rows have none."""
        return None if self.period is None else len(np.unique(self.period))

    @property
    def mean_label(self) -> float:
        """Of classes, the share of positives."""
        return float(self.label.mean())

    @property
    def has_one_label(self) -> bool:
        return bool((self.label == self.label[0]).all())

    def check(self) -> dict[str, str]:
        """Model -> why its predictions cannot be judged; empty where all can."""
        found = {name: self._find_faults(predictions) for name, predictions in self.predictions.items()}
        return {**self.unanswered, **{name: problem for name, problem in found.items() if problem}}

    def only(self, models: Sequence[str]) -> "Holdout":
        """The same rows with the predictions of these models alone."""
        return replace(self, predictions={name: self.predictions[name] for name in models})

    def take(self, rows: npt.NDArray[np.intp]) -> "Holdout":
        """The rows at these positions."""
        chosen = {name: predictions.take(rows) for name, predictions in self.predictions.items()}
        features = self.features.iloc[rows].reset_index(drop=True)
        return replace(
            self, entity=self.entity[rows], label=self.label[rows], predictions=chosen, features=features,
            period=None if self.period is None else self.period[rows],
            scale=None if self.scale is None else self.scale[rows],
        )  # fmt: skip

    def _find_faults(self, predictions: Predictions) -> str:
        count = min(len(predictions.rank), len(predictions.value))
        if count != self.rows or len(predictions.rank) != len(predictions.value):
            return f"{count:,} predictions for {self.rows:,} held-out rows"
        missing = int((np.isnan(predictions.rank) | np.isnan(predictions.value)).sum())
        if missing:
            return f"{missing:,} of {self.rows:,} predictions are missing"
        return self.task.find_value_faults(predictions.value)
