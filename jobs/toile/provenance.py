"""Which code and which libraries a job runs with."""

import os
import subprocess
from hashlib import sha256

from toile.home import REPOSITORY


def code_commit() -> str:
    """The commit, with `+changes` where the working tree differs; `$TOILE_COMMIT` where there is no clone."""
    if commit := os.environ.get("TOILE_COMMIT"):
        return commit
    head = _git("rev-parse", "HEAD")
    return f"{head}+changes" if head and _git("status", "--porcelain") else head or "unknown"


def lock_digest() -> str:
    """Digest (12 hex digits) of the jobs' lock file."""
    lock = REPOSITORY / "requirements" / "jobs.lock"
    return sha256(lock.read_bytes()).hexdigest()[:12] if lock.is_file() else "unknown"


def _git(*arguments: str) -> str:
    try:
        done = subprocess.run(["git", "-C", str(REPOSITORY), *arguments], capture_output=True, text=True, check=False)
    except FileNotFoundError:
        return ""
    return done.stdout.strip() if done.returncode == 0 else ""
