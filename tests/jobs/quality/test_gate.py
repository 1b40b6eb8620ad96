"""The data gate, on real Great Expectations and Spark."""

from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as sf

from toile.config.suites import Expectation, Severity, Suite
from toile.contract import Verdict
from toile.errors import ConfigError, DataError
from toile.quality.gate import GatedRows, run_gate

NOT_NULL = "expect_column_values_to_not_be_null"
BETWEEN = "expect_column_values_to_be_between"
ROW_COUNT = "expect_table_row_count_to_be_between"


def expect(kind: str, severity: Severity, note: str = "", **arguments: Any) -> Expectation:
    return Expectation(type=kind, severity=severity, note=note, arguments=arguments)


def gate(frame: DataFrame, *expectations: Expectation, max_quarantined: float = 1.0) -> GatedRows:
    suite = Suite(
        name="lines",
        description="Lines of a test.",
        owner="data-platform",
        expectations=list(expectations),
        max_quarantined=max_quarantined,
    )
    return run_gate(frame, suite)


@pytest.fixture(scope="module")
def lines(spark: SparkSession) -> DataFrame:
    rows = [(1, "a", 5.0), (2, "b", -1.0), (3, None, None), (4, None, -2.0)]
    return spark.createDataFrame(rows, "number long, name string, price double")


@pytest.mark.parametrize(
    ("severity", "least", "verdict"),
    [
        ("block", 4, Verdict.PASSED),
        ("block", 5, Verdict.REFUSED),
        ("warn", 4, Verdict.PASSED),
        ("warn", 5, Verdict.WARNED),
    ],
)
def test_the_severity_decides_what_a_failure_means(
    lines: DataFrame, severity: Severity, least: int, verdict: Verdict
) -> None:
    report = gate(lines, expect(ROW_COUNT, severity, min_value=least)).report
    assert report.verdict is verdict
    assert report.checks[0].observed == 4
    assert bool(report.reasons) is (verdict is not Verdict.PASSED)


def test_failing_rows_move_aside_with_every_reason_and_none_is_lost(lines: DataFrame) -> None:
    gated = gate(
        lines, expect(BETWEEN, "quarantine", column="price", min_value=0), expect(NOT_NULL, "quarantine", column="name")
    )
    assert gated.report.verdict is Verdict.WARNED
    assert gated.report.rows == {"in": 4, "accepted": 1, "quarantined": 3}
    assert [row.number for row in gated.accepted.collect()] == [1]
    assert gated.accepted.columns == lines.columns
    reasons = {row.number: [reason.split("(")[0] for reason in row.reasons] for row in gated.quarantined.collect()}
    assert reasons == {2: [BETWEEN], 3: [NOT_NULL], 4: [BETWEEN, NOT_NULL]}


def test_a_row_whose_condition_is_null_goes_through(lines: DataFrame) -> None:
    gated = gate(lines, expect(BETWEEN, "quarantine", column="price", min_value=0))
    assert gated.report.rows == {"in": 4, "accepted": 2, "quarantined": 2}
    assert sorted(row.number for row in gated.accepted.collect()) == [1, 3]


def test_too_many_quarantined_rows_close_the_gate(lines: DataFrame) -> None:
    few = expect(NOT_NULL, "quarantine", column="name")
    assert gate(lines, few, max_quarantined=0.5).report.verdict is Verdict.WARNED
    refused = gate(lines, few, max_quarantined=0.49).report
    assert refused.verdict is Verdict.REFUSED
    assert refused.reasons[0] == "50.0% of the rows would be quarantined, more than 49.0%"


@pytest.mark.parametrize("severity", ["block", "quarantine", "warn"])
def test_an_expectation_that_cannot_be_judged_closes_the_gate_and_blames_no_other(
    lines: DataFrame, severity: Severity
) -> None:
    report = gate(
        lines,
        expect(NOT_NULL, "quarantine", column="name"),
        expect(NOT_NULL, severity, column="nmae"),
        expect(ROW_COUNT, "block", min_value=1),
    ).report
    assert report.verdict is Verdict.REFUSED
    assert [(check.passed, bool(check.exception)) for check in report.checks] == [
        (False, True),
        (False, False),
        (True, False),
    ]
    assert "nmae" in (report.checks[0].exception or "")
    assert report.rows == {"in": 4, "accepted": 2, "quarantined": 2}


def test_a_fault_while_spark_computes_is_told_by_the_expectation_that_caused_it(lines: DataFrame) -> None:
    report = gate(
        lines,
        expect("expect_column_mean_to_be_between", "warn", column="name", min_value=0),
        expect(NOT_NULL, "warn", column="number"),
    ).report
    assert [(check.type, bool(check.exception)) for check in report.checks] == [
        ("expect_column_mean_to_be_between", True),
        (NOT_NULL, False),
    ]
    assert report.verdict is Verdict.REFUSED


def test_a_fault_of_spark_is_no_refusal(lines: DataFrame) -> None:
    broken = lines.where(sf.raise_error(sf.lit("the disk is gone")).isNull())
    with pytest.raises(Exception, match="the disk is gone"):
        gate(broken, expect(ROW_COUNT, "block", min_value=1))


def test_rows_that_change_between_two_readings_are_an_error(spark: SparkSession) -> None:
    unstable = spark.range(1000).withColumn("price", sf.expr("reflect('java.lang.Math', 'random')").cast("double"))
    with pytest.raises(DataError, match="the rows changed while the gate read them"):
        gate(unstable, expect(BETWEEN, "quarantine", column="price", max_value=0.5))


@pytest.mark.parametrize(
    ("expectation", "message"),
    [
        (expect(ROW_COUNT, "quarantine", min_value=1), "cannot say which rows to move aside"),
        (expect(NOT_NULL, "quarantine", column="name", mostly=0.5), "mostly has no meaning"),
        (expect("expect_column_values_to_be_nul", "warn", column="name"), "is no expectation that runs here"),
        (expect(NOT_NULL, "warn", colum="name"), "column: field required; colum: extra fields not permitted"),
    ],
)
def test_a_suite_that_was_not_checked_is_the_authors_mistake(
    lines: DataFrame, expectation: Expectation, message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        gate(lines, expectation)


def test_rows_with_a_column_of_reasons_are_not_overwritten(lines: DataFrame) -> None:
    with pytest.raises(DataError, match="have a column 'reasons'"):
        gate(lines.withColumn("reasons", sf.lit(1)), expect(ROW_COUNT, "block", min_value=1))


def test_no_rows_pass_whatever_asks_nothing_of_their_number(lines: DataFrame) -> None:
    gated = gate(lines.where("false"), expect(NOT_NULL, "quarantine", column="name"))
    assert gated.report.verdict is Verdict.PASSED
    assert gated.report.rows == {"in": 0, "accepted": 0, "quarantined": 0}
    assert gated.quarantined.isEmpty()


def test_a_gate_writes_nothing_to_disk_and_nothing_on_the_terminal(
    lines: DataFrame, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", str(tmp_path))
    gate(lines, expect(NOT_NULL, "quarantine", column="name"), expect(NOT_NULL, "warn", column="nmae"))
    assert list(tmp_path.iterdir()) == []
    assert capfd.readouterr() == ("", "")


def test_the_number_of_readings_does_not_grow_with_the_number_of_expectations(
    lines: DataFrame, monkeypatch: pytest.MonkeyPatch
) -> None:
    readings: list[object] = []
    client = type(lines.sparkSession.client)
    fetch = client.to_table

    def counted(self: Any, *arguments: Any, **options: Any) -> Any:
        readings.append(arguments)
        return fetch(self, *arguments, **options)

    monkeypatch.setattr(client, "to_table", counted)
    ranges = [expect(BETWEEN, "quarantine", column="price", min_value=least) for least in range(8)]
    gate(lines, expect(ROW_COUNT, "block", min_value=1), *ranges, expect(NOT_NULL, "quarantine", column="name"))
    assert len(readings) == 3  # the rows, all counts together, the rows with reasons
