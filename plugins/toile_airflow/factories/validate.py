"""The validate stage: compare every candidate on the held-out window, announce the challenger."""

from typing import Any

from airflow.sdk import DAG, task_group

from toile.config import ResolvedModel
from toile_airflow.backends import submit
from toile_airflow.events import announce, schedule
from toile_airflow.factories.frame import stage_dag
from toile_airflow.outcome import WhenRefused
from toile_airflow.params import check_params


def build_validate_dag(model: ResolvedModel, page: str) -> DAG:
    """`<domain>.<model>.validate`."""
    with stage_dag(model, "validate", page, schedule=schedule(model, "validate"), max_active_runs=1) as dag:
        asks = check_params("validate")

        @task_group(prefix_group_id=False)
        def each_ask(ask: Any) -> None:
            validate = submit(model, "validate", ask=ask, when_refused=WhenRefused.GO_ON)
            challenger = announce(model, "challenger", validate.output)

            validate >> challenger

        asks >> each_ask.expand(ask=asks)
    return dag
