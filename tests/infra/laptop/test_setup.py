import importlib.util
import os
import shutil
import subprocess
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[3]
TOOLS = ("bash", "cat", "cut", "dirname", "flock", "head", "mkdir", "sha256sum", "tail")


def _set_up(home: Path, *parts: str, stubs: dict[str, str] | None = None) -> subprocess.CompletedProcess[str]:
    """Runs set-up on a machine that has these tools and stubs, and nothing else."""
    tools = home / "bin"
    tools.mkdir()
    for name in TOOLS:
        (tools / name).symlink_to(shutil.which(name) or name)
    for name, answer in {"uname": "echo Linux", "id": "echo 1000", **(stubs or {})}.items():
        (tools / name).write_text(f"#!/bin/bash\n{answer}\n")
        (tools / name).chmod(0o755)
    return subprocess.run(
        [REPOSITORY / "infra/laptop/setup.sh", *parts],
        env={"PATH": str(tools), "TOILE_HOME": str(home / "toile")}, capture_output=True, text=True, check=False,
    )  # fmt: skip


def test_what_is_installed_is_compiled_before_anybody_imports_it() -> None:
    spec = importlib.util.find_spec("mlflow")
    assert spec
    assert spec.origin
    never_imported = Path(spec.origin).parent / "paddle" / "__init__.py"
    assert Path(importlib.util.cache_from_source(never_imported)).is_file(), "run make setup"


def test_another_system_is_told_at_once_and_nothing_is_written(tmp_path: Path) -> None:
    done = _set_up(tmp_path, stubs={"uname": "echo Darwin"})
    assert done.returncode == 1
    assert "this is Darwin" in done.stderr
    assert "docker-compose.yml" in done.stderr
    assert not (tmp_path / "toile").exists()


def test_a_machine_without_a_fitting_python_is_told_which_ones_fit(tmp_path: Path) -> None:
    done = _set_up(tmp_path, stubs={"python3": "exit 1"})
    assert done.returncode == 1
    assert "no Python 3.11, 3.12 or 3.13" in done.stderr
    assert "TOILE_PYTHON=" in done.stderr


@pytest.mark.parametrize(
    ("stubs", "told"),
    [
        ({}, "there is no apt-get here"),
        ({"apt-get": "exit 0"}, "sudo apt-get install python3.12-venv"),
    ],
)
def test_who_may_not_install_is_told_what_to_run(tmp_path: Path, stubs: dict[str, str], told: str) -> None:
    # A Python as Debian ships it without python3-venv: no ensurepip.
    python = 'case "$2" in *sys.executable*) echo "$0";; *ensurepip*) exit 1;; *venv*) echo python3.12-venv;; esac'
    done = _set_up(tmp_path, stubs={"python3.12": python, **stubs})
    assert done.returncode == 1
    assert told in done.stderr


def test_an_unknown_part_is_refused_with_the_known_ones(tmp_path: Path) -> None:
    done = _set_up(tmp_path, "spark")
    assert done.returncode == 1
    assert "The parts are: java airflow jobs jars chromium" in done.stderr


def test_the_toile_command_says_when_nothing_is_set_up(tmp_path: Path) -> None:
    done = subprocess.run(
        [REPOSITORY / "bin/toile", "check"],
        env={**os.environ, "TOILE_HOME": str(tmp_path)}, capture_output=True, text=True, check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert f"nothing is set up in {tmp_path} yet. Run: make -C {REPOSITORY} setup" in done.stderr


def test_every_lock_file_is_free_of_addresses_and_has_a_hash_for_each_package() -> None:
    for lock in (REPOSITORY / "requirements").glob("*.lock"):
        text = lock.read_text()
        assert "://" not in text, lock
        packages = [block for block in text.split("\n") if "==" in block]
        assert packages
        assert all(line.rstrip().endswith("\\") for line in packages), lock
