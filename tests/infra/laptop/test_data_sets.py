from pathlib import Path

import pytest

from laptop.data_sets import DataSet, data_sets
from laptop.series import CAMPAIGN, SALES
from toile.errors import ConfigError


@pytest.fixture(autouse=True)
def home(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("TOILE_HOME", str(tmp_path / "home"))
    (tmp_path / "home/tables").mkdir(parents=True)
    return tmp_path


def _sales(path: Path | None = None, *, customers: int = 400, seed: int = 0) -> DataSet:
    return data_sets([SALES], sales=path, campaign=None, customers=customers, seed=seed)[SALES]


def _campaign(path: Path | None = None, *, seed: int = 0) -> DataSet:
    return data_sets([CAMPAIGN], sales=None, campaign=path, customers=400, seed=seed)[CAMPAIGN]


def test_the_same_data_have_the_same_identity_wherever_they_lie(home: Path) -> None:
    first, second = home / "a.csv", home / "b.csv"
    first.write_text("x")
    second.write_text("x")
    assert _sales(first).identity == _sales(second).identity
    second.write_text("y")
    assert _sales(first).identity != _sales(second).identity


def test_a_folder_changes_its_identity_with_its_files(home: Path) -> None:
    folder = home / "by-day"
    folder.mkdir()
    (folder / "a.csv").write_text("x")
    before = _sales(folder).identity
    (folder / "b.csv").write_text("x")
    assert _sales(folder).identity != before


def test_a_simulated_market_is_known_by_its_size_and_seed() -> None:
    assert _sales().identity == _sales().identity
    assert len({_sales(customers=size, seed=seed).identity for size in (400, 500) for seed in (0, 1)}) == 4


def test_only_the_very_data_that_were_brought_in_count_as_present() -> None:
    assert not _sales().is_present()
    _sales().remember()
    assert _sales().is_present()
    assert not _sales(customers=5000).is_present()
    assert not _campaign().is_present()


def test_a_path_that_is_not_there_is_told_with_the_variable_that_names_it(home: Path) -> None:
    with pytest.raises(ConfigError, match=r"DATA=.*nowhere: there is no such file.* Leave DATA out"):
        _sales(home / "nowhere").require()
    with pytest.raises(ConfigError, match=r"CAMPAIGN=.*nowhere: there is no such file"):
        _campaign(home / "nowhere").require()


def test_the_command_imports_a_path_and_simulates_without_one(home: Path) -> None:
    assert _sales(home).command[-3:] == ["import", "online-retail", str(home)]
    assert _sales(seed=1).command[-5:] == ["simulate", "--customers", "400", "--seed", "1"]
    assert _campaign(home).command[-3:] == ["import", "bank-marketing", str(home)]


def test_a_home_that_holds_other_data_is_refused_with_what_to_do() -> None:
    _sales().remember()
    _sales().require()
    _campaign(seed=1).require()
    with pytest.raises(ConfigError, match=r"the sales tables .* hold other data.* Run `make clean` first"):
        _sales(seed=1).require()


def test_only_the_data_that_are_needed_are_brought_in() -> None:
    assert set(data_sets([SALES], sales=None, campaign=Path("/nowhere"), customers=1, seed=0)) == {SALES}
