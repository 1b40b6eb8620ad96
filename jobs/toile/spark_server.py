"""A Spark Connect server with Delta on this machine: the laptop's engine."""

import os
import socket
import subprocess
import sys
import time
from collections.abc import Mapping
from pathlib import Path
from typing import IO

from toile.errors import ConfigError, InfrastructureError
from toile.home import jars_folder, toile_home
from toile.parent import die_with_parent

START_SECONDS = 90
_MAIN_CLASS = "org.apache.spark.sql.connect.service.SparkConnectServer"


def server_command(settings: Mapping[str, str], port: int) -> list[str]:
    """The command that runs a server on 127.0.0.1 until it is ended.

    Raises:
        ConfigError: set-up has not resolved the jars.
    """
    import pyspark

    configuration = {
        **laptop_settings(),
        "spark.connect.grpc.binding.address": "127.0.0.1",
        "spark.connect.grpc.binding.port": str(port),
        **settings,
    }
    submit = Path(pyspark.__file__).parent / "bin" / "spark-submit"
    pairs = [part for key, value in configuration.items() for part in ("--conf", f"{key}={value}")]
    return [str(submit), "--class", _MAIN_CLASS, *pairs, "spark-internal"]


def laptop_settings() -> dict[str, str]:
    """What Spark with Delta needs on this machine, whatever kind of session it serves.

    Raises:
        ConfigError: set-up has not resolved the jars.
    """
    jars = sorted(str(path) for path in jars_folder().glob("*.jar"))
    if not jars:
        raise ConfigError(f"there are no jars in {jars_folder()}. Run `make setup`.")
    spark = toile_home() / "spark"
    return {
        "spark.master": "local[*]",
        "spark.app.name": "toile",
        "spark.sql.extensions": "io.delta.sql.DeltaSparkSessionExtension",
        "spark.sql.catalog.spark_catalog": "org.apache.spark.sql.delta.catalog.DeltaCatalog",
        "spark.sql.session.timeZone": "UTC",
        "spark.ui.enabled": "false",
        "spark.ui.showConsoleProgress": "false",
        "spark.driver.bindAddress": "127.0.0.1",
        "spark.driver.host": "127.0.0.1",
        "spark.sql.warehouse.dir": str(spark / "warehouse"),
        "spark.local.dir": str(spark / "local"),
        "spark.jars": ",".join(jars),
    }


def server_environment() -> dict[str, str]:
    """This process's environment, less what would make the server a client, with the workers' Python set."""
    environment = {k: v for k, v in os.environ.items() if k not in {"SPARK_REMOTE", "SPARK_CONNECT_MODE_ENABLED"}}
    return environment | {"PYSPARK_PYTHON": sys.executable, "SPARK_LOCAL_IP": "127.0.0.1"}


def start_server(settings: Mapping[str, str], log: IO[str], port: int = 0) -> tuple[subprocess.Popen[str], str]:
    """Starts a server that dies with this process, waits until it answers, and returns it with its `sc://` address.

    Raises:
        InfrastructureError: it ended, or did not answer within `START_SECONDS`; the log tells why.
    """
    port = port or free_port()
    process = subprocess.Popen(
        server_command(settings, port),
        stdout=log,
        stderr=subprocess.STDOUT,
        text=True,
        env=server_environment(),
        preexec_fn=die_with_parent,  # noqa: PLW1509 -- only calls prctl; a kill -9 of the parent must not leave a JVM
    )
    deadline = time.monotonic() + START_SECONDS
    while time.monotonic() < deadline and process.poll() is None:
        if answers(port):
            return process, f"sc://127.0.0.1:{port}"
        time.sleep(0.1)
    process.terminate()
    raise InfrastructureError(f"the Spark Connect server did not start on port {port}; its log: {log.name}")


def answers(port: int) -> bool:
    """Whether something listens on this port of 127.0.0.1."""
    with socket.socket() as probe:
        probe.settimeout(0.5)
        return probe.connect_ex(("127.0.0.1", port)) == 0


def free_port() -> int:
    """A port of 127.0.0.1 that nobody uses now."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])
