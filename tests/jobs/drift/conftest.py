"""Frames with planted drift."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from pyspark.sql import DataFrame, SparkSession

COLUMNS = {"recency_days": "double", "orders": "long", "country": "string", "is_member": "boolean"}


@pytest.fixture(scope="session")
def columns() -> dict[str, str]:
    return COLUMNS


@pytest.fixture(scope="session")
def make_rows() -> Callable[..., pd.DataFrame]:
    """Makes rows of one population; `shift` moves recency_days by so many standard deviations."""

    def simulate(rows: int = 2000, seed: int = 0, shift: float = 0.0) -> pd.DataFrame:
        generator = np.random.default_rng(seed)
        return pd.DataFrame(
            {
                "customer_id": [f"c{number:05d}" for number in range(rows)],
                "recency_days": generator.normal(60 + 20 * shift, 20, rows).round(1),
                "orders": generator.geometric(0.4, rows),
                "country": generator.choice(["United Kingdom", "Germany", "France"], rows, p=[0.8, 0.15, 0.05]),
                "is_member": generator.random(rows) < 0.3,
            }
        )

    return simulate


@pytest.fixture
def as_frame(spark: SparkSession) -> Callable[[pd.DataFrame], DataFrame]:
    """Hands rows to Spark, with None and NaN as they stand."""
    schema = "customer_id string, recency_days double, orders long, country string, is_member boolean"
    return lambda rows: spark.createDataFrame(
        [tuple(row) for row in rows.astype(object).itertuples(index=False)], schema
    )
