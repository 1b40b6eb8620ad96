"""The frame of every stage's DAG: identity, form, page, owner and defaults."""

from copy import copy
from typing import Any

from airflow.sdk import DAG

from toile.config import Names, ResolvedModel
from toile_airflow.access import give_access
from toile_airflow.defaults import default_arguments
from toile_airflow.doc import on_call_page
from toile_airflow.params import FORMS


def stage_dag(model: ResolvedModel, stage: str, page: str, **options: Any) -> DAG:
    """An empty DAG of one stage of one model; `options` are Airflow's, such as `schedule`."""
    config = model.config
    dag = DAG(
        dag_id=Names(config.id).dag_id(stage),
        description=config.description,
        doc_md=on_call_page(model, stage, page),
        # Copies: Airflow writes a run's values into the very objects it is given.
        params={name: copy(param) for name, param in FORMS[stage].items()},
        default_args=default_arguments(model),
        tags=sorted({"toile", config.domain, config.owner, stage, *config.tags}),
        catchup=False,
        **options,
    )
    give_access(dag, model.platform.teams[config.owner])
    return dag
