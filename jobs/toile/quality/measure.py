"""Has Great Expectations measure a DataFrame: counts, observed values, and the condition under which a row fails.

All expectations go through one metric graph on the bare execution engine. There is no data context, so nothing is
written to disk and nothing is sent anywhere; counts are asked for, never the failing values.
"""

import json
from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

from great_expectations.execution_engine import SparkDFExecutionEngine
from great_expectations.expectations.expectation import Expectation as GxExpectation
from great_expectations.validator.metric_configuration import MetricConfiguration
from great_expectations.validator.metrics_calculator import MetricsCalculator
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as sf

from toile.quality.expectations import row_metric

_MAX_MESSAGE = 400
# The domain as expectations write it, so that the rows are counted once for all.
_WHOLE = {"batch_id": None, "table": None, "row_condition": None, "condition_parser": None}
_ROWS = MetricConfiguration("table.row_count", metric_domain_kwargs=_WHOLE)


@dataclass(frozen=True)
class Measurement:
    """What one expectation came to. `fails` is true for a row that it rejects, and never null."""

    passed: bool
    unexpected_count: int | None = None
    observed: Any = None
    exception: str | None = None
    fails: Column | None = None


def measure(frame: DataFrame, expectations: Sequence[GxExpectation]) -> tuple[int, list[Measurement]]:
    """The number of rows, and one measurement per expectation.

    An expectation that raises is measured as failed with its exception. A fault of Spark itself is raised.
    """
    batch = _Batch(frame)
    needs = [batch.needs(expectation) for expectation in expectations]
    batch.compute([_ROWS, *(metric for need in needs for metric in need.metrics)])
    # A fault in one expectation spoils the whole pass that it shares: those in doubt are measured one by one.
    for need in needs:
        if not need.exception and not batch.has(need.metrics):
            need.exception = batch.compute(need.metrics)
    rows = int(batch.values[_ROWS.id]) if batch.has([_ROWS]) else frame.count()
    return rows, [batch.measurement(need) for need in needs]


@dataclass
class _Need:
    """The metrics that one expectation needs."""

    expectation: GxExpectation
    metrics: list[MetricConfiguration]
    unexpected: MetricConfiguration | None = None
    condition: MetricConfiguration | None = None
    exception: str | None = None


class _Batch:
    """One DataFrame under measurement, and the metrics that are known of it."""

    def __init__(self, frame: DataFrame) -> None:
        self.engine = SparkDFExecutionEngine(persist=False, spark=frame.sparkSession)
        self.engine.load_batch_data("gate", frame)
        self.calculator = MetricsCalculator(self.engine, show_progress_bars=False)
        self.values: dict[Any, Any] = {}

    def needs(self, expectation: GxExpectation) -> _Need:
        dependencies = expectation.get_validation_dependencies(
            execution_engine=self.engine, runtime_configuration=_format(expectation)
        )
        need = _Need(expectation, dependencies.get_metric_configurations())
        metric = row_metric(expectation.expectation_type)
        if metric:
            need.unexpected = dependencies.metric_configurations[f"{metric}.unexpected_count"]
            need.condition = MetricConfiguration(
                f"{metric}.condition",
                metric_domain_kwargs=need.unexpected.metric_domain_kwargs,
                metric_value_kwargs=need.unexpected.metric_value_kwargs,
            )
            need.metrics.append(need.condition)
        return need

    def has(self, metrics: Sequence[MetricConfiguration]) -> bool:
        return all(metric.id in self.values for metric in metrics)

    def compute(self, metrics: list[MetricConfiguration]) -> str | None:
        """Computes what is missing; returns why it could not be."""
        values, aborted = self.calculator.compute_metrics(metrics)
        self.values.update(values)
        for failure in aborted.values():
            return _shorten(failure["exception_info"]["exception_message"])
        return None

    def measurement(self, need: _Need) -> Measurement:
        if need.exception:
            return Measurement(passed=False, exception=need.exception)
        try:
            result = need.expectation.metrics_validate(
                metrics=self.values, execution_engine=self.engine, runtime_configuration=_format(need.expectation)
            )
        except Exception as error:
            # It raises anything; the report tells what, and the gate closes.
            return Measurement(passed=False, exception=_shorten(f"{type(error).__name__}: {error}"))
        if need.unexpected is None or need.condition is None:
            return Measurement(passed=bool(result.success), observed=_observed(result.result))
        count = self.values[need.unexpected.id] or 0  # the sum over no rows is null
        return Measurement(bool(result.success), int(count), fails=_fails(*self.values[need.condition.id]))


def _format(expectation: GxExpectation) -> dict[str, Any]:
    # BASIC would fetch examples of failing values, with a Spark job for each expectation.
    form = "BOOLEAN_ONLY" if row_metric(expectation.expectation_type) else "BASIC"
    return {"result_format": {"result_format": form}}


def _fails(condition: Column, domain: dict[str, Any], accessors: dict[str, Any]) -> Column:
    """The condition within its domain: a row outside the domain, or with a null condition, does not fail."""
    for inside in _domain({**domain, **accessors}):
        condition = condition & inside
    return sf.coalesce(condition, sf.lit(False))


def _domain(given: dict[str, Any]) -> list[Column]:
    conditions = [sf.expr(row_condition.condition) for row_condition in given.get("filter_conditions", [])]
    if given.get("row_condition"):
        conditions.append(sf.expr(given["row_condition"]["pass_through_filter"]))
    columns = given.get("column_list") or [given[name] for name in ("column_A", "column_B") if name in given]
    missing = [sf.col(name).isNull() for name in columns]
    match given.get("ignore_row_if"):
        case "all_values_are_missing" | "both_values_are_missing":
            conditions.append(~_all(missing))
        case "any_value_is_missing" | "either_value_is_missing":
            conditions.append(_all([~absent for absent in missing]))
    return conditions


def _all(conditions: list[Column]) -> Column:
    whole = sf.lit(True)
    for condition in conditions:
        whole = whole & condition
    return whole


def _observed(result: dict[str, Any]) -> Any:
    """The observed value as plain JSON; where there is none, all that the result tells."""
    value = result.get("observed_value")
    if value is None:
        value = {name: part for name, part in result.items() if part} or None
    return json.loads(json.dumps(value, default=str))


def _shorten(message: str) -> str:
    line = " ".join(message.partition("JVM stacktrace")[0].split())
    return line if len(line) <= _MAX_MESSAGE else f"{line[:_MAX_MESSAGE]}..."
