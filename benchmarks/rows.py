"""Rows for a benchmark: a Parquet table in a throw-away home, on a Spark server of its own."""

import os
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path

from pyspark.sql import DataFrame, SparkSession

from toile.config import Conf
from toile.home import conf_root, jars_folder
from toile.session import open_session
from toile.spark_server import start_server


@contextmanager
def written_rows(make: Callable[[SparkSession], DataFrame]) -> Iterator[tuple[DataFrame, int]]:
    """The rows that `make` makes, read back from files, and the pid of the server that reads them."""
    environment = Conf(conf_root()).environment
    with tempfile.TemporaryDirectory(prefix="toile-bench-") as folder:
        os.environ |= {"TOILE_HOME": folder, "TOILE_JARS": str(jars_folder())}
        with (Path(folder) / "spark.log").open("w") as log:
            process, os.environ["SPARK_REMOTE"] = start_server(environment.spark, log)
        session = open_session(environment)
        try:
            print("writing the rows ...", flush=True)
            make(session).write.parquet(f"{folder}/rows")
            yield session.read.parquet(f"{folder}/rows"), process.pid
        finally:
            session.stop()
            process.terminate()
            process.wait()
