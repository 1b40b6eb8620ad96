"""The monitor stage: measure drift and late-label performance, ask for retraining where the policy says so."""

from typing import Any

from airflow.sdk import DAG, task_group

from toile.config import ResolvedModel
from toile_airflow.backends import submit
from toile_airflow.events import announce, schedule
from toile_airflow.factories.frame import stage_dag
from toile_airflow.params import check_params


def build_monitor_dag(model: ResolvedModel, page: str) -> DAG:
    """`<domain>.<model>.monitor`."""
    with stage_dag(model, "monitor", page, schedule=schedule(model, "monitor"), max_active_runs=1) as dag:
        asks = check_params("monitor")

        @task_group(prefix_group_id=False)
        def each_ask(ask: Any) -> None:
            monitor = submit(model, "monitor", ask=ask)
            retrain = announce(model, "retrain", monitor.output, only_if="retrain")

            monitor >> retrain

        asks >> each_ask.expand(ask=asks)
    return dag
