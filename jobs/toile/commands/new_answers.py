"""What `toile new` is told: by flags, whose mistakes are told together, or by a person, who is asked again."""

import argparse
import re
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from pathlib import Path
from typing import Annotated, Any

from pydantic import TypeAdapter, ValidationError

from toile.commands.arguments import progress
from toile.config import Conf
from toile.config.durations import parse_duration
from toile.config.model import ModelConfig
from toile.config.platform import PathTables
from toile.config.problems import did_you_mean
from toile.config.section import IN_WORDS, NAME, TABLE
from toile.errors import ConfigError, InfrastructureError
from toile.home import tables_folder
from toile.schemas import LOG, Schemas

FLAGS = {
    "table": "the table, <domain>.<name>, that has its rows",
    "domain": "the model's domain (default: the table's)",
    "name": "the model's name in its domain",
    "label": "the column to foretell: a number, yes or no, or 0 or 1",
    "task": "classification or regression (default: as the label's values are)",
    "time": "the column that says when a row came to be known (default: the only one of dates)",
    "entity": "the column that says whom or what a row is about (default: the one named or numbered so)",
    "label-delay": "how long after a row's time its label is known for certain, such as 14d",
    "owner": "the team that owns it",
    "description": "what it answers, in a sentence",
    "limits": "what it must not be used for",
}
UNPROPOSED = ("table", "name", "label", "label-delay", "owner", "description", "limits")
"""What no table makes up for where nobody says it."""
Check = Callable[[str], str]
"""A line that says what is wrong with an answer; empty where it fits."""


class Answers:
    """What flags say, or else what a person answers, or else what the table proposes."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self.said: dict[str, str] = {flag: vars(arguments)[flag.replace("-", "_")] or "" for flag in FLAGS}
        self.person = sys.stdin.isatty()

    def require(self, checks: Mapping[str, Check], needed: Collection[str]) -> None:
        """Looks at all these flags; a `needed` one that is not given is a mistake where there is nobody to ask.

        Raises:
            ConfigError: some do not fit; all of them are told.
        """
        asked = [flag for flag in checks if self.said[flag] or (flag in needed and not self.person)]
        if mistakes := [wrong for flag in asked if (wrong := self._wrong(flag, checks[flag]))]:
            raise ConfigError("\n".join(mistakes))

    def get(self, flag: str, check: Check, proposal: str | None = None, choices: Sequence[str] = ()) -> str:
        """The answer; a person is asked until it fits.

        Raises:
            ConfigError: it does not, and there is nobody to ask.
        """
        if not self.said[flag]:
            self.said[flag] = self._ask(flag, proposal, choices) if self.person else proposal or ""
        while wrong := self._wrong(flag, check):
            if not self.person:
                raise ConfigError(wrong)
            progress(wrong)
            self.said[flag] = self._ask(flag, proposal, choices)
        return self.said[flag]

    def _wrong(self, flag: str, check: Check) -> str:
        said = self.said[flag]
        return check(said) if said else f"--{flag} is missing: {FLAGS[flag].partition(' (default')[0]}."

    def _ask(self, flag: str, proposal: str | None, choices: Sequence[str]) -> str:
        from rich.prompt import Prompt

        question = f"{flag}: {FLAGS[flag].partition(' (default')[0]}"
        return Prompt.ask(question, default=proposal, choices=list(choices) or None) or ""


def checks_without_table(conf: Conf, answers: Answers) -> dict[str, Check]:
    """What can be said of answers before the table is opened, which takes a while."""
    return {
        "table": lambda said: _misfit("table", said, TABLE) or _unknown_table(conf, said),
        "domain": lambda said: _misfit("domain", said, NAME),
        "name": lambda said: _misfit("name", said, NAME) or _taken(conf, answers, said),
        "label": lambda _: "",
        "task": _wrong_task,
        "time": lambda said: _read_by_another(conf, answers.said["table"], said),
        "label-delay": _wrong_delay,
        "owner": one_of("owner", sorted(conf.platform.teams)),
        "description": lambda said: _unfit("description", said),
        "limits": lambda said: _unfit("limits", said),
    }


def one_of(flag: str, choices: Sequence[str]) -> Check:
    """The check that an answer is one of these."""
    return lambda said: "" if said in choices else f"--{flag}: there is no {said!r}. {did_you_mean(said, choices)}"


def _misfit(flag: str, said: str, pattern: str) -> str:
    return "" if re.match(pattern, said) else f"--{flag}: {said!r} does not fit: write {IN_WORDS[pattern]}."


def _unknown_table(conf: Conf, said: str) -> str:
    """Where it takes no Spark session to know it."""
    schemas, where = Schemas(conf.environment), conf.environment.tables
    with suppress(InfrastructureError):  # what opens the tables later says what is the matter
        if schemas.obstacle or schemas.columns(said) is not None:
            return ""
        found = {name for name in conf.platform.tables if schemas.columns(name) is not None}
        if isinstance(where, PathTables):
            logs = Path(tables_folder(where.root)).glob(f"*/*/{LOG}")
            found |= {".".join(log.parts[-3:-1]) for log in logs}
        hint = did_you_mean(said, found) or "Bring it first: toile data import csv FILE --table <domain>.<name>."
        return f"--table: there is no {said!r}. {hint}"
    return ""


def _taken(conf: Conf, answers: Answers, name: str) -> str:
    """Of a domain that a person is still to be asked for nothing is known."""
    proposal = "" if answers.person else answers.said["table"].partition(".")[0]
    model = f"{answers.said['domain'] or proposal}.{name}"
    there = f"--name: {name!r} is taken: {model} is already there, and nothing is overwritten. Take another."
    return there if model in conf.model_ids else ""


def _wrong_task(kind: str) -> str:
    from toile.onboarding.proposal import TASKS

    if kind == "forecast":
        return "--task forecast: it looks at whole series, which a function returns: docs/forecasts.md."
    return one_of("task", TASKS)(kind)


def _read_by_another(conf: Conf, table: str, time: str) -> str:
    listed = conf.platform.tables.get(table)
    if listed is None or time == listed.event_time:
        return ""
    return (
        f"--time: platform.yaml lists {table} with event_time {listed.event_time!r}, by which all models read it, "
        f"and not {time!r}. Leave --time out."
    )


def _wrong_delay(said: str) -> str:
    try:
        parse_duration(said)
    except ValueError as error:
        return f"--label-delay: {said!r} does not fit: {error}."
    return ""


def _unfit(flag: str, said: str) -> str:
    """As the field of the model file that the answer becomes would say it."""
    field: Any = ModelConfig.model_fields[flag]
    try:
        TypeAdapter(Annotated[field.annotation, field]).validate_python(said)
    except ValidationError as error:
        reason = error.errors()[0]["msg"]
        return f"--{flag}: {said!r} does not fit: {reason[0].lower()}{reason[1:]}."
    return ""
