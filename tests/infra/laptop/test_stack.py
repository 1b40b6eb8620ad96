from pathlib import Path

import pytest

from laptop.stack import Stack
from toile.config import Conf
from toile.home import conf_root

PORTS = {"airflow": 8090, "mlflow": 5055, "spark": 15055}


@pytest.fixture
def stack(tmp_path: Path) -> Stack:
    return Stack(tmp_path, PORTS)


def test_every_address_of_airflow_follows_its_port(stack: Stack) -> None:
    settings = stack.airflow_environment
    assert settings["AIRFLOW__API__PORT"] == "8090"
    assert settings["AIRFLOW__API__BASE_URL"] == "http://127.0.0.1:8090"
    assert settings["AIRFLOW__CORE__EXECUTION_API_SERVER_URL"] == "http://127.0.0.1:8090/execution/"


def test_everything_listens_on_the_loopback_only(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    (stack.home / "jars").mkdir()
    (stack.home / "jars/delta.jar").touch()
    monkeypatch.setenv("TOILE_HOME", str(stack.home))
    assert stack.airflow_environment["AIRFLOW__API__HOST"] == "127.0.0.1"
    mlflow = stack.mlflow().command
    assert mlflow[mlflow.index("--host") + 1] == "127.0.0.1"
    assert "spark.connect.grpc.binding.address=127.0.0.1" in stack.spark().command


def test_the_spark_server_has_the_environments_settings_and_is_no_client(
    stack: Stack, monkeypatch: pytest.MonkeyPatch
) -> None:
    (stack.home / "jars").mkdir()
    (stack.home / "jars/delta.jar").touch()
    monkeypatch.setenv("TOILE_HOME", str(stack.home))
    monkeypatch.setenv("SPARK_REMOTE", "sc://elsewhere:15002")
    monkeypatch.setenv("JAVA_HOME", "/usr/lib/jvm/too-old")
    spark = stack.spark()
    for key, value in Conf(conf_root(), "local").environment.spark.items():
        assert f"{key}={value}" in spark.command
    assert "SPARK_REMOTE" not in spark.environment
    assert spark.environment["JAVA_HOME"] == str(stack.home / "java")


def test_jobs_are_told_of_the_servers(stack: Stack) -> None:
    assert stack.environment["SPARK_REMOTE"] == "sc://127.0.0.1:15055"
    assert stack.environment["MLFLOW_TRACKING_URI"] == "http://127.0.0.1:5055"
    assert stack.environment["TOILE_HOME"] == str(stack.home)


def test_mlflows_server_tells_nobody_of_its_use(stack: Stack) -> None:
    assert stack.mlflow().environment["MLFLOW_DISABLE_TELEMETRY"] == "true"


def test_mlflows_server_and_jobs_without_one_share_a_store(stack: Stack, monkeypatch: pytest.MonkeyPatch) -> None:
    from toile.home import tracking_uri

    monkeypatch.setenv("TOILE_HOME", str(stack.home))
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    assert tracking_uri(None) in stack.mlflow().command
