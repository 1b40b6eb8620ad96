"""`toile rollback`: the former champion, again."""

import argparse
import uuid
from datetime import UTC, datetime

from toile.commands.arguments import Subparsers, actor, declare, exit_status, progress, read_conf, require_model
from toile.contract import JobSpec, Verdict
from toile.run import run_job

DETAIL = """\
Restores the champion before the current one, or the given version if it was champion once. The ledger tells who did it
and why; `toile history MODEL` shows it. Scores that were written stay as they are.

Exit status: 0 done, 3 refused, 2 a mistake, 1 a fault.
"""


def add(subparsers: Subparsers) -> None:
    parser = declare(subparsers, "rollback", "make a former champion champion again", DETAIL)
    parser.add_argument("model", help="<domain>.<model>")
    parser.add_argument("--reason", required=True, help="why; written into the ledger")
    parser.add_argument("--version", help="a former champion's version (default: the one before the current one)")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    conf = read_conf(arguments)
    require_model(conf, arguments.model)
    parameters = {"action": "rollback", "reason": arguments.reason, "actor": actor()}
    if arguments.version:
        parameters["version"] = arguments.version
    spec = JobSpec.build(
        job="promote", model=arguments.model, as_of=datetime.now(UTC).date(), environment=arguments.env,
        parameters=parameters, identity=uuid.uuid4().hex,
    )  # fmt: skip
    progress("loading the registry ...")
    from toile.registry.patience import require_answer

    require_answer(conf.environment)
    result = run_job(spec)
    refused = result.verdict is Verdict.REFUSED
    print(result.describe() if refused else f"{arguments.model}: the champion is now version {result.model_version}.")
    return exit_status(result.verdict)
