"""Questions to the Airflow of this machine, by its own command line: the jobs' environment has no Airflow."""

import os
import subprocess
from pathlib import Path

from toile.home import toile_home


def ask_airflow(*command: str) -> subprocess.CompletedProcess[str] | None:
    """How `airflow <command>` ended, its output told to nobody, for it may have passwords; None without an Airflow."""
    airflow = toile_home() / "venvs" / "airflow" / "bin" / "airflow"
    home = Path(os.environ.get("AIRFLOW_HOME") or toile_home() / "airflow")
    if not airflow.is_file() or not home.is_dir():
        return None
    return subprocess.run(
        [str(airflow), *command], env={**os.environ, "AIRFLOW_HOME": str(home)}, capture_output=True, text=True,
        check=False,
    )  # fmt: skip
