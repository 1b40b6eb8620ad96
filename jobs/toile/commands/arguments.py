"""What several commands take and need."""

import argparse
import getpass
import os
from datetime import date
from typing import Any

from toile.config import Conf
from toile.config.problems import did_you_mean
from toile.errors import ConfigError
from toile.home import conf_root

Subparsers = Any  # argparse._SubParsersAction has no public name


def declare(subparsers: Subparsers, name: str, summary: str, detail: str = "") -> argparse.ArgumentParser:
    """A subcommand with its help; `detail` is shown by `toile NAME --help`."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        name, help=summary, description=f"{summary[0].upper()}{summary[1:]}.\n\n{detail}".strip(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    return parser


def read_conf(arguments: argparse.Namespace) -> Conf:
    return Conf(conf_root(), arguments.env)


def parse_date(text: str) -> date:
    """For argparse: a date as YYYY-MM-DD."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no date; write YYYY-MM-DD") from error


def actor() -> str:
    """Who asks, for the ledger."""
    try:
        return os.environ.get("TOILE_ACTOR") or getpass.getuser()
    except (KeyError, OSError):
        return "unknown"


def require_model(conf: Conf, model: str) -> None:
    """Says so where no file onboards this model.

    Raises:
        ConfigError: there is none.
    """
    if model not in conf.model_ids:
        raise ConfigError(f"there is no model {model!r}. {did_you_mean(model, conf.model_ids)}")
