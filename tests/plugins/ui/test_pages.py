"""What the Models page tells, rendered by Airflow's own API server."""

import re
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import pytest
from sqlalchemy import event

from tests.plugins.ui.mlflow import ALPHA, RUN, VALIDATIONS, Mlflow, entry, pairs
from toile.config.names import STAGES
from toile.contract import Fact
from toile.home import REPOSITORY
from toile_airflow.ui.app import HERE, PREFIX
from toile_airflow.ui.overview import Card, dag_ids
from toile_airflow.ui.stages import read_stages


@contextmanager
def counted_queries() -> Iterator[list[str]]:
    from airflow import settings

    told: list[str] = []

    def listen(_connection: Any, _cursor: Any, statement: str, *_: Any) -> None:
        told.append(statement)

    event.listen(settings.engine, "before_cursor_execute", listen)
    yield told
    event.remove(settings.engine, "before_cursor_execute", listen)


def test_the_page_tells_of_every_model_what_its_jobs_last_concluded(
    client: Callable[..., Any], make_dags: Callable[..., None], mlflow: Mlflow, conf: Path
) -> None:
    make_dags("shop.alpha", state="success")
    make_dags("shop.beta", stages=("config_error",))
    (conf / "models/shop/beta.yaml").write_text("owner: shop-squat\n")
    mlflow.knows("shop.alpha", VALIDATIONS, **ALPHA)

    page = client("viewer").get(f"{PREFIX}/")

    assert page.status_code == 200
    for told in ("v3", "12 d old", "roc_auc 0.733 [0.699, 0.765]", "roc_auc 0.701", "7.50 EUR", "v2, refused"):
        assert told in page.text
    assert 'href="https://reports/gate.html"' in page.text
    assert 'data-state="warned"' in page.text
    assert "&lt;script&gt;alert(" in page.text
    assert "<script>alert(" not in page.text
    assert "conf/models/shop/beta.yaml:1:8: owner: there is no team &#39;shop-squat&#39;" in page.text
    assert "script-src 'self'" in page.headers["content-security-policy"]


def test_the_page_of_a_model_tells_where_its_champion_comes_from_and_who_was_champion_when(
    client: Callable[..., Any], make_dags: Callable[..., None], mlflow: Mlflow
) -> None:
    make_dags("shop.alpha", paused=True)
    mlflow.knows("shop.alpha", VALIDATIONS, **ALPHA)
    origin = [{"key": "origin.version of sales.order_lines", "value": "17"}]
    mlflow.runs = [
        {"info": {"start_time": 1, "status": "FINISHED"},
         "data": {"tags": pairs(kind="train", config_digest="0", code_commit="c0ffee"), "params": origin}},
        entry("promote", "3", former="1", run_key="p3"),
    ]  # fmt: skip

    page = client("user").get(f"{PREFIX}/models/shop.alpha").text

    for told in (
        "sales.order_lines",
        "v17",
        "c0ffee",
        "1,234 rows",
        "changed since it was trained",
        "2011-10-05 00:00",
    ):
        assert told in page
    assert f"{mlflow.address}/{RUN}/artifacts/model_card.md" in page
    assert "This DAG is paused" in page
    assert "promotions wait for nobody" in page
    assert sorted(mlflow.calls) == ["experiments/search", "runs/search", "runs/search"]


@pytest.mark.parametrize(
    ("ledger", "offered"),
    [
        (
            [("promote", "3", "1", "p3"), ("rollback", "1", "2", "p2/smoke"), ("promote", "2", "1", "p2"),
             ("promote", "1", "", "p1")],
            '<option value="">choose</option><option value="1" selected>v1, the champion before it</option></select>',
        ),
        (
            [("rollback", "3", "4", "r"), ("promote", "4", "3", "p4"), ("promote", "3", "", "p3")],
            '<option value="">choose</option><option value="4">v4</option></select>',
        ),
        ([("promote", "3", "", "p3")], "no other version is known to have been champion"),
    ],
    ids=["one failed its smoke test", "the champion before was rolled back", "the first champion"],
)  # fmt: skip
def test_a_rollback_is_offered_to_what_the_jobs_would_restore_and_to_nothing_else(
    ledger: list[tuple[str, str, str, str]], offered: str, client: Callable[..., Any], make_dags: Callable[..., None],
    mlflow: Mlflow,
) -> None:  # fmt: skip
    make_dags("shop.alpha")
    mlflow.knows("shop.alpha", VALIDATIONS, **ALPHA)
    mlflow.runs = [entry(action, version, former=former, run_key=key) for action, version, former, key in ledger]

    assert offered in client("user").get(f"{PREFIX}/models/shop.alpha").text


def test_facts_may_tell_less_than_the_page_could_show(
    client: Callable[..., Any], make_dags: Callable[..., None], mlflow: Mlflow
) -> None:
    make_dags("shop.alpha", stages=("train",))
    bare = Fact(verdict="refused", version="1")
    names = ("champion", "gate__scoring", "train", "validate", "score", "drift", "performance", "cost")
    mlflow.knows("shop.alpha", [bare], **dict.fromkeys(names, bare))
    browser = client("viewer")

    assert 'data-state="failing"' in browser.get(f"{PREFIX}/").text
    assert "Airflow has no such DAG" in browser.get(f"{PREFIX}/models/shop.alpha").text


def test_the_pages_have_the_palette_of_the_reports_that_they_link_to() -> None:
    """Each half ships its own file, for neither can read the other's."""

    def palette(css: Path) -> dict[str, str]:
        return dict(re.findall(r"--([a-z]+): (light-dark\(.*\));", css.read_text().partition("}")[0]))

    ours, reports = palette(HERE / "assets/page.css"), palette(REPOSITORY / "jobs/toile/pages.css")
    assert len(ours) >= 10
    assert ours.items() <= reports.items()


def test_a_model_that_cannot_be_shown_hides_no_other_and_is_told(
    client: Callable[..., Any], make_dags: Callable[..., None], mlflow: Mlflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_dags("shop.alpha", "shop.beta")
    mlflow.knows("shop.alpha", cost=Fact(figures={"EUR": (7.5,), "USD": (1,)}))
    healthy = Card.state.func  # type: ignore[attr-defined]
    monkeypatch.setattr(
        Card, "state", property(lambda card: {}["x"] if card.model_id == "shop.beta" else healthy(card))
    )

    page = client("viewer").get(f"{PREFIX}/")

    assert page.status_code == 200
    assert page.text.count("<tr data-text") == page.text.count('data-state="waiting"') == 1
    assert "shop.beta cannot be shown (KeyError)" in page.text


def test_what_cannot_be_shown_of_mlflow_leaves_a_models_page_its_buttons(
    client: Callable[..., Any], make_dags: Callable[..., None], mlflow: Mlflow, monkeypatch: pytest.MonkeyPatch
) -> None:
    make_dags("shop.alpha")
    mlflow.knows("shop.alpha", VALIDATIONS, **ALPHA)
    monkeypatch.setattr(Card, "history", property(lambda card: {}["x"] if card.known.facts else ""))

    page = client("admin").get(f"{PREFIX}/models/shop.alpha")

    assert page.status_code == 200
    assert "What MLflow knows cannot be shown (KeyError)" in page.text
    assert "Train" in page.text


@pytest.mark.parametrize("address", ["sqlite:///mlflow.db", "http://127.0.0.1:9"])
def test_without_mlflow_the_page_says_so_and_shows_the_rest(
    address: str, client: Callable[..., Any], make_dags: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", address)
    make_dags("shop.alpha", state="failed")
    browser = client("viewer")

    for path in ("/", "/models/shop.alpha"):
        page = browser.get(f"{PREFIX}{path}")
        assert page.status_code == 200
        assert "champions, figures and reports are not known" in page.text
        assert '<span class="badge level none">not known</span>' in page.text
        assert "none yet" not in page.text
        assert "train: failed" in page.text or "failed</span>" in page.text


def test_a_mistake_in_the_foundation_is_told_in_place_of_the_page(
    client: Callable[..., Any], conf: Path, mlflow: Mlflow
) -> None:
    (conf / "platform.yaml").write_text("teams: {}\n")

    page = client("viewer").get(f"{PREFIX}/")

    assert page.status_code == 503
    assert "conf/platform.yaml:1:8: teams" in page.text


def test_the_page_of_one_model_reads_nothing_of_the_others(
    client: Callable[..., Any], make_dags: Callable[..., None], mlflow: Mlflow
) -> None:
    from airflow.utils.session import create_session

    make_dags("shop.alpha", "shop.beta")
    for model in ("shop.alpha", "shop.beta"):
        mlflow.knows(model, **ALPHA)

    assert "12 d old" in client("viewer").get(f"{PREFIX}/models/shop.alpha").text
    assert mlflow.told == ["shop.alpha"]
    with create_session() as session:
        stages = read_stages(session, dag_ids("shop.alpha"), with_runs=True)
    assert {dag_id: stage.state for dag_id, stage in stages.items()} == {
        f"shop.alpha.{stage}": "success" for stage in STAGES
    }


def test_five_hundred_models_take_as_many_calls_and_queries_as_one(
    client: Callable[..., Any], make_dags: Callable[..., None], mlflow: Mlflow, conf: Path
) -> None:
    text = (conf / "models/shop/alpha.yaml").read_text()
    models = [f"shop.m{number:03}" for number in range(498)]
    browser = client("viewer")
    make_dags("shop.alpha")
    mlflow.knows("shop.alpha", VALIDATIONS, **ALPHA)
    with counted_queries() as of_one:
        assert browser.get(f"{PREFIX}/").text.count("<tr data-text") == 1
    calls_of_one = len(mlflow.calls)
    for model in models:
        (conf / f"models/shop/{model.removeprefix('shop.')}.yaml").write_text(text)
        mlflow.knows(model, VALIDATIONS * 12, **ALPHA)
    make_dags("shop.beta", *models)

    with counted_queries() as of_all:
        browser.get(f"{PREFIX}/")
        began = time.process_time(), time.perf_counter()
        page = browser.get(f"{PREFIX}/")
    cpu, wall = time.process_time() - began[0], time.perf_counter() - began[1]
    print(f"500 models: {cpu:.1f} s of CPU, {wall:.1f} s in all, {len(page.content):,} bytes")

    assert page.text.count("<tr data-text") == 500
    assert len(of_all) == 2 * len(of_one)
    assert len(mlflow.calls) == calls_of_one + 2
