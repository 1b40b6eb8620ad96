"""Expectation suites: what conf/expectations/<suite>.yaml says."""

from typing import Any, Literal

from pydantic import Field

from toile.config.section import Name, Section

Severity = Literal["warn", "block", "quarantine"]


class Expectation(Section):
    """One Great Expectations expectation, by its own name and arguments.

    `warn` lets all rows pass and tells; `quarantine` moves the failing rows aside; `block` refuses the whole data.
    """

    type: Name = Field(description="Such as expect_column_values_to_not_be_null.")
    severity: Severity
    note: str = Field(default="", description="The owner's reason; shown beside a failure.")
    arguments: dict[str, Any] = Field(default_factory=dict)


class Suite(Section):
    name: Name
    description: str = Field(min_length=5)
    owner: str
    expectations: list[Expectation] = Field(min_length=1)
    max_quarantined: float = Field(
        default=0.2, gt=0, le=1, description="The gate refuses when more than this share of rows is quarantined."
    )
