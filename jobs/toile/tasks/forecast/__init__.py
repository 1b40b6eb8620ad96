"""How much in each of the next periods, for many series at once, by one model (a global forecast).

A row is a series, an origin (`event_time`) and a period ahead (`target_time`); everything that it holds was known at
the origin. Origins follow each other at the distance of a period, so that the holdout is a rolling-origin backtest.
"""

from collections.abc import Mapping
from functools import partial
from typing import TYPE_CHECKING, Any

import numpy as np
import pandas as pd

from toile.config import ResolvedModel
from toile.config import task as config
from toile.config.names import EVENT_TIME, TARGET_TIME
from toile.config.task import Task
from toile.features.window import Window
from toile.tasks.forecast.metrics import METRICS
from toile.tasks.forecast.quantiles import WithQuantiles
from toile.tasks.predictions import Array, Predictions
from toile.tasks.regression import Regression
from toile.tasks.template import Refinement

if TYPE_CHECKING:
    from pyspark.sql import DataFrame

    from toile.features.sources import AsOfSources

SEASONAL_NAIVE, THETA, NAIVE_ERROR = "seasonal_naive", "theta", "naive_error"


class Forecast(Regression):
    """`task: {kind: forecast}`."""

    kind, metrics, default_rule = "forecast", METRICS, "the last season again"
    baseline_trainer = "trainer: {kind: custom, build: toile.tasks.forecast:build_theta}"
    scale_columns = (NAIVE_ERROR,)

    def label_rows(self, model: ResolvedModel, sources: "AsOfSources", window: Window) -> "DataFrame":
        """One row per series, origin and period ahead."""
        from toile.tasks.forecast.rows import Panel

        panel = Panel.read(model, sources, newest=window.newest, oldest=window.start)
        return panel.rows(labelled=True)

    def rows_at(self, model: ResolvedModel, entities: "DataFrame", sources: "AsOfSources") -> "DataFrame":
        """The periods after the sources' date for those of the entities that have sold enough.

        Raises:
            DataError: what is given is for a moment at which no period begins.
        """
        from toile.tasks.forecast.rows import Panel, require_periods

        today, task = Window.day(sources.as_of).start, model.config.task
        rows = Panel.read(model, sources, newest=today, oldest=today).rows(labelled=False)
        if model.config.training_data.given and TARGET_TIME in entities.columns:
            assert isinstance(task, config.Forecast)  # noqa: S101 -- the template of this kind is given no other
            require_periods(entities, today, task.every, str(model.config.scoring.entities))
            return rows.join(entities.drop(EVENT_TIME), [model.config.entity, TARGET_TIME], "inner")
        return rows.join(entities.select(model.config.entity), model.config.entity, "left_semi")

    def read_answer(self, answer: Any) -> Predictions:
        """Values, or a frame of values and quantiles."""
        return Predictions.from_frame(answer) if isinstance(answer, pd.DataFrame) else super().read_answer(answer)

    def scale_of(self, rows: pd.DataFrame) -> Array | None:
        """What the seasonal naive rule was off in the series' past; at least a hundredth of that of the rows' mean."""
        errors = rows[NAIVE_ERROR].astype(float) if NAIVE_ERROR in rows else pd.Series(dtype=float)
        mean = errors.mean()
        if not mean > 0:
            return None
        scale: Array = np.maximum(errors.fillna(mean).to_numpy(), mean / 100)
        return scale

    def levels(self, task: Task) -> list[float]:
        return sorted(task.quantiles) if isinstance(task, config.Forecast) else []

    def apply_rule(self, rows: pd.DataFrame, rule: str | None, prior: float) -> Predictions:
        """What the same period of the last season brought, or another feature's value."""
        return super().apply_rule(rows, rule or SEASONAL_NAIVE, prior)

    def build_baseline(self, columns: Mapping[str, str], seed: int) -> Any:
        return build_theta(columns, seed)

    def refinement(self, task: Task) -> Refinement | None:
        """Quantiles, from how far off the forecasts of the newest rows were."""
        levels = self.levels(task)
        return partial(WithQuantiles.learn, levels) if levels else None


def build_theta(columns: Mapping[str, str], seed: int) -> "Column":  # noqa: ARG001 -- as trainers are called
    """The Theta method (Assimakopoulos and Nikolopoulos 2000), fitted to each series by itself at each origin."""
    return Column(THETA)


class Column:
    """An estimator that answers with one of its features."""

    def __init__(self, name: str) -> None:
        self.name = name

    def fit(self, features: pd.DataFrame, label: pd.Series) -> "Column":  # noqa: ARG002 -- there is nothing to learn
        return self

    def predict(self, features: pd.DataFrame) -> Any:
        return features[self.name].to_numpy(dtype=float)
