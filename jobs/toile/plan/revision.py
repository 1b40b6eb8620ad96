"""The revision that a working tree is compared with."""

from dataclasses import dataclass
from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

from toile.errors import ConfigError
from toile.git import ask_git, read_git

MAIN = ("origin/main", "main")


@dataclass(frozen=True)
class Revision:
    """A commit of the repository that a conf/ lies in, and how it was named."""

    repository: Path
    commit: str
    name: str

    def extract(self, folder: Path, into: Path) -> Path:
        """Writes a folder of the repository as it was; returns where. An empty one where there was none."""
        below = folder.relative_to(self.repository)
        if ask_git(self.repository, "cat-file", "-e", f"{self.commit}:{below.as_posix()}") is not None:
            archive = read_git(self.repository, "archive", "--format=zip", self.commit, "--", str(below))
            if archive is None:
                raise ConfigError(f"git cannot read {below} of {self.name}. Fetch it first: git fetch origin.")
            with ZipFile(BytesIO(archive)) as files:
                files.extractall(into)
        (into / below).mkdir(parents=True, exist_ok=True)
        return into / below

    def changed_files(self) -> list[str]:
        """Files that differ from it in the working tree, new ones too, relative to the repository."""
        changed = ask_git(self.repository, "diff", "--name-only", "--no-renames", "-z", self.commit) or ""
        added = ask_git(self.repository, "ls-files", "--others", "--exclude-standard", "-z") or ""
        return sorted({*changed.split("\0"), *added.split("\0")} - {""})


def find_revision(folder: Path, asked: str | None) -> Revision:
    """The revision asked for; by default where the branch left main, and on main itself the last commit.

    Raises:
        ConfigError: the folder is in no git repository, or there is no such revision.
    """
    top = ask_git(folder, "rev-parse", "--show-toplevel")
    if top is None:
        raise ConfigError(
            f"{folder} is in no git repository (or git is not installed), so there is nothing to compare."
        )
    repository, name = Path(top).resolve(), asked or _default(folder)
    commit = ask_git(repository, "rev-parse", "--verify", "--quiet", "--end-of-options", f"{name}^{{commit}}")
    if commit is None:
        hint = "In a shallow clone, fetch it first: git fetch --unshallow origin."
        raise ConfigError(f"there is no revision {name!r} in {repository}. {hint}")
    return Revision(repository, commit if asked else _fork(repository, name, commit), name)


def _default(folder: Path) -> str:
    if ask_git(folder, "symbolic-ref", "--short", "--quiet", "HEAD") == "main":
        return "HEAD"
    for name in MAIN:
        if ask_git(folder, "rev-parse", "--verify", "--quiet", name):
            return name
    # HEAD would do here too, and would say of every change that was committed that there is none.
    raise ConfigError(
        f"neither {MAIN[0]} nor {MAIN[1]} is known here: fetch one, or say what to compare with: --against REV."
    )


def _fork(repository: Path, name: str, commit: str) -> str:
    """Where HEAD left it: what others have merged since is none of this change."""
    base = ask_git(repository, "merge-base", "HEAD", commit)
    if not base:
        raise ConfigError(
            f"HEAD and {name} have no commit in common here. Fetch more history: git fetch --unshallow origin."
        )
    return base
