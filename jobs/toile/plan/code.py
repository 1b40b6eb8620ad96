"""Which files of a squad's code a model runs, and which of them a change touches."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from toile.config import ResolvedModel
from toile.config.section import REFERENCE

PLATFORM = ("dags/", "jobs/toile/", "plugins/", "requirements/")
"""What every model runs through."""


def code_of(model: ResolvedModel, jobs: Path) -> set[Path]:
    """The files, below `jobs`, of the functions that its configuration names, and those that they import from there.

    A file that is named and not there is told too: it may be what a change removes.
    """
    waiting = {reference.partition(":")[0] for _name, part in model.shape for reference in _references(part)}
    seen: set[str] = set()
    files: set[Path] = set()
    while waiting:
        module = waiting.pop()
        seen.add(module)
        top, path = module.partition(".")[0], Path(*module.split("."))
        file = path / "__init__.py" if (jobs / path).is_dir() else path.with_suffix(".py")
        if top not in {"", "toile"} and (jobs / top).is_dir():
            files.add(file)
            waiting |= set(_imports(jobs / file, module)) - seen
    return files


def _references(value: Any) -> Iterator[str]:
    if isinstance(value, dict | list):
        for item in value.values() if isinstance(value, dict) else value:
            yield from _references(item)
    elif isinstance(value, str) and re.match(REFERENCE, value):
        yield value


def _imports(file: Path, module: str) -> Iterator[str]:
    """What a module may import: of `from a import b`, whether b is a module of its own is not asked."""
    try:
        tree = ast.parse(file.read_bytes())
    except (OSError, SyntaxError, ValueError):  # `toile check` tells what is wrong with it
        return
    package = module.split(".") if file.name == "__init__.py" else module.split(".")[:-1]
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            above = package[: len(package) - node.level + 1] if node.level else []
            base = ".".join([*above, *([node.module] if node.module else [])])
            yield base
            yield from (f"{base}.{alias.name}" for alias in node.names)
