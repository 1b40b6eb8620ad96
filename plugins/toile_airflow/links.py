"""Links from a task in the UI to what its job left: the MLflow run and the report."""

import os
import re
from typing import Any

from airflow.sdk import BaseOperatorLink
from airflow.sdk.execution_time.xcom import XCom

from toile.home import tracking_uri

_ARTEFACT = re.compile(r"/(?P<run>[0-9a-f]{32})/artifacts/(?P<path>.+)$")
_EXPERIMENT = re.compile(r"^#/experiments/(?P<id>\d+)/")


def web_address(place: str | None) -> str:
    """Where a browser finds this place; empty where it is unknown or MLflow has no web address.

    A place is what follows MLflow's own address (`#/experiments/1/runs/abc`), or any other address. MLflow's is
    `$TOILE_MLFLOW_UI`, else the tracking URI where that is a web address.
    """
    if not place or not place.startswith("#/"):
        return place or ""
    tracking = tracking_uri(None)
    root = os.environ.get("TOILE_MLFLOW_UI") or (tracking if tracking.startswith("http") else "")
    return f"{root.rstrip('/')}/{place}" if root else ""


def artefact_page(uri: str | None, mlflow_run: str | None) -> str | None:
    """The place in MLflow's UI that shows an artefact of a run; any other URI as it is.

    A browser opens no `file:` or `mlflow-artifacts:` address from a web page, and the URI of an artefact does not tell
    its experiment: `mlflow_run`, a run of the same one, does.
    """
    artefact, experiment = _ARTEFACT.search(uri or ""), _EXPERIMENT.match(mlflow_run or "")
    if not artefact or not experiment:
        return uri
    return f"#/experiments/{experiment['id']}/runs/{artefact['run']}/artifacts/{artefact['path']}"


class MlflowRunLink(BaseOperatorLink):
    """The MLflow run that the job logged to."""

    name = "MLflow run"

    def get_link(self, operator: Any, *, ti_key: Any) -> str:  # noqa: ARG002 -- Airflow's signature
        return web_address(XCom.get_value(ti_key=ti_key, key="mlflow_run"))


class ReportLink(BaseOperatorLink):
    """The page that the job drew: data gate, model validation or drift."""

    name = "Report"

    def get_link(self, operator: Any, *, ti_key: Any) -> str:  # noqa: ARG002 -- Airflow's signature
        report, mlflow_run = (XCom.get_value(ti_key=ti_key, key=key) for key in ("report", "mlflow_run"))
        return web_address(artefact_page(report, mlflow_run))
