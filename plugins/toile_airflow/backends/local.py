"""The backend of one machine: a job is a process of the jobs environment."""

import os
import signal
import subprocess
import time
from contextlib import suppress
from typing import Any

from toile.contract import JobSpec
from toile.home import toile_home
from toile_airflow.backends.job import JobOperator
from toile_airflow.backends.program import LastWords, bound_to_this, job_environment, jobs_program

# Airflow kills a task five seconds after it asked it to end: the job must be gone by then, or it outlives its task.
GRACE_SECONDS = 3.0
OF_THIS_MACHINE = ("TOILE_CONF", "TOILE_JARS", "MLFLOW_TRACKING_URI", "SPARK_REMOTE")


class LocalJobOperator(JobOperator):
    """Runs `python -m toile.run <JobSpec>` in a process group of its own, its output in the task's log."""

    _process: subprocess.Popen[str] | None = None

    def run_job(self, spec: JobSpec, context: Any) -> None:  # noqa: ARG002 -- of use to Airflow's own operators alone
        python, words = jobs_program("python"), LastWords()
        with subprocess.Popen(
            bound_to_this([python, "-m", "toile.run", spec.model_dump_json()]),
            cwd=toile_home(),
            env=job_environment(spec.environment, python, OF_THIS_MACHINE),
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
            errors="replace",
            start_new_session=True,
        ) as process:
            self._process = process
            try:
                for line in words.heard(process.stdout or ()):
                    self.log.info("%s", line.rstrip())
                code = process.wait()
            finally:
                self.on_kill()
        words.require_success(spec.job, code)

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
