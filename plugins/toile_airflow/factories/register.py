"""The register stage: promote a challenger or roll back, announce the champion."""

from typing import Any

from airflow.sdk import DAG, task_group

from toile.config import ResolvedModel
from toile_airflow.approval import approve
from toile_airflow.backends import submit
from toile_airflow.events import announce, schedule
from toile_airflow.factories.frame import stage_dag
from toile_airflow.outcome import WhenRefused
from toile_airflow.params import check_params


def build_register_dag(model: ResolvedModel, page: str) -> DAG:
    """`<domain>.<model>.register`."""
    with stage_dag(model, "register", page, schedule=schedule(model, "register"), max_active_runs=1) as dag:
        asks = check_params("register")

        @task_group(prefix_group_id=False)
        def each_ask(ask: Any) -> None:
            approved = approve(model, ask).output if model.config.approval == "required" else ask
            # One at a time: two promotions that race leave the alias and the ledger to chance.
            promote = submit(
                model, "promote", ask=approved, when_refused=WhenRefused.GO_ON, max_active_tis_per_dagrun=1
            )
            # A rollback starts no scoring: what was scored stays, and the next scoring is the former champion's.
            champion = announce(model, "champion", promote.output, only_if="promoted")

            promote >> champion

        asks >> each_ask.expand(ask=asks)
    return dag
