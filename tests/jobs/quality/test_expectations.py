"""Every expectation type that a suite may name runs on Spark, and row-level ones mark the rows that they count."""

from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession

from toile.config.suites import Expectation, Suite
from toile.quality.expectations import expectation_types, quarantine_obstacle
from toile.quality.gate import run_gate

ROWS = [
    (1, "a", 1.0, 9.0, "2020-01-01", '{"a": 1}'),
    (2, None, -1.0, None, "x", "{"),
    (2, "b", None, None, "2020-01-01", "{}"),
    (5, "bbb", 4.0, 4.0, None, "[]"),
]
SCHEMA = "id long, s string, p double, q double, d string, j string"

# Type -> arguments and the ids of the rows that fail.
ROW_LEVEL: dict[str, tuple[dict[str, Any], list[int]]] = {
    "expect_column_pair_values_a_to_be_greater_than_b": ({"column_A": "p", "column_B": "q"}, [1, 5]),
    "expect_column_pair_values_to_be_equal": (
        {"column_A": "p", "column_B": "q", "ignore_row_if": "either_value_is_missing"},
        [1],
    ),
    "expect_column_pair_values_to_be_in_set": (
        {"column_A": "p", "column_B": "q", "value_pairs_set": [[1.0, 9.0]]},
        [2, 5],
    ),
    "expect_column_value_lengths_to_be_between": ({"column": "s", "max_value": 2}, [5]),
    "expect_column_value_lengths_to_equal": ({"column": "s", "value": 1}, [5]),
    "expect_column_value_z_scores_to_be_less_than": ({"column": "p", "threshold": 1, "double_sided": False}, [5]),
    "expect_column_values_to_be_between": ({"column": "p", "min_value": 0}, [2]),
    "expect_column_values_to_be_in_set": ({"column": "s", "value_set": ["a", "b"]}, [5]),
    "expect_column_values_to_be_json_parseable": ({"column": "j"}, [2]),
    "expect_column_values_to_be_null": ({"column": "q"}, [1, 5]),
    "expect_column_values_to_be_unique": ({"column": "id"}, [2, 2]),
    "expect_column_values_to_match_regex": ({"column": "s", "regex": "^.$"}, [5]),
    "expect_column_values_to_match_regex_list": ({"column": "s", "regex_list": ["^a", "^b$"]}, [5]),
    "expect_column_values_to_match_strftime_format": ({"column": "d", "strftime_format": "%Y-%m-%d"}, [2]),
    "expect_column_values_to_not_be_in_set": (
        {"column": "s", "value_set": ["a", "b"], "row_condition": "id > 1"},
        [2],
    ),
    "expect_column_values_to_not_be_null": ({"column": "s"}, [2]),
    "expect_column_values_to_not_be_outliers": ({"column": "p", "multiplier": 0.1}, [2, 5]),
    "expect_column_values_to_not_match_regex": ({"column": "s", "regex": "b"}, [2, 5]),
    "expect_column_values_to_not_match_regex_list": ({"column": "s", "regex_list": ["bb"]}, [5]),
    "expect_compound_columns_to_be_unique": ({"column_list": ["id", "q"], "ignore_row_if": "never"}, [2, 2]),
    "expect_multicolumn_sum_to_equal": ({"column_list": ["p", "q"], "sum_total": 8}, [1, 2]),
    "expect_multicolumn_values_to_be_equal": (
        {"column_list": ["p", "q"], "ignore_row_if": "any_value_is_missing"},
        [1],
    ),
    "expect_select_column_values_to_be_unique_within_record": ({"column_list": ["p", "q"]}, [5]),
}
# Types that judge the table as a whole, with arguments that hold.
WHOLE_TABLE: dict[str, dict[str, Any]] = {
    "expect_column_distinct_values_to_be_in_set": {"column": "s", "value_set": ["a", "b", "bbb"]},
    "expect_column_distinct_values_to_contain_set": {"column": "s", "value_set": ["a"]},
    "expect_column_distinct_values_to_equal_set": {"column": "s", "value_set": ["a", "b", "bbb"]},
    "expect_column_kl_divergence_to_be_less_than": {
        "column": "s",
        "partition_object": {"values": ["a", "b", "bbb"], "weights": [0.4, 0.3, 0.3]},
        "threshold": 0.5,
    },
    "expect_column_max_to_be_between": {"column": "p", "max_value": 4},
    "expect_column_mean_to_be_between": {"column": "p", "min_value": 1, "max_value": 2},
    "expect_column_median_to_be_between": {"column": "p", "min_value": 1, "max_value": 1},
    "expect_column_min_to_be_between": {"column": "p", "min_value": -1},
    "expect_column_most_common_value_to_be_in_set": {"column": "id", "value_set": [2]},
    "expect_column_proportion_of_non_null_values_to_be_between": {"column": "p", "min_value": 0.7},
    "expect_column_proportion_of_unique_values_to_be_between": {"column": "id", "min_value": 0.7},
    "expect_column_quantile_values_to_be_between": {
        "column": "p",
        "quantile_ranges": {"quantiles": [0.5], "value_ranges": [[0, 2]]},
    },
    "expect_column_stdev_to_be_between": {"column": "p", "max_value": 3},
    "expect_column_sum_to_be_between": {"column": "p", "min_value": 4, "max_value": 4},
    "expect_column_to_exist": {"column": "p"},
    "expect_column_type_to_be": {"column": "s", "type_": "StringType"},
    "expect_column_unique_value_count_to_be_between": {"column": "id", "min_value": 3, "max_value": 3},
    "expect_column_values_to_be_in_type_list": {"column": "s", "type_list": ["StringType"]},
    "expect_column_values_to_be_of_type": {"column": "s", "type_": "StringType"},
    "expect_table_column_count_to_be_between": {"min_value": 6, "max_value": 6},
    "expect_table_column_count_to_equal": {"value": 6},
    "expect_table_columns_to_match_ordered_list": {"column_list": ["id", "s", "p", "q", "d", "j"]},
    "expect_table_columns_to_match_set": {"column_set": ["s", "id", "p", "q", "d", "j"]},
    "expect_table_row_count_to_be_between": {"min_value": 4},
    "expect_table_row_count_to_equal": {"value": 4},
    "unexpected_rows_expectation": {"unexpected_rows_query": "SELECT * FROM {batch} WHERE id > 5"},
}


@pytest.fixture(scope="module")
def rows(spark: SparkSession) -> DataFrame:
    return spark.createDataFrame(ROWS, SCHEMA)


def suite(expectations: list[Expectation]) -> Suite:
    return Suite(
        name="all", description="Every type.", owner="data-platform", expectations=expectations, max_quarantined=1.0
    )


def test_every_type_that_a_suite_may_name_is_tried_here() -> None:
    assert expectation_types() == {*ROW_LEVEL, *WHOLE_TABLE}


def test_row_level_types_move_the_rows_aside_that_they_count(rows: DataFrame) -> None:
    gated = run_gate(
        rows, suite([Expectation(type=t, severity="quarantine", arguments=a) for t, (a, _) in ROW_LEVEL.items()])
    )
    assert {check.type: check.exception for check in gated.report.checks if check.exception} == {}
    moved: dict[str, list[int]] = {kind: [] for kind in ROW_LEVEL}
    for row in gated.quarantined.orderBy("id").collect():
        for reason in row.reasons:
            moved[reason.split("(")[0]].append(row.id)
    assert moved == {kind: failing for kind, (_, failing) in ROW_LEVEL.items()}
    assert {check.type: check.unexpected_count for check in gated.report.checks} == {
        kind: len(failing) for kind, (_, failing) in ROW_LEVEL.items()
    }


def test_types_that_judge_the_whole_table_run_and_cannot_move_rows_aside(rows: DataFrame) -> None:
    report = run_gate(
        rows, suite([Expectation(type=t, severity="block", arguments=a) for t, a in WHOLE_TABLE.items()])
    ).report
    assert report.reasons == []
    assert all(quarantine_obstacle(kind, arguments) for kind, arguments in WHOLE_TABLE.items())
