"""The state store: the small files by which jobs, Airflow and people tell each other what has happened."""

import os
from collections.abc import Iterator
from contextlib import contextmanager
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from uuid import uuid4

from toile.errors import ConfigError, InfrastructureError
from toile.home import in_workspace_alone, local_path, toile_home

if TYPE_CHECKING:
    from pyarrow.fs import FileSystem

_CONNECT_SECONDS = 10
_PATIENCE_SECONDS = 60


class Readable(Protocol):
    """Files by key, such as `<run_key>/result.json`. A reader sees the former file or the whole new one."""

    def read(self, key: str) -> bytes | None:
        """The file's content; None where there is none.

        Raises:
            InfrastructureError: the store does not answer, or does not let us.
        """


class Store(Readable, Protocol):
    """Files that are written and found too."""

    def write(self, key: str, data: bytes) -> None:
        """Writes a file, or replaces it.

        Raises:
            InfrastructureError: the store does not answer, or does not let us.
        """

    def keys(self, under: str) -> list[str]:
        """The keys below `<under>/`, sorted."""


def open_store(location: str | None, patience_seconds: int = _PATIENCE_SECONDS) -> Store:
    """The store at a folder, s3:// (s3a://), abfss:// or in a volume of Unity Catalog; by default results/ under home.

    Args:
        location: where it lies.
        patience_seconds: for how long a workspace is asked again that is too busy or does not answer.

    Raises:
        ConfigError: the location is of no kind that is known, or there is no way into the workspace of its volume.
    """
    if location is None:
        return FolderStore(toile_home() / "results")
    scheme, separator, _ = location.partition("://")
    if separator and scheme not in {"s3", "s3a", "abfss"}:
        raise ConfigError(f"{location}: there are no stores of kind {scheme}://. Write a folder, s3:// or abfss://.")
    if separator:
        return ObjectStore(location)
    if in_workspace_alone(location):
        from toile.volume import VolumeStore

        return VolumeStore(location, patience_seconds)
    return FolderStore(local_path(location))


class FolderStore:
    """Files below a folder."""

    def __init__(self, root: Path) -> None:
        self._root = root

    def read(self, key: str) -> bytes | None:
        with _told(self._root, key, "read"):
            try:
                return (self._root / key).read_bytes()
            except FileNotFoundError:
                return None

    def write(self, key: str, data: bytes) -> None:
        target = self._root / key
        # Not by tempfile: its files are for their owner alone, and who reads a result may be somebody else.
        unfinished = target.with_name(f".{target.name}-{uuid4().hex}")
        with _told(self._root, key, "write"):
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                with unfinished.open("xb") as file:
                    file.write(data)
                    file.flush()
                    os.fsync(file.fileno())
                unfinished.replace(target)
            finally:
                unfinished.unlink(missing_ok=True)

    def keys(self, under: str) -> list[str]:
        with _told(self._root, under, "list"):
            files = [path.relative_to(self._root) for path in (self._root / under).rglob("*") if path.is_file()]
        return sorted(path.as_posix() for path in files if not path.name.startswith("."))


class ObjectStore:
    """Objects below an address; credentials are those of the usual environment variables or of the machine."""

    def __init__(self, location: str) -> None:
        self._location = location.rstrip("/")

    def read(self, key: str) -> bytes | None:
        with _told(self._location, key, "read"):
            files, root = self._opened
            data, version, latest = b"", None, _metadata(files, f"{root}/{key}")
            while latest != version:  # Arrow reads in several requests: the object may be replaced between them
                version = latest
                with files.open_input_stream(f"{root}/{key}") as stream:
                    data = bytes(stream.read())
                latest = _metadata(files, f"{root}/{key}")
            # On ABFS a writer that was killed leaves an empty object.
            return data or None

    def write(self, key: str, data: bytes) -> None:
        with _told(self._location, key, "write"):
            files, root = self._opened
            with files.open_output_stream(f"{root}/{key}") as stream:
                stream.write(data)

    def keys(self, under: str) -> list[str]:
        from pyarrow.fs import FileSelector, FileType

        with _told(self._location, under, "list"):
            files, root = self._opened
            found = files.get_file_info(FileSelector(f"{root}/{under}", allow_not_found=True, recursive=True))
        return sorted(info.path.removeprefix(f"{root}/") for info in found if info.type == FileType.File)

    @cached_property
    def _opened(self) -> "tuple[FileSystem, str]":
        return open_files(self._location)


def open_files(location: str) -> "tuple[FileSystem, str]":
    """Arrow's file system of a folder or an object store (s3a:// is Spark's word for s3://), and the path in it."""
    from pyarrow.fs import FileSystem, LocalFileSystem, S3FileSystem

    scheme, separator, path = location.partition("://")
    if not separator:
        return LocalFileSystem(), str(local_path(location))
    if scheme not in {"s3", "s3a"}:
        found: tuple[FileSystem, str] = FileSystem.from_uri(location)
        return found
    files = S3FileSystem(
        # Arrow itself does not heed these variables, which all other clients of S3 do.
        endpoint_override=os.environ.get("AWS_ENDPOINT_URL_S3") or os.environ.get("AWS_ENDPOINT_URL"),
        connect_timeout=_CONNECT_SECONDS,
        # Small objects go in one PUT at the end, and never half.
        allow_delayed_open=True,
    )
    return files, path


def _metadata(files: "FileSystem", path: str) -> dict[str, str] | None:
    """What tells one version of an object from another, its ETag among it; None where there is no such object."""
    try:
        with files.open_input_stream(path) as stream:
            return dict(stream.metadata())
    except FileNotFoundError:
        return None


@contextmanager
def _told(where: object, key: str, doing: str) -> Iterator[None]:
    try:
        yield
    except (OSError, ValueError) as error:  # Arrow says ValueError of an address that it cannot read
        reason = next(iter(str(error).splitlines()), type(error).__name__)
        hint = "Is the address right, does it answer from here, and may this user or key use it?"
        raise InfrastructureError(f"{where}: cannot {doing} {key}: {reason}. {hint}") from error
