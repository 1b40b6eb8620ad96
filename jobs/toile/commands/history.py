"""`toile history`: the ledger of one model."""

import argparse

from toile.commands.arguments import Subparsers, declare, progress, read_conf, require_model


def add(subparsers: Subparsers) -> None:
    parser = declare(subparsers, "history", "show who was champion when, and why", "Newest first, from the ledger.")
    parser.add_argument("model", help="<domain>.<model>")
    parser.set_defaults(run=run)


def run(arguments: argparse.Namespace) -> int:
    conf = read_conf(arguments)
    require_model(conf, arguments.model)
    progress("reading the ledger ...")
    from rich.console import Console
    from rich.table import Table

    from toile.config import Names
    from toile.registry.ledger import Ledger
    from toile.registry.patience import within_seconds

    experiment = Names.of(arguments.model, conf.environment).experiment
    with within_seconds(conf.environment) as client:
        entries = Ledger(client, experiment, conf.environment).entries()
    if not entries:
        print(f"{arguments.model}: the ledger is empty. No version was promoted yet.")
        return 0
    table = Table("time (UTC)", "action", "champion", "before", "reason", "by", title=f"Ledger of {arguments.model}")
    for entry in entries:
        action = entry.action if entry.closed else f"{entry.action} (unfinished)"
        moved = (f"v{entry.version}" if entry.version else "none", f"v{entry.former}" if entry.former else "none")
        table.add_row(f"{entry.time:%Y-%m-%d %H:%M:%S}", action, *moved, entry.reason, entry.actor)
    Console().print(table)
    return 0
