"""`toile check`: every mistake of every file under conf/, at once."""

import argparse
import sys

from toile.commands.arguments import Subparsers, declare, read_conf
from toile.config import Conf, InvalidConfig, ResolvedModel
from toile.config.problems import Problem
from toile.config.yaml_source import Place
from toile.errors import ConfigError

DETAIL = """\
Reads platform, environment, models, feature views and suites; then looks whether the functions that they name can be
imported and whether Great Expectations knows the expectations and their arguments. Each mistake is one line:

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
    problems = find_problems(conf, deep=not arguments.fast)
    for problem in problems:
        print(problem, file=sys.stderr)
    if problems:
        files = len({problem.file for problem in problems})
        print(f"{len(problems)} problem{'s'[: len(problems) > 1]} in {files} file{'s'[: files > 1]}.", file=sys.stderr)
        return 1
    models = f"{len(conf.model_ids)} model{'s'[: len(conf.model_ids) != 1]}"
    counts = f"{models}, {len(conf.view_names())} feature views, {len(conf.suite_names())} suites"
    print(f"conf is sound: {counts} (environment {conf.environment_name}).")
    return 0


def find_problems(conf: Conf, *, deep: bool) -> list[Problem]:
    """Every problem, sorted by place, each once. `deep` also imports what the files refer to."""
    try:
        models, broken = conf.load_all()
    except InvalidConfig as error:
        return list(error.problems)
    problems = [problem for error in broken.values() for problem in error.problems]
    problems += _unused(conf) + _misplaced(conf)
    if deep:
        problems += [problem for model in models.values() for problem in _references(conf, model)]
        problems += [problem for model in models.values() for problem in _trainer_params(conf, model)]
        problems += _expectations(conf)
    return sorted(set(problems))


def _unused(conf: Conf) -> list[Problem]:
    """Mistakes in views and suites that no model names."""
    problems: list[Problem] = []
    for load, names in ((conf.load_view, conf.view_names()), (conf.load_suite, conf.suite_names())):
        for name in names:
            try:
                load(name)
            except InvalidConfig as error:
                problems += error.problems
    return problems


def _misplaced(conf: Conf) -> list[Problem]:
    """Files under conf/models that nobody reads."""
    folder = conf.root / "models"
    strays = [
        path
        for path in folder.rglob("*.y*ml")
        if path.is_file() and (path.suffix != ".yaml" or path.parent.parent != folder)
    ]
    message = "is not read: a model lies in conf/models/<domain>/<model>.yaml."
    return [Place(path.relative_to(conf.root.parent), 1, 1).problem("", message, "Move it.") for path in strays]


def _trainer_params(conf: Conf, model: ResolvedModel) -> list[Problem]:
    from toile.training.estimators import build_candidate

    try:
        build_candidate(model.config.trainer, model.feature_columns, seed=0)
    except ConfigError as error:
        place = conf.model_source(model.config.id).place(("trainer", "params"))
        return [place.problem("trainer.params", str(error))]
    return []


def _references(conf: Conf, model: ResolvedModel) -> list[Problem]:
    from toile.features.references import resolve

    source = conf.model_source(model.config.id)
    named = [
        (source, ("training_data", "entities"), model.config.training_data.entities),
        (source, ("scoring", "entities"), model.config.scoring.entities),
        *((conf.view_source(view.name), ("transform",), view.transform) for view in model.views),
    ]
    problems = []
    for where, path, reference in named:
        try:
            resolve(reference)
        except ConfigError as error:
            problems.append(where.place(path).problem(".".join(path), str(error)))
    return problems


def _expectations(conf: Conf) -> list[Problem]:
    from toile.quality.check import check_suite

    problems: list[Problem] = []
    for name in conf.suite_names():
        try:
            suite = conf.load_suite(name)
        except InvalidConfig:
            continue  # told already
        problems += check_suite(suite, conf.suite_source(name))
    return problems
