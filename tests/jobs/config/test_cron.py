import re

import pytest

from toile.config.cron import check_cron, runs_per_month


@pytest.mark.parametrize(
    "text",
    ["@weekly", "0 5 * * *", "*/15 8-18 * * mon-fri", "0 0 1,15 JAN,jul *", "0 0 29 2 *", "0 0 31 2 mon", "5 4 * * 7"],
)
def test_what_a_scheduler_understands_is_left_as_it_is(text: str) -> None:
    assert check_cron(text) == text


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("99 5 * * *", "the minute '99' is not within 0-59"),
        ("0 5 * * monday", "the day of week 'monday' is not within 0-7"),
        ("0 5 0 * *", "the day of month '0' is not within 1-31"),
        ("0 5 * * 5-1", "the day of week '5-1' holds no value"),
        ("*/0 * * * *", "the minute '*/0' is no number, range or step"),
        ("*/70 * * * *", "the minute '*/70' holds no value"),
        ("1,,2 * * * *", "the minute '' is no number"),
        ("0 0 30 feb *", "no date ever fits"),
    ],
)
def test_what_it_would_choke_on_is_told_with_its_field(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        check_cron(text)


@pytest.mark.parametrize(
    ("cron", "a_year"),
    [
        ("@hourly", 24 * 365.25),
        ("@weekly", 1461 / 4 / 7),
        ("@quarterly", 4),
        ("*/15 4-5 * * 1-5", 8 * 5 * 1461 / 4 / 7),
        ("0 0 29 2 *", 0.25),
        ("0 0 1 * 7", 12 + 1461 / 4 / 7 - 12 / 7),  # either day, and once where both meet
        ("0 0 1 * 0", 12 + 1461 / 4 / 7 - 12 / 7),
    ],
)
def test_a_timetable_comes_round_as_often_as_the_calendar_has_it(cron: str, a_year: float) -> None:
    assert runs_per_month(cron) * 12 == pytest.approx(a_year)
