"""`toile reproduce`: a training run once more, from what it has recorded."""

import argparse
import uuid
from datetime import UTC, datetime

from toile.commands.arguments import Subparsers, declare, exit_status, progress, read_conf, require_model
from toile.contract import JobSpec
from toile.run import run_job

DETAIL = """\
Reads the very rows (by their Delta version), the configuration and the seed that the MLflow run has recorded, trains
and measures again, and compares every metric and both ends of its interval to the last digit. Nothing is registered.
`bin/toile run validate` must have measured the run before; MLflow shows its id.

Exit status: 0 equal, or different with the differences told as a warning; 2 where there is no such run.
"""


def add(subparsers: Subparsers) -> None:
    parser = declare(subparsers, "reproduce", "train a run again and compare it to the last digit", DETAIL)
    parser.add_argument("model", help="<domain>.<model>")
    parser.add_argument("mlflow_run", help="the id of a training run in MLflow")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    conf = read_conf(arguments)
    require_model(conf, arguments.model)
    spec = JobSpec.build(
        job="reproduce", model=arguments.model, as_of=datetime.now(UTC).date(), environment=arguments.env,
        parameters={"mlflow_run": arguments.mlflow_run}, identity=uuid.uuid4().hex,
    )  # fmt: skip
    progress("loading the libraries ...")
    from toile.registry.patience import require_answer

    require_answer(conf.environment)
    result = run_job(spec)
    print(result.describe())
    return exit_status(result.verdict)
