"""Cron expressions, checked before a scheduler meets them: there a bad one breaks more than its own model."""

import re
from datetime import date, timedelta
from functools import cache
from operator import itemgetter

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
_MOST_A_DAY = 24
_LONGEST = {2: 29, 4: 30, 6: 30, 9: 30, 11: 30}
_PART = re.compile(r"^(?:\*|(?P<low>\w+)(?:-(?P<high>\w+))?)(?:/(?P<step>[1-9]\d?))?$")


def check_cron(text: str) -> str:
    """Returns a preset, or five cron fields of numbers, names, `*`, lists, ranges and steps, as it is.

    Raises:
        ValueError: a field is not written so or is out of its range, no date ever fits, or it is more than hourly.
    """
    if text.startswith("@"):
        return text
    _minutes, _hours, days, months, _weekdays = _sets(text)
    if (times := times_a_day(text)) > _MOST_A_DAY:
        raise ValueError(f"it fires {times:,} times a day, and hourly is the most")
    if text.split()[4] == "*" and min(days) > max(_LONGEST.get(month, 31) for month in months):
        raise ValueError("no date ever fits: the month has no such day")
    return text


def times_a_day(text: str) -> int:
    """How often a timetable that `check_cron` takes fires on a day on which it fires."""
    minutes, hours, *_ = _sets(text)
    return len(minutes) * len(hours)


@cache
def days_in_four_years(text: str) -> int:
    """On how many days of 2024 to 2027 it fires; where days of month and week are both given, either will do."""
    _minutes, _hours, days, months, weekdays = _sets(text)
    by_day, by_weekday = (field != "*" for field in itemgetter(2, 4)(_PRESETS.get(text, text).split()))
    first = date(2024, 1, 1)
    fires = 0
    for today in (first + timedelta(number) for number in range(4 * 365 + 1)):
        of_month, of_week = today.day in days, today.isoweekday() % 7 in {day % 7 for day in weekdays}
        either = of_month or of_week if by_day and by_weekday else of_month and of_week
        fires += today.month in months and either
    return fires


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


def _sets(text: str) -> list[set[int]]:
    fields = _PRESETS.get(text, text).split()
    return [_values(value, *field) for value, field in zip(fields, _FIELDS, strict=True)]


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
