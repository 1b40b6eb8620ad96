from datetime import date
from pathlib import Path

import pytest

from toile.contract import RESULT_FILE, JobResult, JobSpec, Verdict
from toile.errors import ConfigError
from toile.store import open_store


def spec(**changes: object) -> JobSpec:
    given = {"job": "train", "model": "a.b", "as_of": date(2011, 9, 8), "identity": "dag run 1", **changes}
    return JobSpec.build(**given)  # type: ignore[arg-type]


def test_equal_work_asked_for_by_the_same_has_one_run_key() -> None:
    assert spec().run_key == spec().run_key


@pytest.mark.parametrize(
    "change",
    [{"as_of": date(2011, 9, 9)}, {"identity": "dag run 2"}, {"parameters": {"version": "2"}}, {"window": "9d"}],
)
def test_other_work_has_another_run_key(change: dict[str, object]) -> None:
    assert spec(**change).run_key != spec().run_key


def test_a_spec_survives_the_way_through_json_and_through_a_file(tmp_path: Path) -> None:
    one = spec(parameters={"version": "3"})
    (tmp_path / "spec.json").write_text(one.model_dump_json())
    assert JobSpec.parse(one.model_dump_json()) == one
    assert JobSpec.parse(f"file://{tmp_path / 'spec.json'}") == one
    assert JobSpec.parse(str(tmp_path / "spec.json")) == one


@pytest.mark.parametrize(
    ("text", "message"),
    [
        ("nonsense", "neither JSON nor a file"),
        ("{}", "run_key: Field required"),
        ('{"job": "train", "extra": 1}', "extra: Extra inputs are not permitted"),
        ('{"job": ', "Invalid JSON"),
    ],
)
def test_a_wrong_spec_is_told_as_the_authors_mistake(text: str, message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        JobSpec.parse(text)


def test_a_run_key_cannot_leave_the_results_folder() -> None:
    text = spec().model_dump_json().replace(spec().run_key, "../../etc/2011-09-08-0123456789ab")
    with pytest.raises(ConfigError, match="run_key"):
        JobSpec.parse(text)


def test_a_result_is_found_by_its_run_key(tmp_path: Path) -> None:
    one, store = spec(), open_store(str(tmp_path))
    result = JobResult(run_key=one.run_key, job=one.job, model=one.model, as_of=one.as_of, verdict=Verdict.WARNED)
    assert JobResult.load(store, one.run_key) is None
    result.save(store)
    assert JobResult.load(store, one.run_key) == result
    assert [path for path in tmp_path.rglob("*") if path.is_file()] == [tmp_path / one.run_key / RESULT_FILE]
