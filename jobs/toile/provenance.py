"""Which code and which libraries a job runs with."""

import os
from hashlib import sha256
from pathlib import Path

from toile.git import ask_git
from toile.home import REPOSITORY
from toile.wheel import build_record


def code_commit(repository: Path = REPOSITORY) -> str:
    """The commit, with `+changes` where the working tree differs; `$TOILE_COMMIT` where there is no clone."""
    if built := build_record():
        return built.commit
    if commit := os.environ.get("TOILE_COMMIT"):
        return commit
    head = ask_git(repository, "rev-parse", "HEAD")
    return f"{head}+changes" if head and ask_git(repository, "status", "--porcelain") else head or "unknown"


def lock_digest(repository: Path = REPOSITORY) -> str:
    """Digest (12 hex digits) of the jobs' lock file."""
    if built := build_record():
        return built.lock_digest
    lock = repository / "requirements" / "jobs.lock"
    return sha256(lock.read_bytes()).hexdigest()[:12] if lock.is_file() else "unknown"
