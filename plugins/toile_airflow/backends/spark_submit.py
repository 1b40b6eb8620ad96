"""The backend of a Spark cluster: a job is an application of it, and the driver a process beside Airflow."""

import os
from typing import Any

from airflow.providers.apache.spark.hooks.spark_submit import SparkSubmitHook
from airflow.providers.apache.spark.operators.spark_submit import SparkSubmitOperator
from airflow.sdk import BaseHook
from airflow.sdk.exceptions import AirflowException, AirflowFailException, AirflowNotFoundException

from toile.config import ResolvedModel
from toile.config.backends import SparkSubmitBackend
from toile.contract import JobSpec
from toile.store import open_store
from toile.wheel import LAUNCHER, MANIFEST
from toile_airflow.backends.job import JobOperator
from toile_airflow.backends.program import LastWords, bound_to_this, job_environment, jobs_program

# By these a driver finds its cluster, and is known to stores and to MLflow.
CLUSTERS = ("HADOOP_CONF_DIR", "YARN_CONF_DIR", "SPARK_CONF_DIR", "SPARK_LOCAL_IP", "KUBECONFIG", "KRB5CCNAME")
IDENTITIES = ("AWS_", "AZURE_", "MLFLOW_")
# Where a model is tracked its environment says, which the wheel holds; a variable would overrule it.
ADDRESS = "MLFLOW_TRACKING_URI"


class SparkSubmitJobOperator(JobOperator, SparkSubmitOperator):
    """Submits the wheel's launcher in client mode: the driver ends with its task, the application with its driver."""

    def run_job(self, spec: JobSpec, context: Any) -> None:
        self._require_connection()
        folder, _, wheel = str(spec.wheel).rpartition("/")
        if open_store(folder).read(MANIFEST) is None:
            deploy = f"toile deploy --env {self.environment.name}"
            raise AirflowFailException(f"{self.job}: this checkout's wheel is not in {folder}. Run: {deploy}")
        self.application, self.py_files = f"{folder}/{LAUNCHER}", spec.wheel
        self.application_args = [spec.model_dump_json()]
        # PySpark puts no wheel on its workers' path; --py-files lays it into the folder that they work in.
        self.conf = {"spark.log.level": "WARN", **self.environment.spark, "spark.executorEnv.PYTHONPATH": wheel}
        SparkSubmitOperator.execute(self, context)

    def _get_hook(self) -> SparkSubmitHook:
        backend = _backend(self.model)
        python = backend.python or jobs_program("python")
        identities = [name for name in os.environ if name.startswith(IDENTITIES) and name != ADDRESS]
        variables = job_environment(self.environment.name, python, (*CLUSTERS, *identities))
        return _Driver(
            job=self.job,
            variables={**variables, "PYSPARK_DRIVER_PYTHON": python},
            conf=self.conf,
            conn_id=backend.connection,
            py_files=self.py_files,
            name=f"{self.model.config.id} {self.job}",
            application_args=self.application_args,
            spark_binary=backend.spark_submit or jobs_program("spark-submit"),
            deploy_mode="client",
        )

    def _require_connection(self) -> None:
        """Airflow's hook would go to YARN, whatever that is here."""
        name = _backend(self.model).connection
        try:
            master = BaseHook.get_connection(name).host
        except AirflowNotFoundException:
            master = None
        if not master:
            raise AirflowFailException(
                f"{self.job}: the environment {self.environment.name} submits by the connection {name!r}, and Airflow "
                f"knows no master of that name. Make it: airflow connections add {name} --conn-type spark "
                "--conn-host spark://<host> --conn-port 7077"
            )


class _Driver(SparkSubmitHook):
    """Airflow's own way to submit, in a process that ends with this one and is given nothing of Airflow's variables."""

    def __init__(self, *, job: str, variables: dict[str, str], **options: Any) -> None:
        super().__init__(**options)
        self._job, self._variables, self._words = job, variables, LastWords()

    def submit(self, application: str = "", **options: Any) -> None:
        code = 0
        try:
            super().submit(application, env=self._variables, **options)
        except AirflowException:
            if self._submit_sp is None:  # nothing has begun that could have told why
                raise
            # Its text is the whole command and the end of the log.
            code = self._submit_sp.returncode or 1
        self._words.require_success(self._job, code)

    def _get_spark_binary_path(self) -> list[str]:
        # By force: a JVM that is asked to end takes its time, and a retry may start beside it.
        return bound_to_this(super()._get_spark_binary_path(), "KILL")

    def _process_spark_submit_log(self, itr: Any) -> None:
        with itr:  # the process's output, which Airflow's hook leaves open
            super()._process_spark_submit_log(self._words.heard(itr))


def _backend(model: ResolvedModel) -> SparkSubmitBackend:
    backend = model.environment.backend
    if not isinstance(backend, SparkSubmitBackend):
        raise TypeError(f"{model.environment.name} does not submit to a cluster")
    return backend
