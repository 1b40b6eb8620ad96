from pathlib import Path
from shutil import copytree

import pytest

from toile.cli import main
from toile.commands.environment_checks import find_in_environment
from toile.config import Conf
from toile.home import REPOSITORY, toile_home
from toile.spark_server import free_port
from toile.store import FolderStore


@pytest.fixture
def conf(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """The project's own configuration, of which a test may spoil a copy; its MLflow is a file."""
    monkeypatch.setenv("TOILE_CONF", str(copytree(REPOSITORY / "conf", tmp_path / "conf")))
    replace(
        tmp_path / "conf/environments/staging.yaml", "mlflow: http://mlflow:5000", f"mlflow: sqlite:///{tmp_path}/db"
    )
    return tmp_path / "conf"


@pytest.fixture
def airflow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """An Airflow that has no connections."""
    home = tmp_path / "home"
    monkeypatch.setenv("TOILE_HOME", str(home))
    (home / "airflow").mkdir(parents=True)
    program = home / "venvs/airflow/bin/airflow"
    program.parent.mkdir(parents=True)
    program.write_text('#!/bin/sh\n[ "$1 $2" = "connections get" ] && echo Connection not found. >&2\nexit 1\n')
    program.chmod(0o755)


def replace(file: Path, old: str, new: str) -> None:
    assert old in file.read_text()
    file.write_text(file.read_text().replace(old, new))


def told(conf: Path, environment: str) -> dict[str, str]:
    """What is wrong, by file and field."""
    found = [one for one in find_in_environment(Conf(conf, environment)) if one.severity == "error"]
    return {f"{problem.file.name} {problem.field}": f"{problem.message} {problem.hint}" for problem in found}


@pytest.mark.usefixtures("airflow", "workspace")
def test_all_that_a_workspace_lacks_is_found_at_once(conf: Path) -> None:
    replace(
        conf / "environments/production.yaml", "results: /Volumes/ml/toile/results", "results: /Volumes/ml/toile/absent"
    )
    wrong = told(conf, "production")
    assert list(wrong) == [
        "production.yaml backend.connection",
        "production.yaml backend.artifacts",
        "production.yaml results",
    ]
    connection, wheel, results = wrong.values()
    assert "AIRFLOW_CONN_DATABRICKS_PRODUCTION" in connection
    assert "Run `toile deploy --env production`." in wheel
    assert "Volume 'ml.toile.absent' does not exist" in results


@pytest.mark.usefixtures("workspace")
def test_nothing_is_wrong_once_it_is_deployed_and_connected(conf: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_DATABRICKS_PRODUCTION", "databricks://...")
    assert main(["deploy", "--env", "production"]) == 0
    assert told(conf, "production") == {}
    other = copytree(conf, conf.parent / "other" / "conf")
    replace(other / "platform.yaml", "teams:", "# another checkout\nteams:")
    monkeypatch.setenv("TOILE_CONF", str(other))
    assert list(told(other, "production")) == ["production.yaml backend.artifacts"]


def test_a_cluster_needs_a_shared_folder_and_airflows_word_where_there_is_one(
    conf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("TOILE_HOME", str(tmp_path / "home"))
    staging = conf / "environments/staging.yaml"
    replace(staging, "/mnt/toile", f"{tmp_path}/mnt")
    wrong = told(conf, "staging")
    assert list(wrong) == ["staging.yaml backend.artifacts", "staging.yaml results"]
    assert wrong["staging.yaml results"].startswith(f"there is no folder {tmp_path}/mnt/results here.")
    (note,) = (found for found in find_in_environment(Conf(conf, "staging")) if found.severity == "note")
    assert note.message.startswith("no Airflow here tells whether it has a connection 'spark_staging'.")
    assert not (tmp_path / "mnt").exists(), "a look has made a folder"


def test_a_store_that_does_not_answer_is_told(conf: Path, bucket: str) -> None:
    replace(conf / "environments/staging.yaml", "results: /mnt/toile/results", "results: s3://absent/results")
    assert "bucket does not exist" in told(conf, "staging")["staging.yaml results"]
    replace(conf / "environments/staging.yaml", "s3://absent/results", f"{bucket}/results")
    assert "staging.yaml results" not in told(conf, "staging")


def test_an_mlflow_that_does_not_answer_is_told(conf: Path, tmp_path: Path) -> None:
    staging = conf / "environments/staging.yaml"
    replace(staging, f"sqlite:///{tmp_path}/db", f"http://127.0.0.1:{free_port()}")
    assert "does not answer" in told(conf, "staging")["staging.yaml mlflow"]


@pytest.mark.parametrize("connection", ["spark://host:7077", '{"conn_type": "databricks"', '{"conn_type": "http"}'])
def test_a_connection_of_another_kind_is_told(conf: Path, connection: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_DATABRICKS_PRODUCTION", connection)
    monkeypatch.setenv("DATABRICKS_CONFIG_FILE", str(conf / "none"))
    wrong = told(conf, "production")["production.yaml backend.connection"]
    assert "is not a connection of kind databricks" in wrong


def test_a_store_that_gives_back_something_else_is_told(
    conf: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    replace(conf / "environments/staging.yaml", "results: /mnt/toile/results", f"results: {tmp_path}")
    monkeypatch.setattr(FolderStore, "read", lambda *_: b"of yesterday")
    assert "gives back something else" in told(conf, "staging")["staging.yaml results"]


def test_the_check_of_an_environment_ends_with_them_but_for_the_fast_one(
    conf: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    replace(conf / "environments/staging.yaml", "/mnt/toile", str(conf))
    assert main(["check", "--env", "staging"]) == 1
    assert "conf/environments/staging.yaml:6:14: backend.artifacts: this checkout" in capsys.readouterr().err
    assert main(["check", "--env", "staging", "--fast"]) == 0
    assert toile_home().is_dir()
    assert find_in_environment(Conf(conf)) == []
