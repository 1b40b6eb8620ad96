"""The metrics that gates may name, by kind of task. How they are computed is in `toile.tasks`."""

from dataclasses import dataclass
from math import inf
from typing import Literal

Sense = Literal["higher", "lower", "nearer to zero"]


@dataclass(frozen=True)
class Reach:
    """What is better, and between which values the metric lies."""

    better: Sense
    lowest: float = 0.0
    highest: float = 1.0

    def __str__(self) -> str:
        if self.highest == inf:
            return f"is never below {self.lowest:g}"
        return f"is never above {self.highest:g}" if self.lowest == -inf else "lies between 0 and 1"


METRICS: dict[str, dict[str, Reach]] = {
    "classification": {
        "roc_auc": Reach("higher"),
        "average_precision": Reach("higher"),
        "log_loss": Reach("lower", highest=inf),
        "brier": Reach("lower"),
        "calibration_error": Reach("lower"),
    },
    "regression": {
        "mae": Reach("lower", highest=inf),
        "rmse": Reach("lower", highest=inf),
        "wape": Reach("lower", highest=inf),
        "bias": Reach("nearer to zero", lowest=-inf, highest=inf),
        "r2": Reach("higher", lowest=-inf),
    },
    "forecast": {
        "wape": Reach("lower", highest=inf),
        "bias": Reach("nearer to zero", lowest=-inf, highest=inf),
        "mase": Reach("lower", highest=inf),
        "rmse": Reach("lower", highest=inf),
        "pinball": Reach("lower", highest=inf),
        "coverage_gap": Reach("nearer to zero", lowest=-1.0),
    },
}
OF_QUANTILES = ("pinball", "coverage_gap")
"""Undefined for a model that answers none."""
REACH = {name: reach for metrics in METRICS.values() for name, reach in metrics.items()}
