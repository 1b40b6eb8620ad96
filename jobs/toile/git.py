"""What git knows of the clone."""

import subprocess
from datetime import datetime
from pathlib import Path


def ask_git(repository: Path, *arguments: str) -> str | None:
    """What git answers; None where it refuses, or where there is no git."""
    answer = read_git(repository, *arguments)
    return None if answer is None else answer.decode(errors="replace").strip()


def read_git(repository: Path, *arguments: str) -> bytes | None:
    """The same to the byte, for archives."""
    try:
        done = subprocess.run(["git", "-C", str(repository), *arguments], capture_output=True, check=False)
    except FileNotFoundError:
        return None
    return done.stdout if done.returncode == 0 else None


def is_whole(repository: Path) -> bool:
    """Whether the clone holds all of its history: that of a shallow one begins where it was cut off."""
    return ask_git(repository, "rev-parse", "--is-shallow-repository") == "false"


def first_commit(file: Path) -> datetime | None:
    """When a file was first committed, renames followed; None where it never was, or git does not know."""
    # The author's date: it outlives a rebase.
    told = ask_git(file.parent, "log", "--follow", "--diff-filter=A", "--format=%aI", "--", file.name)
    return datetime.fromisoformat(told.splitlines()[-1]) if told else None
