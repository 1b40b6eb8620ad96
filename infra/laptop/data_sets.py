"""Where the demo's data come from: a path that the user names, or a simulation."""

import sys
from collections.abc import Collection
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from laptop.series import CAMPAIGN, SALES
from toile.errors import ConfigError
from toile.home import tables_folder, toile_home


@dataclass(frozen=True)
class DataSet:
    """One source of the demo's tables.

    Attributes:
        name: that of its mark and of its log.
        variable: what the user names its path with.
        kind: how `toile data import` calls it.
        path: what is imported; without one the data are simulated.
        simulation: the arguments of `toile data` that simulate it.
        simulated: what a person calls the simulation.
    """

    name: str
    variable: str
    kind: str
    path: Path | None
    simulation: tuple[str, ...]
    simulated: str

    def require(self) -> None:
        """Raises ConfigError where the path is not there, or this home holds the life of a model on other data."""
        if self.path and not self.path.exists():
            raise ConfigError(
                f"{self.variable}={self.path}: there is no such file or folder. "
                f"Leave {self.variable} out for simulated data."
            )
        if self._mark.is_file() and not self.is_present():
            raise ConfigError(
                f"the {self.name} tables of {toile_home()} hold other data, and what models have made of them. "
                "Run `make clean` first, or name another TOILE_HOME."
            )

    @property
    def identity(self) -> str:
        """Eight hex digits: the same for the same data."""
        seal = sha256()
        if self.path is None:
            seal.update(" ".join(self.simulation).encode())
        elif self.path.is_file():
            with self.path.open("rb") as file:
                while block := file.read(1 << 20):
                    seal.update(block)
        else:
            for part in sorted(self.path.rglob("*")):
                seal.update(f"{part.relative_to(self.path)} {part.stat().st_size} {part.stat().st_mtime_ns}".encode())
        return seal.hexdigest()[:8]

    @property
    def command(self) -> list[str]:
        """The command that brings the data into the tables."""
        arguments = ["import", self.kind, str(self.path)] if self.path else self.simulation
        return [sys.executable, "-m", "toile.cli", "data", *arguments]

    def is_present(self) -> bool:
        """Whether an earlier demo has brought this very data into the tables of this home."""
        return self._mark.is_file() and self._mark.read_text() == self.identity

    def remember(self) -> None:
        """Marks the tables as holding this data."""
        self._mark.write_text(self.identity)

    @property
    def _mark(self) -> Path:
        # Beside the tables, so that whoever deletes them deletes it too.
        return Path(tables_folder(None)) / f"demo-{self.name}"

    def __str__(self) -> str:
        return str(self.path) if self.path else self.simulated


def data_sets(
    needed: Collection[str], *, sales: Path | None, campaign: Path | None, customers: int, seed: int
) -> dict[str, DataSet]:
    """The data sets of these names; each is simulated where no path is given."""
    market = ("simulate", "--customers", str(customers), "--seed", str(seed))
    told = f"a simulated market of {customers:,} customers (seed {seed})"
    known = {
        SALES: DataSet(SALES, "DATA", "online-retail", sales, market, told),
        CAMPAIGN: DataSet(
            CAMPAIGN, "CAMPAIGN", "bank-marketing", campaign, ("simulate-campaign", "--seed", str(seed)),
            f"a simulated campaign (seed {seed})",
        ),
    }  # fmt: skip
    return {name: data for name, data in known.items() if name in needed}
