"""From raw feature columns to what scikit-learn's estimators take."""

from collections.abc import Mapping
from typing import Any

import numpy as np
from sklearn.compose import ColumnTransformer
from sklearn.impute import SimpleImputer
from sklearn.pipeline import Pipeline, make_pipeline
from sklearn.preprocessing import FunctionTransformer, OneHotEncoder, StandardScaler

RARE = 20


def prepare_columns(columns: Mapping[str, str], numbers: Any) -> ColumnTransformer:
    """Numbers go through `numbers`, words become one column each; rare and unseen words share one."""
    words = [name for name, kind in columns.items() if kind == "string"]
    other = [name for name in columns if name not in words]
    encoder = OneHotEncoder(handle_unknown="infrequent_if_exist", min_frequency=RARE, sparse_output=False)
    filled = make_pipeline(SimpleImputer(strategy="constant", fill_value="(missing)"), encoder)
    return ColumnTransformer([("numbers", numbers, other), ("words", filled, words)])


def standardise() -> Pipeline:
    """Medians for what is missing, long tails tamed by arcsinh, mean 0 and standard deviation 1."""
    return make_pipeline(
        SimpleImputer(strategy="median", keep_empty_features=True), FunctionTransformer(np.arcsinh), StandardScaler()
    )
