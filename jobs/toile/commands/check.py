"""`toile check`: every mistake of every file under conf/, at once."""

import argparse
import sys
from collections.abc import Callable
from functools import partial
from pathlib import Path

from toile.commands.arguments import Subparsers, counted, declare, progress, read_conf
from toile.config import Conf, InvalidConfig
from toile.config.cost_checks import require_costs
from toile.config.problems import Problem
from toile.config.yaml_source import Place

DETAIL = """\
Reads platform, environment, prices, models, feature views and suites, and tells their mistakes at once, and budgets
that are missing where compute costs money; then looks whether the functions that they name can be imported and take
what they are given, whether the trainer takes its parameters, and whether Great Expectations knows the expectations and
their arguments. Of an environment whose jobs run elsewhere it looks, too, whether Airflow has the connection, the state
store answers, this checkout's wheel is deployed, and every model can be trained there:

  toile check --env production

Each mistake is one line:

  file:line:column: field: what is wrong. Hint.

Exit status: 0 where all is well, 1 where anything is wrong.
"""


def add(subparsers: Subparsers) -> None:
    parser = declare(subparsers, "check", "find every mistake in conf/", DETAIL)
    parser.add_argument(
        "--fast", action="store_true", help="leave out what must import the jobs' libraries, which takes some seconds"
    )
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    conf = read_conf(arguments)
    problems = find_in_files(conf)
    _print(problems)
    if not arguments.fast:
        progress("looking at functions, trainers and expectations ...")
        from toile.commands.deep_checks import find_with_libraries

        deep = find_with_libraries(conf, problems)
        _print(deep)
        from toile.commands.environment_checks import find_in_environment

        there = find_in_environment(conf)
        _print(there)
        problems += deep + there
    if problems:
        files = len({problem.file for problem in problems})
        print(f"{counted(len(problems), 'problem')} in {counted(files, 'file')}.", file=sys.stderr)
        return 1
    parts = {"model": conf.model_ids, "feature view": conf.view_names(), "suite": conf.suite_names()}
    counts = ", ".join(counted(len(names), noun) for noun, names in parts.items())
    print(f"conf is sound: {counts} (environment {conf.environment_name}).")
    return 0


def find_in_files(conf: Conf) -> list[Problem]:
    """What the files alone tell, without the jobs' libraries: sorted by place, each once."""
    problems = _misplaced(conf)
    loads: list[Callable[[], object]] = [conf.require_foundation]
    loads += [partial(conf.load_model, model_id) for model_id in conf.model_ids]
    loads += [partial(conf.load_view, name) for name in conf.view_names()]
    loads += [partial(conf.load_suite, name) for name in conf.suite_names()]
    loads.append(partial(require_costs, conf))
    for load in loads:
        try:
            load()
        except InvalidConfig as error:
            problems += error.problems
    return sorted(set(problems))


def _print(problems: list[Problem]) -> None:
    for problem in problems:
        print(problem, file=sys.stderr, flush=True)


def _misplaced(conf: Conf) -> list[Problem]:
    """Files under conf/models that nobody reads."""
    folder = conf.root / "models"
    strays = [
        path
        for path in folder.rglob("*.y*ml")
        if path.is_file()
        and not _hidden(path.relative_to(folder))
        and (path.suffix != ".yaml" or path.parent.parent != folder)
    ]
    message = "is not read: a model lies in conf/models/<domain>/<model>.yaml."
    return [Place(path.relative_to(conf.root.parent), 1, 1).problem("", message, "Move it.") for path in strays]


def _hidden(path: Path) -> bool:
    return any(part.startswith(".") for part in path.parts)
