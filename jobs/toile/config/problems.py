"""Mistakes in configuration files: each with its place, all told at once."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from difflib import get_close_matches
from pathlib import Path

from toile.errors import ConfigError


@dataclass(frozen=True, order=True)
class Problem:
    """One mistake at one place; reads as `file:line:column: field: what is wrong. Hint.` when shown."""

    file: Path
    line: int
    column: int
    field: str
    message: str
    hint: str = ""

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}: "
        field = f"{self.field}: " if self.field else ""
        return f"{place}{field}{self.message}{' ' + self.hint if self.hint else ''}"


class InvalidConfig(ConfigError):  # noqa: N818 -- reads as the field says it; it is a ConfigError
    """Configuration files with mistakes; `problems` holds every one of them, sorted by place."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: Sequence[Problem] = sorted(set(problems))
        super().__init__("\n".join(map(str, self.problems)))


def did_you_mean(wrong: str, known: Iterable[str], *, listed: int = 12) -> str:
    """A hint that names the nearest known word, or else the known words (`listed` at most)."""
    words = sorted(known)
    near = get_close_matches(wrong, words, n=1, cutoff=0.6)
    if near:
        return f"Did you mean {near[0]!r}?"
    shown = ", ".join(words[:listed]) + (", ..." if len(words) > listed else "")
    return f"Known: {shown}." if words else ""
