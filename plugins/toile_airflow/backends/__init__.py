"""Where jobs run: one function turns a job of a model into the operator of its environment's backend."""

from importlib import import_module
from typing import Any

from toile.config import ResolvedModel
from toile.config.names import SPARK_POOL
from toile_airflow.backends.job import JobOperator
from toile_airflow.outcome import WhenRefused

# By name, for a provider costs seconds at parse time: a laptop does not wait for what only a cluster needs.
_OPERATORS = {
    "local": "LocalJobOperator",
    "spark_submit": "SparkSubmitJobOperator",
    "databricks": "DatabricksJobOperator",
}


def submit(
    model: ResolvedModel,
    job: str,
    *,
    ask: Any,
    parameters: dict[str, str] | None = None,
    when_refused: WhenRefused = WhenRefused.FAIL,
    **options: Any,
) -> JobOperator:
    """The task, named like the job, that does one ask of a model.

    Args:
        model: whose job it is.
        job: a module of `toile.jobs`.
        ask: an `Ask` as JSON, or the task that returns it.
        parameters: what the job is told besides the ask.
        when_refused: whether a refused result fails the task, or is told to the owner and handed on.
        options: of Airflow's BaseOperator, such as `outlets`.
    """
    kind = model.environment.backend.kind
    operator: type[JobOperator] = getattr(import_module(f"toile_airflow.backends.{kind}"), _OPERATORS[kind])
    return operator(
        task_id=job,
        job=job,
        model=model,
        ask=ask,
        parameters=parameters or {},
        when_refused=when_refused,
        pool=SPARK_POOL,
        **options,
    )
