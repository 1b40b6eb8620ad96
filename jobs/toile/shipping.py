"""What is shipped to other machines: one folder for each digest, with a manifest that is written last."""

import re
import tempfile
from collections.abc import Iterable, Mapping
from hashlib import sha256
from importlib.metadata import PackageNotFoundError, distribution
from pathlib import Path

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

from toile.building import build_wheel
from toile.databricks import REQUIREMENTS
from toile.home import REPOSITORY
from toile.provenance import clone_commit
from toile.wheel import LAUNCHER, Manifest, source_digest, wheel_file, wheel_version

LAUNCH_CODE = """\
from toile.parent import die_with_parent

# The parent is spark-submit's JVM: where that is killed, Airflow may start the next try. What follows takes seconds.
die_with_parent()

from toile.run import main

raise SystemExit(main())
"""
# A cluster brings its own Spark and what speaks to it; others would stand in its way.
_OF_THE_PLATFORM = {"delta-spark", "googleapis-common-protos", "grpcio", "grpcio-status", "py4j", "pyspark"}
# What builds, checks and tests Toile, and MLflow's server, work elsewhere.
_OF_THE_CLONE = {
    "check-jsonschema", "hatchling", "import-linter", "mkdocs-material", "moto", "mypy", "pandas-stubs",
    "psycopg2-binary", "pytest", "ruff", "types-pyyaml",
}  # fmt: skip
_LINUX = {"sys_platform": "linux", "platform_system": "Linux", "os_name": "posix"}


def build_shipment() -> dict[str, bytes]:
    """The files of this checkout by name, without the manifest."""
    with tempfile.TemporaryDirectory(prefix="toile-wheel-") as folder:
        wheel = build_wheel(Path(folder)).read_bytes()
    lock, asked = ((REPOSITORY / "requirements" / name).read_text() for name in ("jobs.lock", "jobs.in"))
    return {
        wheel_file(): wheel,
        REQUIREMENTS: shipped_requirements(lock, asked).encode(),
        LAUNCHER: LAUNCH_CODE.encode(),
    }


def manifest_of(files: Mapping[str, bytes]) -> Manifest:
    """What is told of the files of a shipment."""
    digests = {name: sha256(content).hexdigest() for name, content in files.items()}
    return Manifest(digest=source_digest(), version=wheel_version(), commit=clone_commit(), files=digests)


def shipped_requirements(lock: str, asked: str) -> str:
    """The locked versions of what was asked for and of what that needs, less what a cluster brings and the clone's own.

    Without hashes: pip would then demand one of the wheel as well, and of each library that the cluster brings.
    """
    roots = [Requirement(line) for line in asked.splitlines() if line[:1] not in {"", "#"}]
    needed = _needed(root for root in roots if root.name not in _OF_THE_CLONE)
    lines = [line.removesuffix(" \\") for line in lock.splitlines() if line[:1] not in {"", " ", "#"}]
    return "".join(f"{line}\n" for line in lines if re.split(r"[\[=]", line)[0] in needed)


def _needed(roots: Iterable[Requirement]) -> set[str]:
    """The names of these libraries and of all that they need on Linux, as this environment's own metadata tell."""
    needed, ahead = set[tuple[str, str]](), list(roots)
    while ahead:
        library = ahead.pop()
        name = canonicalize_name(library.name)
        for extra in {"", *library.extras}:
            if name not in _OF_THE_PLATFORM and (name, extra) not in needed:
                needed.add((name, extra))
                ahead += _needs_of(name, extra)
    return {name for name, _extra in needed}


def _needs_of(name: str, extra: str) -> list[Requirement]:
    try:
        needs = [Requirement(line) for line in distribution(name).requires or ()]
    except PackageNotFoundError:  # one of Linux alone, and this is another system
        return []
    return [need for need in needs if need.marker is None or need.marker.evaluate({**_LINUX, "extra": extra})]
