"""A Spark standalone cluster and a Spark Connect server on loopback, for tests outside the jobs environment."""

import json
import os
import subprocess
import time
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any
from urllib.request import urlopen

from toile.home import jars_folder, toile_home
from toile.spark_server import START_SECONDS, answers, die_with_parent, free_port

JOBS = toile_home() / "venvs" / "jobs" / "bin"
JARS = jars_folder()


@dataclass(frozen=True)
class Cluster:
    """A master with one worker of two cores."""

    port: int
    page: int

    def applications(self, state: str) -> list[dict[str, Any]]:
        """The applications that are `active` or `completed`, as the master's own page tells them."""
        with urlopen(f"http://127.0.0.1:{self.page}/json/") as answer:
            told: dict[str, Any] = json.load(answer)
        return list(told[f"{state}apps"])


@contextmanager
def spark_cluster(folder: Path) -> Iterator[Cluster]:
    """A cluster whose logs and work lie in a folder; it ends with the block, and with this process."""
    cluster, page = Cluster(free_port(), free_port()), str(free_port())
    here = ["--host", "127.0.0.1", "--port"]
    with ExitStack() as running:
        master = ["org.apache.spark.deploy.master.Master", *here, str(cluster.port), "--webui-port", str(cluster.page)]
        running.enter_context(_program("master", [str(JOBS / "spark-class"), *master], folder, cluster.port))
        worker = ["org.apache.spark.deploy.worker.Worker", *here, (port := str(free_port())), "--webui-port", page]
        size = [
            "--cores",
            "2",
            "--memory",
            "1g",
            "--work-dir",
            str(folder / "work"),
            f"spark://127.0.0.1:{cluster.port}",
        ]
        running.enter_context(_program("worker", [str(JOBS / "spark-class"), *worker, *size], folder, int(port)))
        yield cluster


@contextmanager
def connect_server(folder: Path) -> Iterator[str]:
    """The `sc://` address of a server with the settings of the environment `local`."""
    port = free_port()
    serve = (
        "from toile.config import Conf; from toile.home import REPOSITORY; from toile.spark_server import *; "
        "program = server_command(Conf(REPOSITORY / 'conf', 'local').environment.spark, {port}); "
        "os.execve(program[0], program, server_environment())"
    )
    with _program("connect", [str(JOBS / "python"), "-c", serve.format(port=port)], folder, port):
        yield f"sc://127.0.0.1:{port}"


@contextmanager
def _program(name: str, command: list[str], folder: Path, port: int) -> Iterator[None]:
    environment = {**os.environ, "SPARK_DAEMON_MEMORY": "256m", "SPARK_LOCAL_IP": "127.0.0.1", "TOILE_JARS": str(JARS)}
    log = folder / f"{name}.log"
    with log.open("w") as out:
        process = subprocess.Popen(
            command, stdout=out, stderr=subprocess.STDOUT, env=environment, cwd=folder, preexec_fn=die_with_parent
        )
    deadline = time.monotonic() + START_SECONDS
    try:
        while not answers(port):
            assert process.poll() is None and time.monotonic() < deadline, log.read_text()[-2000:]
            time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait()
