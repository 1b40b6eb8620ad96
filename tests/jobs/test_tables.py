import pytest
from pyspark.sql import SparkSession

from toile.errors import DataError
from toile.tables import KEPT, Tables


def test_replacing_one_partition_leaves_the_others_and_doubles_nothing(spark: SparkSession, tables: Tables) -> None:
    tables.replace("a.scores", spark.createDataFrame([("d1", 1)], "as_of string, x int"), partition={"as_of": "d1"})
    for _ in range(2):
        second = spark.createDataFrame([("d2", 2), ("d2", 3)], "as_of string, x int")
        tables.replace("a.scores", second, partition={"as_of": "d2"})
    assert sorted(tuple(row) for row in tables.read("a.scores").collect()) == [("d1", 1), ("d2", 2), ("d2", 3)]


def test_what_a_partition_was_made_from_is_told_whatever_was_written_after(spark: SparkSession, tables: Tables) -> None:
    for day in ("d1", "d2"):
        frame = spark.createDataFrame([(day, 1)], "as_of string, x int")
        tables.replace("a.rows", frame, partition={"as_of": day}, origin={"made from": f"source of {day}"})
    version, origin = tables.written("a.rows", {"as_of": "d1"})
    assert origin == {"made from": "source of d1"}
    assert [row.as_of for row in tables.read("a.rows", version=version).collect()] == ["d1"]
    with pytest.raises(DataError, match=r"a\.rows has no rows for as_of=d3"):
        tables.written("a.rows", {"as_of": "d3"})


@pytest.mark.parametrize("partition", [None, {"as_of": "d1"}])
def test_former_versions_are_kept_for_as_long_as_champions_live(
    spark: SparkSession, tables: Tables, partition: dict[str, str] | None
) -> None:
    frame = spark.createDataFrame([("d1", 1)], "as_of string, x int")
    tables.replace("a.rows", frame, partition=partition)
    detail = spark.sql(f"DESCRIBE DETAIL delta.`{tables.location('a.rows')}`").select("properties").first()
    assert detail is not None
    assert set(detail[0].values()) >= {"interval 730 days"}
    assert {name for name, kept in detail[0].items() if kept == "interval 730 days"} == set(KEPT)


def test_rows_outside_the_partition_are_refused(spark: SparkSession, tables: Tables) -> None:
    frame = spark.createDataFrame([("d1", 1)], "as_of string, x int")
    tables.replace("a.scores", frame, partition={"as_of": "d1"})
    with pytest.raises(Exception, match=r"(?i)replaceWhere|DELTA_REPLACE_WHERE_MISMATCH"):
        tables.replace("a.scores", frame, partition={"as_of": "d2"})


def test_an_append_with_the_same_run_key_happens_once(spark: SparkSession, tables: Tables) -> None:
    frame = spark.createDataFrame([(1,)], "x int")
    for run_key in ("first", "first", "second"):
        tables.append("a.log", frame, run_key=run_key)
    assert tables.read("a.log").count() == 2


def test_a_former_version_can_be_read(spark: SparkSession, tables: Tables) -> None:
    first = tables.replace("a.t", spark.createDataFrame([(1,)], "x int"))
    tables.replace("a.t", spark.createDataFrame([(2,)], "x int"))
    assert [row.x for row in tables.read("a.t", version=first).collect()] == [1]
    assert [row.x for row in tables.read("a.t").collect()] == [2]


def test_a_missing_table_says_which_and_what_to_do(tables: Tables) -> None:
    with pytest.raises(DataError, match=r"no table a\.nothing .* Import or build it first"):
        tables.read("a.nothing")
