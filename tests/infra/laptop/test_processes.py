import os
import signal
import subprocess
import sys
from collections.abc import Iterator
from dataclasses import replace

import pytest

from laptop.processes import descendants, end, identify, is_alive

SLEEP = [sys.executable, "-c", "import time; time.sleep(60)"]
STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("ready", flush=True)
time.sleep(60)
"""


@pytest.fixture
def sleeper() -> Iterator[subprocess.Popen[bytes]]:
    with subprocess.Popen(SLEEP) as process:
        yield process
        process.kill()


def test_a_running_process_is_alive_and_an_ended_one_is_not(sleeper: subprocess.Popen[bytes]) -> None:
    known = identify(sleeper.pid)
    assert known is not None
    assert is_alive(known)
    sleeper.kill()
    sleeper.wait()
    assert not is_alive(known)
    assert identify(sleeper.pid) is None


def test_a_process_that_nobody_has_waited_for_has_ended(sleeper: subprocess.Popen[bytes]) -> None:
    known = identify(sleeper.pid)
    assert known is not None
    sleeper.kill()
    os.waitid(os.P_PID, sleeper.pid, os.WEXITED | os.WNOWAIT)
    assert not is_alive(known)


@pytest.mark.parametrize("difference", [{"started": "1"}, {"boot": "another"}])
def test_another_process_with_the_same_pid_is_neither_alive_nor_ended(
    sleeper: subprocess.Popen[bytes], difference: dict[str, str]
) -> None:
    known = identify(sleeper.pid)
    assert known is not None
    former = replace(known, **difference)
    assert not is_alive(former)
    assert end([former], patience=1) == []
    assert is_alive(known)


def test_a_process_that_does_not_listen_is_killed() -> None:
    with subprocess.Popen([sys.executable, "-c", STUBBORN], stdout=subprocess.PIPE) as process:
        assert process.stdout
        process.stdout.readline()
        known = identify(process.pid)
        assert known is not None
        assert end([known], patience=0.2) == [known]
        assert process.wait() == -signal.SIGKILL


def test_descendants_are_found_below_children() -> None:
    nested = f"import subprocess, sys; subprocess.run({SLEEP!r}, stdout=subprocess.DEVNULL)"
    with subprocess.Popen([sys.executable, "-c", nested]) as process:
        while len(found := descendants(os.getpid())) < 2:
            assert process.poll() is None
        assert process.pid in found
        for pid in found:
            os.kill(pid, signal.SIGKILL)
