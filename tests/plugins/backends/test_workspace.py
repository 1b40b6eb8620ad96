import json

import pytest
from airflow.providers.databricks.hooks.databricks import DatabricksHook
from airflow.sdk.exceptions import AirflowFailException

from tests.fakes.stand_in_wheel import RESULTS
from tests.fakes.workspace import Workspace
from toile_airflow.backends.workspace import Volume


def test_who_may_not_read_a_volume_is_told_what_it_takes(workspace: Workspace, monkeypatch: pytest.MonkeyPatch) -> None:
    connection = json.loads(workspace.connection) | {"password": "of nobody"}
    monkeypatch.setenv("AIRFLOW_CONN_OTHER", json.dumps(connection))

    with pytest.raises(AirflowFailException) as raised:
        Volume(DatabricksHook("other"), RESULTS).read("key/result.json")

    told = str(raised.value)
    assert told.startswith(f"the workspace does not let the connection 'other' read {RESULTS}/key/result.json (403).")
    assert "READ VOLUME" in told
    assert "of nobody" not in told
