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

_GROUP_ROWS = 100_000
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


def stage_rows(parts: Iterable[pa.Table], schema: pa.Schema, file: Path) -> int:
    """Writes the parts as one Parquet file, in row groups of a fair size; returns the number of rows."""
    rows = 0
    waiting: list[pa.Table] = []
    with pq.ParquetWriter(file, schema) as writer:
        for part in parts:
            rows += len(part)
            waiting.append(part)
            if sum(map(len, waiting)) >= _GROUP_ROWS:
                writer.write_table(pa.concat_tables(waiting))
                waiting = []
        if waiting:
            writer.write_table(pa.concat_tables(waiting))
    return rows
