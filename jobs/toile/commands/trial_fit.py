"""Whether a trainer takes its parameters: a fit on a handful of rows is the only judge that knows them all."""

import re

import numpy as np
import pandas as pd
import xgboost

from toile.config.model import SklearnTrainer, XGBoost
from toile.errors import ConfigError
from toile.tasks import template_of
from toile.training.distributed import build_spark_estimator
from toile.training.trainers import build_candidate

ROWS, TREES = 500, 2
# They count the model's own columns, which come to be known with its data.
UNTRIED = {"monotone_constraints", "interaction_constraints", "feature_types", "feature_weights"}
_ORIGIN = re.compile(r"^\[[\d:]+\] \S+:\d+: ")


def refusal(trainer: XGBoost | SklearnTrainer, task: str) -> str:
    """Why the trainer cannot fit, in the library's words; empty where it can."""
    params = {name: value for name, value in trainer.params.items() if name not in UNTRIED}
    if isinstance(trainer, XGBoost):
        params = {"n_estimators": TREES} | params
    if isinstance(params.get("n_estimators"), int):
        params["n_estimators"] = min(int(params["n_estimators"]), TREES)
    rows, labels = pd.DataFrame({"x": np.arange(ROWS, dtype=float)}), np.arange(ROWS) % 2
    try:
        # It also puts back what a bad value of `verbosity` leaves behind for every later fit.
        with xgboost.config_context(verbosity=0):
            tried = build_candidate(trainer.model_copy(update={"params": params}), task, {"x": "double"}, seed=0)
            if isinstance(trainer, XGBoost) and trainer.distributed_above:
                build_spark_estimator(tried.named_steps["model"], task, workers=1)
            tried.fit(rows, labels)
            template_of(task).predict(tried, rows)
    except ConfigError as error:
        return re.sub(r"^trainer\.(params(\.\w+)?|estimator): ", "", str(error))
    except Exception as error:  # each parameter is refused in a way of its own
        words = _ORIGIN.sub("", str(error).splitlines()[0]).rstrip(".")
        return f"a trial fit fails: {words}."
    return ""
