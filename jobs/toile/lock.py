"""Locks between the processes of one machine; whoever dies lets go."""

import fcntl
from collections.abc import Iterator
from contextlib import contextmanager

from toile.home import toile_home


@contextmanager
def exclusive(name: str) -> Iterator[None]:
    """Waits until no other process under this `TOILE_HOME` does what goes by this name."""
    folder = toile_home() / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield
