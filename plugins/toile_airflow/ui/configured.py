"""What conf/ says of every model, read again only where a file of it has changed."""

from collections.abc import Mapping, Set
from dataclasses import dataclass, replace
from functools import lru_cache
from pathlib import Path

from toile.config import Conf, InvalidConfig, ResolvedModel
from toile.config.load import VISIBLE
from toile.config.platform import Environment
from toile.errors import ConfigError
from toile.home import conf_root, environment_name


@dataclass(frozen=True)
class Configured:
    """Every model of an environment: as its files say, or what is wrong with them."""

    environment: Environment
    models: Mapping[str, ResolvedModel]
    broken: Mapping[str, InvalidConfig]
    costs_money: bool
    tests: Set[str] | None = None
    """The names of the test modules beside conf/; None where a deployment has none."""

    @property
    def model_ids(self) -> list[str]:
        return sorted({*self.models, *self.broken})


def read_configured() -> Configured:
    """The configuration as it stands now.

    Raises:
        InvalidConfig: platform.yaml or the environment's file has mistakes; then no model can be read.
    """
    root = conf_root()
    stamp = tuple(sorted((str(file), _identity(file)) for file in root.rglob(VISIBLE)))
    tests = {file.stem for file in (root.parent / "tests").rglob("test_*.py")}
    return replace(_read(root, environment_name(), stamp), tests=tests or None)


def _identity(file: Path) -> tuple[int, int]:
    try:
        found = file.stat()
    except OSError:  # gone since it was listed, or a link to nowhere
        return 0, 0
    return found.st_mtime_ns, found.st_size


@lru_cache(maxsize=1)
def _read(root: Path, name: str, stamp: object) -> Configured:  # noqa: ARG001 -- the key of what is remembered
    conf = Conf(root, name)
    models, broken = conf.load_all()
    try:
        costs_money = conf.rate is not None
    except ConfigError:  # no price for this compute: `toile check` tells, and the jobs refuse
        costs_money = True
    return Configured(conf.environment, models, broken, costs_money)
