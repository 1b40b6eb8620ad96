"""`toile schema`: the JSON Schemas that editors use, and the reference that people read."""

import argparse

from toile.commands.arguments import Subparsers, declare, read_conf
from toile.config.schema import stale


def add(subparsers: Subparsers) -> None:
    parser = declare(
        subparsers,
        "schema",
        "write the JSON Schemas of conf/ and its reference",
        "Run it after a change of toile.config.",
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
        print("every schema is current, and so is the reference.")
    return int(arguments.check and bool(found))
