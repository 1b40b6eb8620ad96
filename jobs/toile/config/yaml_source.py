"""YAML files as plain data that can tell where each value stands.

Only the plain part of YAML is read: no anchors, aliases, merge keys, tags or duplicate keys, one document a file.
"""

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import cached_property, partial
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import Any, NamedTuple, NoReturn

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from toile.config.problems import InvalidConfig, Problem, legible


class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """PyYAML's, but 1e-3 is a number: it follows YAML 1.1, which asks for a dot in one."""


Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"^[-+]?[0-9]+[eE][-+]?[0-9]+$"), list("-+0123456789")
)
MAX_BYTES = 256 * 1024
MAX_DEPTH = 20
MAX_VALUES = 20_000
_PLAIN = {f"tag:yaml.org,2002:{name}" for name in ("str", "int", "float", "bool", "null", "map", "seq")}
_WORD = {None, "!", *_PLAIN}
_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
_TEXT = {"tag:yaml.org,2002:str", "tag:yaml.org,2002:timestamp"}

Path_ = tuple[str | int, ...]
Event = Any  # of the parser: PyYAML's stubs know little of what one holds


class Place(NamedTuple):
    """A position in a file; line and column count from 1."""

    file: Path
    line: int
    column: int

    def problem(self, field_name: str, message: str, hint: str = "") -> Problem:
        shown = legible(field_name, 100), legible(message, 500), legible(hint, 800)
        return Problem(self.file, self.line, self.column, *shown)


class Places(NamedTuple):
    """Where values and their keys stand, by path; the top, `()`, is among the values."""

    values: dict[Path_, Place]
    keys: dict[Path_, Place]


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
        return self.place(path).problem(_dotted(path), message, hint)

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
        reader = _Reader(text, file)
        data = reader.document()
    except UnicodeDecodeError as error:
        line = raw[: error.start].count(b"\n") + 1
        raise InvalidConfig([Place(file, line, 1).problem("", "not UTF-8.", "Save the file as UTF-8.")]) from error
    except yaml.MarkedYAMLError as error:
        place = _place(file, error.problem_mark or error.context_mark)
        if place.line > (last := len(lines_of(text))):  # what is missing at the end is missed behind it
            place = Place(file, last, 1)
        raise InvalidConfig([place.problem("", f"not YAML: {error.problem}.", _yaml_hint(text))]) from error
    except (yaml.YAMLError, RecursionError) as error:
        raise InvalidConfig([top.problem("", f"not YAML: {str(error).splitlines()[0]}.")]) from error
    if data is not None and not isinstance(data, dict):
        raise InvalidConfig([top.problem("", "expected a mapping of keys to values at the top.")])
    return Source(data or {}, partial(_places_in, text, file), not data, reader.problems)


def _places_in(text: str, file: Path) -> Places:
    """The places of a document that `_Reader` has read, so that nothing in it can be blown up."""
    places = Places({(): Place(file, 1, 1)}, {})

    def note(node: Node, path: Path_) -> None:
        places.values[path] = _place(file, node.start_mark)
        if isinstance(node, SequenceNode):
            for index, item in enumerate(node.value):
                note(item, (*path, index))
        elif isinstance(node, MappingNode):
            for key, value in node.value:
                inside = (*path, key.value if isinstance(key, ScalarNode) else "<<")
                if inside[-1] != "<<" and inside not in places.keys:
                    places.keys[inside] = _place(file, key.start_mark)
                    note(value, inside)

    if top := Loader(text).get_single_node():
        note(top, ())
    return places


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


class _Reader:
    """Turns the parser's events into plain values, noting problems on the way.

    Nothing is composed, so that nothing can be blown up: the first anchor, alias or excess ends the reading.
    """

    def __init__(self, text: str, file: Path) -> None:
        self.parser, self.file = Loader(text), file
        self.depth = self.values = 0
        self.problems: list[Problem] = []

    def document(self) -> Any:
        """The value of the one document there is; None where there is none."""
        self._next()  # the stream begins
        if self.parser.check_event(yaml.StreamEndEvent):
            return None
        self._next()  # the document begins
        value = self._value(self._next(), ())
        self._next()  # and ends
        if not isinstance(end := self._next(), yaml.StreamEndEvent):
            raise yaml.MarkedYAMLError(problem="expected one document, but found another", problem_mark=end.start_mark)
        return value

    def _next(self) -> Event:
        event = self.parser.get_event()
        if isinstance(event, yaml.NodeEvent):
            if event.anchor:  # of an alias, too
                self._refuse(event, "anchors and aliases are not read.", "Write the value out.")
            if isinstance(event, yaml.ScalarEvent):
                self.values += 1
                if self.values > MAX_VALUES:
                    self._refuse(event, f"more than {MAX_VALUES:,} keys and values are not read.")
            else:
                self.depth += 1
                if self.depth > MAX_DEPTH:
                    self._refuse(event, f"nested deeper than {MAX_DEPTH} levels.")
        elif isinstance(event, yaml.CollectionEndEvent):
            self.depth -= 1
        return event

    def _refuse(self, event: Event, message: str, hint: str = "") -> NoReturn:
        raise InvalidConfig([_place(self.file, event.start_mark).problem("", message, hint)])

    def _value(self, event: Event, path: Path_) -> Any:
        if event.tag not in _WORD and event.tag not in _TEXT:
            self._note(event, path, f"the tag {_short(event.tag)!r} is not read.", "Quote the value.")
            return self._skip(event)
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event, path)
        return self._mapping(path) if isinstance(event, yaml.MappingStartEvent) else self._sequence(path)

    def _mapping(self, path: Path_) -> dict[str, Any]:
        data: dict[str, Any] = {}
        first: dict[str, Any] = {}  # key -> its mark
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            if not isinstance(event, yaml.ScalarEvent) or event.tag not in _WORD or event.value == "<<":
                merges = isinstance(event, yaml.ScalarEvent) and event.value == "<<"
                self._note(event, path, "merges (<<) are not read." if merges else "a key must be a plain word.")
                self._skip(event)
                self._skip(self._next())
                continue
            key = event.value
            if key in first:
                self._note(event, (*path, key), f"written twice (first in line {first[key].line + 1}).")
                self._skip(self._next())
                continue
            first[key] = event.start_mark
            data[key] = self._value(self._next(), (*path, key))
        return data

    def _sequence(self, path: Path_) -> list[Any]:
        items: list[Any] = []
        while not isinstance(event := self._next(), yaml.SequenceEndEvent):
            items.append(self._value(event, (*path, len(items))))
        return items

    def _scalar(self, event: Event, path: Path_) -> Any:
        tag = event.tag
        if tag in (None, "!"):  # how it is written says what it is
            if not event.implicit[0] or event.value[:1] not in Loader.yaml_implicit_resolvers:
                return event.value
            tag = self.parser.resolve(ScalarNode, event.value, event.implicit)
        if tag in _TEXT:
            return event.value
        if tag not in _PLAIN:
            return self._note(event, path, f"the tag {_short(tag)!r} is not read.", "Quote the value.")
        try:
            value = self.parser.construct_object(ScalarNode(tag, event.value))
        except (LookupError, ValueError, yaml.YAMLError):  # `!!int ""` and `!!bool maybe` among them
            message = f"{event.value[:60]!r} cannot be read as what YAML calls {tag.rpartition(':')[2]}."
            return self._note(event, path, message, "Quote it, or mend it.")
        if isinstance(value, float) and not math.isfinite(value):
            return self._note(event, path, f"{event.value!r} is not a finite number.")
        return value

    def _skip(self, event: Event) -> None:
        """Passes over a value, or over what is left of one that has begun."""
        around = self.depth - isinstance(event, yaml.CollectionStartEvent)
        while self.depth > around:
            self._next()

    def _note(self, event: Event, path: Path_, message: str, hint: str = "") -> None:
        self.problems.append(_place(self.file, event.start_mark).problem(_dotted(path), message, hint))


def _place(file: Path, mark: Any) -> Place:
    return Place(file, mark.line + 1, mark.column + 1) if mark else Place(file, 1, 1)


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


def _dotted(path: Path_) -> str:
    return ".".join(map(str, path))


def _short(tag: str) -> str:
    """A tag as it is written: `!!binary`."""
    return tag.replace("tag:yaml.org,2002:", "!!")
