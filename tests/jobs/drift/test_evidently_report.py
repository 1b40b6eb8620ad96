from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812

from toile.config.model import Drift
from toile.drift.evidently_report import EvidentlyReport, render_report, sample_rows
from toile.errors import DataError

MakeRows = Callable[..., pd.DataFrame]
LIMITS = Drift(psi=0.2, share=0.5)


def test_evidently_tells_drift_by_the_limits_of_the_model_file(make_rows: MakeRows, columns: dict[str, str]) -> None:
    now = make_rows(seed=1, shift=1.5)
    assert "Dataset Drift is NOT detected" in render_report(now, make_rows(), columns, LIMITS).html
    now["is_member"] = ~now["is_member"]
    assert "Dataset Drift is detected" in render_report(now, make_rows(), columns, LIMITS).html


def test_types_come_from_the_config_and_are_never_inferred(make_rows: MakeRows, columns: dict[str, str]) -> None:
    """Few distinct whole numbers would be taken for categories, and shares of booleans for numbers."""
    rows = make_rows(500)
    rows["orders"] = np.arange(500) % 3
    report = render_report(rows, rows, columns, LIMITS)
    for name, kind in (("orders", "num"), ("recency_days", "num"), ("is_member", "cat"), ("country", "cat")):
        assert is_drawn_as(report, name, kind)


def is_drawn_as(report: EvidentlyReport, name: str, kind: str) -> bool:
    start = report.html.index(f'"column_name": "{name}"')
    return f'"column_type": "{kind}"' in report.html[start : start + 200]


@pytest.mark.parametrize(
    "spoil",
    [
        lambda rows: rows.assign(recency_days=np.where(rows["recency_days"] > 80, np.inf, rows["recency_days"])),
        lambda rows: rows.assign(recency_days=1.0),
        lambda rows: rows.assign(orders=rows["orders"].astype(object).where(rows["orders"] > 1, None)),
        lambda rows: rows.assign(country=rows["country"].where(rows["country"] != "France", None)),
    ],
    ids=["infinities", "constant", "null in whole numbers", "null in words"],
)
def test_awkward_values_do_not_stop_the_report(
    make_rows: MakeRows, columns: dict[str, str], spoil: Callable[[pd.DataFrame], pd.DataFrame]
) -> None:
    rows = spoil(make_rows(300))
    assert render_report(rows, rows, columns, LIMITS).left_out == []


def test_a_feature_without_values_on_one_side_is_left_out_and_told(
    make_rows: MakeRows, columns: dict[str, str]
) -> None:
    rows = make_rows(300)
    report = render_report(rows.assign(country=None, orders=None), rows, columns, LIMITS)
    assert report.left_out == ["orders", "country"]
    with pytest.raises(DataError, match="no feature has values"):
        render_report(rows.assign(country=None), rows, {"country": "string"}, LIMITS)


def test_page_needs_no_other_file_and_is_of_bearable_size(make_rows: MakeRows, columns: dict[str, str]) -> None:
    html = render_report(make_rows(seed=1), make_rows(), columns, LIMITS).html
    assert len(html) < 6_000_000
    assert 'src="http' not in html
    assert "<link" not in html[:200_000]


def test_sample_is_the_same_however_the_rows_are_partitioned(spark: SparkSession) -> None:
    rows = spark.range(5000).select(
        F.concat(F.lit("c"), F.col("id") % 2500).alias("customer_id"),
        F.when(F.col("id") < 2500, F.lit("2011-03-01"))
        .otherwise(F.lit("2011-04-01"))
        .cast("timestamp")
        .alias("event_time"),
        "id",
    )
    one = sample_rows(rows, "customer_id", 400, seed=7)
    two = sample_rows(rows.repartition(7).sortWithinPartitions(F.rand(1)), "customer_id", 400, seed=7)
    pd.testing.assert_frame_equal(one, two)
    assert len(one) == 400
    assert one["id"].is_unique
    assert one["id"].mean() == pytest.approx(2500, abs=250)


def test_another_seed_takes_other_rows_and_a_small_table_is_taken_whole(spark: SparkSession) -> None:
    rows: DataFrame = spark.range(1000).select(F.col("id").cast("string").alias("customer_id"))
    one, two = (set(sample_rows(rows, "customer_id", 100, seed)["customer_id"]) for seed in (1, 2))
    assert len(one & two) < 40
    assert len(sample_rows(rows.limit(30), "customer_id", 100, seed=1)) == 30
