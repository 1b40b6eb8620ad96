"""What Toile adds to Airflow: the Models page, and links from a task to its MLflow run and to its report."""

from airflow.plugins_manager import AirflowPlugin

from toile_airflow import marked_failed
from toile_airflow.links import MlflowRunLink, ReportLink


class ToilePlugin(AirflowPlugin):
    """Registers Toile's parts with Airflow."""

    name = "toile"
    operator_extra_links = [MlflowRunLink(), ReportLink()]  # noqa: RUF012 -- Airflow reads a plain class attribute
    listeners = [marked_failed]  # noqa: RUF012 -- likewise
    external_views = [  # noqa: RUF012
        {"name": "Models", "href": "toile/", "url_route": "models", "destination": "nav", "nav_top_level": True}
    ]

    @property
    def fastapi_apps(self) -> list[dict[str, object]]:
        """Imported when the API server asks: no other process of Airflow, and no worker, should wait for it."""
        from toile_airflow.ui.app import PREFIX, app

        return [{"app": app, "url_prefix": PREFIX, "name": "Toile"}]
