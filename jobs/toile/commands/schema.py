"""`toile schema`: the JSON Schemas that editors use, and the references that people read."""

import argparse
from pathlib import Path

from toile.commands.arguments import Subparsers, declare, read_conf
from toile.commands.cli_reference import render_cli
from toile.config.schema import outdated, render_schemas

CLI_REFERENCE = "../docs/cli.md"


def add(subparsers: Subparsers) -> None:
    parser = declare(
        subparsers,
        "schema",
        "write the JSON Schemas of conf/ and the references in docs/",
        "Run it after a change of toile.config, or of a command's arguments.",
    )
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 where one is not current")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    found = stale(read_conf(arguments).root)
    for path, text in found.items():
        if arguments.check:
            print(f"stale: {path.resolve()}; run `bin/toile schema`")
        else:
            path.write_text(text)
            print(f"written: {path.resolve()}")
    if not found:
        print("every schema is current, and so are the references.")
    return int(arguments.check and bool(found))


def stale(root: Path) -> dict[Path, str]:
    """Path -> text of what is not current."""
    from toile.cli import build_parser  # which knows this command, and all others

    return outdated(root, {**render_schemas(), CLI_REFERENCE: render_cli(build_parser())})
