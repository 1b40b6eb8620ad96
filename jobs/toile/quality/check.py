"""Finds what is wrong with a suite before there is data: the part of `toile check` that knows Great Expectations."""

import re
import warnings
from collections.abc import Iterator
from typing import Any

from pydantic.v1 import ValidationError

from toile.config.problems import Path_, Problem, did_you_mean
from toile.config.suites import Expectation, Suite
from toile.config.yaml_source import Source
from toile.quality.expectations import arguments_of, build_expectation, expectation_types, quarantine_obstacle

# What no dialect of regular expressions reads. Spark's, which is Java's, has escapes and groups that Python's has not.
_NO_REGEX = ("unterminated", "missing )", "unbalanced", "nothing to repeat", "bad character range")


def check_suite(suite: Suite, source: Source) -> list[Problem]:
    """Every unknown type, unknown, missing or ill-typed argument, and quarantine that cannot work, with its place."""
    problems: list[Problem] = []
    seen: dict[str, int] = {}
    for index, expectation in enumerate(suite.expectations):
        path: Path_ = ("expectations", index)
        problems += _check(expectation, path, source)
        line = source.place(path).line
        first = seen.setdefault(f"{expectation.type} {expectation.arguments}", line)
        if first != line:
            problems.append(
                source.problem((*path, "type"), f"says the same as the one in line {first}.", "Delete one.")
            )
    return problems


def _check(expectation: Expectation, path: Path_, source: Source) -> Iterator[Problem]:
    kind, arguments = expectation.type, expectation.arguments
    if kind not in expectation_types():
        known = did_you_mean(kind, expectation_types())
        yield source.problem((*path, "type"), f"there is no expectation {kind!r} on Spark.", known)
        return
    unknown = [name for name in arguments if name not in arguments_of(kind)]
    for name in unknown:
        where = (*path, "arguments", name)
        yield source.key_problem(where, f"{kind} takes no such argument.", _instead(name, kind))
    fitting = {name: value for name, value in arguments.items() if name not in unknown}
    yield from _ill_typed(kind, fitting, path, source)
    yield from _unmeetable(fitting, (*path, "arguments"), source)
    obstacle = quarantine_obstacle(kind, fitting)
    if expectation.severity == "quarantine" and obstacle:
        yield source.problem((*path, "severity"), f"{kind} {obstacle[0]}", obstacle[1])


def _instead(name: str, kind: str) -> str:
    if name == "condition_parser":
        return "Delete this: a row_condition is Spark SQL."
    return did_you_mean(name, arguments_of(kind))


def _ill_typed(kind: str, arguments: dict[str, Any], path: Path_, source: Source) -> Iterator[Problem]:
    if not isinstance(arguments.get("row_condition", ""), str):
        yield source.problem((*path, "arguments", "row_condition"), "must be Spark SQL, such as 'quantity < 0'.")
        return
    try:
        built = build_expectation(kind, arguments)
    except ValidationError as error:
        # A union of types fails once for each of them: the first is the one to be told. What is wrong with the whole
        # may be no more than the shadow of what is wrong with a part.
        wrong = {details["loc"]: details for details in reversed(error.errors())}
        parts = {loc: details for loc, details in wrong.items() if loc != ("__root__",)}
        for loc, details in reversed((parts or wrong).items()):
            yield _explain((*path, "arguments"), loc, details, arguments, source)
        return
    for name, value in arguments.items():
        coerced = getattr(built, name)
        if isinstance(value, str) and isinstance(coerced, int | float):
            message = f"{value!r} is text, but {type(coerced).__name__} is expected."
            yield source.problem((*path, "arguments", name), message, "Write it without quotes.")


def _unmeetable(arguments: dict[str, Any], path: Path_, source: Source) -> Iterator[Problem]:
    """Arguments that no data can meet."""
    low, high = arguments.get("min_value"), arguments.get("max_value")
    if isinstance(low, int | float) and isinstance(high, int | float) and low > high:
        yield source.problem((*path, "min_value"), f"{low} is above max_value {high}.", "Swap them.")
    for where, regex in source.words((*path, "regex")) + source.words((*path, "regex_list")):
        if wrong := _regex_mistake(regex):
            yield source.problem(where, f"{regex!r} is no regular expression: {wrong}.")


def _regex_mistake(regex: str) -> str:
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")  # of what Java reads otherwise
            re.compile(regex)
    except re.error as error:
        return str(error) if error.msg.startswith(_NO_REGEX) else ""
    return ""


def _explain(path: Path_, loc: tuple[Any, ...], details: Any, arguments: dict[str, Any], source: Source) -> Problem:
    if loc == ("__root__",):
        return source.problem(path, f"{details['msg']}.")
    name = loc[0]
    if name not in arguments:
        return source.problem((*path, name), "is required but not given.")
    return source.problem((*path, name), f"{arguments[name]!r} does not fit: {details['msg']}.")
