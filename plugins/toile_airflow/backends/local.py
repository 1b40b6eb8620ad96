"""The backend of one machine: a job is a process of the jobs environment."""

import os
import shutil
import signal
import subprocess
import time
from contextlib import suppress
from pathlib import Path
from typing import Any

from airflow.sdk.exceptions import AirflowException, AirflowFailException

from toile.contract import JobSpec
from toile.home import toile_home
from toile_airflow.backends.job import JobOperator

AUTHORS_MISTAKE, OWN_WORDS = 2, ("ConfigError: ", "InvalidConfig: ", "DataError: ")
# Airflow kills a task five seconds after it asked it to end: the job must be gone by then, or it outlives its task.
GRACE_SECONDS = 3.0
# A job gets what it needs and nothing else: Airflow's own environment holds the address of its database.
PASSED_ON = (
    "TOILE_HOME",
    "TOILE_CONF",
    "TOILE_JARS",
    "SPARK_REMOTE",
    "MLFLOW_TRACKING_URI",
    "JAVA_HOME",
    "TOILE_COMMIT",
    "PATH",
    "HOME",
    "LANG",
    "TMPDIR",
)


class LocalJobOperator(JobOperator):
    """Runs `python -m toile.run <JobSpec>` in a process group of its own, its output in the task's log."""

    _process: subprocess.Popen[str] | None = None

    def run_job(self, spec: JobSpec, context: Any) -> None:  # noqa: ARG002 -- of use to Airflow's own operators alone
        with subprocess.Popen(
            _command(spec),
            cwd=toile_home(),
            env=_environment(spec),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        ) as process:
            self._process = process
            told = "a mistake in configuration, code or data, told in the log"
            try:
                for line in process.stdout or ():
                    self.log.info("%s", line.rstrip())
                    if line.startswith(OWN_WORDS):
                        told = line.partition(": ")[2].strip()
                code = process.wait()
            finally:
                self.on_kill()
        if code == AUTHORS_MISTAKE:
            raise AirflowFailException(f"{spec.job}: {told}")
        if code != 0:
            raise AirflowException(f"{spec.job}: a fault (exit {code}), told in the log above; worth another try.")

    def on_kill(self) -> None:
        """Ends the whole process group: asked first, then by force, so that no Spark outlives its task."""
        if self._process is None:
            return
        with suppress(ProcessLookupError):
            os.killpg(self._process.pid, signal.SIGTERM)
            deadline = time.monotonic() + GRACE_SECONDS
            while time.monotonic() < deadline:
                self._process.poll()  # a leader that nobody has waited for still counts as a member
                os.killpg(self._process.pid, 0)
                time.sleep(0.05)
            os.killpg(self._process.pid, signal.SIGKILL)


def _command(spec: JobSpec) -> list[str]:
    """The job's command line, bound to this process where the system can: a killed worker leaves no job behind."""
    if not _jobs_python().is_file():
        raise AirflowFailException(f"there is no jobs environment at {_jobs_python()}: run `make setup`.")
    guard = shutil.which("setpriv")
    bound = [guard, "--pdeathsig", "TERM", "--"] if guard else []
    return [*bound, str(_jobs_python()), "-m", "toile.run", spec.model_dump_json()]


def _environment(spec: JobSpec) -> dict[str, str]:
    kept = {name: os.environ[name] for name in PASSED_ON if name in os.environ}
    # Without PYSPARK_PYTHON Spark's workers use whatever python3 is on PATH.
    return {**kept, "TOILE_ENV": spec.environment, "PYSPARK_PYTHON": str(_jobs_python()), "PYTHONUNBUFFERED": "1"}


def _jobs_python() -> Path:
    return toile_home() / "venvs" / "jobs" / "bin" / "python"
