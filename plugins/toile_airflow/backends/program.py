"""A job's program as a process beside Airflow: what it is given, how it is bound to its task, what its end means."""

import logging
import os
import re
import shutil
from collections.abc import Iterable, Iterator
from pathlib import Path

from airflow.sdk.exceptions import AirflowException, AirflowFailException

from toile.home import toile_home
from toile.parent import die_with_parent

log = logging.getLogger(__name__)
AUTHORS_MISTAKE, OWN_WORDS = 2, ("ConfigError: ", "InvalidConfig: ", "DataError: ")
RAISED = re.compile(r"(?:\w+\.)*(?P<name>\w+(?:Error|Exception))(?::|$)")
# A job gets what it needs and nothing else: Airflow's own environment holds the address of its database.
PASSED_ON = ("TOILE_HOME", "JAVA_HOME", "TOILE_COMMIT", "PATH", "HOME", "LANG", "TMPDIR")


class LastWords:
    """Listens to a job's output for why it ends."""

    def __init__(self) -> None:
        self._mistake = "a mistake in configuration, code or data, told in the log"
        self._raised = ""

    def heard(self, lines: Iterable[str]) -> Iterator[str]:
        """The same lines."""
        for line in lines:
            if line.startswith(OWN_WORDS):
                self._mistake = line.partition(": ")[2].strip()
            elif raised := RAISED.match(line):
                # Its name only: what other code says may hold secrets, and alerts carry this.
                self._raised = f", {raised['name']}"
            yield line

    def require_success(self, job: str, code: int) -> None:
        """Tells in one line why the job failed, if it did.

        Raises:
            AirflowFailException: the author's mistake or bad data; another try would end the same.
            AirflowException: a fault; another try may go through.
        """
        if code == AUTHORS_MISTAKE:
            raise AirflowFailException(f"{job}: {self._mistake}")
        if code != 0:
            fault = f"a fault (exit {code}{self._raised})"
            raise AirflowException(f"{job}: {fault}, told in the log above; worth another try.")


def bound_to_this(command: list[str], signal: str = "TERM") -> list[str]:
    """The command, which gets a signal when this process ends in whatever way: a killed worker leaves no job behind.

    This process is bound to its own parent: what supervises a task may be killed, and the task hears of it no sooner
    than it has something to log.
    """
    guard = shutil.which("setpriv")
    if not guard:  # not Linux
        log.warning("There is no setpriv here: a worker that is killed outright leaves its job running.")
        return command
    die_with_parent()
    return [guard, "--pdeathsig", signal, "--", *command]


def job_environment(environment: str, python: str, passed_on: Iterable[str]) -> dict[str, str]:
    """The environment variables of a job's program."""
    kept = {name: os.environ[name] for name in (*PASSED_ON, *passed_on) if name in os.environ}
    # Without PYSPARK_PYTHON Spark's workers use whatever python3 is on PATH.
    return {**kept, "TOILE_ENV": environment, "PYSPARK_PYTHON": python, "PYTHONUNBUFFERED": "1"}


def jobs_program(name: str) -> str:
    """A program of the jobs environment on this machine, such as python.

    Raises:
        AirflowFailException: the environment is not set up.
    """
    program: Path = toile_home() / "venvs" / "jobs" / "bin" / name
    if not program.is_file():
        raise AirflowFailException(f"there is no jobs environment at {program}: run `make setup`.")
    return str(program)
