"""What several commands take and need."""

import argparse
import getpass
import os
import re
import sys
from datetime import date
from pathlib import Path
from typing import TYPE_CHECKING, Any

from toile.config import Conf
from toile.config.durations import parse_duration
from toile.config.problems import did_you_mean
from toile.config.section import IN_WORDS, TABLE
from toile.contract import Verdict
from toile.errors import ConfigError
from toile.home import conf_root

if TYPE_CHECKING:
    from toile.tables import Tables

REFUSED = 3
Subparsers = Any  # argparse._SubParsersAction has no public name


def declare(subparsers: Subparsers, name: str, summary: str, detail: str = "") -> argparse.ArgumentParser:
    """A subcommand with its help; `detail` is shown by `toile NAME --help`."""
    parser: argparse.ArgumentParser = subparsers.add_parser(
        name, help=summary, description=f"{summary[0].upper()}{summary[1:]}.\n\n{detail}".strip(),
        formatter_class=argparse.RawDescriptionHelpFormatter,
    )  # fmt: skip
    # Before the command or after it: whoever leaves it out here does not undo what was said there.
    parser.add_argument("--env", default=argparse.SUPPRESS, metavar="NAME", help="an environment of conf/environments")
    return parser


def read_conf(arguments: argparse.Namespace) -> Conf:
    """The configuration, of which nothing is read yet.

    Raises:
        ConfigError: there is no such folder.
    """
    if not (root := conf_root()).is_dir():
        raise ConfigError(f"there is no folder {root}.")
    return Conf(root, arguments.env)


def parse_date(text: str) -> date:
    """For argparse: a date as YYYY-MM-DD."""
    try:
        return date.fromisoformat(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no date; write YYYY-MM-DD") from error


def parse_window(text: str) -> str:
    """For argparse: a length of time such as 180d."""
    try:
        parse_duration(text)
    except ValueError as error:
        raise argparse.ArgumentTypeError(f"{text!r} is no length of time; write 180d, 26w or 12h") from error
    return text


def parse_count(text: str) -> int:
    """For argparse: a whole number above zero."""
    if not text.isdecimal() or int(text) < 1:
        raise argparse.ArgumentTypeError(f"{text!r} is no whole number above zero")
    return int(text)


def parse_path(text: str) -> Path:
    """For argparse: a file or folder that exists."""
    path = Path(text)
    if not path.exists():
        raise argparse.ArgumentTypeError(f"{text!r}: there is no such file or folder")
    return path


def parse_table(text: str) -> str:
    """For argparse: a table's name."""
    if not re.match(TABLE, text):
        raise argparse.ArgumentTypeError(f"{text!r} is no {IN_WORDS[TABLE].removeprefix('a ')}")
    return text


def counted(number: int, one: str, many: str = "") -> str:
    """Such as `1 entry` or `2 entries`."""
    return f"{number:,} {one if number == 1 else many or one + 's'}"


def exit_status(verdict: Verdict) -> int:
    """What a shell is told of a verdict: a refusal is no fault, but it is not done either."""
    return REFUSED if verdict is Verdict.REFUSED else 0


def progress(text: str) -> None:
    """Says at once, beside the standard output, what the next seconds go into."""
    print(text, file=sys.stderr, flush=True)


def open_tables(conf: Conf) -> "Tables":
    """The environment's tables, through a Spark session."""
    progress("connecting to Spark ..." if os.environ.get("SPARK_REMOTE") else "starting Spark ...")
    from toile.session import open_session
    from toile.tables import Tables

    return Tables(open_session(conf.environment), conf.environment)


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
