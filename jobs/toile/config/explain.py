"""Turns pydantic's errors into problems with a place, the wrong value, what is expected, and a hint."""

import re
import types
import typing
from collections.abc import Collection
from typing import Any, TypeVar

from pydantic import BaseModel, ValidationError, create_model
from pydantic_core import ErrorDetails

from toile.config.address import masked
from toile.config.problems import Path_, Problem, did_you_mean, tell_most
from toile.config.section import GIVEN_BY_PATH, IN_WORDS, NAME
from toile.config.yaml_source import Source, holds

Model = TypeVar("Model", bound=BaseModel)

_MESSAGES = {
    "missing": "is required but not given",
    "extra_forbidden": "is not known here",
    "union_tag_not_found": "needs a kind",
    "too_short": "needs at least {min_length}",  # of lists and mappings; text has a type of its own
}
_MAPPING = "expected a mapping of keys to values"
# pydantic's own words for these name Python's types, and ours.
_SHAPES = {
    "model_type": _MAPPING,
    "model_attributes_type": _MAPPING,
    "dict_type": _MAPPING,
    "list_type": "expected a list",
}


def fit(kind: type[Model], source: Source, **given: Any) -> tuple[Model | None, list[Problem]]:
    """Fits a source's data to a pydantic model; `given` adds values that do not stand in the file.

    Returns the model, or None and every problem that was found.
    """
    if source.is_empty and not source.problems:
        needed = [name for name, field in kind.model_fields.items() if field.is_required() and name not in given]
        hint = f"Write at least {', '.join(needed)}."
        return None, [source.place(()).problem("", "the file is empty.", hint)]
    try:
        part, problems = kind.model_validate({**source.data, **given}), []
    except ValidationError as error:
        part, problems = None, tell_most(error.errors(), lambda details: _problem(kind, source, details, given))
    problems = tell_most(source.problems, lambda problem: problem) + untold(problems, source.problems)
    return (None if problems else part), problems


def fit_parts(kind: type[Model], source: Source, names: Collection[str], **given: Any) -> Model | None:
    """The model with these of its fields alone, where they fit, so that a mistake in the others hides nothing."""
    fields: dict[str, Any] = {name: (kind.model_fields[name].annotation, kind.model_fields[name]) for name in names}
    try:
        parts = create_model("Parts", __config__=kind.model_config, **fields).model_validate(
            {name: source.data[name] for name in names if name in source.data}
        )
    except ValidationError:
        return None
    return kind.model_construct(**given, **{name: getattr(parts, name) for name in names})


def untold(problems: list[Problem], told: list[Problem]) -> list[Problem]:
    """The problems at places of which nothing is told yet: a second one there is the shadow of the first."""
    places = {(problem.file, problem.line, problem.column) for problem in told}
    return [problem for problem in problems if (problem.file, problem.line, problem.column) not in places]


def _problem(kind: type[BaseModel], source: Source, details: ErrorDetails, given: dict[str, Any]) -> Problem:
    if details["loc"][:1] and details["loc"][0] in given:
        part = "folder" if details["loc"][0] == "domain" else "file"
        return source.place(()).problem("", f"the {part}'s name {_expected(details)}.", f"Rename the {part}.")
    path = _path_in_data(details, source.data)
    if details["type"] == "union_tag_invalid":
        path = (*path, details["ctx"]["discriminator"].strip("'"))
    unknown_key = details["type"] == "extra_forbidden" or details["loc"][-1:] == ("[key]",)
    place = source.key_place(path) if unknown_key else source.place(path)
    message = _MESSAGES.get(details["type"], "").format(**details.get("ctx", {})) or _expected(details)
    return place.problem(".".join(map(str, path)), f"{message}.", _hint(kind, details, path))


def _path_in_data(details: ErrorDetails, data: Any) -> Path_:
    """Drops from a pydantic location what is no key of the data: the tags of unions."""
    path: list[str | int] = []
    loc = details["loc"]
    for index, key in enumerate(loc):
        if holds(data, key):
            path.append(key)
            data = data[key]
        elif index == len(loc) - 1 and details["type"] in {"missing", "extra_forbidden"}:
            path.append(key)
    return tuple(path)


def _expected(details: ErrorDetails) -> str:
    message = _SHAPES.get(details["type"]) or details["msg"].removeprefix("Value error, ")
    message = message[0].lower() + message[1:]
    if details["type"] == "string_pattern_mismatch":
        message = f"expected {IN_WORDS.get(details['ctx']['pattern'], details['ctx']['pattern'])}"
    value = details["input"]
    if details["type"] == "union_tag_invalid":
        value, message = details["ctx"]["tag"], f"expected one of {details['ctx']['expected_tags']}"
    shown = (
        "a mapping" if isinstance(value, dict) else "a list" if isinstance(value, list) else masked(repr(value))[:60]
    )
    return f"{shown} does not fit: {message}"


def _hint(kind: type[BaseModel], details: ErrorDetails, path: Path_) -> str:
    context = details.get("ctx", {})
    if details["type"] == "extra_forbidden":
        return did_you_mean(str(path[-1]), _keys_at(kind, details["loc"][:-1]), listed=40)
    if details["type"] == "literal_error":
        return did_you_mean(str(details["input"]), _literals(str(context["expected"])))
    if details["type"] == "union_tag_invalid":
        return did_you_mean(str(context["tag"]), _literals(str(context["expected_tags"])))
    if details["type"] == "string_pattern_mismatch" and details["loc"][-1:] and isinstance(details["input"], str):
        lowered = details["input"].strip().lower().replace("-", "_").replace(" ", "_")
        is_name = context["pattern"] == NAME and re.match(NAME, lowered)
        return f"Write {lowered!r}." if is_name and lowered != details["input"] else ""
    if details["type"] == "model_attributes_type":
        known = details["input"] in _kinds_at(kind, details["loc"])
        return f"Write {{kind: {details['input']}}}." if known else ""
    return _value_hint(details)


def _value_hint(details: ErrorDetails) -> str:
    if details["type"] == "value_error":
        return "It must be more than zero." if re.match(r"0+[hdw]$", str(details["input"])) else ""
    if details["type"] == "string_type":
        return "Put it in quotes if it is meant as text."
    unquoted = details["type"] in {"int_type", "float_type", "bool_type"} and isinstance(details["input"], str)
    return "Write it without quotes." if unquoted else ""


def _literals(expected: str) -> list[str]:
    return [word.strip(" '") for word in expected.replace(" or ", ",").split(",")]


def _kinds_at(kind: type[BaseModel], loc: tuple[int | str, ...]) -> list[Any]:
    """What `kind` may say at a pydantic location."""
    kinds = [field for model in _models_at(kind, loc) if (field := model.model_fields.get("kind"))]
    return [word for field in kinds for word in typing.get_args(field.annotation)]


def _keys_at(kind: type[BaseModel], loc: tuple[int | str, ...]) -> set[str]:
    """The keys that are known at a pydantic location."""
    keys = {name for model in _models_at(kind, loc) for name in model.model_fields}
    return keys.difference(GIVEN_BY_PATH) if not loc else keys


def _models_at(kind: type[BaseModel], loc: tuple[int | str, ...]) -> list[type[BaseModel]]:
    """The models that may stand at a pydantic location, read from the annotations."""
    found: list[Any] = [kind]
    for key in loc:
        found = (
            [
                field.annotation if not field.metadata else typing.Annotated[field.annotation, *field.metadata]
                for model in _models(found)
                if (field := model.model_fields.get(str(key)))
            ]
            or [model for model in _models(found) if _is_of_kind(model, key)]
            or found
        )
    return _models(found)


def _is_of_kind(model: type[BaseModel], tag: int | str) -> bool:
    kind = model.model_fields.get("kind")
    return kind is not None and tag in typing.get_args(kind.annotation)


def _models(annotations: list[Any]) -> list[type[BaseModel]]:
    models: list[type[BaseModel]] = []
    for annotation in annotations:
        if isinstance(annotation, type) and issubclass(annotation, BaseModel):
            models.append(annotation)
        elif typing.get_origin(annotation) in {typing.Union, types.UnionType, typing.Annotated, list, dict}:
            models.extend(_models([a for a in typing.get_args(annotation) if a is not None]))
    return models
