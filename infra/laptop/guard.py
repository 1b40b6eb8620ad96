"""Runs one service and lets nothing of it outlive its starter: `python -m laptop.guard PATIENCE COMMAND...`.

Standard input is the life line: its other end closes when the starter ends, even by kill -9. The guard is the
subreaper of all that the command starts, so that daemons and orphans stay its descendants and end with it: they are
asked, and killed where they are still there after PATIENCE seconds.
"""

import ctypes
import os
import select
import signal
import subprocess
import sys
import time

from laptop.processes import descendants, send
from toile.parent import die_with_parent

_PR_SET_CHILD_SUBREAPER = 36


class _Asked(Exception):  # noqa: N818 -- no error: somebody asked the guard to end
    pass


def guard(command: list[str], patience: float) -> int:
    """Runs the command until it ends or the life line closes; returns its exit status, 0 where it was stopped."""
    ctypes.CDLL(None).prctl(_PR_SET_CHILD_SUBREAPER, 1)
    child = subprocess.Popen(
        command,
        stdin=subprocess.DEVNULL,
        preexec_fn=die_with_parent,  # noqa: PLW1509 -- only calls prctl: a killed guard takes the command with it
    )
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, _ask)
    try:
        status = _watch(child.pid)
    except _Asked:
        status = 0
    for number in (signal.SIGTERM, signal.SIGINT, signal.SIGHUP):
        signal.signal(number, signal.SIG_IGN)
    end_descendants(patience)
    return status


def end_descendants(patience: float) -> None:
    """Asks everything below this process to end, then kills what is left after `patience` seconds."""
    own = os.getpid()
    for pid in descendants(own):
        send(pid, signal.SIGTERM)
    deadline = time.monotonic() + patience
    while descendants(own):
        _reap()
        if time.monotonic() > deadline:
            for pid in descendants(own):
                send(pid, signal.SIGKILL)
        time.sleep(0.05)


def _watch(pid: int) -> int:
    life_line = sys.stdin.fileno()
    while True:
        readable, _, _ = select.select([life_line], [], [], 0.25)
        if readable and not os.read(life_line, 1024):
            raise _Asked
        ended = _reap()
        if pid in ended:
            return ended[pid]


def _reap() -> dict[int, int]:
    """Collects all children that have ended, adopted orphans too: pid -> exit status."""
    ended: dict[int, int] = {}
    while True:
        try:
            pid, status = os.waitpid(-1, os.WNOHANG)
        except ChildProcessError:
            return ended
        if pid == 0:
            return ended
        ended[pid] = os.waitstatus_to_exitcode(status)


def _ask(*_signal: object) -> None:
    raise _Asked


if __name__ == "__main__":
    raise SystemExit(guard(sys.argv[2:], float(sys.argv[1])))
