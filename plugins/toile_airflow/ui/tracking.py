"""What MLflow tells the Models page, by its REST API: Airflow's environment has no MLflow."""

import os
import re
from collections.abc import Callable, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from typing import Any

import httpx
from pydantic import TypeAdapter, ValidationError

from toile.config.backends import DatabricksBackend
from toile.config.platform import Environment
from toile.contract import FACT, HISTORY, MODEL_EXPERIMENT, Fact
from toile.errors import InfrastructureError
from toile.home import tracking_uri

Send = Callable[[str, Mapping[str, Any]], dict[str, Any]]
"""Posts a JSON object to an endpoint below `2.0/mlflow/` and returns the answer's."""
SECONDS, PAGE = 5, 1000
_RUN = re.compile(r"^#/experiments/[^/]+/runs/(?P<id>\w+)$")
_HISTORY = TypeAdapter(list[Fact])


@dataclass(frozen=True)
class Known:
    """What MLflow knows of one model: its facts by name, and its last model validations, oldest first."""

    experiment_id: str = ""
    facts: Mapping[str, Fact] = field(default_factory=dict)
    history: list[Fact] = field(default_factory=list)
    silent: bool = False
    """Whether MLflow did not answer, so that what is missing here may be there."""

    def fact(self, name: str) -> Fact | None:
        return self.facts.get(name)

    @property
    def champion(self) -> Fact | None:
        """The champion; None where there is none, or its promotion was withdrawn."""
        found = self.facts.get("champion")
        return found if found and found.version else None


def read_experiments(send: Send, name: str | None = None) -> dict[str, Known]:
    """What is known of every model, or of one, by the name of its experiment; one call for each thousand of them."""
    [(key, value)] = MODEL_EXPERIMENT.items()
    query = {
        "filter": f"tags.`{key}` = '{value}'" + (f" and name = '{name}'" if name else ""),
        "max_results": PAGE,
    }
    found: dict[str, Known] = {}
    token = ""
    while True:
        answer = send("experiments/search", query | ({"page_token": token} if token else {}))
        for experiment in answer.get("experiments", []):
            found[experiment["name"]] = _known(experiment)
        token = answer.get("next_page_token", "")
        if not token:
            return found


def read_ledger(send: Send, experiment_id: str) -> list[dict[str, str]]:
    """The changes of champion that have happened, newest first: their tags, `toile.` taken off, and `time` in ms."""
    query = {
        "experiment_ids": [experiment_id],
        "filter": "tags.`toile.kind` = 'ledger' and attributes.status = 'FINISHED'",
        "order_by": ["attributes.start_time DESC"],
        "max_results": 200,
    }
    return [
        {**_short(_pairs(run["data"].get("tags", []))), "time": str(run["info"]["start_time"])}
        for run in send("runs/search", query).get("runs", [])
    ]


def read_run(send: Send, experiment_id: str, place: str | None) -> dict[str, str]:
    """Tags and parameters of a run, `toile.` taken off; empty where the place is none of a run."""
    run = _RUN.match(place or "")
    if not run:
        return {}
    query = {"experiment_ids": [experiment_id], "filter": f"attributes.run_id = '{run['id']}'", "max_results": 1}
    for found in send("runs/search", query).get("runs", []):
        data = found["data"]
        return {**_pairs(data.get("params", [])), **_short(_pairs(data.get("tags", [])))}
    return {}


def open_tracking(environment: Environment) -> Send:
    """The environment's MLflow.

    Raises:
        InfrastructureError: it has no server that can be asked from here; and later, when that does not answer.
    """
    uri = tracking_uri(environment.mlflow)
    if uri.startswith("databricks"):
        return _workspace(environment)
    if not uri.startswith(("http://", "https://")):
        raise InfrastructureError(
            "MLflow has no server here, so champions, figures and reports are not known. `make demo` starts one; "
            "elsewhere set MLFLOW_TRACKING_URI of Airflow's API server to its address."
        )
    return _server(uri.rstrip("/"))


def _server(uri: str) -> Send:
    token = os.environ.get("MLFLOW_TRACKING_TOKEN")
    user, password = os.environ.get("MLFLOW_TRACKING_USERNAME"), os.environ.get("MLFLOW_TRACKING_PASSWORD")
    headers = {"Authorization": f"Bearer {token}"} if token else {}

    def send(endpoint: str, query: Mapping[str, Any]) -> dict[str, Any]:
        try:
            answer = httpx.post(
                f"{uri}/api/2.0/mlflow/{endpoint}", json=dict(query), headers=headers, timeout=SECONDS,
                auth=(user, password or "") if user and not token else None,
            )  # fmt: skip
            answer.raise_for_status()
            return dict(answer.json())
        except (httpx.HTTPError, ValueError) as error:
            # The kind alone: an address may carry a password.
            told = f"status {answer.status_code}" if isinstance(error, httpx.HTTPStatusError) else type(error).__name__
            raise InfrastructureError(
                f"MLflow does not answer ({told}), so champions, figures and reports are not known now. Is its server "
                "up, and MLFLOW_TRACKING_URI of Airflow's API server its address?"
            ) from error

    return send


def _workspace(environment: Environment) -> Send:
    """MLflow of a Databricks workspace, asked by the connection that submits the jobs."""
    from airflow.providers.databricks.hooks.databricks import DatabricksHook
    from airflow.sdk.exceptions import AirflowException

    backend = environment.backend
    if not isinstance(backend, DatabricksBackend):
        raise InfrastructureError(
            f"MLflow of {environment.name} is a workspace's, and the backend names no connection to one."
        )
    hook = DatabricksHook(backend.connection, timeout_seconds=SECONDS, retry_limit=1)

    def send(endpoint: str, query: Mapping[str, Any]) -> dict[str, Any]:
        try:
            # The hook's one way to ask for what it has no method for, with its authentication.
            return dict(hook._do_api_call(("POST", f"2.0/mlflow/{endpoint}"), dict(query)))
        except (AirflowException, httpx.HTTPError, OSError) as error:
            raise InfrastructureError(
                f"the workspace's MLflow does not answer ({type(error).__name__}), so champions, figures and reports "
                f"are not known now. Is Airflow's connection {backend.connection!r} right?"
            ) from error

    return send


def _known(experiment: Mapping[str, Any]) -> Known:
    tags = _pairs(experiment.get("tags", []))
    facts: dict[str, Fact] = {}
    history: list[Fact] = []
    # What an older or newer release has left there is passed over: the next job of its kind replaces it.
    for name, value in tags.items():
        with suppress(ValidationError):
            if name.startswith(FACT):
                facts[name.removeprefix(FACT)] = Fact.model_validate_json(value)
            elif name == HISTORY:
                history = _HISTORY.validate_json(value)
    return Known(str(experiment["experiment_id"]), facts, history)


def _pairs(found: list[dict[str, str]]) -> dict[str, str]:
    return {pair["key"]: pair.get("value", "") for pair in found}


def _short(tags: Mapping[str, str]) -> dict[str, str]:
    return {name.removeprefix("toile."): value for name, value in tags.items() if name.startswith("toile.")}
