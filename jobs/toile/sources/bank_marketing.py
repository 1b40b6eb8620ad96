"""Reads the UCI Bank Marketing data set as raw calls, in the order in which they were made.

The last call to a client is a row; a client's number is the row's. Days come without a year, which begins at 2008 and
goes up wherever the month runs back. A call's `duration` is known when it is over, as its outcome is: it is left out
here, so that no table has it.
"""

import gzip
import re
import zlib
from pathlib import Path

import pandas as pd
import pyarrow as pa

from toile.errors import DataError
from toile.sources.raw_csv import parse_csv
from toile.sources.raw_lines import SOURCE_FILE

DATA_SET = "Bank Marketing"
DURATION = "duration"
CALL_COLUMNS = (
    *("age", "job", "marital", "education", "default", "balance", "housing", "loan", "contact", "day", "month"),
    *("campaign", "pdays", "previous", "poutcome", "deposit"),
)
RAW_CALLS = pa.schema(
    [
        ("client_id", pa.string()),
        ("year", pa.int64()),
        *((name, pa.string()) for name in (*CALL_COLUMNS, SOURCE_FILE)),
    ]
)
MONTHS = ("jan", "feb", "mar", "apr", "may", "jun", "jul", "aug", "sep", "oct", "nov", "dec")
FIRST_YEAR = 2008


def read_bank_marketing(path: Path) -> pa.Table:
    """Raw calls in `RAW_CALLS`, from `bank-full.csv` as UCI ships it or a CSV with commas, packed by gzip or not.

    Raises:
        DataError: the path is no such file, or holds something else.
    """
    header, newline, rows = _read(path).partition(b"\n")
    delimiter = ";" if b";" in header else ","
    header = re.sub(rb'([;,])"?y"?(\r?)$', rb"\1deposit\2", header)  # the label's name in UCI's own file
    content = header + newline + rows
    return raw_calls(parse_csv(content, path.name, (*CALL_COLUMNS, DURATION), DATA_SET, delimiter), path.name)


def raw_calls(calls: pa.Table, file: str) -> pa.Table:
    """The calls with client numbers and years; the rows are in the order in which calls were made."""
    columns = {
        "client_id": [str(number) for number in range(1, len(calls) + 1)],
        "year": _recover_years(calls["month"].to_pandas()),
        **{name: calls[name] for name in CALL_COLUMNS},
        SOURCE_FILE: [file] * len(calls),
    }
    return pa.table(columns, schema=RAW_CALLS)


def _recover_years(months: pd.Series) -> pd.Series:
    """A month that cannot be read counts as the one before it."""
    number = months.str.strip().str.lower().map({name: at for at, name in enumerate(MONTHS)}).ffill()
    return FIRST_YEAR + (number.diff() < 0).cumsum()


def _read(path: Path) -> bytes:
    if not path.is_file() or not path.name.lower().endswith((".csv", ".csv.gz")):
        raise DataError(f"{path}: expected one file ending in .csv or .csv.gz, such as UCI's bank-full.csv.")
    content = path.read_bytes()
    try:
        return gzip.decompress(content) if path.name.lower().endswith(".gz") else content
    except (gzip.BadGzipFile, zlib.error, EOFError) as error:
        raise DataError(f"{path}: the file cannot be unpacked: {error}. Fetch it again.") from error
