"""`toile schema`: the JSON Schemas that editors and reviews use."""

import argparse
from pathlib import Path

from toile.commands.arguments import Subparsers, declare
from toile.config.schema import render_schemas, save_schemas
from toile.home import conf_root


def add(subparsers: Subparsers) -> None:
    parser = declare(subparsers, "schema", "write the JSON Schemas of conf/", "Run it after a change of toile.config.")
    parser.add_argument("--check", action="store_true", help="write nothing; exit 1 where one is not current")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    if arguments.check:
        stale = [name for name, text in render_schemas().items() if not _is_current(conf_root() / name, text)]
        print("\n".join(f"stale: {name}; run `bin/toile schema`" for name in stale) or "every schema is current.")
        return int(bool(stale))
    changed = save_schemas(conf_root())
    print("\n".join(f"written: {path}" for path in changed) or "every schema is current.")
    return 0


def _is_current(path: Path, text: str) -> bool:
    return path.is_file() and path.read_text() == text
