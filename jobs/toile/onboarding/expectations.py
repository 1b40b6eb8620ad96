"""Expectations that a table's rows meet today, with room: a proposal for its owner to review."""

from dataclasses import dataclass
from math import ceil, floor, isfinite, log10
from typing import Any

from toile.config.names import EVENT_TIME
from toile.onboarding.look import Column
from toile.onboarding.plan import Plan

SLACK = 0.5
"""Of the range that was seen, beyond either end of it."""
LEAST_SHARE = 0.2
"""Of the rows that are usual: with fewer, the source did not arrive."""


@dataclass(frozen=True)
class Learnt:
    """One expectation as the suite's file lists it."""

    type: str
    severity: str
    arguments: dict[str, Any]
    note: str = ""


def learn(plan: Plan) -> list[Learnt]:
    """What the rows of both gates, training and scoring, are expected to meet."""
    look, entity, scored = plan.look, plan.told.entity, plan.open_entities
    expected = [
        Learnt(
            "expect_table_row_count_to_be_between", "block", {"min_value": max(1, int(LEAST_SHARE * scored))},
            f"On a usual day {scored:,} or more are scored. Far fewer: the source did not arrive.",
        ),
        Learnt("expect_column_values_to_not_be_null", "block", {"column": entity}),
        Learnt(
            "expect_compound_columns_to_be_unique", "block", {"column_list": [entity, EVENT_TIME]},
            "Of two rows of one time nobody knows which counts.",
        ),
    ]  # fmt: skip
    for column in (look.columns[name] for name in plan.choice.taken):
        if not column.gaps:
            note = f"None of {look.rows:,} rows lacked it."
            expected.append(Learnt("expect_column_values_to_not_be_null", "quarantine", {"column": column.name}, note))
        expected += _values(column)
    return expected


def _values(column: Column) -> list[Learnt]:
    if column.is_number and column.low is not None and column.high is not None and isfinite(column.high - column.low):
        low, high = _with_room(column.low, column.high, whole=column.kind == "long")
        arguments = {"column": column.name, "min_value": low, "max_value": high}
        note = f"Seen: {_figure(column.low)} to {_figure(column.high)}."
        return [Learnt("expect_column_values_to_be_between", "warn", arguments, note)]
    if column.levels:
        words = {"column": column.name, "value_set": list(column.levels)}
        return [Learnt("expect_column_values_to_be_in_set", "warn", words)]
    return []


def _with_room(low: float, high: float, *, whole: bool) -> tuple[float, float]:
    """Outward to two digits of the range's width: a learnt limit is no truth, and should not look like one."""
    width = high - low or 1
    digits = 1 - floor(log10(width))
    unit = 10.0 ** -(min(digits, 0) if whole else digits)
    # What never was negative is not expected to be.
    least = 0.0 if low >= 0 else floor((low - SLACK * width) / unit) * unit
    most = ceil((high + SLACK * width) / unit) * unit
    return (int(least), int(most)) if whole else (round(least, max(digits, 0)), round(most, max(digits, 0)))


def _figure(value: float) -> str:
    return f"{value:,.6g}"
