"""What Great Expectations offers on Spark: expectation types, their arguments, and which of them judge single rows."""

import logging
from typing import Any

import great_expectations.expectations.core  # noqa: F401 -- importing the expectations registers them
from great_expectations.expectations import registry
from great_expectations.expectations.expectation import Expectation as GxExpectation
from great_expectations.expectations.row_conditions import PassThroughCondition

# Importing it sends Python's warnings of the whole process into a log that nobody sees; its own log has no handler,
# so that Python would print it, and every failure that it logs is in the report anyway.
logging.captureWarnings(False)
logging.getLogger("great_expectations").addHandler(logging.NullHandler())

# Fields of every expectation class that are Great Expectations' own business, or the gate's.
_NO_ARGUMENTS = frozenset(
    {
        *("id", "meta", "notes", "description", "severity", "rendered_content"),
        *("batch_id", "result_format", "catch_exceptions", "windows", "condition_parser"),
    }
)
_NOT_ON_SPARK = frozenset(
    {
        # Registered for other engines only.
        "expect_column_values_to_be_dateutil_parseable",
        "expect_column_values_to_match_like_pattern",
        "expect_column_values_to_match_like_pattern_list",
        "expect_column_values_to_not_match_like_pattern",
        "expect_column_values_to_not_match_like_pattern_list",
        # Raises at the first null.
        "expect_column_values_to_match_json_schema",
        # They compare neighbouring rows, and rows of a table have no order.
        "expect_column_values_to_be_decreasing",
        "expect_column_values_to_be_increasing",
        # They need more than the one table that a gate is given.
        "expect_query_results_to_match_comparison",
        "expect_table_row_count_to_equal_other_table",
    }
)
# Row-level classes that read the schema instead of the rows when they run on Spark.
_SCHEMA_ONLY = frozenset({"expect_column_values_to_be_of_type", "expect_column_values_to_be_in_type_list"})
_UNIQUENESS = frozenset({"expect_column_values_to_be_unique", "expect_compound_columns_to_be_unique"})


def expectation_types() -> frozenset[str]:
    """The types that can be relied on when they run on Spark, with nothing but the gated rows."""
    return frozenset(registry.list_registered_expectation_implementations()) - _NOT_ON_SPARK


def arguments_of(kind: str) -> frozenset[str]:
    """The arguments that this type takes."""
    return frozenset(registry.get_expectation_impl(kind).__fields__) - _NO_ARGUMENTS


def build_expectation(kind: str, arguments: dict[str, Any]) -> GxExpectation:
    """The expectation object; a `row_condition` is Spark SQL.

    Raises:
        pydantic.v1.ValidationError: arguments are missing, unknown or ill-typed.
    """
    given = dict(arguments)
    if isinstance(given.get("row_condition"), str):
        given["row_condition"] = PassThroughCondition(pass_through_filter=given["row_condition"])
    return registry.get_expectation_impl(kind)(**given)


def row_metric(kind: str) -> str | None:
    """The metric behind a type that judges single rows; None for a type that judges the table as a whole."""
    return None if kind in _SCHEMA_ONLY else getattr(registry.get_expectation_impl(kind), "map_metric", None)


def quarantine_obstacle(kind: str, arguments: dict[str, Any]) -> tuple[str, str] | None:
    """Why such an expectation cannot say which rows to move aside, and what to write instead; None where it can."""
    if row_metric(kind) is None:
        return "judges the table as a whole and cannot say which rows to move aside.", "Write warn or block."
    if kind in _UNIQUENESS and arguments.get("row_condition"):
        return "cannot move rows aside under a row_condition.", "Delete the row_condition, or write warn or block."
    if arguments.get("mostly", 1) != 1:
        return "moves every failing row aside, so mostly has no meaning.", "Set the suite's max_quarantined instead."
    return None
