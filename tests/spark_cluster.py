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
from toile.parent import die_with_parent
from toile.spark_server import START_SECONDS, answers, free_port

SET_UP, JARS = toile_home(), jars_folder()
JOBS = SET_UP / "venvs" / "jobs" / "bin"
DAEMON = {"SPARK_DAEMON_MEMORY": "256m", "SPARK_DAEMON_JAVA_OPTS": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC"}
# A small driver and a small executor; Delta's and Spark's defaults are made for large data.
CLUSTER_SETTINGS = {
    "spark.jars": ",".join(str(jar) for jar in sorted(JARS.glob("*.jar"))),
    "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
    "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
    "spark.databricks.delta.snapshotPartitions": "2",
    "spark.sql.shuffle.partitions": "4",
    "spark.ui.enabled": "false",
    "spark.driver.host": "127.0.0.1",
    "spark.driver.memory": "1g",
    "spark.driver.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    "spark.executor.extraJavaOptions": "-XX:TieredStopAtLevel=1 -XX:+UseSerialGC",
    "spark.executor.memory": "1g",
}


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
    command = [str(JOBS / "python"), str(Path(__file__).parent / "serve_connect.py"), str(port)]
    with _program("connect", command, folder, port):
        yield f"sc://127.0.0.1:{port}"


def link_set_up(home: Path) -> None:
    """Lets a TOILE_HOME of a test use what set-up made."""
    for name in ("venvs", "java"):
        (home / name).symlink_to(SET_UP / name)


def deploy(environment: str) -> None:
    """Ships this checkout to where the jobs of an environment of $TOILE_CONF look for it."""
    subprocess.run([JOBS / "python", "-m", "toile.cli", "deploy", "--env", environment], check=True)


@contextmanager
def _program(name: str, command: list[str], folder: Path, port: int) -> Iterator[None]:
    environment = {**os.environ, "SPARK_LOCAL_IP": "127.0.0.1", "TOILE_JARS": str(JARS)}
    environment |= DAEMON if "spark-class" in command[0] else {}
    log = folder / f"{name}.log"
    with log.open("w") as out:
        process = subprocess.Popen(
            command,
            stdout=out,
            stderr=subprocess.STDOUT,
            env=environment,
            cwd=folder,
            preexec_fn=die_with_parent,  # noqa: PLW1509 -- only calls prctl
        )
    deadline = time.monotonic() + START_SECONDS
    try:
        while not answers(port):
            if process.poll() is not None or time.monotonic() > deadline:
                raise RuntimeError(f"{name} did not start:\n{log.read_text()[-2000:]}")
            time.sleep(0.1)
        yield
    finally:
        process.terminate()
        process.wait()
