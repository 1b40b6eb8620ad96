"""The score stage: gate the scoring data, score it with the champion, announce the scores."""

from typing import Any

from airflow.sdk import DAG, task_group

from toile.config import ResolvedModel
from toile_airflow.backends import submit
from toile_airflow.events import asset, schedule
from toile_airflow.factories.frame import stage_dag
from toile_airflow.params import check_params


def build_score_dag(model: ResolvedModel, page: str) -> DAG:
    """`<domain>.<model>.score`."""
    with stage_dag(model, "score", page, schedule=schedule(model, "score"), max_active_runs=1) as dag:
        asks = check_params("score")

        @task_group(prefix_group_id=False)
        def each_ask(ask: Any) -> None:
            gate = submit(model, "gate", ask=ask, parameters={"purpose": "scoring"})
            score = submit(model, "score", ask=ask, outlets=[asset(model, "scores")])

            gate >> score

        asks >> each_ask.expand(ask=asks)
    return dag
