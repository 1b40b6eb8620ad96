import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from laptop.processes import Identity, identify, is_alive

REPOSITORY = Path(__file__).resolve().parents[3]
# A service as rude as they come: a child in a session of its own that will not end when asked.
SERVICE = """
import subprocess, sys, time
child = "import os, signal, time; os.setsid(); signal.signal(signal.SIGTERM, signal.SIG_IGN); print(1, flush=True)"
child += "; time.sleep(60)"
process = subprocess.Popen([sys.executable, "-c", child], stdout=subprocess.PIPE)
process.stdout.readline()
open(sys.argv[1], "w").write(f"{__import__('os').getpid()} {process.pid}\\n")
time.sleep(60)
"""
# A demo that starts the service behind a guard, and then hangs.
DEMO = """
import subprocess, sys, time
subprocess.Popen([sys.executable, "-m", "laptop.guard", {patience!r}, *{service!r}, sys.argv[1]], stdin=subprocess.PIPE)
time.sleep(60)
"""
PATIENCE = "0.3"
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(REPOSITORY / "infra")}


def _guarded(*command: str) -> subprocess.Popen[bytes]:
    guard = [sys.executable, "-m", "laptop.guard", PATIENCE]
    return subprocess.Popen([*guard, *command], stdin=subprocess.PIPE, env=ENVIRONMENT)


def _identities(file: Path) -> list[Identity]:
    """Service and child, once both are up."""
    deadline = time.monotonic() + 20
    while not (file.is_file() and file.read_text().endswith("\n")):
        assert time.monotonic() < deadline
        time.sleep(0.02)
    found = [identify(int(pid)) for pid in file.read_text().split()]
    return [identity for identity in found if identity]


def _wait_for_the_end(identities: list[Identity]) -> bool:
    deadline = time.monotonic() + 15
    while any(map(is_alive, identities)) and time.monotonic() < deadline:
        time.sleep(0.05)
    return not any(map(is_alive, identities))


def test_a_killed_demo_leaves_no_process_behind(tmp_path: Path) -> None:
    program = DEMO.format(patience=PATIENCE, service=[sys.executable, "-c", SERVICE])
    demo = subprocess.Popen([sys.executable, "-c", program, str(tmp_path / "pids")], env=ENVIRONMENT)
    identities = _identities(tmp_path / "pids")
    assert len(identities) == 2
    demo.kill()
    demo.wait()
    assert _wait_for_the_end(identities)


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_a_guard_that_is_asked_to_end_ends_all_below_it(tmp_path: Path, number: signal.Signals) -> None:
    with _guarded(sys.executable, "-c", SERVICE, str(tmp_path / "pids")) as guard:
        identities = _identities(tmp_path / "pids")
        guard.send_signal(number)
        assert guard.wait(20) == 0
        assert not any(map(is_alive, identities))


def test_a_service_that_ends_by_itself_takes_its_children_with_it_and_tells_its_status(tmp_path: Path) -> None:
    service = SERVICE.rsplit("time.sleep", 1)[0] + "sys.exit(3)"
    with _guarded(sys.executable, "-c", service, str(tmp_path / "pids")) as guard:
        assert guard.wait(20) == 3
    assert not any(identify(int(pid)) for pid in (tmp_path / "pids").read_text().split())
