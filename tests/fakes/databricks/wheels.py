"""Wheels in volumes: unpacked once for each digest, and started by their entry points as a cluster does it."""

import os
import re
import signal
import subprocess
import sys
import threading
import zipfile
from configparser import ConfigParser
from contextlib import suppress
from dataclasses import dataclass
from email.parser import Parser
from hashlib import sha256
from pathlib import Path
from typing import Any

# A cluster calls the entry point itself: what it returns is dropped, and any SystemExit is a failure.
_LAUNCH = """
import sys
from importlib import import_module
module, _, name = sys.argv.pop(1).partition(":")
try:
    getattr(import_module(module), name)()
except SystemExit as end:
    sys.stderr.write(f"SystemExit: {end.code}\\n")
    sys.stderr.flush()
    raise SystemExit(1)
"""
_PASSED_ON = ("PATH", "HOME", "LANG", "TMPDIR", "JAVA_HOME")


class CannotInstall(Exception):  # noqa: N818 -- what a cluster says
    """A library that is not there, or holds no such entry point."""


@dataclass(frozen=True)
class Wheel:
    """One unpacked wheel."""

    folder: Path
    package: str
    entry_points: dict[str, str]


class Wheels:
    """The wheels of a workspace whose files lie under `root`."""

    def __init__(self, root: Path, environment: dict[str, str]) -> None:
        self.root, self.environment = root, environment
        self._lock = threading.Lock()
        self._unpacked: dict[str, Wheel] = {}

    def file_of(self, address: str) -> Path:
        file = self.root / address.lstrip("/")
        if not file.is_file():
            raise CannotInstall(f"Library installation failed for library due to user error. {address} does not exist.")
        return file

    def start(self, addresses: list[str], wheel_task: dict[str, Any], log: Path) -> subprocess.Popen[bytes]:
        """Runs the entry point in a process group of its own, its output in `log`."""
        wheels = [self._unpack(self.file_of(address)) for address in addresses if address.endswith(".whl")]
        target = _entry_point(wheels, wheel_task)
        kept = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        paths = {
            "PYTHONPATH": os.pathsep.join(str(wheel.folder) for wheel in wheels),
            "TOILE_VOLUMES": str(self.root / "Volumes"),
        }
        with log.open("wb") as output:
            return subprocess.Popen(
                [sys.executable, "-c", _LAUNCH, target, *_arguments(wheel_task)],
                cwd=self.root,
                env={**kept, **paths, **self.environment},
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=subprocess.STDOUT,
                start_new_session=True,
            )

    def _unpack(self, file: Path) -> Wheel:
        digest = sha256(file.read_bytes()).hexdigest()
        with self._lock:
            if digest not in self._unpacked:
                folder = self.root / "unpacked" / digest
                with zipfile.ZipFile(file) as archive:
                    archive.extractall(folder)
                self._unpacked[digest] = _read_wheel(folder)
            return self._unpacked[digest]


def kill(process: subprocess.Popen[bytes]) -> None:
    """Ends the whole process group at once, as the loss of a machine does."""
    with suppress(ProcessLookupError):
        os.killpg(process.pid, signal.SIGKILL)
    process.wait()


def _read_wheel(folder: Path) -> Wheel:
    info = next(folder.glob("*.dist-info"))
    parser = ConfigParser()
    parser.optionxform = str  # type: ignore[assignment, method-assign]
    parser.read(info / "entry_points.txt")
    groups = [parser[section] for section in parser.sections()]
    entry_points = {name: target for group in groups for name, target in group.items()}
    return Wheel(folder, _normal(Parser().parsestr((info / "METADATA").read_text())["Name"]), entry_points)


def _entry_point(wheels: list[Wheel], wheel_task: dict[str, Any]) -> str:
    package, name = wheel_task["package_name"], wheel_task["entry_point"]
    for wheel in wheels:
        if wheel.package == _normal(package):
            # Without an entry point of that name a cluster calls a function of the package.
            return wheel.entry_points.get(name, f"{package}:{name}")
    raise CannotInstall(f"Python wheel with name {package} could not be found.")


def _arguments(wheel_task: dict[str, Any]) -> list[str]:
    named = [f"--{name}={value}" for name, value in wheel_task.get("named_parameters", {}).items()]
    return named or wheel_task.get("parameters", [])


def _normal(package: str) -> str:
    return re.sub(r"[-_.]+", "-", package).lower()
