"""How every model did in each period of a rolling-origin backtest."""

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict

from toile.evaluation.holdout import Holdout


class Moment(BaseModel):
    """One period, and model -> metric on the rows that are about it."""

    model_config = ConfigDict(frozen=True)

    period: str
    values: dict[str, float]


def trace_periods(holdout: Holdout, metric: str) -> list[Moment]:
    """One moment per period in order; none where rows have no periods. What is undefined in a period is left out."""
    if holdout.period is None:
        return []
    moments = []
    for period in np.unique(holdout.period):
        part = holdout.take(np.flatnonzero(holdout.period == period))
        measured = {
            model: holdout.task.metrics[metric].measure(part.label, predictions, part.scale)(np.ones((part.rows, 1)))[0]
            for model, predictions in part.predictions.items()
        }
        values = {model: float(value) for model, value in measured.items() if np.isfinite(value)}
        moments.append(Moment(period=f"{pd.Timestamp(period):%Y-%m-%d}", values=values))
    return moments
