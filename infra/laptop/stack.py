"""Which services a laptop runs, with what commands and settings."""

import json
import os
import sys
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from urllib.request import urlopen

from laptop.ports import choose_port
from laptop.services import Service
from toile.config import Conf
from toile.home import REPOSITORY, conf_root, environment_name, toile_home
from toile.spark_server import answers, server_command, server_environment

PREFERRED_PORTS = {"airflow": 8080, "mlflow": 5000, "spark": 15002}
AIRFLOW_SERVICES = ("api-server", "scheduler", "dag-processor", "triggerer")
SPARK_SLOTS = 2


@dataclass(frozen=True)
class Stack:
    """The services of one home on these ports (airflow, mlflow, spark)."""

    home: Path
    ports: Mapping[str, int]

    @classmethod
    def plan(cls, remembered: Mapping[str, int]) -> "Stack":
        """The stack of this home, on ports that are free now."""
        ports: dict[str, int] = {}
        for name, preferred in PREFERRED_PORTS.items():
            ports[name] = choose_port(preferred, remembered.get(name), ports.values())
        return cls(toile_home(), ports)

    def url(self, name: str) -> str:
        return f"http://127.0.0.1:{self.ports[name]}"

    @property
    def environment(self) -> dict[str, str]:
        """What every job and command needs to find the services."""
        return {
            **os.environ,
            "TOILE_HOME": str(self.home),
            "JAVA_HOME": str(self.home / "java"),
            "PYSPARK_PYTHON": sys.executable,
            "SPARK_REMOTE": f"sc://127.0.0.1:{self.ports['spark']}",
            "MLFLOW_TRACKING_URI": self.url("mlflow"),
        }

    def spark(self) -> Service:
        """The Spark Connect server that all jobs share."""
        settings = Conf(conf_root(), environment_name()).environment.spark
        command = server_command(settings, self.ports["spark"])
        (self.home / "spark").mkdir(parents=True, exist_ok=True)
        environment = {**server_environment(), "JAVA_HOME": str(self.home / "java")}
        return Service("spark", command, environment, lambda: answers(self.ports["spark"]))

    def mlflow(self) -> Service:
        """An MLflow server over the store that jobs use where there is no server."""
        folder = self.home / "mlflow"
        (folder / "artifacts").mkdir(parents=True, exist_ok=True)
        port = self.ports["mlflow"]
        command = [
            sys.executable, "-m", "mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1",
            "--backend-store-uri", f"sqlite:///{folder / 'mlflow.db'}",
            "--default-artifact-root", str(folder / "artifacts"), "--no-serve-artifacts",
        ]  # fmt: skip
        environment = {
            **self.environment,
            # Jobs say this by themselves; this server is none of Toile's programs.
            "MLFLOW_DISABLE_TELEMETRY": "true",
            # Its job runner would be one more process tree, for features that nothing here uses.
            "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false",
        }
        return Service("mlflow", command, environment, _says(self.url("mlflow") + "/health", b"OK"))

    def airflow(self) -> list[Service]:
        """Airflow's four services; the health page of the first tells of all of them."""
        healthy = _all_healthy(self.url("airflow") + "/api/v2/monitor/health")
        options = {"scheduler": ["--skip-serve-logs"], "triggerer": ["--skip-serve-logs"]}
        return [
            Service(
                f"airflow-{name}", self.airflow_command(name, *options.get(name, [])), self.airflow_environment,
                healthy, patience=240.0,
            )
            for name in AIRFLOW_SERVICES
        ]  # fmt: skip

    def airflow_command(self, *arguments: str) -> list[str]:
        return [str(self.home / "venvs/airflow/bin/airflow"), *arguments]

    @property
    def airflow_environment(self) -> dict[str, str]:
        """Airflow's settings for one person's machine: SQLite, everybody an admin, loopback only, and brisk."""
        url = self.url("airflow")
        settings: dict[str, dict[str, object]] = {
            "core": {
                "dags_folder": REPOSITORY / "dags",
                "plugins_folder": REPOSITORY / "plugins",
                "executor": "LocalExecutor",
                "parallelism": 4,
                "load_examples": False,
                "dags_are_paused_at_creation": False,
                "simple_auth_manager_all_admins": True,
                # Tasks speak to this address, and it does not follow [api] port by itself.
                "execution_api_server_url": f"{url}/execution/",
            },
            "api": {"host": "127.0.0.1", "port": self.ports["airflow"], "base_url": url, "workers": 1},
            "logging": {
                "base_log_folder": self.home / "logs/airflow",
                "dag_processor_child_process_log_directory": self.home / "logs/airflow/dag_processor",
            },
            "dag_processor": {"refresh_interval": 5, "min_file_process_interval": 20, "parsing_processes": 1},
            "scheduler": {
                "scheduler_idle_sleep_time": 0.5,
                # A killed demo leaves tasks that only say they run: the next one takes them up within half a minute.
                "scheduler_health_check_threshold": 20,
                "orphaned_tasks_check_interval": 10,
            },
        }
        variables = {
            f"AIRFLOW__{section}__{key}".upper(): str(value)
            for section, values in settings.items()
            for key, value in values.items()
        }
        return {**self.environment, "AIRFLOW_HOME": str(self.home / "airflow"), **variables}


def _says(url: str, word: bytes) -> Callable[[], bool]:
    return lambda: word in _fetch(url)


def _all_healthy(url: str) -> Callable[[], bool]:
    def ready() -> bool:
        parts = json.loads(_fetch(url) or b"{}")
        return bool(parts) and all(part["status"] == "healthy" for part in parts.values())

    return ready


def _fetch(url: str) -> bytes:
    """The page, or nothing while the service does not answer."""
    try:
        with urlopen(url, timeout=5) as answer:  # noqa: S310 -- an address of this machine
            return bytes(answer.read())
    except OSError:
        return b""
