"""`toile new`: a model of one table, with its suite and its test, for a person to review."""

import argparse
from collections.abc import Mapping
from dataclasses import replace
from typing import TYPE_CHECKING

from toile.commands.arguments import Subparsers, declare, open_tables, progress, read_conf
from toile.commands.new_answers import FLAGS, UNPROPOSED, Answers, Question, one_of, questions_without_table
from toile.config.durations import format_duration, parse_duration
from toile.config.problems import legible
from toile.errors import ConfigError, DataError

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
MOST_SHOWN = 100


def add(subparsers: Subparsers) -> None:
    parser = declare(subparsers, "new", "make a model of a table", DETAIL)
    for flag, summary in FLAGS.items():
        parser.add_argument(f"--{flag}", help=summary, metavar="TEXT")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    answers = Answers(arguments)
    conf = read_conf(arguments)
    questions = questions_without_table(conf, answers)
    answers.require(questions, UNPROPOSED)
    table = answers.get("table", questions["table"])
    answers.require({"time": questions["time"]}, ())
    tables = open_tables(conf)
    progress(f"looking at {table} ...")
    from toile.onboarding.files import render, write_all
    from toile.onboarding.look import look_at
    from toile.onboarding.plan import plan_model

    look = look_at(tables.read(table), table)
    if listed := conf.platform.tables.get(table):
        answers.said["time"] = listed.event_time
    plan = plan_model(_decide(answers, look, questions), look, listed=listed is not None)
    files = render(plan)
    write_all(files, conf, plan.told.model)
    _tell(plan, list(files))
    return 0


def _decide(answers: Answers, look: "Look", questions: Mapping[str, Question]) -> "Decisions":
    from toile.onboarding import proposal
    from toile.onboarding.decisions import Decisions

    times, entities, entity = proposal.times(look), proposal.entities(look), proposal.entity(look)
    if not times:
        raise ConfigError(
            f"{look.table} has no column of dates, so nobody knows when its rows came to be known: newer rows could "
            "not be held out, nor older ones kept from seeing the future. Add one."
        )
    time = times[0] if len(times) == 1 else None
    seen = {"label": _label(look), "time": one_of("time", times), "entity": one_of("entity", entities)}
    answers.require(seen, [flag for flag, proposed in (("time", time), ("entity", entity)) if not proposed])
    label = answers.get("label", seen["label"])
    return Decisions(
        label=label,
        task=answers.get("task", replace(questions["task"], choices=proposal.TASKS), proposal.task(look, label)),
        time=answers.get("time", seen["time"], time),
        entity=answers.get("entity", seen["entity"], entity),
        label_delay=parse_duration(answers.get("label-delay", questions["label-delay"])),
        domain=answers.get("domain", questions["domain"], look.table.partition(".")[0]),
        name=answers.get("name", questions["name"]),
        owner=answers.get("owner", questions["owner"]),
        description=answers.get("description", questions["description"]),
        limits=answers.get("limits", questions["limits"]),
    )


def _label(look: "Look") -> Question:
    """It is a column, and of a kind that can be foretold."""
    from toile.onboarding.proposal import task

    column = one_of("label", [*look.columns])

    def wrong(said: str) -> str:
        if unknown := column.wrong(said):
            return unknown
        try:
            task(look, said)
        except DataError as error:
            return f"--label: {error}"
        return ""

    return replace(column, wrong=wrong)


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
