from pathlib import Path

import pytest

from toile.cli import build_parser
from toile.commands.cli_reference import render_cli
from toile.commands.schema import stale
from toile.home import REPOSITORY


def test_the_schemas_in_conf_and_the_references_are_current() -> None:
    assert not stale(REPOSITORY / "conf"), "run `bin/toile schema`"


def test_the_reference_names_every_command_and_every_argument() -> None:
    reference = (REPOSITORY / "docs" / "cli.md").read_text()

    for words in ("## `toile check`", "## `toile data import`", "| `--window WINDOW` |", "| `NAME=VALUE ...` |"):
        assert words in reference


def test_the_reference_does_not_depend_on_terminal_or_environment(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    before = render_cli(build_parser())
    for name, value in {"COLUMNS": "40", "TOILE_ENV": "production", "TOILE_HOME": str(tmp_path)}.items():
        monkeypatch.setenv(name, value)

    assert render_cli(build_parser()) == before
