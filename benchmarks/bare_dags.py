"""What `benchmarks.parse` compares with: DAGs that somebody writes by hand in a loop, without any YAML."""

from collections.abc import Iterable, Mapping
from copy import copy
from dataclasses import replace
from datetime import timedelta
from typing import Any, NamedTuple

from airflow.providers.standard.operators.bash import BashOperator
from airflow.providers.standard.operators.empty import EmptyOperator
from airflow.sdk import DAG, Asset, task_group

from toile.config import ResolvedModel
from toile_airflow.alerts import OwnerAlert
from toile_airflow.backends.local import LocalJobOperator
from toile_airflow.outcome import WhenRefused
from toile_airflow.params import FORMS, check_params


class Alike(NamedTuple):
    """A model whose train DAG is like another's but for the name, which the page has as `{name}`."""

    model: ResolvedModel
    page: str


def build_bare_dags(names: Mapping[str, Alike]) -> dict[str, DAG]:
    """The train DAG of each `<domain>.<model>`."""
    return {f"{name}.train": _train_dag(name, *like) for name, like in names.items()}


def build_plain_dags(names: Iterable[str]) -> dict[str, DAG]:
    """Three tasks in a row, no more than what dag-factory's YAML can say (`plain_yaml`)."""
    return {f"{name}.plain": _plain_dag(name) for name in names}


def plain_yaml(name: str) -> str:
    """The same DAG as `build_plain_dags` makes, for dag-factory."""
    return f"""\
{name}.plain:
  description: Will a customer buy again within 90 days?
  schedule: null
  catchup: false
  max_active_runs: 1
  tags: [toile, train]
  default_args: {{owner: customer-squad, retries: 2}}
  tasks:
    - {{task_id: check_params, operator: airflow.providers.standard.operators.empty.EmptyOperator}}
    - task_id: gate
      operator: airflow.providers.standard.operators.bash.BashOperator
      bash_command: "true"
      pool: toile_spark
      dependencies: [check_params]
    - task_id: train
      operator: airflow.providers.standard.operators.bash.BashOperator
      bash_command: "true"
      pool: toile_spark
      dependencies: [gate]
"""


def _train_dag(name: str, like: ResolvedModel, page: str) -> DAG:
    domain, _, short = name.partition(".")
    model = replace(like, config=like.config.model_copy(update={"domain": domain, "name": short}))
    owner = model.config.owner
    with DAG(
        dag_id=f"{name}.train",
        description=model.config.description,
        doc_md=page.replace("{name}", name),
        schedule=[Asset(f"toile://{domain}/{short}/retrain")],
        params={key: copy(param) for key, param in FORMS["train"].items()},
        default_args={
            "owner": owner,
            "retries": 2,
            "retry_delay": timedelta(seconds=10),
            "retry_exponential_backoff": 2.0,
            "max_retry_delay": timedelta(minutes=1),
            "on_failure_callback": OwnerAlert(f"#{owner}", ["log"]),
        },
        tags=sorted(["toile", domain, owner, "train"]),
        catchup=False,
        max_active_runs=1,
    ) as dag:
        asks = check_params("train")

        dag.access_control = {}

        @task_group(prefix_group_id=False)
        def each_ask(ask: Any) -> None:
            same = {"model": model, "ask": ask, "when_refused": WhenRefused.FAIL, "pool": "toile_spark"}
            gate = LocalJobOperator(task_id="gate", job="gate", parameters={"purpose": "training"}, **same)
            candidate = Asset(f"toile://{domain}/{short}/candidate")
            train = LocalJobOperator(task_id="train", job="train", parameters={}, outlets=[candidate], **same)
            gate >> train

        asks >> each_ask.expand(ask=asks)
    return dag


def _plain_dag(name: str) -> DAG:
    with DAG(
        dag_id=f"{name}.plain",
        description="Will a customer buy again within 90 days?",
        schedule=None,
        catchup=False,
        max_active_runs=1,
        tags=["dagfactory", "toile", "train"],  # dag-factory adds its own
        default_args={"owner": "customer-squad", "retries": 2},
    ) as dag:
        check = EmptyOperator(task_id="check_params")
        gate = BashOperator(task_id="gate", bash_command="true", pool="toile_spark")
        train = BashOperator(task_id="train", bash_command="true", pool="toile_spark")
        check >> gate >> train
    return dag
