"""Lengths of time as people write them in YAML: 28d, 12w, 6h."""

import re
from datetime import timedelta
from typing import Annotated

from pydantic import BeforeValidator, PlainSerializer, WithJsonSchema

PATTERN = r"^[1-9][0-9]{0,4}[hdw]$"
_UNITS = {"h": timedelta(hours=1), "d": timedelta(days=1), "w": timedelta(weeks=1)}


def parse_duration(value: object) -> timedelta:
    """Reads `28d` (days), `12w` (weeks) or `6h` (hours).

    Raises:
        ValueError: the value is not written so.
    """
    if isinstance(value, timedelta):
        return value
    if not isinstance(value, str) or not re.match(PATTERN, value):
        raise ValueError("expected a length of time such as 28d, 12w or 6h")
    return int(value[:-1]) * _UNITS[value[-1]]


def format_duration(value: timedelta) -> str:
    """Writes a duration as `parse_duration` reads it, in days where it is whole days."""
    hours = int(value.total_seconds() // 3600)
    return f"{hours // 24}d" if hours % 24 == 0 else f"{hours}h"


Duration = Annotated[
    timedelta,
    BeforeValidator(parse_duration),
    PlainSerializer(format_duration, return_type=str),
    WithJsonSchema({"type": "string", "pattern": PATTERN, "examples": ["28d", "12w", "6h"]}),
]
