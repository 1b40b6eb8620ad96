"""Who, beside Airflow's own roles for all DAGs, may read and trigger a model's DAGs: the roles that its team names."""

from airflow.sdk import DAG

from toile.config.platform import Team

# Airflow asks for the right to edit a DAG before it lets anybody create a run of it or answer a question of its tasks.
GRANTS = {
    "read": {"DAGs": {"can_read"}, "DAG Runs": {"can_read"}},
    "trigger": {"DAGs": {"can_read", "can_edit"}, "DAG Runs": {"can_read", "can_create"}},
}


def give_access(dag: DAG, owner: Team | None) -> None:
    """Sets the DAG's `access_control`, of which auth managers with roles (FAB) take notice.

    Never None, with which rights would stay that platform.yaml grants no longer. As an argument of `DAG` it would warn,
    at every parse, that from Airflow 4 on the auth manager alone is to be told.
    """
    dag.access_control = {role: GRANTS[right] for role, right in owner.roles.items()} if owner else {}
