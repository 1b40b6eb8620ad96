"""Mistakes in configuration files: each with its place, all told at once."""

from collections.abc import Callable, Iterable, Sequence
from dataclasses import dataclass, replace
from difflib import get_close_matches
from pathlib import Path
from typing import Literal, NamedTuple, TypeVar

from toile.errors import ConfigError

Item = TypeVar("Item")
Path_ = tuple[str | int, ...]
"""Of a value in a file: its keys, and its places in lists."""
MOST_TOLD = 50
"""A list or mapping of nothing but mistakes, such as a wrong file's, is told in part: a hint for each takes long."""


@dataclass(frozen=True, order=True)
class Problem:
    """One mistake at one place; reads as `file:line:column: field: what is wrong. Hint.` when shown.

    A note is no mistake: it says what could not be looked at, or what is odd.
    """

    file: Path
    line: int
    column: int
    field: str
    message: str
    hint: str = ""
    severity: Literal["error", "note"] = "error"

    def as_note(self) -> "Problem":
        return replace(self, severity="note")

    def __str__(self) -> str:
        place = f"{self.file}:{self.line}:{self.column}: "
        note = "note: " if self.severity == "note" else ""
        field = f"{self.field}: " if self.field else ""
        return f"{place}{note}{field}{self.message}{' ' + self.hint if self.hint else ''}"


class Place(NamedTuple):
    """A position in a file; line and column count from 1."""

    file: Path
    line: int
    column: int

    def problem(self, field_name: str, message: str, hint: str = "") -> Problem:
        shown = legible(field_name, 100), legible(message, 500), legible(hint, 800)
        return Problem(self.file, self.line, self.column, *shown)


class InvalidConfig(ConfigError):  # noqa: N818 -- reads as the field says it; it is a ConfigError
    """Configuration files with mistakes; `problems` holds every one of them, sorted by place."""

    def __init__(self, problems: Iterable[Problem]) -> None:
        self.problems: Sequence[Problem] = sorted(set(problems))
        super().__init__("\n".join(map(str, self.problems)))


def tell_most(items: Sequence[Item], tell: Callable[[Item], Problem]) -> list[Problem]:
    """A problem for each of the first items, and one that says how many more there are."""
    told = [tell(item) for item in items[: MOST_TOLD + 1]]
    if (more := len(items) - MOST_TOLD) > 1:
        told[-1] = replace(told[-1], message=f"is one of {more:,} more mistakes.", hint="Mend those above first.")
    return told


def legible(text: str, most: int) -> str:
    """Text from a file as it may be printed in one line: without control characters, and not endless."""
    clipped = text if len(text) <= most else f"{text[:most]}..."
    return "".join(c if c.isprintable() else c.encode("unicode_escape").decode() for c in clipped)


def did_you_mean(wrong: str, known: Iterable[str], *, listed: int = 12) -> str:
    """A hint that names the nearest known word, or else the known words (`listed` at most)."""
    words = sorted(known)
    near = get_close_matches(wrong[:100], words, n=1, cutoff=0.6)
    if near:
        return f"Did you mean {near[0]!r}?"
    shown = ", ".join(words[:listed]) + (", ..." if len(words) > listed else "")
    return f"Known: {shown}." if words and listed else ""


def dotted(path: Path_) -> str:
    """A path as it is told: `gates.0.metric`."""
    return ".".join(map(str, path))
