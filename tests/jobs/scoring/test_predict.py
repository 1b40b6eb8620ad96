"""Scores in Spark of several rows per entity, with quantiles."""

from datetime import datetime

import numpy as np
import pandas as pd
import pytest
from pyspark.sql import SparkSession

from toile.errors import DataError
from toile.scoring.predict import predict, score_rows
from toile.tasks import template_of
from toile.tasks.forecast import Column
from toile.tasks.forecast.quantiles import WithQuantiles

TASK = template_of("forecast")
COLUMNS = {"step": "long", "lag_1": "double", "range": "string"}


def model(spread: float = 1.0) -> WithQuantiles:
    """Foretells lag_1, and a spread less and more."""
    return WithQuantiles(Column("lag_1"), (0.1, 0.9), np.array([]), np.array([[-spread, spread]]), 0.0)


def test_each_row_of_an_entity_is_scored_by_itself_and_keeps_its_keys(spark: SparkSession) -> None:
    first, second = datetime(2011, 6, 1), datetime(2011, 6, 8)
    rows = spark.createDataFrame(
        [(1, str(first), 1, 10.0, "SHIRT"), (1, str(second), 2, 20.0, "SHIRT"), (2, str(first), 1, 30.0, None)],
        "product_id long, target_time string, step long, lag_1 double, range string",
    ).selectExpr("* except (target_time)", "to_timestamp(target_time) as target_time")
    scores = score_rows(rows, ["product_id", "target_time"], COLUMNS, model(), TASK, levels=[0.1, 0.9])
    kinds = ["string", "timestamp", "double", "double", "double"]
    names = ["product_id", "target_time", "score", "quantile_0_1", "quantile_0_9"]
    assert scores.dtypes == list(zip(names, kinds, strict=True))
    found = scores.toPandas().sort_values(["product_id", "target_time"])
    assert found.to_numpy().tolist() == [
        ["1", pd.Timestamp(first), 10.0, 9.0, 11.0],
        ["1", pd.Timestamp(second), 20.0, 19.0, 21.0],
        ["2", pd.Timestamp(first), 30.0, 29.0, 31.0],
    ]


def test_a_value_that_is_no_number_is_refused_in_words() -> None:
    rows = pd.DataFrame({"step": [1.0, 2.0], "lag_1": [10.0, np.nan]})
    with pytest.raises(DataError, match=r"scores: 1 of 2 values are no finite number"):
        predict(Column("lag_1"), rows, TASK)
