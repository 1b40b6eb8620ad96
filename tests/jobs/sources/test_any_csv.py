from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from toile.errors import DataError
from toile.sources.any_csv import read_csv


def read(folder: Path, text: str | bytes, dates: str | None = None, decimal: str | None = None) -> list[dict[str, Any]]:
    path = folder / "any.csv"
    path.write_bytes(text if isinstance(text, bytes) else text.encode())
    rows: list[dict[str, Any]] = read_csv(path, dates, decimal).to_pylist()
    return rows


@pytest.mark.parametrize(
    ("values", "read_as"),
    [
        (["+1", "-2", ""], [1, -2, None]),
        (["\u0663", "4"], ["\u0663", "4"]),
        (["1", "2.5", "NA"], [1.0, 2.5, None]),
        (["yes", "NO", "n/a"], [True, False, None]),
        (["007", "12", ""], ["007", "12", None]),
        (["NA", "null", "x"], ["NA", "null", "x"]),
        (["2026-01-31", "2026-01-31 10:00", ""], [datetime(2026, 1, 31, h, tzinfo=UTC) for h in (0, 10)] + [None]),
        (["31.01.2026", "1.2.2026", ""], [datetime(2026, 1, 31, tzinfo=UTC), datetime(2026, 2, 1, tzinfo=UTC), None]),
        (["2026-01-31T10:00:00+02:00", "nan"], [datetime(2026, 1, 31, 8, tzinfo=UTC), None]),
    ],
)
def test_a_column_has_the_type_of_all_its_values(tmp_path: Path, values: list[str], read_as: list[Any]) -> None:
    rows = read(tmp_path, "a;b\n" + "".join(f"{value};x\n" for value in values))
    assert [row["a"] for row in rows] == read_as
    assert [type(row["a"]) for row in rows] == [type(value) for value in read_as]


def test_names_are_made_fit_for_a_table_and_other_encodings_are_read(tmp_path: Path) -> None:
    (row,) = read(tmp_path, "Lead ID,Café au lait \n1,Öl\n".encode("cp1252"))
    assert row == {"lead_id": 1, "caf_au_lait": "Öl"}


def test_dates_with_slashes_are_read_as_the_caller_says_and_not_guessed(tmp_path: Path) -> None:
    text = "day\n03/04/2026\n"
    assert read(tmp_path, text, "%d/%m/%Y") == [{"day": datetime(2026, 4, 3, tzinfo=UTC)}]
    with pytest.raises(DataError, match=r"any\.csv:2: day: '03/04/2026' may begin with .* --dates %d/%m/%Y"):
        read(tmp_path, text)


def column(values: list[str]) -> str:
    return "a\tb\n" + "".join(f"{value}\tx\n" for value in values)


@pytest.mark.parametrize(
    ("decimal", "values", "read_as"),
    [
        (".", ["€30.87", "-$1,525.50", "CHF 20", "1e3", ""], [30.87, -1525.5, 20.0, 1000.0, None]),
        (".", ["51%", "1,525", "12 345 kr", "n/a"], [51, 1525, 12345, None]),
        (",", ["49,9", "1.525", "1.234,50 EUR", "1\u202f234\u00a0€"], [49.9, 1525.0, 1234.5, 1234.0]),
        ("none", ["1,525", "7", ""], ["1,525", "7", None]),
        (",", ["0.5", "1.525"], [0.5, 1.525]),
    ],
)
def test_numbers_with_signs_or_separators_are_read_as_the_caller_says_and_not_guessed(
    tmp_path: Path, decimal: str, values: list[str], read_as: list[Any]
) -> None:
    rows = read(tmp_path, column(values), decimal=decimal)
    assert [(row["a"], type(row["a"])) for row in rows] == [(value, type(value)) for value in read_as]


@pytest.mark.parametrize(
    ("decimal", "values", "told"),
    [
        (None, ["7", "€30.87"], ":3: a: '€30.87' looks like a number with a sign or separators. .* --decimal none"),
        (None, ["1"] * 30 + ["1,525"], ":32: a: '1,525' looks like a number .* --decimal . .1,525.50., --decimal , "),
        (".", ["1,525", "49,9"], ":3: a: '49,9' is not a number with the decimal mark '.'. Mend it, leave it empty"),
        (",", ["49,9", "0.525"], ":3: a: '0.525' is not a number with the decimal mark ','"),
        (".", ["51%"] * 30 + ["half"], ":32: a: 'half' is not a number"),
    ],
)
def test_a_number_that_may_be_read_in_two_ways_or_in_none_is_told(
    tmp_path: Path, decimal: str | None, values: list[str], told: str
) -> None:
    with pytest.raises(DataError, match=told):
        read(tmp_path, column(values), decimal=decimal)


@pytest.mark.parametrize(
    "word",
    ["0,525,1", "1,2,3", "1-2", "10:30", "1.2.3", "08,30", "SKU 123", "A4", "170 123 456", "555.123.4567",
     "1,234.567,8", "5 kg", "10% off", "$", "%", "1,5-2,5", "--€5", "-€-5"],
)  # fmt: skip
def test_codes_times_ranges_lists_and_words_with_digits_stay_text(tmp_path: Path, word: str) -> None:
    for decimal in (None, ".", ","):
        assert [row["a"] for row in read(tmp_path, column([word, "7", word]), decimal=decimal)] == [word, "7", word]


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "any.csv: the file is empty."),
        ("a,b\n", "any.csv: there are no rows below the line of names."),
        ("a,A\n1,2\n", "any.csv:1: columns 1 and 2 are both named 'a'. Rename one."),
        ("a,\n1,2\n", "any.csv:1: column 2 is named ''. Begin its name with a letter of a to z."),
        ('a,b\n"two\nlines",1\n2\n', "any.csv:4: 1 values for 2 columns. Put quotes around values that hold"),
        ('a,b\n"x"y,1\n', "any.csv:2: not a CSV: ',' expected after '\"'."),
        ("n\n" + "1\n" * 30 + "oops\n", "any.csv:32: n: 'oops' is not a number, as nearly all others are. Mend it"),
        ("d\n31.02.2026\n" + "1.1.2026\n" * 30, "any.csv:2: d: '31.02.2026' is not a date written %d.%m.%Y"),
    ],
)
def test_what_does_not_fit_is_told_with_its_line(tmp_path: Path, text: str, told: str) -> None:
    with pytest.raises(DataError) as error:
        read(tmp_path, text)
    assert told in str(error.value)
