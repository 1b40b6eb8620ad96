"""YAML files as plain data that remembers where each value stands.

Only the plain part of YAML is read: no anchors, aliases, merge keys, tags or duplicate keys, one document a file.
"""

import math
import re
from collections.abc import Iterator
from dataclasses import dataclass, field
from pathlib import Path
from stat import S_ISDIR, S_ISREG
from typing import Any, NamedTuple

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
_BREAK = re.compile("\r\n|[\r\n\x85\u2028\u2029]")
_TEXT = {"tag:yaml.org,2002:str", "tag:yaml.org,2002:timestamp"}

Path_ = tuple[str | int, ...]


class Place(NamedTuple):
    """A position in a file; line and column count from 1."""

    file: Path
    line: int
    column: int

    def problem(self, field_name: str, message: str, hint: str = "") -> Problem:
        shown = legible(field_name, 100), legible(message, 500), legible(hint, 800)
        return Problem(self.file, self.line, self.column, *shown)


@dataclass
class Source:
    """Plain data and the place of each of its values and keys, by path.

    `problems` are those of single values and keys, such as a key that is written twice: the rest can be read.
    """

    data: dict[str, Any]
    places: dict[Path_, Place] = field(default_factory=dict)
    keys: dict[Path_, Place] = field(default_factory=dict)
    problems: list[Problem] = field(default_factory=list)

    @property
    def is_empty(self) -> bool:
        """Whether the file itself says nothing, whatever it inherits."""
        file = self.place(()).file
        return not any(place.file == file for place in self.keys.values())

    def place(self, path: Path_) -> Place:
        """The place of the value at this path, or of the nearest thing above it."""
        while path and path not in self.places:
            path = path[:-1]
        return self.places[path]

    def key_place(self, path: Path_) -> Place:
        return self.keys.get(path) or self.place(path)

    def get(self, path: Path_) -> Any:
        """The value at this path; None where there is none."""
        value: Any = self.data
        for key in path:
            value = child(value, key)
        return value

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
        merged = Source(data=_merge(base.data, self.data), problems=self.problems)
        for path in _paths(merged.data):
            owner = self if path in self.places else base
            merged.places[path] = owner.places[path]
            if path in owner.keys:
                merged.keys[path] = owner.keys[path]
        return merged

    def below(self, key: str) -> "Source":
        """The mapping under this key as a source of its own; empty where the key is absent or not a mapping."""
        data = self.data.get(key)
        inside = Source(data=data if isinstance(data, dict) else {})
        inside.places = {p[1:]: place for p, place in self.places.items() if p[:1] == (key,)} or {(): self.place(())}
        inside.keys = {p[1:]: place for p, place in self.keys.items() if len(p) > 1 and p[0] == key}
        return inside


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
        _refuse_aliases(text, file)
        node = yaml.compose(text, Loader=Loader)
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
    source = Source(data={}, places={(): top})
    if node is None:
        return source
    if not isinstance(node, MappingNode):
        raise InvalidConfig([top.problem("", "expected a mapping of keys to values at the top.")])
    source.data = _Reader(file, source).value(node, ())
    return source


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


def _refuse_aliases(text: str, file: Path) -> None:
    """Anchors and aliases are refused before anything is composed, so that nothing can be blown up."""
    depth = values = 0
    for event in yaml.parse(text, Loader=Loader):
        if isinstance(event, yaml.AliasEvent) or getattr(event, "anchor", None):
            place = _place(file, event.start_mark)
            raise InvalidConfig([place.problem("", "anchors and aliases are not read.", "Write the value out.")])
        if isinstance(event, yaml.CollectionStartEvent):
            depth += 1
        elif isinstance(event, yaml.CollectionEndEvent):
            depth -= 1
        values += isinstance(event, yaml.ScalarEvent)
        if values > MAX_VALUES:
            place = _place(file, event.start_mark)
            raise InvalidConfig([place.problem("", f"more than {MAX_VALUES:,} keys and values are not read.")])
        if depth > MAX_DEPTH:
            place = _place(file, event.start_mark)
            raise InvalidConfig([place.problem("", f"nested deeper than {MAX_DEPTH} levels.")])


def _yaml_hint(text: str) -> str:
    return "Indent with spaces, not tabs." if "\n\t" in text or text.startswith("\t") else ""


class _Reader:
    """Turns YAML nodes into plain values, noting places and problems on the way."""

    def __init__(self, file: Path, source: Source) -> None:
        self.file, self.source, self.problems = file, source, source.problems
        self.constructor = Loader("")

    def value(self, node: Node, path: Path_) -> Any:
        place = self._place(node)
        self.source.places[path] = place
        if node.tag in _TEXT and isinstance(node, ScalarNode):
            return node.value
        if node.tag not in _PLAIN:
            self.problems.append(
                place.problem(_dotted(path), f"the tag {_short(node.tag)!r} is not read.", "Quote the value.")
            )
            return None
        if isinstance(node, SequenceNode):
            return [self.value(item, (*path, index)) for index, item in enumerate(node.value)]
        if isinstance(node, MappingNode):
            return self._mapping(node, path)
        return self._scalar(ScalarNode(node.tag, node.value, node.start_mark, node.end_mark), path, place)

    def _mapping(self, node: MappingNode, path: Path_) -> dict[str, Any]:
        data: dict[str, Any] = {}
        for key_node, value_node in node.value:
            place = self._place(key_node)
            if not isinstance(key_node, ScalarNode) or key_node.tag not in _PLAIN:
                self.problems.append(place.problem(_dotted(path), "a key must be a plain word."))
                continue
            key = key_node.value
            if key in data:
                first = self.source.keys[(*path, key)].line
                self.problems.append(place.problem(_dotted((*path, key)), f"written twice (first in line {first})."))
                continue
            self.source.keys[(*path, key)] = place
            data[key] = self.value(value_node, (*path, key))
        return data

    def _scalar(self, node: ScalarNode, path: Path_, place: Place) -> Any:
        try:
            value = self.constructor.construct_object(node)
        except (LookupError, ValueError, yaml.YAMLError):  # `!!int ""` and `!!bool maybe` among them
            kind = node.tag.rpartition(":")[2]
            message = f"{node.value[:60]!r} cannot be read as what YAML calls {kind}."
            self.problems.append(place.problem(_dotted(path), message, "Quote it, or mend it."))
            return None
        if isinstance(value, float) and not math.isfinite(value):
            self.problems.append(place.problem(_dotted(path), f"{node.value!r} is not a finite number."))
            return None
        return value

    def _place(self, node: Node) -> Place:
        return _place(self.file, node.start_mark)


def _place(file: Path, mark: Any) -> Place:
    return Place(file, mark.line + 1, mark.column + 1) if mark else Place(file, 1, 1)


def holds(value: Any, key: str | int) -> bool:
    """Whether a mapping or a list holds anything, even nothing (null), under this key."""
    if isinstance(value, dict):
        return key in value
    return isinstance(value, list) and isinstance(key, int) and key < len(value)


def child(value: Any, key: str | int) -> Any:
    """What a mapping or a list holds under this key; None where it holds nothing."""
    return value[key] if holds(value, key) else None


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


def _paths(value: Any, path: Path_ = ()) -> Iterator[Path_]:
    yield path
    items = value.items() if isinstance(value, dict) else enumerate(value) if isinstance(value, list) else ()
    for key, item in items:
        yield from _paths(item, (*path, key))


def _dotted(path: Path_) -> str:
    return ".".join(map(str, path))


def _short(tag: str) -> str:
    """A tag as it is written: `!!binary`."""
    return tag.replace("tag:yaml.org,2002:", "!!")
