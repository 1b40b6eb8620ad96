"""Nothing of the Models page is open: each endpoint, also one that is added later, asks Airflow who is there."""

from collections.abc import Callable
from typing import Any

import pytest
from airflow.api_fastapi.auth.managers.models.resource_details import DagAccessEntity
from airflow.api_fastapi.auth.managers.simple.simple_auth_manager import SimpleAuthManager

from tests.plugins.ui.mlflow import Mlflow
from toile_airflow.ui.app import PREFIX, app

PATHS = [route.path for route in app.routes]  # type: ignore[attr-defined]
ADDRESSES = [PREFIX + path.replace("{model_id}", "shop.alpha").replace("{path:path}", "nope") for path in PATHS]


def test_these_are_all_the_endpoints_and_none_of_them_is_a_mount() -> None:
    assert {type(route).__name__ for route in app.routes} == {"APIRoute"}
    assert len(ADDRESSES) >= 4


@pytest.mark.parametrize("address", ADDRESSES)
def test_nobody_gets_anything_without_being_signed_in(
    address: str, client: Callable[..., Any], make_dags: Callable[..., None], mlflow: Mlflow
) -> None:
    make_dags("shop.alpha")

    answer = client().get(address)

    assert answer.status_code == 401
    assert "shop" not in answer.text
    assert mlflow.calls == []


@pytest.mark.parametrize("address", ADDRESSES)
@pytest.mark.parametrize("token", ["", "made up"])
def test_a_false_token_is_no_user(address: str, token: str, client: Callable[..., Any]) -> None:
    answer = client().get(address, headers={"Authorization": f"Bearer {token}"})

    assert answer.status_code in {401, 403}
    assert "shop" not in answer.text


@pytest.mark.parametrize("address", ADDRESSES)
def test_a_user_who_may_read_no_dag_gets_nothing(
    address: str, client: Callable[..., Any], make_dags: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    make_dags("shop.alpha")
    monkeypatch.setattr(SimpleAuthManager, "is_authorized_dag", lambda *_, **__: False)

    answer = client("viewer").get(address)

    assert answer.status_code == 403
    assert "squad" not in answer.text


def test_a_model_with_one_dag_that_the_user_may_not_read_is_not_shown_and_not_told_from_none(
    client: Callable[..., Any], make_dags: Callable[..., None], mlflow: Mlflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_dags("shop.alpha", "shop.beta")
    everything = SimpleAuthManager.get_authorized_dag_ids
    monkeypatch.setattr(
        SimpleAuthManager,
        "get_authorized_dag_ids",
        lambda *who, **options: everything(*who, **options) - {"shop.beta.register"},
    )
    viewer = client("viewer")

    page = viewer.get(f"{PREFIX}/").text
    hidden, absent = (viewer.get(f"{PREFIX}/models/{model}") for model in ("shop.beta", "shop.gamma"))

    assert "shop.alpha" in page
    assert "shop.beta" not in page
    assert hidden.status_code == absent.status_code == 403
    assert hidden.text.replace("beta", "gamma") == absent.text


@pytest.mark.parametrize("path", ["/", "/models/shop.alpha"])
def test_how_runs_went_is_hidden_from_who_may_not_read_runs(
    path: str, client: Callable[..., Any], make_dags: Callable[..., None], mlflow: Mlflow,
    monkeypatch: pytest.MonkeyPatch,
) -> None:  # fmt: skip
    make_dags("shop.alpha", state="failed")
    allowed = SimpleAuthManager.is_authorized_dag
    monkeypatch.setattr(
        SimpleAuthManager,
        "is_authorized_dag",
        lambda *who, **asked: asked.get("access_entity") != DagAccessEntity.RUN and allowed(*who, **asked),
    )

    page = client("viewer").get(PREFIX + path)

    assert page.status_code == 200
    assert "hidden" in page.text
    assert "failed</span>" not in page.text
    assert 'data-state="failing"' not in page.text


@pytest.mark.parametrize(("role", "disabled"), [("viewer", True), ("user", False)])
def test_only_who_may_trigger_the_dag_has_a_button_for_it(
    role: str, disabled: bool, client: Callable[..., Any], make_dags: Callable[..., None], mlflow: Mlflow
) -> None:
    make_dags("shop.alpha")

    page = client(role).get(f"{PREFIX}/models/shop.alpha").text

    assert ('data-opens="train" disabled' in page) is disabled
    assert ("Airflow does not let you trigger shop.alpha.train" in page) is disabled
