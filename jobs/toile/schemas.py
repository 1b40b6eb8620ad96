"""Which columns the tables of an environment have, asked without Spark: of Delta's log, or of Unity Catalog."""

import json
from collections.abc import Iterator
from functools import cached_property
from itertools import chain
from typing import TYPE_CHECKING

from toile.config.backends import DatabricksBackend, LocalBackend
from toile.config.platform import CatalogTables, Environment
from toile.errors import InfrastructureError
from toile.home import in_workspace_alone, local_path, tables_folder
from toile.store import open_files

if TYPE_CHECKING:
    from databricks.sdk import WorkspaceClient
    from pyarrow.fs import FileSystem

LOG = "_delta_log"
_VERSION_DIGITS = 20


class Schemas:
    """The columns of tables by `<schema>.<table>`, in small letters, as Spark compares them."""

    def __init__(self, environment: Environment) -> None:
        self._where, self._backend = environment.tables, environment.backend

    @property
    def obstacle(self) -> str:
        """Why the tables cannot be looked at from here; empty where they can."""
        if isinstance(self._where, CatalogTables):
            on_databricks = isinstance(self._backend, DatabricksBackend)
            return "" if on_databricks else "only a Spark session knows this catalog"
        root = tables_folder(self._where.root)
        if in_workspace_alone(root):
            return f"{root} is mounted on Databricks alone"
        if "://" in root or isinstance(self._backend, LocalBackend) or local_path(root).is_dir():
            return ""
        return f"there is no folder {root} here"

    def columns(self, table: str) -> frozenset[str] | None:
        """The table's columns; None where there is no such table.

        Raises:
            ConfigError: there is no way into the workspace that has the catalog.
            InfrastructureError: whoever has the table does not answer, or does not let us.
        """
        if isinstance(self._where, CatalogTables):
            found = self._of_catalog(f"{self._where.catalog}.{table}")
        else:
            found = _of_log(f"{tables_folder(self._where.root)}/{table.replace('.', '/')}")
        return None if found is None else frozenset(name.lower() for name in found)

    def _of_catalog(self, name: str) -> list[str] | None:
        from databricks.sdk.errors import NotFound
        from databricks.sdk.errors.base import DatabricksError

        try:
            columns = self._workspace.tables.get(name).columns or []
        except NotFound:
            return None
        except (DatabricksError, OSError, TimeoutError) as error:
            raise InfrastructureError(f"{name}: cannot look at it: {error}") from error
        return [str(column.name) for column in columns]

    @cached_property
    def _workspace(self) -> "WorkspaceClient":
        from toile.volume import open_workspace

        return open_workspace(patience_seconds=10)


def _of_log(location: str) -> list[str] | None:
    """As the newest entry of the log says that speaks of columns: a checkpoint sums up what is before it."""
    from pyarrow.fs import FileSelector

    try:
        files, root = open_files(location)
        found = files.get_file_info(FileSelector(f"{root}/{LOG}", allow_not_found=True))
        names = sorted(info.base_name for info in found if info.base_name[:_VERSION_DIGITS].isdecimal())
        summed_up = max((name[:_VERSION_DIGITS] for name in names if ".checkpoint." in name), default="")
        commits = [f"{root}/{LOG}/{name}" for name in names if name.endswith(".json") and ".checkpoint" not in name]
        newest = sorted((path for path in commits if path.rpartition("/")[2] > summed_up), reverse=True)
        parts = [name for name in names if summed_up and name.startswith(f"{summed_up}.checkpoint.")]
        told = chain(_told_by_commits(files, newest), _told_by_checkpoint(files, [f"{root}/{LOG}/{n}" for n in parts]))
        schema = next(told, None)
    except (OSError, ValueError) as error:  # Arrow says ValueError of an address that it cannot read
        raise InfrastructureError(f"{location}: cannot look at it: {error}") from error
    return None if schema is None else [field["name"] for field in json.loads(schema)["fields"]]


def _told_by_commits(files: "FileSystem", paths: list[str]) -> Iterator[str]:
    for path in paths:
        with files.open_input_stream(path) as stream:
            for line in stream.read().splitlines():
                if told := json.loads(line).get("metaData"):
                    yield told["schemaString"]


def _told_by_checkpoint(files: "FileSystem", paths: list[str]) -> Iterator[str]:
    from pyarrow import parquet

    for path in paths:
        for row in parquet.read_table(path, columns=["metaData"], filesystem=files)["metaData"].to_pylist():
            if row:
                yield row["schemaString"]
