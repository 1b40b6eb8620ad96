"""`toile new`: a model of one table, with its suite and its test, for a person to review."""

import argparse
import re
import sys
from collections.abc import Sequence
from datetime import timedelta
from typing import TYPE_CHECKING

from toile.commands.arguments import Subparsers, declare, open_tables, progress, read_conf
from toile.config import Conf
from toile.config.durations import format_duration, parse_duration
from toile.config.problems import did_you_mean, legible
from toile.config.section import IN_WORDS, NAME, TABLE
from toile.errors import ConfigError

if TYPE_CHECKING:
    from toile.onboarding.decisions import Decisions
    from toile.onboarding.look import Look
    from toile.onboarding.plan import Plan

DETAIL = """\
Looks at the table, asks what the table cannot tell, and writes a model file, an expectation suite that is learnt from
the rows, and a test. Review all three: what was learnt is a proposal. Nothing is overwritten, and where anything is
wrong nothing is written. What a flag says is not asked; without a terminal nothing is, and flags must say it:

  toile new --table marketing.leads --name lead_conversion --label converted --label-delay 14d \\
    --owner marketing-squad --description "Will a lead buy within 14 days?" --limits "Not for credit decisions."

Entity, time, domain and task are proposed from the table. Columns that are personal, identify a row, give the label
away or are filled in with it are left out, and the model file says why. Whether the others are known at the row's time
only you know.

Exit status: 0 written, 2 a mistake or data that do not fit, 1 a fault.
"""
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
MOST_SHOWN = 100
UNPROPOSED = ("table", "name", "label", "label-delay", "owner", "description", "limits")


def add(subparsers: Subparsers) -> None:
    parser = declare(subparsers, "new", "make a model of a table", DETAIL)
    for flag, summary in FLAGS.items():
        parser.add_argument(f"--{flag}", help=summary, metavar="TEXT")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    answers = _Answers(arguments)
    conf = read_conf(arguments)
    table = _fitting("table", answers.get("table"), TABLE)
    listed = conf.platform.tables.get(table)
    if listed and (arguments.time or listed.event_time) != listed.event_time:
        raise ConfigError(
            f"--time: platform.yaml lists {table} with event_time {listed.event_time!r}, by which all models read it, "
            f"and not {arguments.time!r}. Leave --time out."
        )
    tables = open_tables(conf)
    progress(f"looking at {table} ...")
    from toile.onboarding.files import render, write_all
    from toile.onboarding.look import look_at
    from toile.onboarding.plan import plan_model

    look = look_at(tables.read(table), table)
    if listed:
        arguments.time = listed.event_time
    plan = plan_model(_decide(answers, look, conf), look, listed=listed is not None)
    files = render(plan)
    write_all(files, conf, plan.told.model)
    _tell(plan, list(files))
    return 0


class _Answers:
    """What flags say, or else what a person answers, or else what the table proposes.

    Raises:
        ConfigError: there is nobody to ask, and flags are missing that no table makes up for.
    """

    def __init__(self, arguments: argparse.Namespace) -> None:
        self._flags = vars(arguments)
        self._person = sys.stdin.isatty()
        missing = [flag for flag in UNPROPOSED if not self._flags[flag.replace("-", "_")]]
        if missing and not self._person:
            told = "; ".join(f"--{flag}: {FLAGS[flag]}" for flag in missing)
            raise ConfigError(f"this is no terminal to ask on, so flags must say it: {told}.")

    def get(self, flag: str, proposal: str | None = None, choices: Sequence[str] = ()) -> str:
        """The answer, one of the choices where there are any.

        Raises:
            ConfigError: it is none of them, or nobody answers.
        """
        said = self._flags[flag.replace("-", "_")]
        if said is None and self._person:
            from rich.prompt import Prompt

            question = f"{flag}: {FLAGS[flag].partition(' (default')[0]}"
            said = Prompt.ask(question, default=proposal, choices=list(choices) or None)
        said = said or proposal
        known = f" Known: {', '.join(choices)}." if choices else ""
        if not said:
            raise ConfigError(f"--{flag} is missing: {FLAGS[flag]}.{known}")
        if choices and said not in choices:
            raise ConfigError(f"--{flag}: there is no {said!r}. {did_you_mean(said, choices)}")
        return said


def _decide(answers: _Answers, look: "Look", conf: Conf) -> "Decisions":
    from toile.onboarding import proposal
    from toile.onboarding.decisions import Decisions

    times = proposal.times(look)
    if not times:
        raise ConfigError(
            f"{look.table} has no column of dates, so nobody knows when its rows came to be known: newer rows could "
            "not be held out, nor older ones kept from seeing the future. Add one."
        )
    label = answers.get("label", choices=[*look.columns])
    return Decisions(
        label=label,
        task=_task(answers.get("task", proposal.task(look, label), (*proposal.TASKS, "forecast"))),
        time=answers.get("time", times[0] if len(times) == 1 else None, times),
        entity=answers.get("entity", proposal.entity(look), proposal.entities(look)),
        label_delay=_duration(answers.get("label-delay")),
        domain=_fitting("domain", answers.get("domain", look.table.partition(".")[0])),
        name=_fitting("name", answers.get("name")),
        owner=answers.get("owner", choices=sorted(conf.platform.teams)),
        description=answers.get("description"),
        limits=answers.get("limits"),
    )


def _task(kind: str) -> str:
    if kind == "forecast":
        raise ConfigError("--task forecast: it looks at whole series, which a function returns: docs/forecasts.md.")
    return kind


def _fitting(flag: str, text: str, pattern: str = NAME) -> str:
    if not re.match(pattern, text):
        raise ConfigError(f"--{flag}: {text!r} does not fit: write {IN_WORDS[pattern]}.")
    return text


def _duration(text: str) -> timedelta:
    try:
        return parse_duration(text)
    except ValueError as error:
        raise ConfigError(f"--label-delay: {text!r} does not fit: {error}.") from error


def _tell(plan: "Plan", files: list[str]) -> None:
    told, model = plan.told, plan.told.model
    print(f"{model}: {told.task} of {told.label}")
    print(f"  {plan.look.rows:,} rows of {plan.look.table} by {told.entity} and {told.time}")
    print(f"  learns from {', '.join(plan.choice.taken)}")
    for name, reason in plan.choice.left_out.items():
        print(f"  leaves out {legible(name, MOST_SHOWN)}: {reason}")
    for name, reason in plan.choice.doubted.items():
        print(f"  look again at {name}: {reason}. Is it known at the row's time?")
    print(f"  holds out the newest {format_duration(plan.holdout)} of {format_duration(plan.window)}")
    for file in files:
        print(f"written: {file}")
    print(f"Review them, then: bin/toile check && bin/toile run gate {model} {plan.as_of} purpose=training")
