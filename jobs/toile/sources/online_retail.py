"""Reads the UCI Online Retail data set, in whatever shape it is at hand, as raw order lines.

Shapes: a tar archive of CSVs, a folder of CSVs, one CSV, or the xlsx workbook that UCI ships. Everything is read as
text; what cannot be understood is found later, by the data gate, which loses no row.
"""

import lzma
import tarfile
import zlib
from collections.abc import Callable, Iterator
from datetime import datetime
from itertools import chain
from pathlib import Path, PurePosixPath
from typing import Any
from zipfile import BadZipFile

import pyarrow as pa

from toile.errors import DataError
from toile.sources.raw_csv import parse_csv, require_columns
from toile.sources.raw_lines import DATA_SET, RAW_COLUMNS, raw_table

_SHEET_ROWS = 50_000
_ARCHIVES = (".tar.gz", ".tgz", ".tar", ".tar.bz2", ".tar.xz")


def read_online_retail(path: Path) -> Iterator[pa.Table]:
    """Tables of raw order lines in `RAW_SCHEMA`, one after another, so that they never lie in memory all at once.

    The first is read at once: what is not Online Retail is told before the caller starts anything slow.

    Raises:
        DataError: the path does not exist, is of no known shape, or holds a file that is not Online Retail.
    """
    if not path.exists():
        raise DataError(f"{path}: there is no such file or folder.")
    tables = _reader(path)(path)
    first = next(tables, None)
    if first is None:
        raise DataError(f"{path}: there is nothing in this workbook.")
    return chain([first], tables)


def _reader(path: Path) -> Callable[[Path], Iterator[pa.Table]]:
    name = path.name.lower()
    if path.is_dir():
        return _read_folder
    if name.endswith(_ARCHIVES):
        return _read_archive
    if name.endswith(".csv"):
        return lambda file: iter([_parse_csv(file.read_bytes(), file.name)])
    if name.endswith(".xlsx"):
        return _read_workbook
    hint = "Unpack it first." if name.endswith((".zip", ".7z", ".csv.gz")) else ""
    raise DataError(
        f"{path}: expected a folder of CSVs, or a file ending in {', '.join(_ARCHIVES)}, .csv or .xlsx. {hint}"
    )


def _read_folder(folder: Path) -> Iterator[pa.Table]:
    files = sorted(folder.rglob("*.csv"))
    if not files:
        raise DataError(f"{folder}: there is no CSV in this folder.")
    for file in files:
        yield _parse_csv(file.read_bytes(), file.relative_to(folder).as_posix())


def _read_archive(path: Path) -> Iterator[pa.Table]:
    found = False
    try:
        with tarfile.open(path) as archive:
            for member in archive:
                _require_inside(member.name, path)
                content = archive.extractfile(member) if member.name.lower().endswith(".csv") else None
                if content:
                    found = True
                    yield _parse_csv(content.read(), member.name)
    except (tarfile.TarError, zlib.error, lzma.LZMAError, EOFError, OSError) as error:
        raise DataError(f"{path}: the archive cannot be read: {error}. Fetch it again.") from error
    if not found:
        raise DataError(f"{path}: there is no CSV in this archive.")


def _require_inside(member: str, path: Path) -> None:
    """Nothing is unpacked, but a name that points outside tells of an archive that is not to be trusted."""
    if member.startswith(("/", "\\")) or ".." in PurePosixPath(member.replace("\\", "/")).parts:
        raise DataError(f"{path}: the member {member!r} points outside the archive. Do not use this file.")


def _parse_csv(content: bytes, file: str) -> pa.Table:
    table = parse_csv(content, file, RAW_COLUMNS, DATA_SET)
    return raw_table({name: table[name] for name in RAW_COLUMNS}, file)


def _read_workbook(path: Path) -> Iterator[pa.Table]:
    from openpyxl import load_workbook  # 0.3 s that the other shapes need not pay
    from openpyxl.utils.exceptions import InvalidFileException

    try:
        book = load_workbook(path, read_only=True, data_only=True)
    except (InvalidFileException, BadZipFile, KeyError, OSError) as error:
        raise DataError(f"{path}: the workbook cannot be read: {error}. Fetch it again.") from error
    try:
        for sheet in book.worksheets:
            rows = sheet.iter_rows(values_only=True)
            header = next(rows, None)
            if header is not None:
                yield from _read_sheet([_as_text(cell) for cell in header], rows, f"{path.name}:{sheet.title}")
    finally:
        book.close()


def _read_sheet(header: list[str], rows: Iterator[tuple[Any, ...]], file: str) -> Iterator[pa.Table]:
    while header and not header[-1]:
        header = header[:-1]
    require_columns(header, file, RAW_COLUMNS, DATA_SET)
    order = [header.index(name) for name in RAW_COLUMNS]
    lines: list[list[str]] = []
    for row in rows:
        cells = [_as_text(cell) for cell in row] + [""] * (len(header) - len(row))
        if any(cells):
            lines.append([cells[index] for index in order])
        if len(lines) == _SHEET_ROWS:
            yield _as_table(lines, file)
            lines = []
    yield _as_table(lines, file)


def _as_table(lines: list[list[str]], file: str) -> pa.Table:
    columns = list(zip(*lines, strict=True)) or [()] * len(RAW_COLUMNS)
    return raw_table({name: list(column) for name, column in zip(RAW_COLUMNS, columns, strict=True)}, file)


def _as_text(cell: object) -> str:
    if cell is None:
        return ""
    return cell.isoformat(sep=" ", timespec="seconds") if isinstance(cell, datetime) else str(cell)
