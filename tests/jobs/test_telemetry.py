"""Nobody is told over the network what a job does, in whatever environment a backend starts it."""

import os
import subprocess
import sys

_JOB = """
import os
import toile.jobs.train
from mlflow.telemetry.client import get_telemetry_client
print(get_telemetry_client(), "DO_NOT_TRACK" in os.environ)
"""


def test_a_job_that_was_told_nothing_of_telemetry_sends_none() -> None:
    # Without what would silence MLflow in a test or in CI.
    environment = {name: os.environ[name] for name in ("PATH", "HOME", "JAVA_HOME") if name in os.environ}
    job = subprocess.run([sys.executable, "-c", _JOB], env=environment, capture_output=True, text=True, check=True)
    assert job.stdout.split() == ["None", "True"]
