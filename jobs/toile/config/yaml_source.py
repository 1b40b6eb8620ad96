"""YAML files as plain data that can tell where each value stands.

Only the plain part of YAML is read: no anchors, aliases, merge keys, tags or duplicate keys, one document a file.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import Any

import yaml

from toile.config.problems import InvalidConfig, Path_, Place, Problem, dotted
from toile.config.yaml_reader import Places, place_of, places_in, read_document

MAX_BYTES = 256 * 1024
_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")


@dataclass
class Source:
    """Plain data, and the place of each of its values and keys, which is looked for when it is asked for.

    `problems` are those of single values and keys, such as a key that is written twice: the rest can be read.
    `is_empty` says whether the file itself says nothing, whatever it inherits.
    """

    data: dict[str, Any]
    locate: Callable[[], Places]
    is_empty: bool
    problems: list[Problem] = field(default_factory=list)

    @cached_property
    def places(self) -> Places:
        return self.locate()

    def place(self, path: Path_) -> Place:
        """The place of the value at this path, or of the nearest thing above it."""
        while path and path not in self.places.values:
            path = path[:-1]
        return self.places.values[path]

    def key_place(self, path: Path_) -> Place:
        return self.places.keys.get(path) or self.place(path)

    def get(self, path: Path_) -> Any:
        """The value at this path; None where there is none."""
        value: Any = self.data
        for key in path:
            if not holds(value, key):
                return None
            value = value[key]
        return value

    def holds(self, path: Path_) -> bool:
        """Whether there is anything, even nothing (null), at this path."""
        return _reaches(self.data, path)

    def words(self, path: Path_) -> list[tuple[Path_, str]]:
        """The text at this path, or every text of the list there, each with its own path."""
        value = self.get(path)
        items = [((*path, i), item) for i, item in enumerate(value)] if isinstance(value, list) else [(path, value)]
        return [(where, item) for where, item in items if isinstance(item, str)]

    def keys_at(self, path: Path_) -> list[str]:
        """The keys of the mapping at this path; none where there is no mapping."""
        value = self.get(path)
        return list(value) if isinstance(value, dict) else []

    def problem(self, path: Path_, message: str, hint: str = "") -> Problem:
        return self.place(path).problem(dotted(path), message, hint)

    def key_problem(self, path: Path_, message: str, hint: str = "") -> Problem:
        """A problem at the key rather than at its value."""
        return self.key_place(path).problem(dotted(path), message, hint)

    def over(self, base: "Source") -> "Source":
        """This source laid over another: mappings merge key by key, everything else is replaced.

        Places follow the values, so that an error names the file in which the wrong value stands.
        """
        data = _merge(base.data, self.data)

        def locate() -> Places:
            places = Places(dict(self.places.values), dict(self.places.keys))
            for path, place in base.places.values.items():
                if path not in places.values and _reaches(data, path):
                    places.values[path] = place
                    if path in base.places.keys:
                        places.keys[path] = base.places.keys[path]
            return places

        return Source(data, locate, self.is_empty, self.problems)

    def below(self, key: str) -> "Source":
        """The mapping under this key as a source of its own; empty where the key is absent or not a mapping."""

        def locate() -> Places:
            values, keys = self.places
            inside = {path[1:]: place for path, place in values.items() if path[:1] == (key,)}
            return Places(
                inside or {(): self.place(())},
                {path[1:]: place for path, place in keys.items() if len(path) > 1 and path[0] == key},
            )

        data = self.data.get(key)
        data = data if isinstance(data, dict) else {}
        return Source(data, locate, is_empty=not data)


def read_yaml(path: Path, shown_as: Path | None = None) -> Source:
    """Reads one file whose top level is a mapping; a file without content is an empty one.

    Raises:
        InvalidConfig: the file cannot be read as YAML at all.
    """
    file = shown_as or path
    top = Place(file, 1, 1)
    raw = _read_bytes(path, top)
    try:
        text = raw.decode("utf-8-sig")
        data, problems = read_document(text, file)
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise InvalidConfig([Place(file, line, 1).problem("", "not UTF-8.", "Save the file as UTF-8.")]) from error
    except yaml.MarkedYAMLError as error:
        place = place_of(file, error.problem_mark or error.context_mark)
        if place.line > (last := len(lines_of(text))):  # what is missing at the end is missed behind it
            place = Place(file, last, 1)
        raise InvalidConfig([place.problem("", f"not YAML: {error.problem}.", _yaml_hint(text))]) from error
    except (yaml.YAMLError, RecursionError) as error:
        raise InvalidConfig([top.problem("", f"not YAML: {str(error).splitlines()[0]}.")]) from error
    if data is not None and not isinstance(data, dict):
        raise InvalidConfig([top.problem("", "expected a mapping of keys to values at the top.")])
    return Source(data or {}, partial(places_in, text, file), not data, problems)


def _read_bytes(path: Path, top: Place) -> bytes:
    try:
        size, mode = (found := path.stat()).st_size, found.st_mode
        if S_ISDIR(mode):
            hint = "Rename the folder, or move it elsewhere."
            raise InvalidConfig([top.problem("", "is a folder, but its name is that of a file.", hint)])
        if not S_ISREG(mode):  # a pipe would be waited for
            raise InvalidConfig([top.problem("", "is no file.", "Rename it, or move it elsewhere.")])
        if size > MAX_BYTES:
            raise InvalidConfig([top.problem("", f"the file has {size:,} bytes; at most {MAX_BYTES:,} are read.")])
        return path.read_bytes()
    except OSError as error:
        raise InvalidConfig([top.problem("", f"cannot be read: {error.strerror}.")]) from error


def lines_of(text: str) -> list[str]:
    """Lines as YAML counts them."""
    return _BREAK.split(text)


def _yaml_hint(text: str) -> str:
    return "Indent with spaces, not tabs." if "\n\t" in text or text.startswith("\t") else ""


def holds(value: Any, key: str | int) -> bool:
    """Whether a mapping or a list holds anything, even nothing (null), under this key."""
    if isinstance(value, dict):
        return key in value
    return isinstance(value, list) and isinstance(key, int) and key < len(value)


def _reaches(value: Any, path: Path_) -> bool:
    for key in path:
        if not holds(value, key):
            return False
        value = value[key]
    return True


def _merge(base: Any, over: Any) -> Any:
    if isinstance(base, dict) and isinstance(over, dict) and _same_kind(base, over):
        return {
            key: _merge(base[key], over[key]) if key in base and key in over else over.get(key, base.get(key))
            for key in [*base, *(k for k in over if k not in base)]
        }
    return over


def _same_kind(base: dict[str, Any], over: dict[str, Any]) -> bool:
    """A mapping of another kind (trainer, task) replaces the inherited one: its keys would not fit."""
    return "kind" not in over or over["kind"] == base.get("kind", over["kind"])
