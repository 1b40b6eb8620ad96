from datetime import date
from io import StringIO
from pathlib import Path

import pytest

from toile.config.platform import Environment
from toile.contract import JobFailure, JobSpec
from toile.errors import ConfigError
from toile.run import MISTAKE, launch, main
from toile.store import open_store


@pytest.mark.parametrize("spelled", ["{path}", "--spec={path}"])
def test_a_spec_is_given_as_such_or_by_name(spelled: str, tmp_path: Path) -> None:
    spec = JobSpec(job="train", model="no.model", as_of="2011-09-08", run_key="no.model/train/2011-09-08-0123456789ab")
    (tmp_path / "spec.json").write_text(spec.model_dump_json())
    told = StringIO()
    assert main([spelled.format(path=tmp_path / "spec.json")], err=told) == MISTAKE
    assert "no model 'no.model'" in told.getvalue()


@pytest.mark.parametrize("spelled", ["{path}", "file:{path}", "file://{path}"])
def test_a_file_is_named_by_its_path_or_uri_and_must_be_text(spelled: str, tmp_path: Path) -> None:
    path = tmp_path / "job.json"
    spec = JobSpec.build(job="train", model="no.model", as_of=date(2011, 9, 8), identity="test")
    path.write_text(spec.model_dump_json())
    assert JobSpec.parse(spelled.format(path=path)) == spec
    path.write_bytes(b"\xff\xfe")
    with pytest.raises(ConfigError, match=r"job spec: .*job\.json is no text"):
        JobSpec.parse(spelled.format(path=path))


def test_a_wheels_entry_point_raises_what_databricks_would_not_heed_if_returned(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("sys.argv", ["toile-job", "nonsense"])
    with pytest.raises(SystemExit) as raised:
        launch()
    assert raised.value.code == MISTAKE


def test_a_mistake_is_told_under_the_run_key(
    home: Path, environment: Environment, capsys: pytest.CaptureFixture[str]
) -> None:
    """A Databricks workspace shows Airflow no exit status."""
    spec = JobSpec.build(job="gate", model="customer.none", as_of=date(2011, 6, 1), identity="test")

    assert main([f"--spec={spec.model_dump_json()}"], err=StringIO()) == MISTAKE

    told = JobFailure.load(open_store(environment.results), spec.run_key)
    assert told is not None
    assert told.error == "InvalidConfig"
    assert "no model 'customer.none'" in told.message
    assert capsys.readouterr().out == "", "book-keeping tells it too"
