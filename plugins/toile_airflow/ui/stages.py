"""How the DAGs stand: which there are, which are paused, and how the last run of each went."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from airflow.models.dag import DagModel
from airflow.models.dagrun import DagRun
from sqlalchemy import func, select

HIDDEN = "hidden"


@dataclass(frozen=True)
class Stage:
    """One DAG and its last run; without a run, the fields of it are None. Who may not read runs gets `hidden`."""

    dag_id: str
    paused: bool
    run_id: str | None
    state: str | None
    ran_at: datetime | None


def read_stages(session: Any, dag_ids: Sequence[str] | None = None, *, with_runs: bool) -> dict[str, Stage]:
    """Those of these DAGs, or of all, that Airflow knows, by id; their last runs too, where the user may read runs."""
    asked = [] if dag_ids is None else [DagModel.dag_id.in_(dag_ids)]
    if not with_runs:
        dags = select(DagModel.dag_id, DagModel.is_paused).where(DagModel.is_stale.is_(False), *asked)
        return {row[0]: Stage(row[0], row[1], None, HIDDEN, None) for row in session.execute(dags)}
    runs = select(DagRun.dag_id, func.max(DagRun.id).label("id")).group_by(DagRun.dag_id)
    last = (runs if dag_ids is None else runs.where(DagRun.dag_id.in_(dag_ids))).subquery()
    query = (
        select(DagModel.dag_id, DagModel.is_paused, DagRun.run_id, DagRun.state, DagRun.run_after)
        .outerjoin(last, last.c.dag_id == DagModel.dag_id)
        .outerjoin(DagRun, DagRun.id == last.c.id)
        .where(DagModel.is_stale.is_(False), *asked)
    )
    return {row[0]: Stage(*row) for row in session.execute(query)}
