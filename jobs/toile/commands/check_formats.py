"""How `toile check` tells what it finds: to people, to programs, and beside the lines of a pull request."""

import json
import re
import sys
from collections.abc import Callable, Mapping, Sequence
from contextlib import redirect_stdout
from dataclasses import asdict
from pathlib import Path
from typing import Protocol

from rich.cells import cell_len
from rich.console import Console
from rich.text import Text

from toile.commands.arguments import counted
from toile.config import Conf
from toile.config.address import masked
from toile.config.problems import Problem
from toile.config.yaml_source import lines_of

WIDTH = 160
# What a marker stands under: a word in quotes, or all up to what ends a plain one.
_WORD = re.compile(r"""(?x) " (?:[^"\\]|\\.)* "  |  ' [^']* '  |  (?: [^\s,:{}\[\]] | :(?=\S) )+""")


class Format(Protocol):
    """Told problems as they are found, and all of them at the end."""

    def tell(self, problems: Sequence[Problem]) -> None: ...

    def end(self, problems: Sequence[Problem], parts: Mapping[str, int]) -> None: ...


class ForPeople:
    """Each problem with the line that it is about, beside the standard output; in colour on a terminal."""

    def __init__(self, conf: Conf) -> None:
        self._conf, self._lines = conf, _Lines(conf.root.parent)
        self._console = Console(stderr=True, soft_wrap=True, highlight=False)

    def tell(self, problems: Sequence[Problem]) -> None:
        for problem in problems:
            text = str(problem)
            told, place = Text(text), text.partition(": ")[0]
            told.stylize("bold", 0, len(place))
            self._console.print(told)
            if problem.severity == "error":
                self._show_line(problem)

    def end(self, problems: Sequence[Problem], parts: Mapping[str, int]) -> None:
        wrong = [problem for problem in problems if problem.severity == "error"]
        if wrong:
            files = len({problem.file for problem in wrong})
            self._console.print(f"{counted(len(wrong), 'problem')} in {counted(files, 'file')}.")
            return
        counts = ", ".join(counted(number, noun) for noun, number in parts.items())
        print(f"conf is sound: {counts} (environment {self._conf.environment_name}).")

    def _show_line(self, problem: Problem) -> None:
        line = self._lines.of(problem)
        if line is None:
            return
        width = max(self._console.width, 40) if self._console.is_terminal else WIDTH
        shown, before, marked = _marked(line, problem.column - 1, width - len(str(problem.line)) - 4)
        margin = " " * len(str(problem.line))
        self._console.print(Text.assemble((f"  {problem.line} | ", "blue"), shown))
        self._console.print(Text.assemble((f"  {margin} | ", "blue"), " " * before, ("^" * marked, "bold red")))


class ForPrograms:
    """One JSON document on the standard output."""

    def __init__(self, conf: Conf) -> None:
        self._conf = conf

    def tell(self, problems: Sequence[Problem]) -> None: ...

    def end(self, problems: Sequence[Problem], parts: Mapping[str, int]) -> None:
        wrong = [problem for problem in problems if problem.severity == "error"]
        counts = {
            "errors": len(wrong),
            "notes": len(problems) - len(wrong),
            "files": len({problem.file for problem in wrong}),
            **{f"{noun.replace(' ', '_')}s": number for noun, number in parts.items()},
        }
        records = [{**asdict(problem), "file": problem.file.as_posix()} for problem in problems]
        document = {"environment": self._conf.environment_name, "counts": counts, "problems": records}
        print(json.dumps(document, indent=2))


class ForGitHub:
    """Workflow commands on the standard output, which GitHub shows beside the lines of a pull request."""

    def __init__(self, conf: Conf) -> None:
        self._people = ForPeople(conf)

    def tell(self, problems: Sequence[Problem]) -> None:
        for problem in problems:
            command = "error" if problem.severity == "error" else "notice"
            where = {"file": problem.file.as_posix(), "line": problem.line, "col": problem.column}
            where["title"] = problem.field or "toile check"
            properties = ",".join(f"{name}={_escaped(str(value), '%:,')}" for name, value in where.items())
            print(f"::{command} {properties}::{_escaped(f'{problem.message} {problem.hint}'.strip(), '%')}", flush=True)

    def end(self, problems: Sequence[Problem], parts: Mapping[str, int]) -> None:
        with redirect_stdout(sys.stderr):
            self._people.end(problems, parts)


FORMATS: Mapping[str, Callable[[Conf], Format]] = {"text": ForPeople, "json": ForPrograms, "github": ForGitHub}


class _Lines:
    """The lines that problems are about, each file read once."""

    def __init__(self, root: Path) -> None:
        self._root = root
        self._read: dict[Path, list[str]] = {}

    def of(self, problem: Problem) -> str | None:
        """None where the file cannot be read, or its line says nothing."""
        if problem.file not in self._read:
            try:
                text = (self._root / problem.file).read_text("utf-8-sig")
            except (OSError, UnicodeDecodeError):
                text = ""
            self._read[problem.file] = lines_of(text)
        lines = self._read[problem.file]
        line = lines[problem.line - 1] if problem.line <= len(lines) else ""
        return None if not line.strip() or line.lstrip().startswith("#") else masked(line)


def _marked(line: str, column: int, width: int) -> tuple[str, int, int]:
    """The line as far as it fits, and how many cells lie before the word at the column and in it."""
    word = _WORD.match(line, column)
    end = word.end() if word else column + 1
    # A tab or a control character would move what stands behind it.
    plain = "".join(c if c.isprintable() else " " if c == "\t" else "·" for c in line)
    first = max(0, min(column - width // 3, len(plain) - width))
    shown = plain[first : first + width]
    start, stop = column - first, max(min(end - first, len(shown)), column - first + 1)
    if first:
        shown = "…" + shown[1:]
    return shown, cell_len(shown[:start]), max(cell_len(shown[start:stop]), 1)


def _escaped(text: str, signs: str) -> str:
    return "".join(f"%{ord(c):02X}" if c in f"{signs}\r\n" else c for c in text)
