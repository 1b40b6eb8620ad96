"""Folders for what is on its way from a source into tables. Spark's server must see the same file system."""

import shutil
import tempfile
import time
from collections.abc import Iterable, Iterator
from contextlib import contextmanager
from pathlib import Path

import pyarrow as pa
import pyarrow.parquet as pq

from toile.home import toile_home

_FILE_ROWS = 100_000
_STALE_SECONDS = 24 * 3600


@contextmanager
def staging_folder() -> Iterator[Path]:
    """A folder under `TOILE_HOME` that is deleted after use, and with it what killed imports left a day ago or more."""
    root = toile_home() / "staging"
    root.mkdir(parents=True, exist_ok=True)
    for left in root.iterdir():
        if time.time() - left.stat().st_mtime > _STALE_SECONDS:
            shutil.rmtree(left, ignore_errors=True)
    folder = Path(tempfile.mkdtemp(dir=root))
    try:
        yield folder
    finally:
        shutil.rmtree(folder, ignore_errors=True)


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
