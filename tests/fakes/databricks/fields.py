"""Whether a request has only the fields, of the types, that the official SDK's request classes know."""

import types
from collections.abc import Callable
from dataclasses import MISSING, fields, is_dataclass
from enum import Enum
from functools import cache
from typing import Any, Union, get_args, get_origin, get_type_hints

from tests.fakes.databricks.refusals import malformed

_hints = cache(get_type_hints)


def check_call(body: Any, method: Callable[..., Any]) -> None:
    """Checks a body against the arguments of the SDK's method that sends it."""
    known = {name: hint for name, hint in _hints(method).items() if name != "return"}
    _check_object(body, known, "request")


def check_record(body: Any, record: type) -> None:
    """Checks a body against one of the SDK's classes."""
    _check(body, record, "request")


def _check(value: Any, hint: Any, where: str) -> None:
    if value is None:
        raise malformed(f"{where} is null; leave it out.")
    origin = get_origin(hint)
    if origin in (Union, types.UnionType):
        _check(value, next(part for part in get_args(hint) if part is not type(None)), where)
    elif origin in (list, dict):
        _require(isinstance(value, origin), where, "a list" if origin is list else "an object")
        for key, entry in value.items() if origin is dict else enumerate(value):
            _check(entry, get_args(hint)[-1], f"{where}.{key}")
    elif is_dataclass(hint):
        _check_dataclass(value, hint, where)
    else:
        _check_scalar(value, hint, where)


def _check_dataclass(value: Any, record: Any, where: str) -> None:
    _check_object(value, _hints(record), where)
    required = {f.name for f in fields(record) if f.default is MISSING and f.default_factory is MISSING}
    if missing := sorted(required - set(value)):
        raise malformed(f"{where}: missing required field {missing[0]}.")


def _check_object(value: Any, known: dict[str, Any], where: str) -> None:
    _require(isinstance(value, dict), where, "an object")
    for key, entry in value.items():
        if key not in known:
            raise malformed(f'unrecognized field "{key}" in {where}.')
        _check(entry, known[key], f"{where}.{key}")


def _check_scalar(value: Any, hint: Any, where: str) -> None:
    if isinstance(hint, type) and issubclass(hint, Enum):
        _require(value in [member.value for member in hint], where, f"one of {[member.value for member in hint]}")
    elif hint is bool:
        _require(isinstance(value, bool), where, "a boolean")
    elif hint in (int, float):
        _require(_is_number(value, hint), where, "a number")
    elif hint is str:
        _require(isinstance(value, str), where, "a string")


def _is_number(value: Any, hint: type) -> bool:
    """Numbers may come as text, as Airflow's provider sends them."""
    try:
        hint(value)
    except (TypeError, ValueError):
        return False
    return not isinstance(value, bool)


def _require(holds: bool, where: str, what: str) -> None:
    if not holds:
        raise malformed(f"{where} is not {what}.")
