"""One Spark session per test run, in a state folder of its own."""

import os
import shutil
from collections.abc import Iterator
from pathlib import Path

import pytest
from mlflow import MlflowClient
from moto.server import ThreadedMotoServer
from pyarrow.fs import S3FileSystem
from pyspark.sql import SparkSession

from toile.config import Conf
from toile.config.platform import Environment
from toile.home import REPOSITORY, jars_folder
from toile.session import open_session
from toile.spark_server import start_server
from toile.tables import Tables


@pytest.fixture(scope="session", autouse=True)
def home(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Path]:
    """A TOILE_HOME that no other run shares; only the jars are those of set-up."""
    folder = tmp_path_factory.mktemp("home")
    patch = pytest.MonkeyPatch()
    patch.setenv("TOILE_JARS", str(jars_folder()))
    patch.setenv("TOILE_HOME", str(folder))
    patch.setenv("TOILE_CONF", str(REPOSITORY / "conf"))
    for name in ("SPARK_REMOTE", "MLFLOW_TRACKING_URI", "TOILE_ENV"):
        patch.delenv(name, raising=False)
    yield folder
    patch.undo()


@pytest.fixture(scope="session")
def environment(home: Path) -> Environment:
    return Conf(REPOSITORY / "conf").environment


@pytest.fixture(scope="session")
def spark(environment: Environment, home: Path) -> Iterator[SparkSession]:
    """The session of this run; jobs that a test runs, in this process or another, attach to the same server."""
    with (home / "spark.log").open("w") as log:
        process, remote = start_server(environment.spark, log)
    patch = pytest.MonkeyPatch()
    patch.setenv("SPARK_REMOTE", remote)
    session = open_session(environment)
    yield session
    if process.poll() is None:  # stopping the session of a server that has ended is tried again for ten minutes
        session.stop()
    patch.undo()
    process.terminate()
    process.wait()


@pytest.fixture
def tables(spark: SparkSession, environment: Environment, tmp_path: Path) -> Tables:
    """Tables in a folder of this test alone."""
    where = environment.tables.model_copy(update={"root": str(tmp_path / "tables")})
    return Tables(spark, environment.model_copy(update={"tables": where}))


@pytest.fixture(scope="session")
def new_database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """MLflow's, for tests to copy: to make one takes seconds."""
    file = tmp_path_factory.mktemp("mlflow") / "mlflow.db"
    MlflowClient(f"sqlite:///{file}").search_experiments()
    return file


@pytest.fixture
def own_home(tmp_path: Path, new_database: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A TOILE_HOME of this test alone, with an empty MLflow."""
    folder = tmp_path / "home"
    (folder / "mlflow").mkdir(parents=True)
    shutil.copy(new_database, folder / "mlflow")
    monkeypatch.setenv("TOILE_HOME", str(folder))
    # MLflow sets it when it is told an address: only what was set before is put back after the test.
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{folder}/mlflow/mlflow.db")
    return folder


@pytest.fixture(scope="session")
def real_data() -> Path:
    """The folder of real data, or a skip that says how to provide it."""
    folder = os.environ.get("TOILE_DATA")
    if not folder or not Path(folder).is_dir():
        pytest.skip("TOILE_DATA does not name a folder with the real data sets")
    return Path(folder).resolve()


@pytest.fixture(scope="session")
def bucket() -> Iterator[str]:
    """A bucket of a server that speaks S3's protocol, where the usual variables lead to."""
    server = ThreadedMotoServer("127.0.0.1", port=0, verbose=False)
    server.start()
    patch = pytest.MonkeyPatch()
    address = "http://{}:{}".format(*server.get_host_and_port())
    patch.setenv("AWS_ENDPOINT_URL", address)
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY"):
        patch.setenv(name, "test")
    S3FileSystem(endpoint_override=address, allow_bucket_creation=True).create_dir("toile")
    yield "s3://toile"
    patch.undo()
    server.stop()
