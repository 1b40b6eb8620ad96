"""`toile schema`: the JSON Schemas that editors and reviews use."""

import argparse

from toile.commands.arguments import Subparsers, declare
from toile.config.schema import save_schemas
from toile.home import conf_root


def add(subparsers: Subparsers) -> None:
    parser = declare(subparsers, "schema", "write the JSON Schemas of conf/", "Run it after a change of toile.config.")
    parser.set_defaults(run=run)


def run(_: argparse.Namespace) -> int:
    changed = save_schemas(conf_root())
    print("\n".join(f"written: {path}" for path in changed) or "every schema is current.")
    return 0
