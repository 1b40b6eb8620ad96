"""What one text of plain YAML says, and where each value of it stands."""

import math
import re
from pathlib import Path
from typing import Any, NamedTuple, NoReturn

import yaml
from yaml.nodes import MappingNode, Node, ScalarNode, SequenceNode

from toile.config.problems import InvalidConfig, Path_, Place, Problem, dotted


class Loader(getattr(yaml, "CSafeLoader", yaml.SafeLoader)):  # type: ignore[misc]
    """PyYAML's, but 1e-3 is a number: it follows YAML 1.1, which asks for a dot in one."""


Loader.add_implicit_resolver(
    "tag:yaml.org,2002:float", re.compile(r"^[-+]?[0-9]+[eE][-+]?[0-9]+$"), list("-+0123456789")
)
MAX_DEPTH = 20
MAX_VALUES = 20_000
_TAGS = "tag:yaml.org,2002:"
_TEXT = {f"{_TAGS}str", f"{_TAGS}timestamp"}
_SCALARS = {*_TEXT, *(_TAGS + kind for kind in ("int", "float", "bool", "null"))}
_MAPPING, _SEQUENCE = f"{_TAGS}map", f"{_TAGS}seq"
_FITTING = {
    yaml.ScalarEvent: {None, "!", *_SCALARS},
    yaml.MappingStartEvent: {None, "!", _MAPPING},
    yaml.SequenceStartEvent: {None, "!", _SEQUENCE},
}
_KEYS = {*_SCALARS, f"{_TAGS}value"}  # as a key alone, = is a word

Event = Any  # of the parser: PyYAML's stubs know little of what one holds


class Places(NamedTuple):
    """Where values and their keys stand, by path; the top, `()`, is among the values."""

    values: dict[Path_, Place]
    keys: dict[Path_, Place]


def read_document(text: str, file: Path) -> tuple[Any, list[Problem]]:
    """The value of the one document there is, None where there is none, and problems of single values and keys.

    Raises:
        InvalidConfig: it has an anchor, or too much of anything.
        yaml.YAMLError: it is no YAML.
    """
    reader = _Reader(text, file)
    return reader.document(), reader.problems


def places_in(text: str, file: Path) -> Places:
    """The places of what `read_document` has read of this text, so that nothing in it can be blown up."""
    places = Places({(): Place(file, 1, 1)}, {})

    def note(node: Node, path: Path_) -> None:
        places.values[path] = place_of(file, node.start_mark)
        if node.tag == _SEQUENCE and isinstance(node, SequenceNode):
            for index, item in enumerate(node.value):
                note(item, (*path, index))
        elif node.tag == _MAPPING and isinstance(node, MappingNode):
            for key, value in node.value:
                is_word = isinstance(key, ScalarNode) and key.tag in _KEYS and key.value != "<<"
                if is_word and (inside := (*path, key.value)) not in places.keys:
                    places.keys[inside] = place_of(file, key.start_mark)
                    note(value, inside)

    if top := Loader(text).get_single_node():
        note(top, ())
    return places


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
        raise InvalidConfig([place_of(self.file, event.start_mark).problem("", message, hint)])

    def _value(self, event: Event, path: Path_) -> Any:
        if event.tag not in _FITTING[type(event)]:
            self._refuse_tag(event, event.tag, path)
            return self._skip(event)
        if isinstance(event, yaml.ScalarEvent):
            return self._scalar(event, path)
        return self._mapping(path) if isinstance(event, yaml.MappingStartEvent) else self._sequence(path)

    def _mapping(self, path: Path_) -> dict[str, Any]:
        data: dict[str, Any] = {}
        first: dict[str, Any] = {}  # key -> its mark
        while not isinstance(event := self._next(), yaml.MappingEndEvent):
            is_word = isinstance(event, yaml.ScalarEvent) and event.tag in _FITTING[yaml.ScalarEvent]
            merges = is_word and event.value == "<<"
            if not is_word or merges:
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
                return event.value  # as `resolve` would find after longer: most values are text
            tag = self.parser.resolve(ScalarNode, event.value, event.implicit)
        if tag in _TEXT:
            return event.value
        if tag not in _SCALARS:
            return self._refuse_tag(event, tag, path)
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

    def _refuse_tag(self, event: Event, tag: str, path: Path_) -> None:
        self._note(event, path, f"the tag {tag.replace(_TAGS, '!!')!r} is not read.", "Quote the value.")

    def _note(self, event: Event, path: Path_, message: str, hint: str = "") -> None:
        self.problems.append(place_of(self.file, event.start_mark).problem(dotted(path), message, hint))


def place_of(file: Path, mark: Any) -> Place:
    return Place(file, mark.line + 1, mark.column + 1) if mark else Place(file, 1, 1)
