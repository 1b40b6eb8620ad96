"""Reads CSVs of public data sets as text: nothing is judged but whether these are the data set's columns."""

from collections.abc import Collection, Sequence

import pyarrow as pa
from pyarrow import csv

from toile.config.problems import did_you_mean
from toile.errors import DataError


def parse_csv(content: bytes, file: str, columns: Sequence[str], data_set: str, delimiter: str = ",") -> pa.Table:
    """The columns of the data set as text, in whatever order and encoding the file has them.

    Raises:
        DataError: the file is no CSV, or has other columns.
    """
    try:
        table = csv.read_csv(
            pa.py_buffer(decode(content).encode()),
            parse_options=csv.ParseOptions(newlines_in_values=True, delimiter=delimiter),
            convert_options=csv.ConvertOptions(
                column_types=dict.fromkeys(columns, pa.string()), strings_can_be_null=False
            ),
        )
    except pa.ArrowInvalid as error:
        raise DataError(f"{file}: not a CSV of {data_set}: {str(error).splitlines()[0]}.") from error
    require_columns(table.column_names, file, columns, data_set)
    return table.select(list(columns))


def require_columns(found: Sequence[str], file: str, columns: Collection[str], data_set: str) -> None:
    """Raises a DataError that names what is missing and unknown, unless these are the columns in any order."""
    missing = [name for name in columns if name not in found]
    unknown = [name for name in found if name not in columns]
    if not missing and not unknown and len(found) == len(columns):
        return
    if len(missing) == len(columns):
        raise DataError(f"{file}: this is not {data_set}, which has the columns {', '.join(columns)}.")
    told = [f"{name!r} is no column of it. {did_you_mean(name, missing or columns)}" for name in unknown]
    told += [f"{name!r} is missing." for name in missing]
    told += [f"{name!r} is there {found.count(name)} times." for name in sorted(set(found)) if found.count(name) > 1]
    raise DataError(f"{file}: these are not the columns of {data_set}. {' '.join(told)}")


def decode(content: bytes) -> str:
    """Text in UTF-8, or else as Western spreadsheets write it."""
    try:
        return content.decode("utf-8-sig")
    except UnicodeDecodeError:
        pass
    try:
        return content.decode("cp1252")
    except UnicodeDecodeError:  # five bytes mean nothing in cp1252; every byte means something in latin-1
        return content.decode("latin-1")
