import subprocess
from pathlib import Path

from laptop.clean import clean
from laptop.processes import identify, is_alive
from laptop.services import Record, record_file


def test_state_goes_and_what_set_up_has_made_stays(tmp_path: Path) -> None:
    for name in ("tables/sales", "mlflow", "run", "venvs/jobs", "jars", "setup"):
        (tmp_path / name).mkdir(parents=True)
    done = clean(tmp_path)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["jars", "setup", "venvs"]
    assert f"removed {tmp_path / 'tables'}" in done


def test_a_home_that_is_not_ours_loses_nothing(tmp_path: Path) -> None:
    (tmp_path / "letters").mkdir()
    (tmp_path / "notes.txt").write_text("mine")
    assert clean(tmp_path) == []
    assert (tmp_path / "letters").is_dir()


def test_a_demo_that_is_up_is_ended_first(tmp_path: Path) -> None:
    with subprocess.Popen(["sleep", "60"]) as demo:
        known = identify(demo.pid)
        assert known is not None
        Record(demo=known).save(record_file(tmp_path))
        assert clean(tmp_path)[0] == f"ended the demo (process {demo.pid})"
        assert not is_alive(known)


def test_a_home_that_does_not_exist_is_clean(tmp_path: Path) -> None:
    assert clean(tmp_path / "nowhere") == []
