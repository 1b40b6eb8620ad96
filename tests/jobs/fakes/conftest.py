from collections.abc import Iterator

import pytest
from databricks.sdk import WorkspaceClient
from tests.fakes.databricks import TOKEN
from tests.fakes.workspace import Workspace, started_workspace


@pytest.fixture(scope="session")
def _workspace(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Workspace]:
    with started_workspace(tmp_path_factory.mktemp("workspace")) as workspace:
        yield workspace


@pytest.fixture
def workspace(_workspace: Workspace) -> Iterator[Workspace]:
    """The one workspace of all tests, with nothing going wrong until a test plans it."""
    yield _workspace
    _workspace.plan()


@pytest.fixture
def client(workspace: Workspace) -> WorkspaceClient:
    return WorkspaceClient(host=workspace.address, token=TOKEN, auth_type="pat")
