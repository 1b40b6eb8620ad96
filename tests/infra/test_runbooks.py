"""What a runbook quotes must be what the code says: whoever is on call searches for the very words."""

import ast
import re
from functools import cache
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]
RUNBOOKS = sorted((REPOSITORY / "docs" / "runbooks").glob("*.md"))
ANY, SHORTEST = "…", 6


@cache
def told_by_the_code() -> str:
    """Every text of the code; what is filled in at run time is left out."""
    files = [file for half in ("jobs", "plugins") for file in (REPOSITORY / half).rglob("*.py")]
    nodes = [node for file in files for node in ast.walk(ast.parse(file.read_text()))]
    return "\n".join(node.value for node in nodes if isinstance(node, ast.Constant) and isinstance(node.value, str))


def quoted(page: str) -> list[str]:
    """The fixed parts of the messages that a page quotes: `…` stands for what is filled in."""
    fences = re.findall(r"^```text\n(.*?)^```$", page, re.MULTILINE | re.DOTALL)
    lines = [line for fence in fences for line in fence.splitlines() if not line.startswith("conf/")]
    cells = re.findall(r"^\| [^|]*\|", page, re.MULTILINE)
    lines += [code for cell in cells for code in re.findall(r"`([^`]+)`", cell) if ANY in code]
    return [part.strip(" .,:(") for line in lines for part in line.split(ANY) if len(part.strip(" .,:(")) >= SHORTEST]


@pytest.mark.parametrize("runbook", RUNBOOKS, ids=lambda path: path.stem)
def test_a_runbook_quotes_what_the_code_says(runbook: Path) -> None:
    unsaid = [words for words in quoted(runbook.read_text()) if words not in told_by_the_code()]

    assert not unsaid, f"no message of the code holds {unsaid}"
