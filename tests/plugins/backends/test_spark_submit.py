import os
import signal
from collections.abc import Callable, Iterator
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
import yaml
from airflow.providers.apache.spark.hooks.spark_submit import SparkSubmitHook
from airflow.sdk import DAG
from airflow.sdk.bases.operator import ExecutorSafeguard
from airflow.sdk.exceptions import AirflowException, AirflowFailException

from tests.processes import running_with, wait_for
from tests.spark_cluster import CLUSTER_SETTINGS, Cluster, deploy, link_set_up, spark_cluster
from toile.config import Conf
from toile.contract import JobSpec
from toile_airflow.asks import Ask
from toile_airflow.backends import submit
from toile_airflow.backends.spark_submit import SparkSubmitJobOperator

ASK = Ask(as_of=date(2011, 6, 1))
TASK_INSTANCE = SimpleNamespace(dag_id="shop.alpha.monitor", run_id="manual", map_index=0)
# Answers as its JSON file says, and notes how it was called.
STAND_IN = """#!/bin/sh
printf '%s\\n' "$@" > "$HOME/arguments"
env > "$HOME/variables"
echo $$ > "$HOME/pid"
[ -e "$HOME/answer" ] && . "$HOME/answer"
exit 0
"""


@pytest.fixture
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """HOME and TOILE_HOME of this test."""
    for name in ("HOME", "TOILE_HOME"):
        monkeypatch.setenv(name, str(tmp_path))
    monkeypatch.setenv("AIRFLOW_CONN_CLUSTER", "spark://reader:hunter2@127.0.0.1:7077")
    monkeypatch.setattr(ExecutorSafeguard, "test_mode", True)  # no task runner calls the operator here
    link_set_up(tmp_path)
    return tmp_path


@pytest.fixture
def build(home: Path, conf: Path) -> Callable[..., SparkSubmitJobOperator]:
    """Makes the operator of an environment whose backend, besides the connection `cluster`, has these keys."""

    def build_operator(spark: dict[str, str] | None = None, **backend: str) -> Any:
        where = {"kind": "spark_submit", "connection": "cluster", "artifacts": str(home / "wheels"), **backend}
        environment = {
            "description": "A cluster.",
            "backend": where,
            "tables": {"kind": "path", "root": str(home / "tables")},
            "mlflow": f"sqlite:///{home}/mlflow.db",
            "results": str(home / "results"),
            "spark_session": "classic",
            "spark": spark or {},
        }
        (conf / "environments" / "cluster.yaml").write_text(yaml.safe_dump(environment))
        with DAG("a_dag", schedule=None):
            return submit(Conf(conf, "cluster").load_model("shop.alpha"), "monitor", ask=ASK.model_dump(mode="json"))

    return build_operator


@pytest.fixture
def operator(build: Callable[..., SparkSubmitJobOperator], home: Path) -> SparkSubmitJobOperator:
    """Submits by a stand-in."""
    program = home / "spark-submit"
    program.write_text(STAND_IN)
    program.chmod(0o755)
    return build(spark_submit=str(program), spark={"spark.executor.memory": "3g"})


@pytest.fixture
def spec(operator: SparkSubmitJobOperator) -> JobSpec:
    """A job whose wheel lies where it says."""
    spec = operator.build_spec(ASK, TASK_INSTANCE)
    folder = Path(str(spec.wheel)).parent
    folder.mkdir(parents=True)
    (folder / "manifest.json").write_text("{}")
    return spec


@pytest.fixture(scope="module")
def cluster(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Cluster]:
    with spark_cluster(tmp_path_factory.mktemp("cluster")) as running:
        yield running


@pytest.fixture(scope="module")
def wheels(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return tmp_path_factory.mktemp("wheels")


@pytest.fixture
def submitting(
    cluster: Cluster, wheels: Path, build: Callable[..., SparkSubmitJobOperator], monkeypatch: pytest.MonkeyPatch
) -> SparkSubmitJobOperator:
    """Submits to the real cluster, from the real wheel."""
    monkeypatch.setenv("AIRFLOW_CONN_CLUSTER", f"spark://127.0.0.1:{cluster.port}")
    operator = build(artifacts=str(wheels), spark=CLUSTER_SETTINGS)
    deploy("cluster")
    return operator


def test_a_job_is_submitted_in_client_mode_from_its_very_wheel(
    operator: SparkSubmitJobOperator, spec: JobSpec, home: Path
) -> None:
    operator.run_job(spec, {})

    *options, application, argument = (home / "arguments").read_text().splitlines()
    told = dict(zip(options[::2], options[1::2], strict=True))
    assert told["--master"] == "spark://127.0.0.1:7077"
    assert told["--deploy-mode"] == "client"
    assert (told["--py-files"], application) == (spec.wheel, f"{str(spec.wheel).rpartition('/')[0]}/launch.py")
    assert "spark.executor.memory=3g" in options
    assert JobSpec.parse(argument) == spec


def test_the_driver_knows_its_interpreter_and_its_cloud_and_nothing_of_airflow(
    operator: SparkSubmitJobOperator, spec: JobSpec, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_PROFILE", "MLFLOW_TRACKING_TOKEN", "SPARK_REMOTE", "TOILE_CONF", "MLFLOW_TRACKING_URI"):
        monkeypatch.setenv(name, "of the worker")

    operator.run_job(spec, {})

    variables = dict(line.split("=", 1) for line in (home / "variables").read_text().splitlines())
    python = str(home / "venvs" / "jobs" / "bin" / "python")
    assert (variables["PYSPARK_PYTHON"], variables["PYSPARK_DRIVER_PYTHON"]) == (python, python)
    assert variables["TOILE_ENV"] == "cluster"
    assert {name for name, value in variables.items() if value == "of the worker"} == {
        "AWS_PROFILE",
        "MLFLOW_TRACKING_TOKEN",
    }, "what the wheel's own configuration says would be overruled"
    assert [name for name in variables if name.startswith("AIRFLOW")] == []


def test_a_wheel_that_is_not_deployed_is_asked_for(operator: SparkSubmitJobOperator, home: Path) -> None:
    with pytest.raises(AirflowFailException, match=f"is not in {home}/wheels/.* Run: toile deploy --env cluster"):
        operator.run_job(operator.build_spec(ASK, TASK_INSTANCE), {})


@pytest.mark.parametrize("connection", [None, "spark://"])
def test_without_a_master_nothing_is_submitted_to_yarn(
    operator: SparkSubmitJobOperator, spec: JobSpec, home: Path, monkeypatch: pytest.MonkeyPatch, connection: str | None
) -> None:
    monkeypatch.delenv("AIRFLOW_CONN_CLUSTER")
    if connection:
        monkeypatch.setenv("AIRFLOW_CONN_CLUSTER", connection)

    with pytest.raises(AirflowFailException, match=r"'cluster'.* airflow connections add cluster --conn-type spark"):
        operator.run_job(spec, {})

    assert not (home / "arguments").exists()


@pytest.mark.parametrize(
    ("answer", "error", "told"),
    [
        ("echo 'DataError: there is no table a.b' >&2; exit 2", AirflowFailException, "monitor: there is no table a.b"),
        ("echo 'a.b.Py4JError: password' >&2; exit 1", AirflowException, "monitor: a fault (exit 1, Py4JError), told "),
        ("kill -9 $$", AirflowException, "monitor: a fault (exit -9), told "),
    ],
)
def test_one_line_tells_why_a_job_failed_and_whether_it_is_tried_again(
    operator: SparkSubmitJobOperator, spec: JobSpec, home: Path, *, answer: str, error: type[Exception], told: str
) -> None:
    (home / "answer").write_text(answer)

    with pytest.raises(AirflowException) as raised:
        operator.run_job(spec, {})

    assert type(raised.value) is error
    assert str(raised.value).startswith(told)
    assert "\n" not in str(raised.value)


def test_what_keeps_a_driver_from_starting_is_told_as_it_is(
    operator: SparkSubmitJobOperator, spec: JobSpec, monkeypatch: pytest.MonkeyPatch
) -> None:
    """There is no log above that could tell it."""

    def refuse(*_: object) -> list[str]:
        raise AirflowException("there is no ticket")

    monkeypatch.setattr(SparkSubmitHook, "_build_spark_submit_command", refuse)

    with pytest.raises(AirflowException, match=r"^there is no ticket$"):
        operator.run_job(spec, {})


def test_what_the_connection_keeps_secret_is_in_no_log(
    operator: SparkSubmitJobOperator, spec: JobSpec, home: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    operator.run_job(spec, {})

    told = capfd.readouterr()
    assert "Spark-Submit cmd" in told.out
    assert "hunter2" not in told.out + told.err + (home / "arguments").read_text()


def test_a_mistake_passes_through_a_real_cluster(submitting: SparkSubmitJobOperator) -> None:
    spec = submitting.build_spec(ASK, TASK_INSTANCE).model_copy(update={"job": "train"})  # no gate has been there

    with pytest.raises(AirflowFailException, match=r"^monitor: .* gate"):
        submitting.run_job(spec, {})


@pytest.mark.parametrize("end", ["the worker is killed", "the task is killed"])
def test_a_driver_and_its_application_end_with_the_task(
    submitting: SparkSubmitJobOperator, cluster: Cluster, end: str
) -> None:
    """Else a retry would run beside the try before it."""
    spec = submitting.build_spec(ASK, TASK_INSTANCE)
    worker = os.fork()
    if not worker:
        signal.signal(signal.SIGTERM, lambda *_: submitting.on_kill())
        try:
            submitting.run_job(spec, {})
        finally:
            os._exit(1)
    assert wait_for(lambda: len(cluster.applications("active")) == 1, 90)
    driver = running_with(spec.run_key)
    assert len(driver) == 2  # the JVM and its Python

    os.kill(worker, signal.SIGKILL if end == "the worker is killed" else signal.SIGTERM)
    os.waitpid(worker, 0)

    assert wait_for(lambda: not running_with(spec.run_key), 2)
    assert wait_for(lambda: cluster.applications("active") == [], 20)
