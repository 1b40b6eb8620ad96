import json
import shutil
from pathlib import Path

import pytest

from toile.cli import main
from toile.home import REPOSITORY


def test_a_model_without_a_champion_has_no_table(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TOILE_HOME", str(tmp_path))
    assert main(["status"]) == 0
    shown = capsys.readouterr().out
    assert "customer.repeat_purchase (customer-squad): no champion yet\n  scores       none yet" in shown
    assert "baseline" not in shown


def test_a_model_whose_file_is_broken_is_shown_with_its_problems(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    conf = Path(shutil.copytree(REPOSITORY / "conf", tmp_path / "conf"))
    (conf / "models/customer/broken.yaml").write_text("")
    monkeypatch.setenv("TOILE_CONF", str(conf))
    monkeypatch.setenv("TOILE_HOME", str(tmp_path / "home"))
    assert main(["status", "--format", "json", "customer.repeat_purchase", "customer.broken"]) == 1
    sound, broken = json.loads(capsys.readouterr().out)
    assert sound["model"] == "customer.repeat_purchase"
    assert broken["model"] == "customer.broken"
    assert "the file is empty" in broken["problems"][0]
    assert main(["status", "customer.repeat_purchase"]) == 0
    assert "broken" not in capsys.readouterr().out
    assert main(["status"]) == 1
    shown = capsys.readouterr().out
    assert "customer.broken: its configuration has mistakes" in shown
    assert "conf/models/customer/broken.yaml:1:1: the file is empty." in shown
