"""`toile check`: every mistake of every file under conf/, at once."""

import argparse
import sys
from collections.abc import Callable, Iterator
from contextlib import redirect_stdout
from functools import partial
from pathlib import Path

from toile.commands.arguments import Subparsers, declare, progress, read_conf
from toile.commands.schedule_checks import find_odd_schedules
from toile.config import Conf, InvalidConfig
from toile.config.compute_checks import require_fit_compute
from toile.config.cost_checks import require_costs
from toile.config.problems import Place, Problem

DETAIL = """\
Reads platform, environments, prices, models, feature views and suites, and tells their mistakes at once, budgets that
are missing where compute costs money, and what that compute cannot do; then looks whether the functions that they name
can be imported and take what they are given, whether the trainer takes its parameters, whether Great Expectations knows
the expectations and their arguments, and whether tables are there and have the columns that are named. Tables are
looked at without Spark, which takes a moment: in Delta's log where they are folders or in an object store, else in
Unity Catalog.

Of an environment whose jobs run elsewhere it looks, too, whether Airflow has the connection, state store and MLflow
answer, and this checkout's wheel is deployed:

  toile check --env production

Where teams of platform.yaml name roles, or connections for their alerts, it asks Airflow whether it has them.

Each mistake is one line, with the line that it is about below it:

  file:line:column: field: what is wrong. Hint.

A note is no mistake: a timetable by which a DAG repeats itself, or tables that are not there yet where jobs are
processes of this machine, as in a fresh clone. Elsewhere a table that is not there is a mistake.

Exit status, whatever the format: 0 where all is well, 1 where anything is wrong.
"""

# How deep the files of a folder of conf/ lie, and in words.
ROOMS = {
    "models": (2, "a model lies in conf/models/<domain>/<model>.yaml"),
    "features": (1, "a feature view lies in conf/features/<view>.yaml"),
    "expectations": (1, "a suite lies in conf/expectations/<suite>.yaml"),
    "environments": (1, "an environment lies in conf/environments/<environment>.yaml"),
}


def add(subparsers: Subparsers) -> None:
    parser = declare(subparsers, "check", "find every mistake in conf/", DETAIL)
    parser.add_argument(
        "--fast", action="store_true", help="leave out what must import the jobs' libraries, which takes some seconds"
    )
    parser.add_argument(
        "--format", choices=("text", "json", "github"), default="text",
        help="json: one document; github: annotations of a pull request; both on the standard output (default: text)",
    )  # fmt: skip
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    from toile.commands.check_formats import FORMATS

    conf = read_conf(arguments)
    told = FORMATS[arguments.format](conf)
    problems: list[Problem] = []
    for found in _find(conf, fast=arguments.fast):
        told.tell(found)
        problems += found
    parts = {"model": conf.model_ids, "feature view": conf.view_names(), "suite": conf.suite_names()}
    told.end(problems, {noun: len(names) for noun, names in parts.items()})
    return int(any(problem.severity == "error" for problem in problems))


def _find(conf: Conf, *, fast: bool) -> Iterator[list[Problem]]:
    """What is quickly found first."""
    problems = find_in_files(conf)
    yield problems
    if fast:
        return
    progress("looking at functions, trainers and expectations ...")
    with redirect_stdout(sys.stderr):  # squads' modules and libraries may print while they are imported
        from toile.commands.deep_checks import find_with_libraries

        deep = find_with_libraries(conf, problems)
    yield deep
    from toile.commands.environment_checks import find_in_environment

    yield find_in_environment(conf)
    from toile.commands.airflow_checks import find_in_airflow

    yield find_in_airflow(conf)
    from toile.commands.table_checks import find_in_tables

    yield find_in_tables(conf)


def find_in_files(conf: Conf) -> list[Problem]:
    """What the files alone tell, without the jobs' libraries: sorted by place, each once."""
    problems = _misplaced(conf)
    others = [Conf(conf.root, name) for name in conf.environment_names()]
    loads: list[Callable[[], object]] = [conf.require_foundation, lambda: conf.prices]
    loads += [partial(getattr, other, "environment") for other in others]
    loads += [partial(conf.load_model, model_id) for model_id in conf.model_ids]
    loads += [partial(conf.load_view, name) for name in conf.view_names()]
    loads += [partial(conf.load_suite, name) for name in conf.suite_names()]
    loads += [partial(require_costs, conf), partial(require_fit_compute, conf)]
    for load in loads:
        try:
            load()
        except InvalidConfig as error:
            problems += error.problems
    return sorted(set(problems) | set(find_odd_schedules(conf)))


def _misplaced(conf: Conf) -> list[Problem]:
    """YAML files in the folders of conf/ that nobody reads."""
    return [
        Place(path.relative_to(conf.root.parent), 1, 1).problem("", f"is not read: {lies}.", "Move it.")
        for folder, (depth, lies) in ROOMS.items()
        for path in (conf.root / folder).rglob("*.y*ml")
        if path.is_file() and not _hidden(within := path.relative_to(conf.root / folder))
        if path.suffix != ".yaml" or len(within.parts) != depth
    ]


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)
