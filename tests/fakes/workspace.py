"""A fake Databricks workspace as a program of the jobs environment, and what tests ask of it."""

import json
import os
import subprocess
import sys
import time
import urllib.request
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from tests.fakes.databricks import TOKEN
from tests.fakes.stand_in_wheel import NAME, write_stand_in_wheel

REPOSITORY = Path(__file__).resolve().parents[2]
JOBS_PYTHON = Path(sys.prefix).parent / "jobs" / "bin" / "python"
ARTIFACTS = "/Volumes/ml/toile/wheels"
WHEEL = f"{ARTIFACTS}/stand-in/{NAME}"


@dataclass(frozen=True)
class Workspace:
    """A workspace that runs."""

    address: str
    root: Path

    @property
    def connection(self) -> str:
        """Airflow's, as JSON."""
        address = urlsplit(self.address)
        where = {"conn_type": "databricks", "host": address.hostname, "port": address.port, "schema": "http"}
        return json.dumps({**where, "password": TOKEN})

    def plan(self, *faults: dict[str, Any], **at_random: Any) -> None:
        """Replaces what goes wrong from now on; without arguments nothing does."""
        self._ask("PUT", "faults", {"faults": faults, **at_random})

    def faults(self) -> dict[str, int]:
        """How often each kind of fault has happened since it was planned."""
        return dict(self._ask("GET", "faults"))

    def runs(self) -> list[dict[str, Any]]:
        return list(self._ask("GET", "runs"))

    def effects(self) -> list[dict[str, Any]]:
        return list(self._ask("GET", "effects"))

    def wait_until_idle(self, seconds: float = 10) -> None:
        deadline = time.monotonic() + seconds
        while any("result_state" not in run["state"] for run in self.runs()):
            assert time.monotonic() < deadline, "a run has not ended"
            time.sleep(0.05)

    def _ask(self, method: str, what: str, body: Any = None) -> Any:
        data = None if body is None else json.dumps(body).encode()
        request = urllib.request.Request(f"{self.address}/fake/{what}", data, method=method)  # noqa: S310 -- loopback
        with urllib.request.urlopen(request, timeout=30) as answer:  # noqa: S310
            return json.load(answer)


@contextmanager
def started_workspace(root: Path, *arguments: str) -> Iterator[Workspace]:
    """A workspace with the volumes of `ml.toile` and the stand-in wheel, until the end of the block."""
    for volume in ("wheels", "results"):
        (root / "Volumes/ml/toile" / volume).mkdir(parents=True)
    write_stand_in_wheel(root / WHEEL.lstrip("/"))
    command = [str(JOBS_PYTHON), "-m", "tests.fakes.databricks", "--root", str(root), *arguments]
    environment = {"PATH": os.environ["PATH"], "PYTHONPATH": f"{REPOSITORY}"}
    with subprocess.Popen(command, cwd=REPOSITORY, env=environment, stdout=subprocess.PIPE, text=True) as process:
        assert process.stdout is not None
        try:
            yield Workspace(process.stdout.readline().strip(), root)
        finally:
            process.terminate()
            process.wait(20)
