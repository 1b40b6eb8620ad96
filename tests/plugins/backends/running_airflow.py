"""Airflow's own processes, each in a group that can be killed at once, as the loss of its machine does."""

import json
import os
import signal
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.error import HTTPError
from urllib.request import Request, urlopen

from tests.airflow_home import REPOSITORY
from toile.spark_server import free_port

PATIENCE = 120.0
_AIRFLOW = str(Path(sys.executable).with_name("airflow"))


@dataclass
class RunningAirflow:
    """An Airflow with one scheduler, one triggerer, one API server and one DAG processor."""

    home: Path
    port: int
    variables: Mapping[str, str]
    _processes: dict[str, subprocess.Popen[bytes]] = field(default_factory=dict)
    _token: str = ""

    def start(self, *names: str) -> None:
        for name in names:
            with (self.home / f"{name}.log").open("ab") as log:
                self._processes[name] = subprocess.Popen(
                    [_AIRFLOW, name], env=self.variables, stdout=log, stderr=log, start_new_session=True
                )

    def kill(self, *names: str) -> None:
        """Nobody is asked: the process and all that it started are gone."""
        for name in names:
            process = self._processes.pop(name)
            with suppress(ProcessLookupError):
                os.killpg(process.pid, signal.SIGKILL)
            process.wait()

    def kill_all(self) -> None:
        self.kill(*self._processes)

    def ask(self, method: str, path: str, body: Any = None) -> Any:
        """One call of the API; everybody is an admin."""
        if not self._token and path != "/auth/token":
            self._token = self.ask("GET", "/auth/token")["access_token"]
        headers = {"Content-Type": "application/json", "Authorization": f"Bearer {self._token}"}
        data = None if body is None else json.dumps(body).encode()
        request = Request(f"http://127.0.0.1:{self.port}{path}", data, headers, method=method)
        with urlopen(request, timeout=30) as answer:  # noqa: S310
            return json.load(answer)

    def answers(self, path: str) -> bool:
        try:
            self.ask("GET", path)
        except HTTPError as refused:
            refused.close()
            return False
        except OSError:  # it does not listen yet
            return False
        return True


@contextmanager
def running_airflow(home: Path) -> Iterator[RunningAirflow]:
    """Until the end of the block; Airflow's state lies in `home`."""
    port = free_port()
    url = f"http://127.0.0.1:{port}"
    settings = {
        "CORE__DAGS_FOLDER": REPOSITORY / "dags",
        "CORE__PLUGINS_FOLDER": REPOSITORY / "plugins",
        "CORE__EXECUTOR": "LocalExecutor",
        "CORE__PARALLELISM": 2,
        "CORE__LOAD_EXAMPLES": False,
        "CORE__DAGS_ARE_PAUSED_AT_CREATION": False,
        "CORE__SIMPLE_AUTH_MANAGER_ALL_ADMINS": True,
        "CORE__EXECUTION_API_SERVER_URL": f"{url}/execution/",
        "API__HOST": "127.0.0.1",
        "API__PORT": port,
        "API__BASE_URL": url,
        "API__WORKERS": 1,
        "API_AUTH__JWT_SECRET": "of this test alone, and as long as Airflow wants it to be: 64 characters",
        "DATABASE__SQL_ALCHEMY_CONN": f"sqlite:///{home}/airflow.db",
        "LOGGING__BASE_LOG_FOLDER": home / "logs",
        "LOGGING__DAG_PROCESSOR_CHILD_PROCESS_LOG_DIRECTORY": home / "logs" / "dag_processor",
        "DAG_PROCESSOR__PARSING_PROCESSES": 1,
        "SCHEDULER__SCHEDULER_IDLE_SLEEP_TIME": 0.5,
        # Of what was killed others learn soon.
        "SCHEDULER__SCHEDULER_HEARTBEAT_SEC": 1,
        "SCHEDULER__SCHEDULER_HEALTH_CHECK_THRESHOLD": 10,
        "SCHEDULER__ORPHANED_TASKS_CHECK_INTERVAL": 3,
        "TRIGGERER__JOB_HEARTBEAT_SEC": 1,
        "TRIGGERER__TRIGGERER_HEALTH_CHECK_THRESHOLD": 8,
    }
    told = {f"AIRFLOW__{name}": str(value) for name, value in settings.items()}
    airflow = RunningAirflow(home, port, {**os.environ, "AIRFLOW_HOME": str(home), **told})
    subprocess.run([_AIRFLOW, "db", "migrate"], env=airflow.variables, check=True, capture_output=True)
    try:
        airflow.start("api-server", "dag-processor", "scheduler", "triggerer")
        yield airflow
    finally:
        airflow.kill_all()
