from collections.abc import Iterator
from pathlib import Path

import pytest
from tests.fakes.databricks import TOKEN
from tests.fakes.workspace import Workspace, started_workspace


@pytest.fixture
def workspace(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Workspace]:
    """A workspace that the SDK finds by its usual variables."""
    with started_workspace(tmp_path / "workspace") as workspace:
        monkeypatch.setenv("DATABRICKS_HOST", workspace.address)
        monkeypatch.setenv("DATABRICKS_TOKEN", TOKEN)
        yield workspace
