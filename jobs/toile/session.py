"""The Spark session: always a client of Spark Connect, so that the same code runs on a laptop and on serverless."""

import atexit
import os
import subprocess
from collections.abc import Mapping

from pyspark.sql import SparkSession

from toile.errors import InfrastructureError
from toile.home import toile_home
from toile.spark_server import start_server


def open_session(settings: Mapping[str, str]) -> SparkSession:
    """Attaches to the server that `$SPARK_REMOTE` names; without one, starts a server that ends with this process.

    Raises:
        InfrastructureError: the server does not answer, or cannot be started.
    """
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
