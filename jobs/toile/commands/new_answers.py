"""What `toile new` is told: by flags, whose mistakes are told together, or by a person, who is asked again."""

import argparse
import re
import sys
from collections.abc import Callable, Collection, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
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
from toile.errors import ConfigError, ToileError
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


@dataclass(frozen=True)
class Question:
    """`wrong` says in a line what is wrong with an answer, and nothing of one that fits."""

    wrong: Callable[[str], str]
    choices: Sequence[str] = ()


class Answers:
    """What flags say, or else what a person answers, or else what the table proposes."""

    def __init__(self, arguments: argparse.Namespace) -> None:
        self.said: dict[str, str] = {flag: vars(arguments)[flag.replace("-", "_")] or "" for flag in FLAGS}
        self.person = sys.stdin.isatty()

    def require(self, questions: Mapping[str, Question], needed: Collection[str]) -> None:
        """Looks at all these flags; a `needed` one that is not given is a mistake where there is nobody to ask.

        Raises:
            ConfigError: some do not fit; all of them are told.
        """
        told = [flag for flag in questions if self.said[flag] or (flag in needed and not self.person)]
        if mistakes := [wrong for flag in told if (wrong := self._wrong(flag, questions[flag]))]:
            raise ConfigError("\n".join(mistakes))

    def get(self, flag: str, question: Question, proposal: str | None = None) -> str:
        """The answer; a person is asked until it fits.

        Raises:
            ConfigError: it does not, and there is nobody to ask.
        """
        if not self.said[flag]:
            self.said[flag] = self._ask(flag, question, proposal) if self.person else proposal or ""
        while wrong := self._wrong(flag, question):
            if not self.person:
                raise ConfigError(wrong)
            progress(wrong)
            self.said[flag] = self._ask(flag, question, proposal)
        return self.said[flag]

    def _wrong(self, flag: str, question: Question) -> str:
        if said := self.said[flag]:
            return question.wrong(said)
        nobody = "" if self.person else ", and this is no terminal to ask on"
        known = f" Known: {', '.join(question.choices)}." if question.choices else ""
        return f"--{flag} is missing{nobody}: {_meaning(flag)}.{known}"

    def _ask(self, flag: str, question: Question, proposal: str | None) -> str:
        from rich.prompt import Prompt

        choices = list(question.choices) or None
        try:
            return Prompt.ask(f"{flag}: {_meaning(flag)}", default=proposal, choices=choices) or ""
        except EOFError:  # Ctrl-D ends it as Ctrl-C does
            raise KeyboardInterrupt from None


def _meaning(flag: str) -> str:
    return FLAGS[flag].partition(" (default")[0]


def questions_without_table(conf: Conf, answers: Answers) -> dict[str, Question]:
    """What can be said of answers before the table is opened, which takes a while."""
    return {
        "table": Question(lambda said: _misfit("table", said, TABLE) or _unknown_table(conf, said)),
        "domain": Question(lambda said: _misfit("domain", said, NAME)),
        "name": Question(lambda said: _misfit("name", said, NAME) or _taken(conf, answers, said)),
        "label": Question(lambda _: ""),
        "task": Question(_wrong_task),
        "time": Question(lambda said: _read_by_another(conf, answers.said["table"], said)),
        "label-delay": Question(_wrong_delay),
        "owner": one_of("owner", sorted(conf.platform.teams)),
        "description": Question(lambda said: _unfit("description", said)),
        "limits": Question(lambda said: _unfit("limits", said)),
    }


def one_of(flag: str, choices: Sequence[str]) -> Question:
    """A question whose answer is one of these."""

    def wrong(said: str) -> str:
        return "" if said in choices else f"--{flag}: there is no {said!r}. {did_you_mean(said, choices)}"

    return Question(wrong, choices)


def _misfit(flag: str, said: str, pattern: str) -> str:
    return "" if re.match(pattern, said) else f"--{flag}: {said!r} does not fit: write {IN_WORDS[pattern]}."


def _unknown_table(conf: Conf, said: str) -> str:
    """Where it takes no Spark session to know it."""
    schemas, where = Schemas(conf.environment), conf.environment.tables
    with suppress(ToileError):  # what opens the tables later says what is the matter
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
    return one_of("task", TASKS).wrong(kind)


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
