"""MLflow's address: what of it is shown, and what is told where nothing answers there."""

import os

import pytest

from toile.home import tracking_uri


@pytest.fixture(autouse=True)
def no_credentials(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("MLFLOW_TRACKING_URI", "MLFLOW_TRACKING_USERNAME", "MLFLOW_TRACKING_PASSWORD"):
        monkeypatch.setenv(name, "")  # so that what is set meanwhile is undone


def test_a_servers_password_goes_to_mlflow_beside_its_address(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "https://me:p%40ss@mlflow:5000/sub")
    assert tracking_uri("http://other") == "https://mlflow:5000/sub"
    assert (os.environ["MLFLOW_TRACKING_USERNAME"], os.environ["MLFLOW_TRACKING_PASSWORD"]) == ("me", "p@ss")


@pytest.mark.parametrize("uri", ["http://mlflow:5000", "databricks://profile", "postgresql://me:secret@db/mlflow"])
def test_an_address_that_needs_all_of_itself_is_left_alone(uri: str) -> None:
    assert tracking_uri(uri) == uri
