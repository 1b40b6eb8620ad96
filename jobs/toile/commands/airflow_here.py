"""Questions to the Airflow of this machine, by its own command line: the jobs' environment has no Airflow."""

import os
import subprocess
from contextlib import suppress
from pathlib import Path

from toile.home import toile_home

SECONDS = 60
NOT_ASKED = "no Airflow here tells whether it has a connection {0!r}. Check on its machine, too."


def has_connection(name: str) -> bool | None:
    """Whether Airflow has this connection, by a variable of its own or else by asking; None where nobody can tell."""
    if os.environ.get(f"AIRFLOW_CONN_{name.upper()}"):
        return True
    answer = ask_airflow("connections", "get", name)
    if answer is None or (answer.returncode and "not found" not in answer.stderr):
        return None
    return answer.returncode == 0


def ask_airflow(*command: str) -> subprocess.CompletedProcess[str] | None:
    """How `airflow <command>` ended, its output told to nobody, for it may have passwords; None without an answer."""
    airflow = toile_home() / "venvs" / "airflow" / "bin" / "airflow"
    home = Path(os.environ.get("AIRFLOW_HOME") or toile_home() / "airflow")
    if not airflow.is_file() or not home.is_dir():
        return None
    with suppress(subprocess.TimeoutExpired):  # its database does not answer
        return subprocess.run(
            [str(airflow), *command], env={**os.environ, "AIRFLOW_HOME": str(home)}, capture_output=True, text=True,
            check=False, timeout=SECONDS,
        )  # fmt: skip
    return None
