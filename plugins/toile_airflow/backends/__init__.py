"""Where jobs run: one function turns a job of a model into the operator of its environment's backend."""

from typing import Any

from toile.config import ResolvedModel
from toile.config.names import SPARK_POOL
from toile_airflow.alerts import OwnerAlert
from toile_airflow.backends.job import JobOperator
from toile_airflow.backends.local import LocalJobOperator
from toile_airflow.outcome import WhenRefused

_OPERATORS: dict[str, type[JobOperator]] = {"local": LocalJobOperator}


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
    return _OPERATORS[model.environment.backend.kind](
        task_id=job,
        job=job,
        model=model.config.id,
        environment=model.environment,
        config_digest=model.digest,
        ask=ask,
        parameters=parameters or {},
        when_refused=when_refused,
        alert=OwnerAlert.of(model),
        pool=SPARK_POOL,
        map_index_template="{{ task.headline }}",
        **options,
    )
