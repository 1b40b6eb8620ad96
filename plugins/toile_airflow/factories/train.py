"""The train stage: gate the training data, fit, announce the candidate."""

from typing import Any

from airflow.sdk import DAG, task_group

from toile.config import ResolvedModel
from toile_airflow.backends import submit
from toile_airflow.events import asset, schedule
from toile_airflow.factories.frame import stage_dag
from toile_airflow.params import check_params


def build_train_dag(model: ResolvedModel, page: str) -> DAG:
    """`<domain>.<model>.train`."""
    with stage_dag(model, "train", page, schedule=schedule(model, "train"), max_active_runs=1) as dag:
        asks = check_params("train")

        @task_group(prefix_group_id=False)
        def each_ask(ask: Any) -> None:
            gate = submit(model, "gate", ask=ask, parameters={"purpose": "training"})
            train = submit(model, "train", ask=ask, outlets=[asset(model, "candidate")])

            gate >> train

        asks >> each_ask.expand(ask=asks)
    return dag
