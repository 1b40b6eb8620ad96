"""A volume of Unity Catalog from outside Databricks: the store that a workspace's Files API is."""

from collections.abc import Iterator
from contextlib import contextmanager
from io import BytesIO
from typing import TYPE_CHECKING

from toile.errors import ConfigError, InfrastructureError

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient


class VolumeStore:
    """Files below a folder of a volume; which workspace, and who asks, is found as Databricks' own tools find it."""

    def __init__(self, root: str, patience_seconds: int) -> None:
        self._root = root.rstrip("/")
        self._client = open_workspace(patience_seconds)

    def read(self, key: str) -> bytes | None:
        from databricks.sdk.errors import NotFound

        with _told(f"{self._root}/{key}", "read"):
            try:
                answer = self._client.files.download(f"{self._root}/{key}")
            except NotFound:
                return None
            if answer.contents is None:
                return None
            with answer.contents as stream:
                return stream.read()

    def write(self, key: str, data: bytes) -> None:
        path = f"{self._root}/{key}"
        with _told(path, "write"):
            self._client.files.create_directory(path.rpartition("/")[0])
            self._client.files.upload(path, BytesIO(data), overwrite=True)

    def keys(self, under: str) -> list[str]:
        with _told(f"{self._root}/{under}", "list"):
            return sorted(path.removeprefix(f"{self._root}/") for path in self._files(f"{self._root}/{under}"))

    def _files(self, folder: str) -> Iterator[str]:
        from databricks.sdk.errors import NotFound

        try:
            for entry in self._client.files.list_directory_contents(folder):
                path = str(entry.path)
                yield from self._files(path) if entry.is_directory else [path]
        except NotFound:
            return


def open_workspace(patience_seconds: int) -> "WorkspaceClient":
    """A client of the workspace that the usual variables or profiles name; it asks again for so many seconds.

    Raises:
        ConfigError: they name none.
    """
    from databricks.sdk import WorkspaceClient
    from databricks.sdk.config import Config

    try:
        return WorkspaceClient(config=Config(retry_timeout_seconds=patience_seconds))
    except ValueError as error:
        hint = "Set DATABRICKS_HOST and DATABRICKS_TOKEN (or a client's id and secret), or run `databricks auth login`."
        raise ConfigError(f"there is no way into a Databricks workspace: {_first_line(error)} {hint}") from error


@contextmanager
def _told(path: str, doing: str) -> Iterator[None]:
    from databricks.sdk.errors.base import DatabricksError

    try:
        yield
    except ValueError as error:
        # Its text is not told: it holds the whole header, and so the token.
        raise ConfigError(
            f"{path}: cannot {doing}: the workspace does not take these credentials, or they cannot be sent "
            f"({type(error).__name__}). Is the client's secret right, and does a token end with a line break?"
        ) from None
    except (DatabricksError, OSError) as error:
        raise InfrastructureError(f"{path}: cannot {doing}: {_first_line(error)} {_hint(error)}") from error


def _hint(error: Exception) -> str:
    from databricks.sdk.errors import PermissionDenied, Unauthenticated

    if isinstance(error, TimeoutError):
        return "Is the host (DATABRICKS_HOST, or the profile's) right, and does it answer from here?"
    if isinstance(error, PermissionDenied | Unauthenticated):
        return "Is the token or secret right, and may this user read and write the volume?"
    return "Does the volume exist? Run it again where the workspace was at fault: what is there already is left alone."


def _first_line(error: Exception) -> str:
    return next(iter(str(error).strip().splitlines()), type(error).__name__).rstrip(".") + "."
