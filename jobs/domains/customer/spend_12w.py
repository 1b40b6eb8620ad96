"""What will a customer spend in the next 12 weeks?"""

from collections.abc import Mapping
from datetime import timedelta

import numpy as np
import numpy.typing as npt
from pyspark.sql import DataFrame
from pyspark.sql import functions as sf
from sklearn.compose import ColumnTransformer, TransformedTargetRegressor
from sklearn.impute import SimpleImputer
from sklearn.linear_model import QuantileRegressor
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from domains.customer.snapshots import labelled_snapshots
from toile.features.sources import AsOfSources
from toile.features.window import Window

Numbers = npt.NDArray[np.float64]

HORIZON = timedelta(days=84)


def entities(sources: AsOfSources, window: Window) -> DataFrame:
    """Customers every 14 days, and what they bought in the 84 days after, returns not taken off: `spend_next_84d`."""
    return labelled_snapshots(
        sources,
        window,
        HORIZON,
        lambda after: sf.coalesce(sf.sum(sf.when(after, sf.col("value"))), sf.lit(0.0)).alias("spend_next_84d"),
    )


def build(columns: Mapping[str, str], seed: int, quantile: float) -> TransformedTargetRegressor:  # noqa: ARG001
    """A quantile of the label, linear in the raw numbers, never below zero; words are left out.

    A few wholesalers make most of the spend. Trees cannot follow them beyond the largest they were trained on, squared
    errors are ruled by them, and logarithms lose what is plain here: who spent twice as much will spend about twice as
    much. The median is too low where many labels are zero, so the quantile is a parameter.
    """
    numbers = [name for name, kind in columns.items() if kind != "string"]
    prepared = make_pipeline(
        SimpleImputer(strategy="constant", fill_value=0.0, keep_empty_features=True), StandardScaler()
    )
    columns_of_numbers = ColumnTransformer([("numbers", prepared, numbers)])
    line = make_pipeline(columns_of_numbers, QuantileRegressor(quantile=quantile, alpha=0.0))
    return TransformedTargetRegressor(line, func=_as_it_is, inverse_func=_not_negative, check_inverse=False)


def _as_it_is(label: Numbers) -> Numbers:
    return label


def _not_negative(predicted: Numbers) -> Numbers:
    return np.maximum(predicted, 0.0)
