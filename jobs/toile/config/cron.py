"""Cron expressions, checked before a scheduler meets them: there a bad one breaks more than its own model."""

import re
from datetime import date, timedelta
from functools import cache

_MONTHS = {
    name: number + 1
    for number, name in enumerate(("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec"))
}
_DAYS = {"sun": 0, "mon": 1, "tue": 2, "wed": 3, "thu": 4, "fri": 5, "sat": 6}
_FIELDS: tuple[tuple[str, range, dict[str, int]], ...] = (
    ("minute", range(60), {}),
    ("hour", range(24), {}),
    ("day of month", range(1, 32), {}),
    ("month", range(1, 13), _MONTHS),
    ("day of week", range(8), _DAYS),
)
_PRESETS = {
    "@hourly": "0 * * * *",
    "@daily": "0 0 * * *",
    "@weekly": "0 0 * * 0",
    "@monthly": "0 0 1 * *",
    "@quarterly": "0 0 1 */3 *",
    "@yearly": "0 0 1 1 *",
}
_LONGEST = {2: 29, 4: 30, 6: 30, 9: 30, 11: 30}
_PART = re.compile(r"^(?:\*|(?P<low>\w+)(?:-(?P<high>\w+))?)(?:/(?P<step>[1-9]\d?))?$")


def check_cron(text: str) -> str:
    """Returns a preset, or five cron fields of numbers, names, `*`, lists, ranges and steps, as it is.

    Raises:
        ValueError: a field is not written so, is out of its range, or no date ever fits.
    """
    if text.startswith("@"):
        return text
    fields = text.split()
    sets = [_values(value, *field) for value, field in zip(fields, _FIELDS, strict=True)]
    days, months = sets[2], sets[3]
    if fields[4] == "*" and min(days) > max(_LONGEST.get(month, 31) for month in months):
        raise ValueError("no date ever fits: the month has no such day")
    return text


def to_quartz(text: str) -> str:
    """The same timetable in Quartz' six fields, as Databricks writes it.

    Raises:
        ValueError: a day of the month and one of the week are both given: cron means either, Quartz has no such word.
    """
    minute, hour, day, month, weekday = _PRESETS.get(text, text).split()
    if weekday == "*":
        weekday = "?"
    elif day == "*":
        day = "?"
    else:
        raise ValueError(
            f"the timetable {text!r} gives days of the month and of the week: Databricks takes one of them"
        )
    names = {str(number): name.upper() for name, number in _DAYS.items()} | {"7": "SUN"}
    weekday = re.sub(r"(?<![/\d])[0-7]", lambda found: names[found[0]], weekday)
    return f"0 {minute} {hour} {day} {month} {weekday}"


@cache
def runs_per_month(text: str) -> float:
    """How often a timetable comes round in a month, on the average of 28 years, after which weekdays repeat."""
    fields = _PRESETS.get(text, text).split()
    minutes, hours, days, months, weekdays = (
        _values(value, *field) for value, field in zip(fields, _FIELDS, strict=True)
    )
    # Where days of the month and of the week are both given, cron means either.
    meet = any if "*" not in (fields[2], fields[4]) else all
    first, length = date(2001, 1, 1), 28 * 1461 // 4
    dates = (first + timedelta(days=number) for number in range(length))
    fitting = sum(
        day.month in months
        and meet((day.day in days, not weekdays.isdisjoint({day.isoweekday(), day.isoweekday() % 7})))
        for day in dates
    )
    return fitting * len(minutes) * len(hours) / (28 * 12)


def _values(text: str, name: str, known: range, words: dict[str, int]) -> set[int]:
    return {value for part in text.split(",") for value in _part(part, name, known, words)}


def _part(text: str, name: str, known: range, words: dict[str, int]) -> range:
    found = _PART.match(text)
    if not found:
        raise ValueError(f"the {name} {text!r} is no number, range or step such as 5, 1-5 or */15")
    low, high = known[0], known[-1]
    if found["low"]:
        low = _number(found["low"], name, known, words)
        high = _number(found["high"], name, known, words) if found["high"] else low
    if low > high or int(found["step"] or 1) > known[-1]:
        raise ValueError(f"the {name} {text!r} holds no value")
    return range(low, high + 1, int(found["step"] or 1))


def _number(text: str, name: str, known: range, words: dict[str, int]) -> int:
    number = int(text) if text.isdecimal() else words.get(text.lower(), -1)
    if number not in known:
        raise ValueError(f"the {name} {text!r} is not within {known[0]}-{known[-1]}")
    return number
