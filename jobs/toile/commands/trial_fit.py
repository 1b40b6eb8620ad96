"""Whether a trainer takes its parameters: a fit on a handful of rows is the only judge that knows them all."""

import re

import numpy as np
import pandas as pd
import xgboost

from toile.config.model import XGBoost
from toile.errors import ConfigError
from toile.training.estimators import build_candidate

ROWS, TREES = 20, 2
# They count the model's own columns, which come to be known with its data.
UNTRIED = {"monotone_constraints", "interaction_constraints", "feature_types", "feature_weights"}
_ORIGIN = re.compile(r"^\[[\d:]+\] \S+:\d+: ")


def refusal(params: dict[str, int | float | str | bool]) -> str:
    """Why these parameters cannot be fitted with, in the library's words; empty where they can."""
    tried = {"n_estimators": TREES} | {name: value for name, value in params.items() if name not in UNTRIED}
    if isinstance(tried["n_estimators"], int):
        tried["n_estimators"] = min(tried["n_estimators"], TREES)
    rows = pd.DataFrame({"x": np.arange(ROWS, dtype=float)})
    try:
        # It also puts back what a bad value of `verbosity` leaves behind for every later fit.
        with xgboost.config_context(verbosity=0):
            trainer = XGBoost.model_construct(kind="xgboost", params=tried)
            build_candidate(trainer, {"x": "double"}, seed=0).fit(rows, np.arange(ROWS) % 2).predict_proba(rows)
    except ConfigError as error:
        return re.sub(r"^trainer\.params\.\w+: ", "", str(error))
    except Exception as error:  # each parameter is refused in a way of its own
        words = _ORIGIN.sub("", str(error).splitlines()[0]).rstrip(".")
        return f"a trial fit fails: {words}."
    return ""
