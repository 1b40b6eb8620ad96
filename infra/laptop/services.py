"""Starts, watches and ends the laptop's services, and remembers them in `run/services.json` under TOILE_HOME."""

import fcntl
import json
import os
import subprocess
import sys
import time
from collections import deque
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, dataclass, field
from pathlib import Path
from types import TracebackType
from typing import IO, Self

from laptop.processes import Identity, end, identify, is_alive
from toile.errors import InfrastructureError

LOG_LINES = 15
# A guard kills what does not end in time; it is itself given longer than that.
GUARD_SECONDS = 8.0
STOP_SECONDS = 15.0


@dataclass(frozen=True)
class Service:
    """One long-running command. `ready` tells whether it answers; it is asked until `patience` seconds are over."""

    name: str
    command: list[str]
    environment: Mapping[str, str]
    ready: Callable[[], bool]
    patience: float = 180.0


@dataclass
class Record:
    """What is known of the services of one home: which processes they are, where they listen."""

    demo: Identity | None = None
    services: dict[str, Identity] = field(default_factory=dict)
    ports: dict[str, int] = field(default_factory=dict)

    @classmethod
    def load(cls, file: Path) -> "Record":
        """The record in this file; an empty one where there is none, or a killed start has torn it."""
        try:
            data = json.loads(file.read_text())
        except (FileNotFoundError, json.JSONDecodeError):
            return cls()
        demo = data["demo"] and Identity(**data["demo"])
        return cls(demo, {name: Identity(**known) for name, known in data["services"].items()}, data["ports"])

    def save(self, file: Path) -> None:
        """Writes the record in one step."""
        file.parent.mkdir(parents=True, exist_ok=True)
        fresh = file.with_suffix(".new")
        fresh.write_text(json.dumps(asdict(self), indent=2) + "\n")
        fresh.replace(file)


class Services:
    """The services of one home; leaving the `with` block ends all of them."""

    def __init__(self, home: Path) -> None:
        self._logs = home / "logs"
        self._file = record_file(home)
        self._guards: dict[str, subprocess.Popen[bytes]] = {}
        self._errands: dict[str, subprocess.Popen[bytes]] = {}
        self._logs.mkdir(parents=True, exist_ok=True)
        self.record = Record(demo=identify(os.getpid()), ports=Record.load(self._file).ports)

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.stop()

    def log(self, name: str) -> Path:
        return self._logs / f"{name}.log"

    def start(self, service: Service) -> None:
        """Starts the service behind a guard, in a session of its own: Ctrl-C in the terminal does not reach it."""
        self._guards[service.name] = self._launch(service.name, service.command, service.environment)

    def begin(self, name: str, command: list[str], environment: Mapping[str, str]) -> None:
        """Starts a command that ends by itself, beside the services; `finish` waits for it."""
        self._errands[name] = self._launch(name, command, environment)

    def finish(self, name: str) -> None:
        """Waits for the end of what `begin` started; raises InfrastructureError, as `wait` does, where it failed."""
        errand = self._errands[name]
        while (status := errand.poll()) is None:
            self.require_alive()
            time.sleep(0.1)
        _let_go(self._errands.pop(name))
        if status != 0:
            raise self._failure(name, f"failed with status {status}")

    def wait(self, service: Service) -> None:
        """Returns when the service answers.

        Raises:
            InfrastructureError: it ended, or was not ready in time; the end of its log is part of the message.
        """
        deadline = time.monotonic() + service.patience
        while not service.ready():
            self.require_alive()
            if time.monotonic() > deadline:
                raise self._failure(service.name, f"did not answer within {service.patience:.0f} s")
            time.sleep(0.25)

    def require_alive(self) -> None:
        """Raises InfrastructureError with the end of its log when a service has ended by itself."""
        for name, process in self._guards.items():
            status = process.poll()
            if status is not None:
                raise self._failure(name, f"ended by itself with status {status}")

    def stop(self) -> None:
        """Ends all services together; each guard ends what its service has started."""
        processes = [*self._guards.values(), *self._errands.values()]
        for process in processes:
            _let_go(process)
        deadline = time.monotonic() + STOP_SECONDS
        for process in processes:
            try:
                process.wait(max(0.1, deadline - time.monotonic()))
            except subprocess.TimeoutExpired:
                process.kill()
                process.wait()
        self._guards.clear()
        self._errands.clear()
        self.record.services.clear()
        self.record.demo = None
        self.record.save(self._file)

    def _launch(self, name: str, command: list[str], environment: Mapping[str, str]) -> subprocess.Popen[bytes]:
        with self.log(name).open("w") as log:
            process = _guarded(command, environment, log)
        known = identify(process.pid)
        if known:
            self.record.services[name] = known
        self.record.save(self._file)
        return process

    def _failure(self, name: str, what: str) -> InfrastructureError:
        log = self.log(name)
        return InfrastructureError(f"{name} {what}. The end of {log}:\n{tail(log)}")


@contextmanager
def sole_demo(home: Path) -> Iterator[list[str]]:
    """Holds the lock of the home's services; yields the names of services that a killed demo had left, ended now.

    Raises:
        InfrastructureError: another demo of this home is up; the message has its links.
    """
    file = record_file(home)
    file.parent.mkdir(parents=True, exist_ok=True)
    with (file.parent / "demo.lock").open("w") as lock:
        try:
            fcntl.flock(lock, fcntl.LOCK_EX | fcntl.LOCK_NB)
        except BlockingIOError:
            raise InfrastructureError(_already_up(Record.load(file))) from None
        yield end_leftovers(home)


def end_leftovers(home: Path) -> list[str]:
    """Ends services that a killed demo of this home has left, and returns their names.

    Only processes whose pid, start time and boot are those on record are touched.
    """
    record = Record.load(record_file(home))
    left = {name: known for name, known in record.services.items() if is_alive(known)}
    end(left.values(), STOP_SECONDS)
    return sorted(left)


def record_file(home: Path) -> Path:
    """Where the services of this home are on record."""
    return home / "run" / "services.json"


def tail(log: Path, lines: int = LOG_LINES) -> str:
    """The last lines of a log, indented; the log may be missing."""
    if not log.is_file():
        return "  (no log)"
    with log.open(errors="replace") as file:
        return "".join(f"  {line}" for line in deque(file, lines)).rstrip()


def _guarded(command: list[str], environment: Mapping[str, str], log: IO[str]) -> subprocess.Popen[bytes]:
    return subprocess.Popen(
        [sys.executable, "-m", "laptop.guard", str(GUARD_SECONDS), *command],
        stdin=subprocess.PIPE,
        stdout=log,
        stderr=subprocess.STDOUT,
        env=dict(environment),
        start_new_session=True,
    )


def _let_go(guard: subprocess.Popen[bytes]) -> None:
    """Cuts the guard's life line."""
    if guard.stdin:
        guard.stdin.close()


def _already_up(record: Record) -> str:
    links = ", ".join(f"{name} http://127.0.0.1:{port}" for name, port in record.ports.items() if name != "spark")
    who = f" (process {record.demo.pid})" if record.demo else ""
    return f"a demo of this home is up already{who}: {links}. Stop it with Ctrl-C where it runs, or with `make clean`."
