from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as F  # noqa: N812

from toile.drift.profile import ReferenceProfile, build_profile
from toile.errors import DataError

MakeRows = Callable[..., pd.DataFrame]
AsFrame = Callable[[pd.DataFrame], DataFrame]


def test_profile_holds_deciles_and_categories_of_all_rows(
    make_rows: MakeRows, as_frame: AsFrame, columns: dict[str, str]
) -> None:
    rows = make_rows()
    profile = build_profile(as_frame(rows), columns)
    assert profile.rows == 2000
    assert all(feature.rows == 2000 for feature in profile.features.values())
    recency = profile.features["recency_days"]
    np.testing.assert_allclose(recency.edges, rows["recency_days"].quantile(np.arange(1, 10) / 10), atol=0.3)
    assert list(recency.counts.values()) == pytest.approx([200] * 10, abs=15)
    assert profile.features["country"].counts == rows["country"].value_counts().to_dict()
    assert profile.features["is_member"].counts == {
        "false": int((~rows["is_member"]).sum()),
        "true": int(rows["is_member"].sum()),
    }


def test_equal_deciles_are_merged_and_bins_reach_up_to_their_edge(
    make_rows: MakeRows, as_frame: AsFrame, columns: dict[str, str]
) -> None:
    rows = make_rows()
    orders = build_profile(as_frame(rows), columns).features["orders"]
    assert len(set(orders.edges)) == len(orders.edges) < 9
    assert orders.edges[0] == 1
    assert orders.counts["0"] == int((rows["orders"] <= 1).sum())
    assert orders.counts[str(len(orders.edges))] == int((rows["orders"] > orders.edges[-1]).sum())


def test_null_and_nan_are_one_bin_and_infinities_are_no_edge(
    make_rows: MakeRows, as_frame: AsFrame, columns: dict[str, str]
) -> None:
    rows = make_rows(400).astype(object)
    rows.loc[:99, "recency_days"] = None
    rows.loc[100:149, "recency_days"] = float("nan")
    rows.loc[150:299, "recency_days"] = float("inf")
    rows.loc[:9, ["orders", "country", "is_member"]] = None
    profile = build_profile(as_frame(rows), columns)
    assert profile.features["recency_days"].nulls == 150
    assert np.isfinite(profile.features["recency_days"].edges).all()
    assert {profile.features[name].nulls for name in ("orders", "country", "is_member")} == {10}


def test_categories_beyond_the_hundredth_are_counted_as_the_rest(spark: SparkSession) -> None:
    frame = spark.range(1000).select(F.concat(F.lit("c"), F.least("id", F.lit(499))).alias("shop"))
    feature = build_profile(frame, {"shop": "string"}).features["shop"]
    assert len(feature.counts) == 100
    assert next(iter(feature.counts.items())) == ("c499", 501)
    assert feature.rest == 400


def test_profile_survives_json(make_rows: MakeRows, as_frame: AsFrame, columns: dict[str, str]) -> None:
    profile = build_profile(as_frame(make_rows(200)), columns)
    assert ReferenceProfile.model_validate_json(profile.model_dump_json()) == profile
    assert profile.columns == columns


@pytest.mark.parametrize(
    ("columns", "message"),
    [
        ({"recency_days": "double", "spend": "double"}, "the features ['spend'] are missing"),
        ({"orders": "long"}, "no rows"),
    ],
)
def test_a_frame_that_cannot_be_profiled_is_bad_data(
    make_rows: MakeRows, as_frame: AsFrame, columns: dict[str, str], message: str
) -> None:
    with pytest.raises(DataError) as error:
        build_profile(as_frame(make_rows(10)).limit(0), columns)
    assert message in str(error.value)
