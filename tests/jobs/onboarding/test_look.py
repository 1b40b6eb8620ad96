from pyspark.sql import SparkSession

from toile.onboarding.look import look_at


def test_columns_with_dots_in_their_names_are_counted(spark: SparkSession) -> None:
    rows = spark.range(2000).selectExpr("id - 5 AS `at.home`", "id AS `a``b`")
    found = look_at(rows, "marketing.leads")
    assert [(column.low, column.high) for column in found.columns.values()] == [(-5, 1994), (0, 1999)]
