import pytest

from toile_airflow.links import artefact_page, web_address

RUN = "0123456789abcdef0123456789abcdef"
PLACE = f"#/experiments/3/runs/{RUN}"


@pytest.mark.parametrize(
    ("environment", "address"),
    [
        ({"TOILE_MLFLOW_UI": "http://mlflow:5000/"}, f"http://mlflow:5000/{PLACE}"),
        ({"MLFLOW_TRACKING_URI": "https://mlflow"}, f"https://mlflow/{PLACE}"),
        ({"MLFLOW_TRACKING_URI": "https://ada:secret@mlflow"}, f"https://mlflow/{PLACE}"),
        ({"MLFLOW_TRACKING_URI": "sqlite:///mlflow.db"}, ""),
        ({"MLFLOW_TRACKING_URI": "http://inside", "TOILE_MLFLOW_UI": "http://outside"}, f"http://outside/{PLACE}"),
        ({}, ""),
    ],
)
def test_a_run_is_linked_where_mlflow_has_a_web_address(
    monkeypatch: pytest.MonkeyPatch, environment: dict[str, str], address: str
) -> None:
    for name in ("TOILE_MLFLOW_UI", "MLFLOW_TRACKING_URI", "MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD"):
        monkeypatch.setenv(name, "")
    for name, value in environment.items():
        monkeypatch.setenv(name, value)

    assert web_address(PLACE) == address


@pytest.mark.parametrize(
    "uri",
    [
        f"mlflow-artifacts:/3/{RUN}/artifacts/validation/page.html",
        f"/srv/toile/mlflow/artifacts/customer.repeat_purchase/{RUN}/artifacts/validation/page.html",
        f"s3://bucket/mlflow/3/{RUN}/artifacts/validation/page.html",
    ],
)
def test_an_artefact_is_shown_by_mlflow_for_a_browser_opens_none_of_these(uri: str) -> None:
    assert artefact_page(uri, PLACE) == f"{PLACE}/artifacts/validation/page.html"


@pytest.mark.parametrize("uri", ["https://reports/1.html", "file:///tmp/page.html", None])
def test_any_other_report_is_linked_as_it_is(uri: str | None) -> None:
    assert web_address(artefact_page(uri, PLACE)) == (uri or "")
