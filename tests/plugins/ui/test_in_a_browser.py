"""The Models page as a person uses it: Chromium, headless, before a real Airflow."""

import shutil
from collections.abc import Callable, Iterator
from typing import Any

import httpx
import pytest
from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import Browser, Locator, Page, expect

from tests.airflow_home import CONF
from tests.plugins.ui.browser import PASSWORDS, require_chromium, started_airflow, started_chromium
from tests.plugins.ui.mlflow import ALPHA, VALIDATIONS, entry, started_mlflow

TRAIN = "shop.alpha.train"
expect.set_options(timeout=30_000)  # ms: a machine that does other work, too, is slow to draw Airflow's own page


@pytest.fixture(scope="module")
def chromium() -> str:
    return require_chromium()


@pytest.fixture(scope="module")
def address(chromium: str, tmp_path_factory: pytest.TempPathFactory) -> Iterator[str]:
    conf = shutil.copytree(CONF, tmp_path_factory.mktemp("checkout") / "conf")
    (conf / "models/shop/gamma.yaml").write_text("owner: shop-squat\n")
    with (
        started_mlflow() as mlflow,
        started_airflow(tmp_path_factory.mktemp("airflow"), conf, mlflow.address) as address,
    ):
        mlflow.knows("shop.alpha", VALIDATIONS, **ALPHA)
        mlflow.runs = [entry("promote", "3", former="1", run_key="p3"), entry("promote", "1", former="", run_key="p1")]
        yield address


@pytest.fixture(scope="module")
def browser(chromium: str) -> Iterator[Browser]:
    with started_chromium(chromium) as browser:
        yield browser


@pytest.fixture
def open_page(address: str, browser: Browser) -> Iterator[Callable[..., Page]]:
    """Opens a page as a user: `open_page("ada", "/toile/")`."""
    contexts = []

    def open_as(user: str, path: str) -> Page:
        context = browser.new_context()
        contexts.append(context)
        context.add_cookies([{"name": "_token", "value": token(address, user), "url": address}])
        page = context.new_page()
        page.goto(address + path)
        return page

    yield open_as
    for context in contexts:
        context.close()


def token(address: str, user: str) -> str:
    answer = httpx.post(f"{address}/auth/token", json={"username": user, "password": PASSWORDS[user]}, timeout=30)
    return str(answer.json()["access_token"])


def runs(address: str, dag_id: str) -> list[dict[str, Any]]:
    bearer = {"Authorization": f"Bearer {token(address, 'ada')}"}
    answer = httpx.get(f"{address}/api/v2/dags/{dag_id}/dagRuns", headers=bearer, timeout=30)
    return list(answer.json()["dag_runs"])


def shown_models(rows: Locator) -> list[str]:
    return [row.get_by_role("rowheader").get_by_role("link").inner_text() for row in rows.all() if row.is_visible()]


def test_the_page_lies_in_airflows_own_frame_and_filters_as_one_types(open_page: Callable[..., Page]) -> None:
    page = open_page("vera", "/plugin/models")
    frame = page.frame_locator("iframe")
    rows = frame.locator("#models tbody tr")

    expect(rows).to_have_count(3)
    frame.get_by_label("Search").press_sequentially("alp")
    expect(frame.locator("#count")).to_have_text("1 of 3 models")
    assert shown_models(rows) == ["shop.alpha"]
    frame.get_by_label("Search").fill("")
    frame.get_by_label("State").select_option("file has mistakes")
    assert shown_models(rows) == ["shop.gamma"]
    expect(rows.filter(visible=True)).to_contain_text("there is no team 'shop-squat'")
    frame.get_by_label("Search").fill("trousers")
    frame.get_by_role("button", name="Show all").click()
    expect(rows.filter(visible=True)).to_have_count(3)


def test_a_filtered_list_can_be_come_back_to_and_handed_on(open_page: Callable[..., Page]) -> None:
    page = open_page("vera", "/toile/?owner=shop-squad")
    rows = page.locator("#models tbody tr")
    page.get_by_label("Search").fill("alp")
    page.get_by_role("link", name="shop.alpha").click()
    expect(page.get_by_role("heading", level=1)).to_contain_text("shop.alpha")

    page.go_back()

    expect(page.get_by_label("Search")).to_have_value("alp")
    assert page.url.endswith("/toile/?text=alp&owner=shop-squad")
    assert shown_models(rows) == ["shop.alpha"]


def test_a_narrow_window_scrolls_the_table_and_not_the_page(open_page: Callable[..., Page]) -> None:
    page = open_page("vera", "/toile/")
    page.set_viewport_size({"width": 600, "height": 800})

    assert page.evaluate("document.documentElement.scrollWidth") == 600


@pytest.mark.parametrize("mode", ["light", "dark"])
@pytest.mark.parametrize("path", ["/toile/", "/toile/models/shop.alpha", "/toile/models/shop.gamma"])
def test_everybody_can_read_and_use_it(open_page: Callable[..., Page], path: str, mode: str) -> None:
    """Contrast, names of what can be operated, headings: what axe-core can tell of WCAG 2.2 AA."""
    page = open_page("ada", path)
    page.emulate_media(color_scheme=mode)

    found = Axe().run(page, options={"runOnly": ["wcag2a", "wcag2aa", "wcag21aa", "wcag22aa", "best-practice"]})

    assert found.violations_count == 0, found.generate_report()


def test_what_leads_out_of_the_frame_opens_beside_airflow(open_page: Callable[..., Page]) -> None:
    page = open_page("vera", "/plugin/models")
    frame = page.frame_locator("iframe")

    frame.get_by_role("link", name="shop.alpha").press("Enter")
    expect(frame.get_by_role("heading", level=1)).to_contain_text("shop.alpha")
    with page.context.expect_page() as opened:
        frame.get_by_role("link", name=TRAIN).click()

    assert opened.value.url.endswith(f"/dags/{TRAIN}")
    assert page.url.endswith("/toile/models/shop.alpha")  # Airflow's own address follows the frame


def test_training_is_triggered_by_keyboard_once_it_is_confirmed(open_page: Callable[..., Page], address: str) -> None:
    page = open_page("ada", "/toile/models/shop.alpha")
    button, dialog = page.get_by_role("button", name="Train …"), page.get_by_role("dialog")

    button.press("Enter")
    expect(dialog).to_contain_text("a candidate is fitted and validated against champion v3")
    expect(dialog).to_contain_text("This DAG is paused")
    page.keyboard.press("Escape")
    expect(dialog).to_be_hidden()
    assert runs(address, TRAIN) == []

    button.press("Enter")
    dialog.get_by_label("As of").fill("2011-09-08")
    dialog.get_by_label("Reason").fill("new stores")
    page.keyboard.press("Enter")
    expect(page.get_by_role("status")).to_contain_text(f"{TRAIN} is triggered. It waits until the DAG is unpaused.")

    [run] = runs(address, TRAIN)
    assert run["conf"] == {"as_of": "2011-09-08", "reason": "new stores"}
    assert run["triggering_user_name"] == "ada"


def test_a_rollback_needs_a_reason(open_page: Callable[..., Page], address: str) -> None:
    page = open_page("ada", "/toile/models/shop.alpha")
    dialog = page.get_by_role("dialog")

    page.get_by_role("button", name="Roll back …").click()
    dialog.get_by_role("button", name="Roll back").click()
    expect(dialog).to_be_visible()
    dialog.get_by_label("Reason").fill("   ")
    dialog.get_by_role("button", name="Roll back").click()
    expect(dialog).to_be_visible()
    dialog.get_by_label("Reason").fill("complaints")
    dialog.get_by_role("button", name="Roll back").click()
    expect(page.get_by_role("status")).to_contain_text("shop.alpha.register is triggered.")

    assert [run["conf"] for run in runs(address, "shop.alpha.register")] == [
        {"action": "rollback", "version": "1", "reason": "complaints"}
    ]


def test_what_airflow_refuses_is_said_in_words(open_page: Callable[..., Page], address: str) -> None:
    page = open_page("vera", "/toile/models/shop.beta")
    button = page.get_by_role("button", name="Train …")

    expect(button).to_be_disabled()
    expect(page.get_by_text("Airflow does not let you trigger shop.beta.train")).to_be_visible()
    button.evaluate("button => (button.disabled = false)")  # her rights may as well have been taken a moment ago
    button.click()
    page.get_by_role("dialog").get_by_role("button", name="Train").click()

    expect(page.get_by_role("status")).to_contain_text("Airflow refuses: you may not trigger shop.beta.train.")
    assert runs(address, "shop.beta.train") == []


def test_a_reason_that_airflow_gives_as_an_object_is_told(open_page: Callable[..., Page]) -> None:
    """As it does where its database refuses."""
    page = open_page("ada", "/toile/models/shop.alpha")
    answer = {"detail": {"reason": "Unique constraint violation", "statement": "hidden", "orig_error": "hidden"}}
    page.route("**/dagRuns", lambda route: route.fulfill(status=409, json=answer))
    page.get_by_role("button", name="Train …").click()
    page.get_by_role("dialog").get_by_role("button", name="Train").click()

    expect(page.get_by_role("status")).to_contain_text("such a run exists already: Unique constraint violation")
