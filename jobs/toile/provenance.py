"""Which code and which libraries a job runs with."""

import os
from hashlib import sha256
from pathlib import Path

from toile.config.backends import LocalBackend
from toile.config.platform import Environment
from toile.git import ask_git
from toile.home import REPOSITORY
from toile.store import open_store
from toile.wheel import Manifest, artifacts_folder, build_record


def code_commit(environment: Environment) -> str:
    """The commit of the clone; where the code runs from a wheel, that which the environment's manifest tells of it."""
    backend = environment.backend
    if build_record() is None or isinstance(backend, LocalBackend):
        return clone_commit()
    manifest = Manifest.load(open_store(artifacts_folder(backend)))
    return manifest.commit if manifest else "unknown"


def clone_commit(repository: Path = REPOSITORY) -> str:
    """The commit, with `+changes` where the working tree differs; `$TOILE_COMMIT` where there is no repository."""
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
