"""Reads a CSV that nobody has seen before: a line of names, then a row of as many values each.

Types are recognised column by column: whole numbers, numbers, yes and no, moments (UTC); everything else is text.
What may be read in more than one way, a date with slashes or a number with separators, is asked and not guessed.
"""

import csv
import re
from io import StringIO
from pathlib import Path

import numpy as np
import numpy.typing as npt
import pandas as pd
import pyarrow as pa

from toile.config.section import NAME
from toile.errors import DataError
from toile.sources.adorned_number import PLAIN, is_adorned, is_number, plain
from toile.sources.raw_csv import decode

Values = npt.NDArray[np.object_]
Flags = npt.NDArray[np.bool_]

MAX_BYTES = 200_000_000
MOMENT = pa.timestamp("us", "UTC")
UNKNOWN = frozenset({"", "na", "n/a", "#n/a", "nan", "null", "none"})
"""What stands where a number, a date, or a yes or no is not known; in text only nothing does."""
_YES_NO = {"yes": True, "true": True, "no": False, "false": False}
_WHOLE = re.compile(r"[+-]?\d{1,18}")
_CODE = re.compile(r"0\d+")
"""A number begins with no further zero, but an article's or a shop's code may."""
_DAY = r"\d{1,2}\.\d{1,2}\.\d{4}"
_FORMS: dict[str | None, re.Pattern[str]] = {
    "ISO8601": re.compile(r"\d{4}-\d{2}-\d{2}(?!\d)"),
    "%d.%m.%Y": re.compile(rf"{_DAY}$"),
    "%d.%m.%Y %H:%M": re.compile(rf"{_DAY} \d+:\d+$"),
    "%d.%m.%Y %H:%M:%S": re.compile(rf"{_DAY} \d+:\d+:\d+$"),
    None: re.compile(r"\d{1,4}/\d{1,2}/\d{1,4}(?!\d)"),
}
"""How dates are written, and how such look; those with slashes say nothing of the order."""
_NEARLY = 0.95
"""So many values of one kind, and the others are mistakes rather than words."""


def read_csv(path: Path, dates: str | None = None, decimal: str | None = None) -> pa.Table:
    """The file's rows, typed; `dates` says how its dates are written where they begin with a slash's mystery.

    `decimal` is the decimal mark of numbers with signs or separators, or `none`: such columns stay text.

    Raises:
        DataError: it is no such CSV, or a column is nearly all of one type.
    """
    lines, names, columns = _read(path)
    typed = {}
    for name, texts in zip(names, columns, strict=True):
        try:
            typed[name] = _type(texts, dates, decimal)
        except _OddValueError as odd:
            raise DataError(f"{path}:{lines[odd.row]}: {name}: {odd}") from None
    return pa.table(typed)


class _OddValueError(Exception):
    """A value that does not fit its column."""

    def __init__(self, row: int, message: str) -> None:
        super().__init__(message)
        self.row = row


def _read(path: Path) -> tuple[list[int], list[str], list[tuple[str, ...]]]:
    """The line of each row, the names, and the values of each column."""
    if not path.is_file() or (size := path.stat().st_size) > MAX_BYTES:
        told = f"{size:,} bytes, and {MAX_BYTES:,} are read" if path.is_file() else "this is no file"
        raise DataError(f"{path}: {told}. Larger data come by a pipeline of your own, as a Delta table.")
    text = decode(path.read_bytes())
    header = text.partition("\n")[0]
    reader = csv.reader(StringIO(text, newline=""), delimiter=max(",;\t", key=header.count), strict=True)
    try:
        names = _names(path, next(reader, []))
        rows = [(reader.line_num, row) for row in reader if row]
    except csv.Error as error:
        raise DataError(f"{path}:{reader.line_num}: not a CSV: {error}.") from error
    if not rows:
        raise DataError(f"{path}: there are no rows below the line of names.")
    for line, row in rows:
        if len(row) != len(names):
            hint = "Put quotes around values that hold the separator."
            raise DataError(f"{path}:{line}: {len(row)} values for {len(names)} columns. {hint}")
    return [line for line, _ in rows], names, [*zip(*(row for _, row in rows), strict=True)]


def _names(path: Path, header: list[str]) -> list[str]:
    """Names as a table has them: `Lead ID` becomes lead_id."""
    names = [re.sub(r"\W+", "_", word.strip().lower(), flags=re.ASCII).strip("_") for word in header]
    for number, (word, name) in enumerate(zip(header, names, strict=True), start=1):
        if not re.match(NAME, name):
            raise DataError(f"{path}:1: column {number} is named {word!r}. Begin its name with a letter of a to z.")
        if (first := names.index(name) + 1) < number:
            raise DataError(f"{path}:1: columns {first} and {number} are both named {name!r}. Rename one.")
    if not names:
        raise DataError(f"{path}: the file is empty.")
    return names


def _type(texts: tuple[str, ...], dates: str | None, decimal: str | None) -> pa.Array:
    words = np.array([text.strip() for text in texts], dtype=object)
    known = np.array([word.lower() not in UNKNOWN for word in words])
    told = words[known]
    if not len(told) or any(map(_CODE.fullmatch, told)):
        return _text(words)
    if all(word.lower() in _YES_NO for word in told):
        return pa.array([_YES_NO.get(word.lower()) for word in words], pa.bool_())
    adorned = np.array([is_adorned(word) for word in words])
    fits = np.array([bool(PLAIN.fullmatch(word)) for word in words])
    if not adorned.any() and _is_kind(fits, words, known, "a number"):
        return _numbers(words, known)
    if (moments := _moments(words, known, dates)) is not None:
        return moments
    if adorned.any() and np.mean([is_number(word) for word in told]) >= _NEARLY:
        return _adorned(words, known, decimal, first=int(np.argmax(adorned)))
    return _text(words)


def _numbers(words: Values, known: Flags) -> pa.Array:
    kind = pa.int64() if all(map(_WHOLE.fullmatch, words[known])) else pa.float64()
    told = [word.removeprefix("+") if here else None for word, here in zip(words, known, strict=True)]
    return pa.array(told).cast(kind)


def _adorned(words: Values, known: Flags, decimal: str | None, first: int) -> pa.Array:
    """Numbers with signs or separators, as the caller says to read them."""
    if decimal is None:
        raise _OddValueError(
            first,
            f"{words[first]!r} looks like a number with a sign or separators. Say how to read such columns: "
            "--decimal . (1,525.50), --decimal , (1.525,50), or --decimal none to keep them as text.",
        )
    if decimal == "none":
        return _text(words)
    numbers = np.array([plain(word, decimal) for word in words], dtype=object)
    if (odd := known & ~numbers.astype(bool)).any():
        row = int(np.argmax(odd))
        raise _OddValueError(
            row,
            f"{words[row]!r} is not a number with the decimal mark {decimal!r}. Mend it, leave it empty, or keep such "
            "columns as text: --decimal none.",
        )
    return _numbers(numbers, known)


def _text(words: Values) -> pa.Array:
    return pa.array([word or None for word in words], pa.string())


def _moments(words: Values, known: Flags, dates: str | None) -> pa.Array | None:
    """Moments, where these are dates of one form."""
    forms: dict[str | None, re.Pattern[str]] = {dates: re.compile(r".*\d")} if dates else _FORMS
    for form, looks in forms.items():
        if np.mean([bool(looks.match(word)) for word in words[known]]) < _NEARLY:
            continue
        if form is None:
            raise _OddValueError(
                int(np.argmax(known)),
                f"{words[known][0]!r} may begin with the day, the month or the year. Say so: --dates %d/%m/%Y, "
                "--dates %m/%d/%Y or --dates %Y/%m/%d, with %H:%M or %H:%M:%S where times follow.",
            )
        read = pd.to_datetime(pd.Series(words).where(known), format=form, utc=True, errors="coerce")
        if _is_kind(read.notna().to_numpy(), words, known, f"a date written {form}"):
            return pa.array(read).cast(MOMENT, safe=False)
    return None


def _is_kind(fits: Flags, words: Values, known: Flags, kind: str) -> bool:
    """Whether all values are of the kind; where nearly all are, the others are mistakes rather than words."""
    odd = known & ~fits
    if odd.any() and odd.sum() <= (1 - _NEARLY) * known.sum():
        row = int(np.argmax(odd))
        raise _OddValueError(
            row, f"{words[row]!r} is not {kind}, as nearly all others are. Mend it, or leave it empty."
        )
    return not odd.any()
