"""Follows docs/tutorial.md with the very text of the page: from a CSV to a champion that has scored."""

import json
import re
import runpy
import shlex
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from toile.cli import main
from toile.home import REPOSITORY

# Six libraries at work together warn of each other's ways; tests of one room each hold our own code to no warning.
pytestmark = pytest.mark.filterwarnings("ignore")

PAGE = (REPOSITORY / "docs" / "tutorial.md").read_text()
BLOCKS = re.findall(r"```(\w+)\n(.*?)```", PAGE, re.DOTALL)
MODEL, TEN_MINUTES = "marketing.lead_conversion", 600


@pytest.fixture
def clone(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Path]:
    """A folder with the configuration of this one, and state of its own."""
    shutil.copytree(REPOSITORY / "conf", tmp_path / "conf")
    monkeypatch.setenv("TOILE_CONF", str(tmp_path / "conf"))
    monkeypatch.setenv("TOILE_HOME", str(tmp_path / ".toile"))
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.chdir(tmp_path)
    return tmp_path


def transcript() -> list[tuple[str, list[str]]]:
    """Each command of the page and what it shows of the answer."""
    told = "".join(text for kind, text in BLOCKS if kind == "console").replace("\\\n", " ")
    typed = [part.partition("\n") for part in re.split(r"^\$ ", told, flags=re.MULTILINE) if part]
    return [(command, answer.splitlines()) for command, _, answer in typed]


def alike(line: str) -> str:
    """Without what differs from run to run and from machine to machine: figures, digests, paths, how Spark is found."""
    line = line.replace("connecting to Spark", "starting Spark")
    line = re.sub(r"\S*/\S*", "<path>", line)
    line = re.sub(r"\b[0-9a-f]{12,}\b", "<digest>", line)
    return re.sub(r"\s+", " ", re.sub(r"-?[0-9][0-9,.:]*", "<n>", line)).strip()


@pytest.mark.usefixtures("spark")
def test_a_csv_becomes_a_champion_as_the_page_says(clone: Path, capsys: pytest.CaptureFixture[str]) -> None:
    script = clone / "leads.py"
    script.write_text(next(text for kind, text in BLOCKS if kind == "python"))
    runpy.run_path(str(script))
    seconds = 0.0
    for command, shown in transcript():
        assert command.startswith("bin/toile "), command
        capsys.readouterr()
        status = main(shlex.split(command)[1:])
        told = capsys.readouterr()
        answer = told.err + told.out
        assert status == 0, f"{command}\n{answer}"
        answered = iter([alike(line) for line in answer.splitlines()])
        assert [line for line in shown if alike(line) not in answered] == [], answer  # each after those before it
        seconds += sum(float(total) for total in re.findall(r"^  seconds: .* total ([0-9.]+)$", answer, re.MULTILINE))
    assert 0 < seconds < TEN_MINUTES

    file = clone / "conf/models/marketing/lead_conversion.yaml"
    assert file.read_text() == next(text for kind, text in BLOCKS if kind == "yaml")
    assert len(file.read_text().splitlines()) <= 25
    assert main(["status", MODEL, "--format", "json"]) == 0
    (told_of,) = json.loads(capsys.readouterr().out)
    assert told_of["champion"]["version"] == "1"
    assert told_of["scores"]["rows"] > 100
    assert told_of["drift"]["reports"] == 1


def test_the_command_of_the_page_finds_the_environment_of_a_set_up(clone: Path) -> None:
    """The page's other commands are run in the test's own process, where one Spark session serves them all."""
    (clone / ".toile/setup").mkdir(parents=True)
    (clone / ".toile/setup/jobs-project.stamp").touch()
    (clone / ".toile/venvs").mkdir()
    (clone / ".toile/venvs/jobs").symlink_to(sys.prefix)
    told = subprocess.run([REPOSITORY / "bin/toile", "check", "--fast"], capture_output=True, text=True, check=False)
    assert (told.returncode, told.stdout.startswith("conf is sound: ")) == (0, True), told.stderr
