"""Commands of people where MLflow does not answer."""

import re
import shutil
import socket
from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.clone import Clone

from toile.cli import main
from toile.home import REPOSITORY

MODEL = "customer.repeat_purchase"


@pytest.fixture(autouse=True)
def nobody_signed_in(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "")
    for name in ("DATABRICKS_HOST", "DATABRICKS_TOKEN"):
        monkeypatch.delenv(name, raising=False)


@pytest.fixture
def silent_host() -> Iterator[str]:
    """It takes connections, and says nothing."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield f"http://127.0.0.1:{server.getsockname()[1]}"


@pytest.mark.parametrize(
    "command",
    [
        ("costs",), ("status",), ("history", MODEL), ("rollback", MODEL, "--reason", "complaints"), ("stats",),
        ("reproduce", MODEL, "a1b2"), ("run", "gate", MODEL, "2011-09-08", "purpose=training"),
        ("plan", "--against", "HEAD", "--env", "local", "--past-costs"),
    ],
)  # fmt: skip
def test_an_mlflow_that_does_not_answer_is_told_in_one_line(
    command: tuple[str, ...], tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    conf = Path(shutil.copytree(REPOSITORY / "conf", tmp_path / "conf"))
    prices = 'currency: EUR\nlooked_up: "2026-11-01"\nlocal: {per_hour: 3.6}\n'
    (conf / "prices.yaml").write_text(prices)
    clone = Clone(tmp_path)
    clone.git("init", "--quiet")
    clone.commit()
    monkeypatch.setenv("TOILE_CONF", str(conf))
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "http://127.0.0.1:9")
    assert main([*command]) == 1
    captured = capsys.readouterr()
    *progress, told = captured.err.splitlines()
    assert re.match(r"toile: MLflow at http://127\.0\.0\.1:9: \[Errno 111\] Connection refused\. Is its", told)
    assert (len(progress), captured.out) == (1, "")


def test_who_is_not_signed_in_at_databricks_is_told_how_to(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["history", MODEL, "--env", "production"]) == 1
    told = capsys.readouterr().err.splitlines()[-1]
    assert told.startswith("toile: MLflow at databricks: default auth: cannot configure default credentials")
    assert "Set DATABRICKS_HOST and DATABRICKS_TOKEN" in told


def test_a_silent_workspace_is_waited_for_in_seconds(
    silent_host: str, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DATABRICKS_HOST", silent_host)
    monkeypatch.setenv("DATABRICKS_TOKEN", "none")
    monkeypatch.setattr("toile.registry.patience.SECONDS", 2)
    assert main(["history", MODEL, "--env", "production"]) == 1
    assert "toile: MLflow at databricks: Timed out after 0:00:01." in capsys.readouterr().err
