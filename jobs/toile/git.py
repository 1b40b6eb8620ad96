"""What git knows of the clone."""

import subprocess
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
