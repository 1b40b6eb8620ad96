import re

import pytest

from toile.config.cron import check_cron, days_in_four_years


@pytest.mark.parametrize(
    "text",
    ["@weekly", "0 5 * * *", "30 8-18/2 * * mon-fri", "0 0 1,15 JAN,jul *", "0 0 29 2 *", "0 0 31 2 mon", "5 4 * * 7"],
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
        ("*/5 * * * *", "it fires 288 times a day, and hourly is the most"),
    ],
)
def test_what_it_would_choke_on_is_told_with_its_field(text: str, words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        check_cron(text)


@pytest.mark.parametrize(
    ("text", "days"),
    [("@daily", 1461), ("0 4 * * 2", 209), ("0 0 29 2 *", 1), ("0 0 1 * *", 48), ("0 0 1 * 0", 48 + 208 - 7)],
)
def test_the_days_on_which_it_fires_are_counted(text: str, days: int) -> None:
    assert days_in_four_years(text) == days
