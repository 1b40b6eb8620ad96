from pathlib import Path

import pytest

from laptop.order_lines import OrderLines
from toile.errors import ConfigError


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TOILE_HOME", str(tmp_path / "home"))
    (tmp_path / "home/tables").mkdir(parents=True)
    return tmp_path


def test_the_same_data_have_the_same_identity_wherever_they_lie(home: Path) -> None:
    first, second = home / "a.csv", home / "b.csv"
    first.write_text("x")
    second.write_text("x")
    assert OrderLines(first, 0, 0).identity == OrderLines(second, 0, 0).identity
    second.write_text("y")
    assert OrderLines(first, 0, 0).identity != OrderLines(second, 0, 0).identity


def test_a_folder_changes_its_identity_with_its_files(home: Path) -> None:
    folder = home / "by-day"
    folder.mkdir()
    (folder / "a.csv").write_text("x")
    before = OrderLines(folder, 0, 0).identity
    (folder / "b.csv").write_text("x")
    assert OrderLines(folder, 0, 0).identity != before


def test_a_simulated_market_is_known_by_its_size_and_seed() -> None:
    assert OrderLines(None, 400, 0).identity == OrderLines(None, 400, 0).identity
    assert len({OrderLines(None, size, seed).identity for size in (400, 500) for seed in (0, 1)}) == 4


def test_only_the_very_data_that_were_brought_in_count_as_present() -> None:
    small, large = OrderLines(None, 400, 0), OrderLines(None, 5000, 0)
    assert not small.is_present()
    small.remember()
    assert small.is_present()
    assert not large.is_present()


def test_a_path_that_is_not_there_is_told_before_anything_starts(home: Path) -> None:
    with pytest.raises(ConfigError, match=r"DATA=.*nowhere: there is no such file"):
        OrderLines(home / "nowhere", 0, 0).require()


def test_the_command_imports_a_path_and_simulates_without_one(home: Path) -> None:
    assert OrderLines(home, 400, 1).command[-3:] == ["import", "online-retail", str(home)]
    assert OrderLines(None, 400, 1).command[-5:] == ["simulate", "--customers", "400", "--seed", "1"]


def test_a_home_that_holds_other_data_is_refused_with_what_to_do() -> None:
    OrderLines(None, 400, 0).remember()
    OrderLines(None, 400, 0).require()
    with pytest.raises(ConfigError, match=r"hold other data.* Run `make clean` first"):
        OrderLines(None, 400, 1).require()
