"""The Spark session: a client of Spark Connect, or the session of the driver that the job runs on.

Nothing but distributed training asks which of them it is (docs/decisions/0002-spark-connect-everywhere.md).
"""

import atexit
import os
import subprocess
from collections.abc import Mapping

from pyspark.sql import SparkSession

from toile.config.platform import Environment
from toile.errors import ConfigError, InfrastructureError
from toile.home import toile_home
from toile.spark_server import start_server


def open_session(environment: Environment) -> SparkSession:
    """The session that the environment asks for, or that Databricks gives, in UTC.

    Raises:
        ConfigError: a classic session is asked for, and `$SPARK_REMOTE` names a server.
        InfrastructureError: the server does not answer, or cannot be started.
    """
    settings = {**environment.spark, "spark.sql.session.timeZone": "UTC"}
    if "DATABRICKS_RUNTIME_VERSION" in os.environ:
        return _given(settings)
    return _classic(settings) if environment.spark_session == "classic" else _connect(settings)


def _given(settings: Mapping[str, str]) -> SparkSession:
    """That of Databricks, whose compute decides what kind it is; its server is not ours to start or to choose."""
    session = SparkSession.builder.getOrCreate()
    for name, value in settings.items():
        session.conf.set(name, value)
    return session


def _classic(settings: Mapping[str, str]) -> SparkSession:
    """The driver's session; one that is there already, as on Databricks, keeps its static settings."""
    if "SPARK_REMOTE" in os.environ:  # PySpark itself would heed it in silence
        raise ConfigError(
            "spark_session: classic, but SPARK_REMOTE names a Spark Connect server. Unset one of the two."
        )
    builder = SparkSession.builder
    for name, value in settings.items():
        builder = builder.config(name, value)
    return builder.getOrCreate()


def _connect(settings: Mapping[str, str]) -> SparkSession:
    """Attaches to the server that `$SPARK_REMOTE` names; without one, starts a server that ends with this process."""
    remote = os.environ.get("SPARK_REMOTE") or _own_server(settings)
    try:
        session = SparkSession.builder.remote(remote).getOrCreate()
        session.conf.set("spark.sql.session.timeZone", "UTC")
    except Exception as error:
        reason = next(iter(str(error).strip().splitlines()), type(error).__name__)
        hint = "Start it, or unset SPARK_REMOTE."
        raise InfrastructureError(f"the Spark Connect server {remote} does not answer: {reason}. {hint}") from error
    return session


def _own_server(settings: Mapping[str, str]) -> str:
    folder = toile_home() / "logs"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"spark-{os.getpid()}.log").open("w") as log:
        process, remote = start_server(settings, log)
    atexit.register(_end, process)
    return remote


def _end(process: subprocess.Popen[str]) -> None:
    process.terminate()
    process.wait()
