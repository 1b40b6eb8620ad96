"""The `toile` command."""

import argparse
import os
import sys

from toile.commands import (
    bundle,
    check,
    costs,
    data,
    deploy,
    history,
    new,
    plan,
    reproduce,
    rollback,
    run_stage,
    schema,
    stats,
    status,
)
from toile.errors import InfrastructureError, ToileError
from toile.home import environment_name

DESCRIPTION = """\
Toile: one YAML file onboards one model.

Start with `toile check`, which reads everything under conf/ and tells every mistake at once.
State lies under $TOILE_HOME (default: .toile/ in the clone), configuration under $TOILE_CONF (default: conf/).
"""
COMMANDS = (
    new, check, plan, data, deploy, status, costs, stats, history, rollback, reproduce, run_stage, schema, bundle,
)  # fmt: skip


def build_parser() -> argparse.ArgumentParser:
    """The parser of all subcommands."""
    parser = argparse.ArgumentParser(
        prog="toile", description=DESCRIPTION, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--env", metavar="NAME",
        help="an environment of conf/environments (default: $TOILE_ENV, else local)",
    )  # fmt: skip
    subparsers = parser.add_subparsers(title="commands", required=True, metavar="COMMAND")
    for command in COMMANDS:
        command.add(subparsers)
    return parser


def main(arguments: list[str] | None = None) -> int:
    """Runs one command; exit status 0 done, 1 a fault or mistakes found in conf/, 2 the caller's mistake, 3 refused."""
    parsed = build_parser().parse_args(arguments)
    parsed.asked_env, parsed.env = parsed.env, parsed.env or environment_name()
    try:
        return int(parsed.run(parsed))
    except InfrastructureError as error:
        print(f"toile: {error}", file=sys.stderr)
        return 1
    except ToileError as error:
        print(f"toile: {error}", file=sys.stderr)
        return 2
    except BrokenPipeError:  # the reader, such as `head`, has seen enough
        os.dup2(os.open(os.devnull, os.O_WRONLY), sys.stdout.fileno())
        return 0
    except KeyboardInterrupt:
        print("toile: stopped.", file=sys.stderr)
        return 130


def run_task() -> None:
    """What a bundle's tasks call: Databricks heeds what a wheel's entry point raises, and no status that it returns."""
    if status := main():
        raise SystemExit(status)


if __name__ == "__main__":
    raise SystemExit(main())
