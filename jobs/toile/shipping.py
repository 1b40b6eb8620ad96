"""What is shipped to other machines: one folder for each digest, with a manifest that is written last."""

import re
import tempfile
from collections.abc import Mapping
from hashlib import sha256
from pathlib import Path

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
    "check-jsonschema", "hatchling", "import-linter", "moto", "mypy", "pandas-stubs", "psycopg2-binary", "pytest",
    "ruff", "types-pyyaml",
}  # fmt: skip


def build_shipment() -> dict[str, bytes]:
    """The files of this checkout by name, without the manifest."""
    with tempfile.TemporaryDirectory(prefix="toile-wheel-") as folder:
        wheel = build_wheel(Path(folder)).read_bytes()
    lock = (REPOSITORY / "requirements" / "jobs.lock").read_text()
    return {
        wheel_file(): wheel,
        REQUIREMENTS: shipped_requirements(lock).encode(),
        LAUNCHER: LAUNCH_CODE.encode(),
    }


def manifest_of(files: Mapping[str, bytes]) -> Manifest:
    """What is told of the files of a shipment."""
    digests = {name: sha256(content).hexdigest() for name, content in files.items()}
    return Manifest(digest=source_digest(), version=wheel_version(), commit=clone_commit(), files=digests)


def shipped_requirements(lock: str) -> str:
    """The locked versions that the wheel needs beside what a cluster brings.

    Without hashes: pip would then demand one of the wheel as well, and of each library that the cluster brings.
    """
    lines = [line.removesuffix(" \\") for line in lock.splitlines() if line[:1] not in {"", " ", "#"}]
    left_out = _OF_THE_PLATFORM | _OF_THE_CLONE
    return "".join(f"{line}\n" for line in lines if re.split(r"[\[=]", line)[0] not in left_out)
