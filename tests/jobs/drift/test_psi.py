import math
from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest
from pyspark.sql import DataFrame, Observation, Row, SparkSession
from pyspark.sql import functions as F  # noqa: N812

from toile.config.model import Drift
from toile.contract import Verdict
from toile.drift.counting import Binning, count_bins
from toile.drift.profile import build_profile
from toile.drift.psi import expected_from_noise, measure_drift, stability_index
from toile.drift.report import DriftReport, FeatureDrift
from toile.errors import DataError

MakeRows = Callable[..., pd.DataFrame]
AsFrame = Callable[[pd.DataFrame], DataFrame]
LIMITS = Drift(psi=0.2, share=0.3)


@pytest.fixture
def compare(as_frame: AsFrame, columns: dict[str, str]) -> Callable[[pd.DataFrame, pd.DataFrame], DriftReport]:
    """Measures the drift of the second frame against the first."""
    return lambda before, now: measure_drift(as_frame(now), build_profile(as_frame(before), columns), LIMITS)


Compare = Callable[[pd.DataFrame, pd.DataFrame], DriftReport]


def feature_of(report: DriftReport, name: str) -> FeatureDrift:
    return next(feature for feature in report.features if feature.name == name)


def test_psi_follows_its_formula() -> None:
    assert stability_index([50, 50], [50, 50]) == 0
    expected = (0.3 - 0.5) * math.log(0.3 / 0.5) + (0.7 - 0.5) * math.log(0.7 / 0.5)
    assert stability_index([50, 50], [30, 70]) == pytest.approx(expected)
    assert stability_index([50, 50], [300, 700]) == pytest.approx(expected)


def test_an_empty_bin_counts_as_half_a_row_and_one_empty_on_both_sides_as_nothing() -> None:
    expected = (0.0005 - 0.1) * math.log(0.0005 / 0.1) + (1.0 - 0.9) * math.log(1.0 / 0.9)
    assert stability_index([100, 900], [0, 1000]) == pytest.approx(expected)
    assert stability_index([100, 0, 900], [0, 0, 1000]) == pytest.approx(expected)


def test_noise_is_foretold_for_samples_of_one_population() -> None:
    generator = np.random.default_rng(0)
    pairs = generator.multinomial(500, [0.1] * 10, size=(400, 2))
    mean = np.mean([stability_index(before, now) for before, now in pairs])
    assert mean == pytest.approx(expected_from_noise([50] * 10, [50] * 10), rel=0.1)


def test_the_same_population_passes(make_rows: MakeRows, compare: Compare) -> None:
    report = compare(make_rows(seed=0), make_rows(seed=1))
    assert (report.verdict, report.drifted, report.reasons) == (Verdict.PASSED, [], [])
    assert 0 < report.max_psi < 0.05
    assert report.metrics() == {"drift_share": 0.0, "max_psi": report.max_psi}


def test_a_planted_shift_is_found_and_a_share_of_features_makes_the_verdict(
    make_rows: MakeRows, compare: Compare
) -> None:
    now = make_rows(seed=1, shift=1.0)
    one = compare(make_rows(), now)
    assert (one.drifted, one.verdict) == (["recency_days"], Verdict.PASSED)
    now["is_member"] = ~now["is_member"]
    two = compare(make_rows(), now)
    assert (set(two.drifted), two.verdict) == ({"recency_days", "is_member"}, Verdict.WARNED)
    assert two.reasons == [f"2 of 4 features drifted: {', '.join(two.drifted)}."]


def test_psi_of_a_frame_is_that_of_its_counts(make_rows: MakeRows, compare: Compare) -> None:
    before, now = make_rows(), make_rows(1500, seed=1, shift=0.3)
    report = compare(before, now)
    categories = before["country"].value_counts().index
    expected = stability_index(
        [int((before["country"] == name).sum()) for name in categories],
        [int((now["country"] == name).sum()) for name in categories],
    )
    assert feature_of(report, "country").psi == pytest.approx(expected)
    edges = [-np.inf, *before["recency_days"].quantile(np.arange(1, 10) / 10, interpolation="lower"), np.inf]
    expected = stability_index(
        *(pd.cut(f["recency_days"], edges).value_counts(sort=False).tolist() for f in (before, now))
    )
    assert feature_of(report, "recency_days").psi == pytest.approx(expected, rel=0.05)


def test_new_and_missing_categories_are_told_with_their_shares(make_rows: MakeRows, compare: Compare) -> None:
    before, now = make_rows(), make_rows(seed=1)
    now["country"] = now["country"].replace({"France": "Spain"})
    now.loc[:19, "country"] = "Eire"
    country = feature_of(compare(before, now), "country")
    assert country.new_categories == {
        name: pytest.approx((now["country"] == name).mean()) for name in ("Spain", "Eire")
    }
    assert country.missing_categories == {"France": pytest.approx((before["country"] == "France").mean())}


def test_a_rise_of_nulls_is_drift(make_rows: MakeRows, compare: Compare) -> None:
    now = make_rows(seed=1).astype({"country": object})
    now.loc[:999, "country"] = None
    country = feature_of(compare(make_rows(), now), "country")
    assert country.drifted
    assert (country.null_share_before, country.null_share) == (0, 0.5)
    assert country.bins[-1].name == "(missing)"


def test_a_category_is_not_called_new_where_the_profile_lists_only_the_most_frequent(spark: SparkSession) -> None:
    before = spark.range(1000).select(F.concat(F.lit("c"), F.col("id") % 300).alias("shop"))
    now = before.union(spark.range(1).select(F.lit("never seen").alias("shop")))
    [shop] = measure_drift(now, build_profile(before, {"shop": "string"}), LIMITS).features
    assert shop.new_categories == {}
    assert shop.psi < 0.01


def test_however_many_categories_are_new_the_result_is_bounded(spark: SparkSession) -> None:
    profile = build_profile(spark.sql("select 'a' as shop from range(10)"), {"shop": "string"})
    now = spark.range(5000).select(F.concat(F.lit("n"), "id").alias("shop"))
    binning = Binning({"shop": "string"}, {}, {"shop": ["a"]}, listed=20)
    assert count_bins(now, binning).count() == 21
    [shop] = measure_drift(now, profile, LIMITS).features
    assert len(shop.new_categories) == 20
    assert [(share.name, share.current) for share in shop.bins] == [("a", 0.0), ("(all others)", 1.0)]


def test_few_rows_are_said_to_be_noisy(make_rows: MakeRows, compare: Compare) -> None:
    report = compare(make_rows(), make_rows(50, seed=1))
    assert len(report.notes) == 1
    assert "With 50 rows, chance alone moves" in report.notes[0]
    assert "recency_days" in report.notes[0]


def test_all_rows_are_read_once_by_one_query(
    make_rows: MakeRows,
    as_frame: AsFrame,
    columns: dict[str, str],
    capsys: pytest.CaptureFixture[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    profile = build_profile(as_frame(make_rows()), columns)
    rows_seen = Observation("rows seen")
    current = as_frame(make_rows(700)).observe(rows_seen, F.count(F.lit(1)).alias("rows"))
    queries: list[DataFrame] = []
    collect = type(current).collect

    def collect_and_note(frame: DataFrame) -> list[Row]:
        queries.append(frame)
        rows: list[Row] = collect(frame)
        return rows

    monkeypatch.setattr(type(current), "collect", collect_and_note)
    measure_drift(current, profile, LIMITS)
    assert rows_seen.get == {"rows": 700}
    assert len(queries) == 1
    queries[0].explain()
    plan = capsys.readouterr().out
    assert (plan.count("Scan"), plan.count("CollectMetrics")) == (1, 1)


@pytest.mark.parametrize(
    ("spoil", "message"),
    [
        (lambda frame: frame.drop("country"), "['country'] are missing"),
        (lambda frame: frame.limit(0), "no rows"),
    ],
)
def test_rows_that_cannot_be_compared_are_bad_data(
    make_rows: MakeRows,
    as_frame: AsFrame,
    columns: dict[str, str],
    spoil: Callable[[DataFrame], DataFrame],
    message: str,
) -> None:
    frame = as_frame(make_rows(100))
    with pytest.raises(DataError) as error:
        measure_drift(spoil(frame), build_profile(frame, columns), LIMITS)
    assert message in str(error.value)
