"""The same mistakes for people, for programs and for GitHub."""

import json
import re
import shutil
from pathlib import Path

import pytest

from toile.cli import main
from toile.home import REPOSITORY

MODEL = "conf/models/customer/repeat_purchase.yaml"


@pytest.fixture
def spoilt(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A copy of the real configuration whose model has two mistakes, the second in a line with wide and odd letters."""
    conf = Path(shutil.copytree(REPOSITORY / "conf", tmp_path / "conf"))
    file = tmp_path / MODEL
    text = file.read_text().replace("owner: customer-squad", "owner: custmer-squad")
    file.write_text(text.replace("slices: [country]", 'slices: ["漢字\\t, 100%", contry]'))
    monkeypatch.setenv("TOILE_CONF", str(conf))
    return file


@pytest.mark.usefixtures("spoilt")
def test_people_see_the_line_and_the_word_in_it(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--fast"]) == 1
    out, err = capsys.readouterr()
    assert out == ""
    assert err.startswith(
        f"{MODEL}:2:8: owner: there is no team 'custmer-squad'. Did you mean 'customer-squad'?\n"
        "  2 | owner: custmer-squad\n"
        "    |        ^^^^^^^^^^^^^\n"
    )
    assert '  25 | slices: ["漢字\\t, 100%", contry]\n     |                          ^^^^^^\n' in err
    assert "\x1b" not in err, "colour where there is no terminal"
    assert err.endswith("4 problems in 1 file.\n")


@pytest.mark.usefixtures("spoilt")
def test_programs_read_one_document_whatever_is_printed_meanwhile(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--format", "json"]) == 1
    out, err = capsys.readouterr()
    told = json.loads(out)
    assert told["counts"] | {"errors": 4, "files": 1, "models": 5} == told["counts"]
    assert told["problems"][0] == {
        "file": MODEL,
        "line": 2,
        "column": 8,
        "field": "owner",
        "message": "there is no team 'custmer-squad'.",
        "hint": "Did you mean 'customer-squad'?",
        "severity": "error",
    }
    assert "looking at functions" in err


@pytest.mark.usefixtures("spoilt")
def test_github_reads_its_own_commands(capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["check", "--fast", "--format", "github"]) == 1
    owner, wide, *_more = capsys.readouterr().out.splitlines()
    assert owner == (
        f"::error file={MODEL},line=2,col=8,title=owner::"
        "there is no team 'custmer-squad'. Did you mean 'customer-squad'?"
    )
    assert re.fullmatch(rf"::error file={MODEL},line=25,col=10,title=slices\.0::.*100%25.*", wide)


def test_a_long_line_is_shown_about_the_place(spoilt: Path, capsys: pytest.CaptureFixture[str]) -> None:
    spoilt.write_text(spoilt.read_text().replace('["漢字\\t, 100%"', f"[{'country, ' * 100}country"))
    assert main(["check", "--fast"]) == 1
    *_above, line, marker, _summary = capsys.readouterr().err.splitlines()
    assert line.startswith("  25 | …")
    assert len(line) < 200
    assert line[marker.index("^") : marker.rindex("^") + 1] == "contry"


def test_colour_is_for_terminals(
    spoilt: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("FORCE_COLOR", "1")
    assert main(["check", "--fast"]) == 1
    assert "\x1b[" in capsys.readouterr().err
