"""Where Toile keeps its state on this machine: everything lies under `TOILE_HOME`."""

import atexit
import os
import shutil
import tempfile
from functools import cache
from pathlib import Path
from urllib.parse import unquote, urlsplit
from zipfile import ZipFile

REPOSITORY = Path(__file__).resolve().parents[2]
"""The clone; where the code runs from a wheel there is none, and this leads nowhere."""
WHEEL_CONF = "toile_conf"
"""The folder of a wheel that is conf/ of the clone which it was built from."""


def toile_home() -> Path:
    """The folder of all state: `$TOILE_HOME`, by default `.toile/` in the clone; jobs of a wheel keep none."""
    if configured := os.environ.get("TOILE_HOME"):
        return Path(configured).resolve()
    return REPOSITORY / ".toile" if _in_clone() else _private_folder("toile-home-")


def conf_root() -> Path:
    """The folder of the configuration: `$TOILE_CONF`, else conf/ of the clone, else that of the wheel."""
    if configured := os.environ.get("TOILE_CONF"):
        return Path(configured).resolve()
    return REPOSITORY / "conf" if _in_clone() else _wheel_conf(Path(__file__).resolve().parents[1])


def environment_name() -> str:
    """The environment that commands and DAGs speak of: `$TOILE_ENV`, by default `local`."""
    return os.environ.get("TOILE_ENV") or "local"


def jars_folder() -> Path:
    """The folder of the jars that set-up resolved: `$TOILE_JARS`, by default `jars/` under `TOILE_HOME`."""
    return Path(os.environ.get("TOILE_JARS") or toile_home() / "jars")


def tables_folder(root: str | None) -> str:
    """The root of path-based tables: as configured, by default `tables/` under `TOILE_HOME`."""
    return root or str(toile_home() / "tables")


def local_path(location: str) -> Path:
    """Where a folder lies on this machine: as it says, but a volume of Unity Catalog under `$TOILE_VOLUMES`."""
    volume = location.removeprefix("/Volumes/")
    return Path(location) if volume == location else Path(os.environ.get("TOILE_VOLUMES") or "/Volumes") / volume


def in_workspace_alone(location: str) -> bool:
    """Whether this is a volume of Unity Catalog and this machine is none of Databricks', which mount them."""
    # Not by looking for /Volumes, which macOS has on every machine.
    mounted = {"TOILE_VOLUMES", "DATABRICKS_RUNTIME_VERSION"} & os.environ.keys()
    return location.startswith("/Volumes/") and not mounted


def tracking_uri(configured: str | None) -> str:
    """MLflow's address: `$MLFLOW_TRACKING_URI`, else as configured, else a SQLite file under `TOILE_HOME`.

    A server's password moves from it to the variables in which MLflow looks for one, unless they name a user already:
    errors show addresses.
    """
    uri = os.environ.get("MLFLOW_TRACKING_URI") or configured or f"sqlite:///{toile_home()}/mlflow/mlflow.db"
    parts = urlsplit(uri)
    if parts.scheme not in {"http", "https"} or not (parts.username and parts.password):
        return uri
    if not os.environ.get("MLFLOW_TRACKING_USERNAME"):
        os.environ["MLFLOW_TRACKING_USERNAME"] = unquote(parts.username)
        os.environ["MLFLOW_TRACKING_PASSWORD"] = unquote(parts.password)
    return parts._replace(netloc=parts.netloc.rpartition("@")[2]).geturl()


def _in_clone() -> bool:
    return (REPOSITORY / "jobs" / "toile").is_dir()


def _wheel_conf(wheel: Path) -> Path:
    """The wheel's configuration: installed, or a zip on PYTHONPATH as by spark-submit's --py-files."""
    if not wheel.is_file():
        return wheel / WHEEL_CONF
    folder = _private_folder("toile-conf-")
    if not (folder / WHEEL_CONF).is_dir():
        with ZipFile(wheel) as archive:
            archive.extractall(folder, [name for name in archive.namelist() if name.startswith(f"{WHEEL_CONF}/")])
    return folder / WHEEL_CONF


@cache
def _private_folder(prefix: str) -> Path:
    """A folder for this process alone, which ends with it."""
    folder = Path(tempfile.mkdtemp(prefix=prefix))
    atexit.register(shutil.rmtree, folder, ignore_errors=True)
    return folder
