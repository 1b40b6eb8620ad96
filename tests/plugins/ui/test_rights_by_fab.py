"""Rights on single DAGs as Airflow's FAB auth manager grants them, from rows of its own tables."""

import warnings
from collections.abc import Callable, Iterator
from typing import Any

import pytest
from airflow.api_fastapi.auth.managers.base_auth_manager import COOKIE_NAME_JWT_TOKEN
from airflow.sdk import DAG

from tests.plugins.ui.mlflow import Mlflow
from toile.config.names import STAGES
from toile.config.platform import Team
from toile_airflow.access import give_access
from toile_airflow.ui.app import PREFIX

ALPHA = [("can_read", f"DAG:shop.alpha.{stage}") for stage in STAGES]
NO_SUCH_DAG = 404  # said after rights were looked at: rows of DAGs are here, and no DAGs
BETA_BUT_ONE = [("can_read", f"DAG:shop.beta.{stage}") for stage in STAGES[1:]]


@pytest.fixture
def sign_in(
    client: Callable[..., Any], airflow_app: Any, monkeypatch: pytest.MonkeyPatch
) -> Iterator[Callable[..., Any]]:
    """A browser of a user whose one role has these rights: `sign_in(("can_read", "DAG:shop.alpha.train"))`."""
    from airflow import settings
    from airflow.api_fastapi.app import _AuthManagerState
    from airflow.utils.session import create_session

    with warnings.catch_warnings():
        warnings.simplefilter("ignore")  # what the provider itself imports is its own affair
        from airflow.providers.fab.auth_manager.fab_auth_manager import FabAuthManager
        from airflow.providers.fab.auth_manager.models import Action, Model, Permission, Resource, Role, User

    Model.metadata.create_all(settings.engine)
    manager = FabAuthManager()
    manager.cache.clear()  # of users by number, which another test may have used
    monkeypatch.setattr(_AuthManagerState, "instance", manager)

    def signed_in(*rights: tuple[str, str]) -> Any:
        actions, resources = ({name: kind(name=name) for name in names} for kind, names in (
            (Action, {action for action, _ in rights}), (Resource, {resource for _, resource in rights}),
        ))  # fmt: skip
        granted = [Permission(action=actions[action], resource=resources[resource]) for action, resource in rights]
        user = User(username="ada", email="ada@example.org", first_name="Ada", last_name="L", active=True)
        user.roles = [Role(name="squad", permissions=granted)]
        with create_session() as session:
            session.add(user)
            session.flush()
            token = manager.generate_jwt(user)
        browser = client()
        browser.cookies.set(COOKIE_NAME_JWT_TOKEN, token)
        return browser

    yield signed_in
    with create_session() as session:
        for user in session.query(User):
            session.delete(user)
        for role in session.query(Role):
            role.permissions = []
            session.delete(role)
        session.flush()
        for kind in (Permission, Action, Resource):
            session.query(kind).delete()


def test_a_model_is_shown_to_whoever_may_read_each_of_its_dags(
    sign_in: Callable[..., Any], make_dags: Callable[..., None], mlflow: Mlflow
) -> None:
    make_dags("shop.alpha", "shop.beta")
    browser = sign_in(*ALPHA, *BETA_BUT_ONE, ("can_read", "DAG Runs"))

    page = browser.get(f"{PREFIX}/")

    assert page.status_code == 200
    assert "shop.alpha" in page.text
    assert "shop.beta" not in page.text
    assert "train: success" in page.text
    assert browser.get(f"{PREFIX}/models/shop.alpha").status_code == 200
    assert browser.get(f"{PREFIX}/models/shop.beta").status_code == 403


def test_the_right_to_read_dags_is_not_the_one_to_read_runs(
    sign_in: Callable[..., Any], make_dags: Callable[..., None], mlflow: Mlflow
) -> None:
    make_dags("shop.alpha")

    page = sign_in(*ALPHA).get(f"{PREFIX}/").text

    assert "train: hidden" in page
    assert "success" not in page


@pytest.mark.parametrize(
    ("right", "answers"), [("trigger", (NO_SUCH_DAG, 200)), ("read", (403, 200)), (None, (403, 403))]
)
def test_a_role_may_what_platform_yaml_says_and_no_longer_than_it_says_so(
    sign_in: Callable[..., Any], make_dags: Callable[..., None], mlflow: Mlflow, right: str | None,
    answers: tuple[int, int],
) -> None:  # fmt: skip
    from airflow.providers.fab.www.security_appless import ApplessAirflowSecurityManager
    from airflow.utils.session import create_session

    make_dags("shop.alpha", "shop.beta")
    # What a role needs beside: runs at large may be asked for, and which DAG's, the grants decide.
    browser = sign_in(("can_read", "DAG Runs"), ("can_create", "DAG Runs"))

    def sync(roles: dict[str, Any]) -> None:
        dag = DAG("shop.alpha.train")
        give_access(dag, Team(contact="#squad", roles=roles))
        with create_session() as session:
            security = ApplessAirflowSecurityManager(session=session)
            for stage in STAGES:
                security.sync_perm_for_dag(f"shop.alpha.{stage}", dag.access_control)

    sync({"squad": "trigger"})
    sync({"squad": right} if right else {})

    run, (triggers, sees) = {"logical_date": None}, answers
    assert browser.post("/api/v2/dags/shop.alpha.train/dagRuns", json=run).status_code == triggers
    assert browser.get("/api/v2/dags/shop.alpha.train/dagRuns/manual__1").status_code == sees
    assert browser.get(f"{PREFIX}/models/shop.alpha").status_code == sees
    assert browser.post("/api/v2/dags/shop.beta.train/dagRuns", json=run).status_code == 403
    assert browser.get(f"{PREFIX}/models/shop.beta").status_code == 403


def test_a_user_without_rights_gets_no_page(sign_in: Callable[..., Any], make_dags: Callable[..., None]) -> None:
    make_dags("shop.alpha")

    assert sign_in().get(f"{PREFIX}/").status_code == 403


def test_a_button_is_for_whoever_may_edit_its_dag_and_create_runs(
    sign_in: Callable[..., Any], make_dags: Callable[..., None], mlflow: Mlflow
) -> None:
    make_dags("shop.alpha")
    browser = sign_in(*ALPHA, ("can_edit", "DAG:shop.alpha.train"), ("can_create", "DAG Runs"))

    page = browser.get(f"{PREFIX}/models/shop.alpha").text

    assert "let you trigger shop.alpha.train" not in page
    assert "Airflow does not let you trigger shop.alpha.register" in page
