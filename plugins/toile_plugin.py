"""What Toile adds to Airflow: links from a task to its MLflow run and to its report."""

from airflow.plugins_manager import AirflowPlugin

from toile_airflow import marked_failed
from toile_airflow.links import MlflowRunLink, ReportLink


class ToilePlugin(AirflowPlugin):
    """Registers Toile's parts with Airflow."""

    name = "toile"
    operator_extra_links = [MlflowRunLink(), ReportLink()]  # noqa: RUF012 -- Airflow reads a plain class attribute
    listeners = [marked_failed]  # noqa: RUF012 -- likewise
