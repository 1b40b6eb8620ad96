"""Where Toile keeps its state on this machine: everything lies under `TOILE_HOME`."""

import os
from pathlib import Path

REPOSITORY = Path(__file__).resolve().parents[2]


def toile_home() -> Path:
    """The folder of all state: `$TOILE_HOME`, by default `.toile/` in the clone."""
    return Path(os.environ.get("TOILE_HOME") or REPOSITORY / ".toile").resolve()


def conf_root() -> Path:
    """The folder of the configuration: `$TOILE_CONF`, by default `conf/` in the clone."""
    return Path(os.environ.get("TOILE_CONF") or REPOSITORY / "conf").resolve()


def environment_name() -> str:
    """The environment that commands and DAGs speak of: `$TOILE_ENV`, by default `local`."""
    return os.environ.get("TOILE_ENV") or "local"


def jars_folder() -> Path:
    """The folder of the jars that set-up resolved: `$TOILE_JARS`, by default `jars/` under `TOILE_HOME`."""
    return Path(os.environ.get("TOILE_JARS") or toile_home() / "jars")


def tables_folder(root: str | None) -> str:
    """The root of path-based tables: as configured, by default `tables/` under `TOILE_HOME`."""
    return root or str(toile_home() / "tables")


def results_folder(root: str | None) -> Path:
    """The folder that holds `<run_key>/result.json`: as configured, by default `results/` under `TOILE_HOME`."""
    return Path(root) if root else toile_home() / "results"


def tracking_uri(configured: str | None) -> str:
    """MLflow's address: `$MLFLOW_TRACKING_URI`, else as configured, else a SQLite file under `TOILE_HOME`."""
    return os.environ.get("MLFLOW_TRACKING_URI") or configured or f"sqlite:///{toile_home()}/mlflow/mlflow.db"
