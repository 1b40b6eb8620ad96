"""Which code and which libraries a job runs with."""

import os
import subprocess
from hashlib import sha256
from pathlib import Path

from toile.home import REPOSITORY
from toile.wheel import build_record


def code_commit(repository: Path = REPOSITORY) -> str:
    """The commit, with `+changes` where the working tree differs; `$TOILE_COMMIT` where there is no clone."""
    if built := build_record():
        return built.commit
    if commit := os.environ.get("TOILE_COMMIT"):
        return commit
    head = _git(repository, "rev-parse", "HEAD")
    return f"{head}+changes" if head and _git(repository, "status", "--porcelain") else head or "unknown"


def lock_digest(repository: Path = REPOSITORY) -> str:
    """Digest (12 hex digits) of the jobs' lock file."""
    if built := build_record():
        return built.lock_digest
    lock = repository / "requirements" / "jobs.lock"
    return sha256(lock.read_bytes()).hexdigest()[:12] if lock.is_file() else "unknown"


def _git(repository: Path, *arguments: str) -> str:
    try:
        done = subprocess.run(["git", "-C", str(repository), *arguments], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
