"""Expectations that a table's rows meet today, with room: a proposal for its owner to review."""

from dataclasses import dataclass
from math import floor, log10
from typing import Any

from toile.config.names import EVENT_TIME
from toile.onboarding.look import Column, Look
from toile.onboarding.plan import Plan

MOST_LEVELS = 20
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
        expected += _values(column, look)
    return expected


def _values(column: Column, look: Look) -> list[Learnt]:
    if column.is_number and column.low is not None and column.high is not None:
        low, high = _with_room(column.low, column.high)
        if column.kind == "long":
            low, high = int(low), int(high)
        arguments = {"column": column.name, "min_value": low, "max_value": high}
        note = f"Seen: {_figure(column.low)} to {_figure(column.high)}."
        return [Learnt("expect_column_values_to_be_between", "warn", arguments, note)]
    if column.kind == "string" and look.distinct(column.name) <= MOST_LEVELS:
        levels = sorted(look.sample[column.name].dropna().unique())
        return [Learnt("expect_column_values_to_be_in_set", "warn", {"column": column.name, "value_set": levels})]
    return []


def _with_room(low: float, high: float) -> tuple[float, float]:
    room = SLACK * (high - low)
    # What never was negative is not expected to be.
    return (0.0 if low >= 0 else _rounded(low - room)), _rounded(high + room)


def _rounded(value: float) -> float:
    """To three digits: a learnt limit is no truth, and should not look like one."""
    return round(value, 2 - floor(log10(abs(value)))) if value else 0.0


def _figure(value: float) -> str:
    return f"{value:,.6g}"
