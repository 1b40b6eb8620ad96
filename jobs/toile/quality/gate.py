"""The data gate: severities decide, never Great Expectations' own `success`, which is false for a mere warning."""

from collections.abc import Sequence
from dataclasses import dataclass

from great_expectations.expectations.expectation import Expectation as GxExpectation
from pydantic.v1 import ValidationError
from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as sf

from toile.config.suites import Expectation, Suite
from toile.contract import Verdict
from toile.errors import ConfigError, DataError
from toile.quality.expectations import build_expectation, expectation_types, quarantine_obstacle
from toile.quality.measure import Measurement, measure
from toile.quality.report import Check, GateReport

REASONS = "reasons"
_BY_BADNESS = (Verdict.REFUSED, Verdict.WARNED, Verdict.PASSED)
_BY_SEVERITY = ("block", "quarantine", "warn")


@dataclass(frozen=True)
class GatedRows:
    """A gate's report and the rows on its two sides; `quarantined` has the failed checks' names in `reasons`.

    Both frames are lazy: what is done with them when the verdict is refused is the caller's duty, namely nothing.
    """

    report: GateReport
    accepted: DataFrame
    quarantined: DataFrame


def run_gate(frame: DataFrame, suite: Suite) -> GatedRows:
    """Judges every row and the whole of a frame.

    The frame is read two times or more and must be the same each time: give it a table, not a sample.

    Raises:
        ConfigError: the suite has expectations that cannot be run; `check_suite` finds them, with their places.
        DataError: the frame changed between two readings, or has a column named `reasons`.
    """
    if REASONS in frame.columns:
        raise DataError(f"suite {suite.name}: the rows have a column {REASONS!r}, which the gate adds. Rename it.")
    rows, measurements = measure(frame, [_build(suite, expectation) for expectation in suite.expectations])
    checks = [_check(e, m, rows) for e, m in zip(suite.expectations, measurements, strict=True)]
    flags = {
        check.name: measurement.fails
        for check, measurement in zip(checks, measurements, strict=True)
        if check.severity == "quarantine" and not check.passed and measurement.fails is not None
    }
    marked = frame.withColumn(REASONS, _reasons(flags))
    quarantined = _count(marked, {check.name: check.unexpected_count or 0 for check in checks if check.name in flags})
    report = _report(suite, checks, rows, quarantined)
    return GatedRows(
        report,
        accepted=marked.where(sf.size(REASONS) == 0).drop(REASONS) if flags else frame,
        quarantined=marked.where(sf.size(REASONS) > 0),
    )


def _build(suite: Suite, expectation: Expectation) -> GxExpectation:
    named = f"suite {suite.name}: {expectation.type}"
    if expectation.type not in expectation_types():
        raise ConfigError(f"{named} is no expectation that runs here. Run `toile check`.")
    obstacle = quarantine_obstacle(expectation.type, expectation.arguments)
    if expectation.severity == "quarantine" and obstacle:
        raise ConfigError(f"{named} {' '.join(obstacle)}")
    try:
        return build_expectation(expectation.type, expectation.arguments)
    except ValidationError as error:
        wrong = "; ".join(f"{'.'.join(map(str, e['loc']))}: {e['msg']}" for e in error.errors())
        raise ConfigError(f"{named}: {wrong}. Run `toile check`.") from error


def _check(expectation: Expectation, measured: Measurement, rows: int) -> Check:
    count = measured.unexpected_count
    return Check(
        type=expectation.type,
        arguments=expectation.arguments,
        severity=expectation.severity,
        note=expectation.note,
        passed=measured.passed,
        unexpected_count=count,
        unexpected_share=None if count is None else count / rows if rows else 0.0,
        observed=measured.observed,
        exception=measured.exception,
    )


def _reasons(flags: dict[str, Column]) -> Column:
    if not flags:
        return sf.array().cast("array<string>")
    return sf.array_compact(sf.array(*(sf.when(fails, sf.lit(name)) for name, fails in flags.items())))


def _count(marked: DataFrame, expected: dict[str, int]) -> int:
    """Counts the rows with reasons, in one pass that must find, for each reason, the rows that were measured."""
    if not expected:
        return 0
    per_reason = [sf.count_if(sf.array_contains(REASONS, name)) for name in expected]
    counted = marked.agg(sf.count_if(sf.size(REASONS) > 0), *per_reason).first()
    quarantined, *found = map(int, counted)
    changed = [
        f"{name}: {was:,}, then {now:,}" for (name, was), now in zip(expected.items(), found, strict=True) if was != now
    ]
    if changed:
        raise DataError(
            f"the rows changed while the gate read them ({'; '.join(changed)}). Gate a table that is written."
        )
    return quarantined


def _badness(check: Check) -> tuple[int, int, float]:
    rank = _BY_BADNESS.index(check.verdict), _BY_SEVERITY.index(check.severity)
    return (*rank, -(check.unexpected_share or 0.0))


def _report(suite: Suite, checks: Sequence[Check], rows: int, quarantined: int) -> GateReport:
    ordered = sorted(checks, key=_badness)
    verdicts = [check.verdict for check in ordered]
    reasons = [check.reason for check in ordered if check.verdict is not Verdict.PASSED]
    if Verdict.REFUSED in verdicts:  # only these closed the gate; the page shows the others too
        reasons = [check.reason for check in ordered if check.verdict is Verdict.REFUSED]
    if rows and quarantined / rows > suite.max_quarantined:
        verdicts.append(Verdict.REFUSED)
        reasons.insert(
            0, f"{quarantined / rows:.1%} of the rows would be quarantined, more than {suite.max_quarantined:.1%}"
        )
    return GateReport(
        suite=suite.name,
        owner=suite.owner,
        description=suite.description,
        verdict=min(verdicts, key=_BY_BADNESS.index),
        reasons=reasons,
        checks=ordered,
        rows={"in": rows, "accepted": rows - quarantined, "quarantined": quarantined},
        max_quarantined=suite.max_quarantined,
    )
