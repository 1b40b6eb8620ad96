"""`toile run`: one job, here and now, as a DAG would run it."""

import argparse
import uuid
from functools import partial

from toile.commands.arguments import (
    Subparsers,
    actor,
    declare,
    exit_status,
    parse_date,
    parse_window,
    progress,
    read_conf,
    require_model,
)
from toile.commands.run_parameters import TRAINED, describe_parameters, mistake, parse_pair
from toile.contract import JobResult, JobSpec
from toile.errors import DataError
from toile.run import JOBS, run_job
from toile.store import open_store

DETAIL = f"""\
A whole life by hand:

  toile data simulate
  toile run gate     customer.repeat_purchase 2011-09-08 purpose=training
  toile run train    customer.repeat_purchase 2011-09-08
  toile run validate customer.repeat_purchase 2011-09-08 version=1
  toile run promote  customer.repeat_purchase 2011-09-08 version=1
  toile run gate     customer.repeat_purchase 2011-09-08 purpose=scoring
  toile run score    customer.repeat_purchase 2011-09-08
  toile run monitor  customer.repeat_purchase 2011-09-08

version=trained is the version that `train` made with the same date, --window and --identity.

What each job is told besides, optional parameters in brackets. action=rollback needs a reason, and no version means the
former champion; force=true needs a reason; trigger says that no person asks, so that the gate of training heeds the
model's budget.

{describe_parameters()}

Exit status: 0 passed or warned, 3 refused, 2 a mistake, 1 a fault.
"""


def add(subparsers: Subparsers) -> None:
    parser = declare(subparsers, "run", "run one job without Airflow", DETAIL)
    parser.add_argument("job", choices=JOBS)
    parser.add_argument("model", help="<domain>.<model>")
    parser.add_argument("as_of", type=parse_date, help="YYYY-MM-DD; the job sees nothing of this day or later")
    parser.add_argument(
        "parameters", nargs="*", type=parse_pair, metavar="NAME=VALUE", help="what this job is told besides"
    )
    parser.add_argument("--window", type=parse_window, help="another length of the training window, such as 180d")
    parser.add_argument(
        "--identity", default=None, help="the same identity finds the former result (default: a new one)"
    )
    parser.set_defaults(run=run, refuse=parser.error)


def run(arguments: argparse.Namespace) -> int:
    parameters = dict(arguments.parameters)
    if wrong := mistake(arguments.job, parameters):
        arguments.refuse(wrong)
    conf = read_conf(arguments)
    require_model(conf, arguments.model)
    if arguments.job == "promote":
        parameters.setdefault("actor", actor())
    build = partial(
        JobSpec.build, model=arguments.model, as_of=arguments.as_of, environment=arguments.env,
        window=arguments.window, identity=arguments.identity or uuid.uuid4().hex,
    )  # fmt: skip
    if parameters.get("version") == TRAINED:
        parameters["version"] = _trained_version(conf.environment.results, build(job="train"))
    spec = build(job=arguments.job, parameters=parameters)
    progress(f"loading the job {arguments.job} ...")
    from toile.registry.patience import require_answer

    require_answer(conf.environment)
    result = run_job(spec)
    print(result.describe())
    return exit_status(result.verdict)


def _trained_version(results: str | None, spec: JobSpec) -> str:
    found = JobResult.load(open_store(results), spec.run_key)
    if found is None or found.model_version is None:
        hint = "Give both the same date, --window and --identity, or name the version by its number."
        raise DataError(f"version=trained: no training has left a version under {spec.run_key}. {hint}")
    return found.model_version
