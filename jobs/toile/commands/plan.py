"""`toile plan`: what a change does, before it is merged."""

import argparse
from contextlib import ExitStack
from functools import partial
from pathlib import Path

from toile.commands.arguments import Subparsers, declare, progress, read_conf
from toile.commands.check import find_in_files
from toile.config import Conf
from toile.plan.expected import Seconds, nobody_knows
from toile.plan.page import render_markdown, render_text
from toile.plan.plan import Plan, make_plan
from toile.plan.revision import find_revision
from toile.plan.state import environments_of

DETAIL = """\
Compares conf/ of the working tree with that of a git revision, and tells, environment by environment, what comes (+),
goes (-) and changes (!): DAGs with timetables and jobs, tables, registered models, owners and approvals, the expected
cost; which models have another configuration, by which keys of which files, shared files too; whose code changed; and
every mistake with its place, beside the rest. Environments in which the same happens are told together.

  toile plan                                    against where this branch left origin/main, or main
  toile plan --against HEAD                     what is not committed yet
  toile plan --against v1.2 --env production    one environment alone
  toile plan --format markdown > plan.md        for a pull request: docs/plan.md shows how
  toile plan --env production --past-costs      costs by how long jobs took so far, which MLflow knows

The output depends on the two revisions alone (and, with --past-costs, on MLflow): no clock, no order of a machine.

Exit status: 0; 1 where a file has mistakes; 2 where there is no such revision or environment.
"""


def render_json(plan: Plan) -> str:
    """For programs: docs/plan.md tells what is in it."""
    return plan.model_dump_json(indent=2) + "\n"


RENDER = {"text": render_text, "markdown": render_markdown, "json": render_json}


def add(subparsers: Subparsers) -> None:
    parser = declare(subparsers, "plan", "tell what a change does before it is merged", DETAIL)
    parser.add_argument("--against", metavar="REV", help="a git revision (default: where this branch left main)")
    parser.add_argument("--format", choices=tuple(RENDER), default="text")
    parser.add_argument("--past-costs", action="store_true", help="ask MLflow how long each model's jobs usually take")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    conf = read_conf(arguments)
    revision = find_revision(conf.root, arguments.against)
    only = [arguments.asked_env] if arguments.asked_env else []
    mistakes = _mistakes(conf.root, only)
    with ExitStack() as asked:
        seconds = partial(_past, conf.root, asked) if arguments.past_costs else lambda _environment: nobody_knows
        plan = make_plan(conf.root, revision, only, mistakes, seconds)
    print(RENDER[arguments.format](plan), end="")
    return int(bool(mistakes))


def _mistakes(root: Path, only: list[str]) -> list[str]:
    names = environments_of(root).intersection(only or environments_of(root))
    told = [problem for name in names for problem in find_in_files(Conf(root, name))]
    found = {problem for problem in told if problem.severity == "error"}
    return [str(problem) for problem in sorted(found)]


def _past(root: Path, asked: ExitStack, environment: str) -> Seconds:
    """How long jobs usually take here, by their charges; nobody knows where compute costs nothing.

    `asked` holds the MLflow that is asked for as long as the answer is of use.
    """
    conf = Conf(root, environment)
    rate = conf.rate if environment in environments_of(root) else None
    if rate is None:
        return nobody_knows
    progress(f"reading the charges of {environment} ...")
    from toile.costs.charges import Charges
    from toile.registry.patience import within_seconds

    client = asked.enter_context(within_seconds(conf.environment))

    def usual(model: str, job: str) -> float | None:
        name, _, purpose = job.partition(" ")
        return Charges(client, model, conf.environment, rate).usual_seconds(name, purpose or None)

    return usual
