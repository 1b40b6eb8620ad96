"""Who may see what: by Airflow's own users and their rights on each DAG."""

from dataclasses import dataclass
from typing import Annotated, Any

from airflow.api_fastapi.app import get_auth_manager
from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity, DagDetails
from airflow.api_fastapi.core_api.security import get_user, requires_access_dag
from airflow.models.dag import DagModel
from fastapi import Depends

ReaderOfDags = Depends(requires_access_dag("GET"))
"""Nobody without a user, and no user who may read no DAG at all, gets past this."""


@dataclass(frozen=True)
class Rights:
    """A user, the DAGs that this user may read, and whether also how their runs went."""

    user: Any
    dags: set[str]
    runs: bool


def rights_of(user: Annotated[Any, Depends(get_user)]) -> Rights:
    """Asked as for Airflow's own lists of DAGs and of runs."""
    manager = get_auth_manager()
    return Rights(
        user,
        dags=manager.get_authorized_dag_ids(user=user, method="GET"),
        runs=manager.is_authorized_dag(method="GET", access_entity=DagAccessEntity.RUN, user=user),
    )


RightsOfUser = Annotated[Rights, Depends(rights_of)]


def may_trigger(user: Any, dag_id: str) -> bool:
    """Whether Airflow will let this user trigger the DAG; the page only asks, Airflow's API decides."""
    details = DagDetails(id=dag_id, team_name=DagModel.get_team_name(dag_id))
    allowed: bool = get_auth_manager().is_authorized_dag(
        method="POST", access_entity=DagAccessEntity.RUN, details=details, user=user
    )
    return allowed
