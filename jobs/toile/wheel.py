"""Which wheel this checkout is: its name is a digest of all that goes into it (docs/decisions/0012-shipping.md)."""

import json
import tomllib
from functools import cache
from hashlib import sha256
from importlib.resources import files
from pathlib import Path

from pydantic import BaseModel, ConfigDict, ValidationError

from toile.config.backends import DatabricksBackend, SparkSubmitBackend
from toile.errors import ConfigError
from toile.home import REPOSITORY, WHEEL_CONF, conf_root
from toile.store import Readable, Store

RECORD_FILE = "built.json"
MANIFEST, LAUNCHER = "manifest.json", "launch.py"
"""Beside the wheel: what is written last, and what spark-submit starts."""


class BuildRecord(BaseModel):
    """What a wheel knows of the clone that it was built from; it lies in the package `toile`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    digest: str
    version: str
    lock_digest: str


class Manifest(BaseModel):
    """What lies beside it; where it is and all files are as it says, the shipment is whole."""

    model_config = ConfigDict(frozen=True)

    digest: str
    version: str
    commit: str
    files: dict[str, str]

    @classmethod
    def load(cls, store: Readable) -> "Manifest | None":
        """That of a former shipment; None where there is none, or none that can be read."""
        try:
            return cls.model_validate_json(store.read(MANIFEST) or b"")
        except ValidationError:
            return None

    def save(self, store: Store) -> None:
        store.write(MANIFEST, json.dumps(self.model_dump(), indent=2).encode())

    def broken(self, store: Readable) -> list[str]:
        """The names of files that are absent or not what was shipped; the manifest's where it is another checkout's."""
        if (self.digest, self.version) != (source_digest(), wheel_version()) or not {wheel_file(), LAUNCHER} <= {
            *self.files
        }:
            return [MANIFEST]
        return [name for name, digest in self.files.items() if sha256(store.read(name) or b"").hexdigest() != digest]


@cache
def build_record() -> BuildRecord | None:
    """That of the wheel which this code runs from; None in a clone."""
    record = files("toile").joinpath(RECORD_FILE)
    return BuildRecord.model_validate_json(record.read_text()) if record.is_file() else None


def source_digest(repository: Path = REPOSITORY) -> str:
    """Digest (12 hex digits) of the code, the configuration and the libraries' versions: equal where these are equal.

    Raises:
        ConfigError: there is no clone here.
    """
    if repository == REPOSITORY and (built := build_record()):
        return built.digest
    return _digest(repository, tuple(content(repository).items()))


def content(repository: Path) -> dict[str, Path]:
    """What a wheel holds: its folders, and those of the clone that they are made of."""
    conf = conf_root() if repository == REPOSITORY else repository / "conf"
    return {"toile": repository / "jobs" / "toile", "domains": repository / "jobs" / "domains", WHEEL_CONF: conf}


@cache
def _digest(repository: Path, folders: tuple[tuple[str, Path], ...]) -> str:
    sources = {name: repository / name for name in ("pyproject.toml", "requirements/jobs.in", "requirements/jobs.lock")}
    for name, folder in folders:
        sources |= {f"{name}/{path.relative_to(folder).as_posix()}": path for path in content_files(folder)}
    seal = sha256()
    try:
        for name, path in sorted(sources.items()):
            seal.update(f"{name}\0".encode() + sha256(path.read_bytes()).digest())
    except FileNotFoundError as error:
        raise ConfigError(f"{error.filename}: there is no such file. Deploy and submit from a clone.") from error
    # It begins with a letter: a version's last part loses its leading zeros where it is a number.
    hexdigest = seal.hexdigest()
    start = next(place for place, digit in enumerate(hexdigest) if digit.isalpha())
    return hexdigest[start : start + 12]


def content_files(folder: Path) -> list[Path]:
    """The files of a folder that are somebody's work: none that are hidden, compiled or written by a build."""
    return sorted(
        path
        for path in folder.rglob("*")
        if path.is_file()
        and not any(part.startswith(".") or part == "__pycache__" for part in path.relative_to(folder).parts)
        and path.name != RECORD_FILE
    )


def wheel_version(repository: Path = REPOSITORY) -> str:
    """The version with the digest, such as 0.1.0+d1ce5f9a3b07."""
    if repository == REPOSITORY and (built := build_record()):
        return f"{built.version}+{built.digest}"
    project = tomllib.loads((repository / "pyproject.toml").read_text())["project"]
    return f"{project['version']}+{source_digest(repository)}"


def wheel_file(repository: Path = REPOSITORY) -> str:
    return f"toile-{wheel_version(repository)}-py3-none-any.whl"


def artifacts_folder(backend: SparkSubmitBackend | DatabricksBackend) -> str:
    """Where `toile deploy` puts this checkout's wheel and what goes with it."""
    return f"{backend.artifacts.rstrip('/')}/{source_digest()}"


def wheel_address(backend: SparkSubmitBackend | DatabricksBackend) -> str:
    """The very wheel that jobs of this checkout run from."""
    return f"{artifacts_folder(backend)}/{wheel_file()}"
