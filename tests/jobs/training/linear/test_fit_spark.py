import numpy as np
import pandas as pd
import pytest
from pyspark.sql import SparkSession

from toile.errors import ConfigError, DataError
from toile.training.linear import LinearRegression
from toile.training.linear.onepass import read_block, read_spark

COLUMNS = {"spend": "double", "orders": "long", "late": "double", "country": "string", "member": "boolean"}


def simulate(rows: int = 1200) -> pd.DataFrame:
    """Rows with nulls in numbers and words, and one column that is null until the last third."""
    generator = np.random.default_rng(0)
    frame = pd.DataFrame(
        {
            "spend": 1e6 + generator.normal(size=rows),
            "orders": generator.poisson(3, rows),
            "late": np.where(np.arange(rows) < 800, np.nan, 1e6 + generator.normal(size=rows)),
            "country": generator.choice(["UK", "DE", "FR"], rows, p=[0.6, 0.3, 0.1]),
            "member": generator.random(rows) < 0.3,
            "weight": generator.exponential(size=rows),
        }
    )
    known = frame["spend"] - 1e6 + 0.5 * frame["orders"] + frame["late"].fillna(1e6) - 1e6 + frame["member"]
    frame["amount"] = known + (frame["country"] == "FR") + generator.normal(size=rows)
    frame.loc[::7, "spend"] = np.nan
    frame.loc[::11, "country"] = None
    return frame


@pytest.mark.parametrize("weight", [None, "weight"])
@pytest.mark.parametrize(("partitions", "slopes"), [(1, {}), (5, {}), (5, {"orders": "country", "late": "country"})])
def test_spark_and_memory_give_the_same_fit(
    spark: SparkSession, weight: str | None, partitions: int, slopes: dict[str, str]
) -> None:
    rows = simulate()
    frame = spark.createDataFrame(rows).repartitionByRange(partitions, "late", "orders")
    there = LinearRegression(COLUMNS, slopes=slopes).fit_spark(frame, "amount", weight)
    here = LinearRegression(COLUMNS, slopes=slopes).fit(rows, rows["amount"], rows[weight] if weight else None)
    assert there.summary.notes == here.summary.notes
    for one, other in zip(there.summary.coefficients, here.summary.coefficients, strict=True):
        assert one.name == other.name
        figures = ("estimate", "standard_error", "low", "high", "deviation")
        np.testing.assert_allclose(*([getattr(each, name) for name in figures] for each in (one, other)), rtol=1e-7)
    np.testing.assert_allclose(there.predict(rows), here.predict(rows), rtol=1e-8, atol=1e-8)


def test_nulls_that_fill_whole_blocks_take_the_mean_of_all_blocks() -> None:
    rows = simulate()
    model = LinearRegression(COLUMNS)
    from toile.training.linear.design import Design

    design = Design.learn(rows, model.columns)
    label = rows["amount"].to_numpy()
    whole = read_block(design, rows, label)
    parts = [read_block(design, rows[start : start + 100], label[start : start + 100]) for start in range(0, 1200, 100)]
    for order in (parts, parts[::-1]):
        merged = order[0]
        for part in order[1:]:
            merged = merged.merge(part, design)
        np.testing.assert_allclose(merged.gram.means, whole.gram.means, rtol=1e-12, atol=1e-12)
        np.testing.assert_allclose(merged.gram.cross, whole.gram.cross, rtol=1e-9, atol=1e-6)


def test_faults_of_all_partitions_are_counted_together(spark: SparkSession) -> None:
    rows = simulate()
    rows.loc[::100, "spend"] = np.inf
    rows.loc[5:7, "amount"] = np.nan
    frame = spark.createDataFrame(rows).repartition(3)
    found = r"spend: infinite in 12 rows; the label: missing or infinite in 3 rows"
    with pytest.raises(DataError, match=found):
        LinearRegression(COLUMNS).fit_spark(frame, "amount")


def test_a_frame_without_rows_or_columns_is_refused(spark: SparkSession) -> None:
    frame = spark.createDataFrame(simulate(20))
    with pytest.raises(DataError, match="there are no rows"):
        LinearRegression(COLUMNS).fit_spark(frame.where("false"), "amount")
    with pytest.raises(DataError, match=r"the columns \['price'\] are missing"):
        LinearRegression(COLUMNS).fit_spark(frame, "price")
    with pytest.raises(DataError, match=r"the features \['country'\] are missing"):
        LinearRegression(COLUMNS).fit_spark(frame.drop("country"), "amount")


def test_rare_levels_are_folded_as_in_memory(spark: SparkSession) -> None:
    frame = spark.range(2000).selectExpr("cast(sqrt(id) * 6 as int) || '' as id", "id * 1.0 as amount")
    rows = frame.toPandas()
    there = LinearRegression({"id": "string"}).fit_spark(frame, "amount")
    here = LinearRegression({"id": "string"}).fit(rows, rows["amount"])
    assert there.summary.notes == here.summary.notes
    assert len(there.summary.coefficients) == 200
    np.testing.assert_allclose(there.predict(rows), here.predict(rows))


def test_descent_is_refused_for_a_spark_frame(spark: SparkSession) -> None:
    with pytest.raises(ConfigError, match="descent goes over the rows many times"):
        LinearRegression({"id": "long"}, solver="descent").fit_spark(spark.range(3), "id")


def test_one_record_a_partition_is_all_that_comes_here(spark: SparkSession, monkeypatch: pytest.MonkeyPatch) -> None:
    from toile.training.linear import onepass
    from toile.training.linear.design import Design

    unpack, sizes = onepass._unpack, []

    def watched(record: dict[str, object]) -> onepass.Part:
        sizes.append(sum(len(record[name]) for name in ("means", "cross")))  # type: ignore[arg-type,misc]
        return unpack(record)

    monkeypatch.setattr(onepass, "_unpack", watched)
    frame = spark.range(0, 30_000, 1, 3).selectExpr("id * 1.0 as x", "id * 2.0 as y")
    part = read_spark(Design.learn_spark(frame, {"x": "double"}), frame, "y")
    assert part.gram.rows == 30_000
    assert sizes == [8 * (3 + 9)] * 3
