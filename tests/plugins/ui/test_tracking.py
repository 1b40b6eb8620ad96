from collections.abc import Callable, Mapping
from typing import Any

import httpx
import pytest
from airflow.providers.databricks.hooks.databricks import DatabricksHook
from airflow.sdk.exceptions import AirflowException

from tests.airflow_home import REPOSITORY
from toile.config import Conf
from toile.contract import FACT
from toile.errors import InfrastructureError
from toile_airflow.ui.tracking import PAGE, Known, open_tracking, read_experiments

LOCAL, WORKSPACE = (Conf(REPOSITORY / "conf", name).environment for name in ("local", "production"))


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Callable[[httpx.Response], list[dict[str, Any]]]:
    """Answers every request like this, and lists what each carried."""

    def answering(answer: httpx.Response) -> list[dict[str, Any]]:
        told: list[dict[str, Any]] = []

        def post(url: str, **carried: Any) -> httpx.Response:
            told.append(carried)
            answer.request = httpx.Request("POST", url)
            return answer

        monkeypatch.setattr(httpx, "post", post)
        monkeypatch.setenv("MLFLOW_TRACKING_URI", "https://user:secret@mlflow")
        for name in ("MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD"):
            monkeypatch.setenv(name, "")  # what the address sets is undone
        return told

    return answering


def test_a_server_is_asked_with_the_credentials_that_mlflow_itself_would_use(
    server: Callable[..., Any], monkeypatch: pytest.MonkeyPatch
) -> None:
    carried = server(httpx.Response(200, json={}))
    monkeypatch.setenv("MLFLOW_TRACKING_USERNAME", "ada")
    open_tracking(LOCAL)("experiments/search", {})
    monkeypatch.setenv("MLFLOW_TRACKING_TOKEN", "t0ken")
    open_tracking(LOCAL)("experiments/search", {})

    assert [request["auth"] for request in carried] == [("ada", ""), None]
    assert [request["headers"] for request in carried] == [{}, {"Authorization": "Bearer t0ken"}]


@pytest.mark.parametrize("answer", [httpx.Response(500), httpx.Response(200, text="<html>"), httpx.Response(401)])
def test_a_server_that_refuses_is_told_in_a_line_without_its_address(
    answer: httpx.Response, server: Callable[..., Any]
) -> None:
    server(answer)

    with pytest.raises(InfrastructureError, match="MLflow does not answer") as error:
        read_experiments(open_tracking(LOCAL))

    assert "secret" not in str(error.value)


def test_a_workspace_is_asked_by_the_connection_that_submits_jobs(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[tuple[str, tuple[str, str]]] = []

    def call(hook: DatabricksHook, endpoint: tuple[str, str], query: Mapping[str, Any]) -> dict[str, Any]:
        asked.append((hook.databricks_conn_id, endpoint))
        if query.get("page_token"):
            raise AirflowException("403")
        return {"experiments": [{"experiment_id": "7", "name": "/Shared/toile/shop.alpha"}], "next_page_token": "2"}

    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    monkeypatch.setattr(DatabricksHook, "_do_api_call", call)

    with pytest.raises(InfrastructureError, match="connection 'databricks_production'"):
        read_experiments(open_tracking(WORKSPACE))

    assert asked == [("databricks_production", ("POST", "2.0/mlflow/experiments/search"))] * 2


def test_every_page_is_read_and_what_another_release_has_left_is_passed_over() -> None:
    sizes = []

    def send(_endpoint: str, query: Mapping[str, Any]) -> dict[str, Any]:
        sizes.append(query["max_results"])
        number = len(sizes)
        left = {"train": "[]", "cost": '{"figures": {"EUR": []}}', "score": '{"version": "1", "new": 2}'}
        tags = [{"key": f"{FACT}{name}", "value": value} for name, value in left.items()]
        more = {"next_page_token": "more"} if number == 1 else {}
        return {"experiments": [{"experiment_id": str(number), "name": f"shop.m{number}", "tags": tags}], **more}

    known = read_experiments(send)

    assert list(known) == ["shop.m1", "shop.m2"]
    assert sizes == [PAGE, PAGE]
    assert {name: fact.version for name, fact in known["shop.m2"].facts.items()} == {"score": "1"}
    assert Known().champion is None
