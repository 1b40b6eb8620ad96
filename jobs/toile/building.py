"""Builds the wheel of a clone: the same sources give the same bytes."""

import json
import os
import shutil
import subprocess
import sys
import tempfile
import tomllib
from pathlib import Path
from typing import Any

from toile.errors import InfrastructureError
from toile.home import REPOSITORY
from toile.provenance import lock_digest
from toile.wheel import RECORD_FILE, BuildRecord, content, content_files, source_digest, wheel_file, wheel_version

_EPOCH = "1577836800"
"""The time that all files of a wheel bear: 2020-01-01. A zip knows none before 1980."""


def build_wheel(folder: Path, repository: Path = REPOSITORY) -> Path:
    """Builds into this folder.

    Raises:
        InfrastructureError: the build backend failed; its own words are told.
    """
    with tempfile.TemporaryDirectory(prefix="toile-build-") as staged:
        _stage(repository, Path(staged))
        command = [sys.executable, "-m", "hatchling", "build", "-t", "wheel", "-d", str(folder.resolve())]
        environment = os.environ | {"SOURCE_DATE_EPOCH": _EPOCH}
        done = subprocess.run(command, cwd=staged, env=environment, capture_output=True, text=True, check=False)
    wheel = folder / wheel_file(repository)
    if done.returncode != 0 or not wheel.is_file():
        raise InfrastructureError(
            f"the wheel could not be built:\n{done.stderr.strip()}\nRun `make setup` and try again."
        )
    return wheel


def _stage(repository: Path, staged: Path) -> None:
    """Copies what goes into the wheel, and nothing else that lies about in the clone."""
    folders = content(repository)
    for name, folder in folders.items():
        for path in content_files(folder):
            copy = staged / name / path.relative_to(folder)
            copy.parent.mkdir(parents=True, exist_ok=True)
            shutil.copyfile(path, copy)
    project = tomllib.loads((repository / "pyproject.toml").read_text())["project"]
    record = BuildRecord(
        digest=source_digest(repository),
        version=project["version"],
        lock_digest=lock_digest(repository),
    )
    (staged / "toile" / RECORD_FILE).write_text(record.model_dump_json(indent=2))
    (staged / "pyproject.toml").write_text(_pyproject(project, wheel_version(repository), list(folders)))


def _pyproject(project: dict[str, Any], version: str, packages: list[str]) -> str:
    kept = {name: project[name] for name in ("name", "description", "requires-python", "dependencies")}
    # JSON's texts and lists of texts are TOML's too.
    return "\n".join(
        [
            "[project]",
            *(f"{name} = {json.dumps(value)}" for name, value in {**kept, "version": version}.items()),
            "[project.scripts]",
            *(f"{name} = {json.dumps(value)}" for name, value in project["scripts"].items()),
            "[tool.hatch.build.targets.wheel]",
            f"packages = {json.dumps(packages)}",
        ]
    )
