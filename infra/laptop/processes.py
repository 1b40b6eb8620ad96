"""The identity and the end of processes on this machine, read from /proc."""

import os
import signal
import time
from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

PROC = Path("/proc")
# Fields of /proc/<pid>/stat after the command's closing parenthesis.
_STATE, _PARENT, _STARTED = 0, 1, 19


@dataclass(frozen=True)
class Identity:
    """One process for ever: a pid is given out again, a pid with its start and the machine's boot is not."""

    pid: int
    started: str
    boot: str


def identify(pid: int) -> Identity | None:
    """The identity of the process that has this pid now, or None where it has ended."""
    fields = _stat(pid)
    if fields is None or fields[_STATE] in {"Z", "X"}:
        return None
    boot = (PROC / "sys/kernel/random/boot_id").read_text().strip()
    return Identity(pid, fields[_STARTED], boot)


def is_alive(identity: Identity) -> bool:
    """Whether this very process runs; another one with its pid does not count."""
    return identify(identity.pid) == identity


def descendants(pid: int) -> list[int]:
    """The pids of all living children of this process, and of theirs."""
    children: dict[int, list[int]] = {}
    for entry in PROC.iterdir():
        fields = _stat(int(entry.name)) if entry.name.isdigit() else None
        if fields and fields[_STATE] != "Z":
            children.setdefault(int(fields[_PARENT]), []).append(int(entry.name))
    found, waiting = [], [pid]
    while waiting:
        below = children.get(waiting.pop(), [])
        found += below
        waiting += below
    return found


def send(pid: int, number: signal.Signals) -> None:
    """Sends a signal; a process that is gone already has had its way."""
    try:
        os.kill(pid, number)
    except ProcessLookupError:
        return


def end(identities: Iterable[Identity], patience: float) -> list[Identity]:
    """Asks these processes to end, kills after `patience` seconds those that did not, and returns the latter."""
    waiting = [identity for identity in identities if is_alive(identity)]
    for identity in waiting:
        send(identity.pid, signal.SIGTERM)
    deadline = time.monotonic() + patience
    while waiting and time.monotonic() < deadline:
        time.sleep(0.05)
        waiting = [identity for identity in waiting if is_alive(identity)]
    for identity in waiting:
        send(identity.pid, signal.SIGKILL)
    return waiting


def _stat(pid: int) -> list[str] | None:
    try:
        text = (PROC / str(pid) / "stat").read_text()
    except (FileNotFoundError, ProcessLookupError):
        return None
    return text.rpartition(")")[2].split()
