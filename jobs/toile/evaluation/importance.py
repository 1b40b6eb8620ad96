"""What a model goes by: how much worse it gets when one feature's values are shuffled (Breiman 2001, section 10)."""

from collections.abc import Callable

import numpy as np
import pandas as pd
from pydantic import BaseModel, ConfigDict

from toile.tasks.predictions import Array, Predictions
from toile.tasks.template import Template

REPEATS, MAX_ROWS = 5, 5_000


class Importance(BaseModel):
    """How much of the metric is lost without one feature, on average and at least and most over the shuffles.

    Features that say the same stand in for each other: each alone then seems to matter little.
    """

    model_config = ConfigDict(frozen=True)

    feature: str
    loss: float
    least: float
    most: float


def measure_importance(
    task: Template,
    metric: str,
    predict: Callable[[pd.DataFrame], Predictions],
    features: pd.DataFrame,
    *,
    label: Array,
    seed: int,
) -> list[Importance]:
    """Every feature's importance for one metric, the largest first; on at most `MAX_ROWS` rows."""
    generator = np.random.default_rng(seed)
    if len(features) > MAX_ROWS:
        chosen = np.sort(generator.choice(len(features), MAX_ROWS, replace=False))
        features, label = features.iloc[chosen].reset_index(drop=True), label[chosen]

    scale = task.scale_of(features)

    def merit(frame: pd.DataFrame) -> float:
        value = task.metrics[metric].measure(label, predict(frame), scale)(np.ones((len(frame), 1)))
        return float(task.merit(metric, value)[0])

    whole = merit(features)
    found = []
    for name in features.columns:
        losses = [
            whole - merit(features.assign(**{name: features[name].to_numpy()[generator.permutation(len(features))]}))
            for _ in range(REPEATS)
        ]
        if np.isfinite(losses).all():
            found.append(Importance(feature=name, loss=float(np.mean(losses)), least=min(losses), most=max(losses)))
    return sorted(found, key=lambda importance: (-importance.loss, importance.feature))
