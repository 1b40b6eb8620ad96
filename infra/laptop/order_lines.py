"""Where the demo's order lines come from: a path that the user names, or a simulated market."""

import sys
from dataclasses import dataclass
from hashlib import sha256
from pathlib import Path

from toile.errors import ConfigError
from toile.home import tables_folder, toile_home


@dataclass(frozen=True)
class OrderLines:
    """The demo's data: `path` as `toile data import` takes it, else a market of so many customers."""

    path: Path | None
    customers: int
    seed: int

    def require(self) -> None:
        """Raises ConfigError where the path is not there, or this home holds the life of a model on other data."""
        if self.path and not self.path.exists():
            raise ConfigError(f"DATA={self.path}: there is no such file or folder. Leave DATA out for simulated data.")
        if _mark().is_file() and not self.is_present():
            raise ConfigError(
                f"the tables of {toile_home()} hold other data, and a champion that was made from them. "
                "Run `make clean` first, or name another TOILE_HOME."
            )

    @property
    def identity(self) -> str:
        """Eight hex digits: the same for the same data."""
        seal = sha256()
        if self.path is None:
            seal.update(f"simulated {self.customers} {self.seed}".encode())
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
        toile = [sys.executable, "-m", "toile.cli", "data"]
        if self.path:
            return [*toile, "import", "online-retail", str(self.path)]
        return [*toile, "simulate", "--customers", str(self.customers), "--seed", str(self.seed)]

    def is_present(self) -> bool:
        """Whether an earlier demo has brought this very data into the tables of this home."""
        return _mark().is_file() and _mark().read_text() == self.identity

    def remember(self) -> None:
        """Marks the tables as holding this data."""
        _mark().write_text(self.identity)

    def __str__(self) -> str:
        return str(self.path) if self.path else f"a simulated market of {self.customers:,} customers (seed {self.seed})"


def _mark() -> Path:
    # Beside the tables, so that whoever deletes them deletes it too.
    return Path(tables_folder(None)) / "demo-data"
