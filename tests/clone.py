"""A git repository of a test's own."""

import os
import subprocess
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path


@dataclass(frozen=True)
class Clone:
    """A git repository with conf/ and the squad's code."""

    root: Path

    @property
    def conf(self) -> Path:
        return self.root / "conf"

    def git(self, *arguments: str) -> str:
        command = ["git", "-C", str(self.root), "-c", "user.name=Ada", "-c", "user.email=ada@shop.example", *arguments]
        clean = {name: value for name, value in os.environ.items() if not name.startswith("GIT_")}
        return subprocess.run(command, env=clean, check=True, capture_output=True, text=True).stdout.strip()

    def commit(self, authored: datetime | None = None) -> str:
        self.git("add", "--all")
        when = ("--date", authored.isoformat()) if authored else ()
        self.git("commit", "--quiet", "--message", "A change", *when)
        return self.git("rev-parse", "HEAD")

    def change(self, file: str, old: str, new: str) -> None:
        path = self.root / file
        assert old in path.read_text()
        path.write_text(path.read_text().replace(old, new))
