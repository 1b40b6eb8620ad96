"""The reference of the `toile` command, docs/cli.md: every subcommand, from the parser that reads them."""

import argparse
from collections.abc import Iterator
from itertools import groupby

from toile.config.reference import cell, plain

HEAD = """\
# The `toile` command

Made by `bin/toile schema` from the command's own parser; `make check` fails when it is stale. In the clone the command
is `bin/toile`; `toile COMMAND --help` says the same as this page.
"""
_NOT_TOLD = (argparse._HelpAction, argparse._SubParsersAction)


def render_cli(parser: argparse.ArgumentParser) -> str:
    """The reference as Markdown, the same whatever the width of the terminal."""
    options = "\n".join(["## `toile`\n", *_detail(parser), *_arguments(parser)])
    commands = [line for command in _below(parser) for line in _command(command)]
    return "\n".join([HEAD, options, *commands]).rstrip() + "\n"


def _command(parser: argparse.ArgumentParser) -> Iterator[str]:
    if below := list(_below(parser)):
        for command in below:
            yield from _command(command)
        return
    yield f"## `{parser.prog}`\n"
    yield f"```sh\n{_usage(parser)}\n```\n"
    yield from _detail(parser)
    yield from _arguments(parser)


def _below(parser: argparse.ArgumentParser) -> Iterator[argparse.ArgumentParser]:
    for action in parser._actions:  # argparse has no public way to what it was told
        if isinstance(action, argparse._SubParsersAction):
            yield from action.choices.values()


def _told(parser: argparse.ArgumentParser) -> list[argparse.Action]:
    return [action for action in parser._actions if not isinstance(action, _NOT_TOLD)]


def _detail(parser: argparse.ArgumentParser) -> Iterator[str]:
    """What the command says of itself: prose flows, and what is laid out for a terminal stays as it is."""
    for laid_out, blocks in groupby((parser.description or "").strip().split("\n\n"), key=_is_laid_out):
        text = "\n\n".join(blocks)
        yield f"```text\n{text}\n```\n" if laid_out else f"{plain(text)}\n"


def _is_laid_out(block: str) -> bool:
    return "   " in block or any(line.startswith(" ") for line in block.splitlines())


def _arguments(parser: argparse.ArgumentParser) -> Iterator[str]:
    yield "| argument | |\n|---|---|"
    for action in _told(parser):
        yield f"| `{_word(action)}` | {cell(' '.join(filter(None, (_choices(action), action.help))))} |"
    yield ""


def _usage(parser: argparse.ArgumentParser) -> str:
    words = {_word(action): action.required and action.nargs != "*" for action in _told(parser)}
    needed = [word for word, required in words.items() if required]
    return " ".join([parser.prog, *needed, *(f"[{word}]" for word in words if word not in needed)])


def _word(action: argparse.Action) -> str:
    """`--window WINDOW`, or a positional argument as it is written."""
    value = action.metavar or (action.dest.upper() if action.option_strings else action.dest)
    if not action.option_strings:
        return f"{value} ..." if action.nargs in ("*", "+") else str(value)
    return action.option_strings[-1] if action.nargs == 0 else f"{action.option_strings[-1]} {value}"


def _choices(action: argparse.Action) -> str:
    shown = ", ".join(f"`{choice}`" for choice in action.choices or ())
    return f"{shown}:" if shown and action.help else shown
