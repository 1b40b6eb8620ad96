"""Folders for what is on its way from a source into tables, where Spark's machines reach it as this one does."""

import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from uuid import uuid4

import pyarrow as pa
import pyarrow.parquet as pq
from pyarrow.fs import FileSelector, FileSystem

from toile.config.platform import Environment, PathTables
from toile.home import local_path, toile_home
from toile.store import open_files

_FILE_ROWS = 100_000
_STALE_SECONDS = 24 * 3600
_FOLDER = "_staging"
"""No schema's tables lie here: a schema's name begins with a letter."""


@contextmanager
def staging_folder(environment: Environment) -> Iterator[str]:
    """A folder that is deleted after use, and with it what killed jobs left a day ago or more.

    It lies beside tables that are folders; where they are names of a catalog, beside results, such as in a volume.
    """
    location = _location(environment)
    files, root = open_files(location)
    # When it was made is in its name: folders of object stores have no time.
    name = f"{int(time.time())}-{uuid4().hex}"
    files.create_dir(f"{root}/{name}", recursive=True)
    _sweep(files, root)
    try:
        yield f"{location}/{name}"
    finally:
        with suppress(OSError):
            files.delete_dir(f"{root}/{name}")


def _location(environment: Environment) -> str:
    tables = environment.tables
    beside = tables.root if isinstance(tables, PathTables) else environment.results
    if beside is None:
        return str(toile_home() / "staging")
    folder = f"{beside.rstrip('/')}/{_FOLDER}"
    return folder if "://" in folder else str(local_path(folder))


def _sweep(files: FileSystem, root: str) -> None:
    for left in files.get_file_info(FileSelector(root)):
        made = left.base_name.partition("-")[0]
        if made.isdecimal() and time.time() - int(made) > _STALE_SECONDS:
            with suppress(OSError):
                files.delete_dir(left.path)


def stage_rows(parts: Iterable[pa.Table], schema: pa.Schema, folder: Path) -> int:
    """Writes the parts as Parquet files of a fair size, several so that cores share them; returns the row count."""
    folder.mkdir()
    rows = files = 0
    waiting = schema.empty_table()
    for part in parts:
        waiting = pa.concat_tables([waiting, part])
        rows += len(part)
        if len(waiting) >= _FILE_ROWS:
            pq.write_table(waiting, folder / f"{files:05}.parquet")
            waiting, files = schema.empty_table(), files + 1
    if len(waiting) or not files:
        pq.write_table(waiting, folder / f"{files:05}.parquet")
    return rows
