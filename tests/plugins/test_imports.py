"""Airflow's half must not import what only the jobs' environment holds."""

import ast
import os
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.airflow_home import REPOSITORY

_IMPORT_ALL = """
import sys
from importlib import import_module
from pathlib import Path
plugins, dags = Path(sys.argv[1]), Path(sys.argv[2])
class Refuse:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in sys.argv[3].split(","):
            caller = sys._getframe()
            while caller and not caller.f_code.co_filename.startswith((str(plugins), str(dags), sys.argv[4])):
                caller = caller.f_back
            if caller:
                raise SystemExit(f"{name} is imported by {caller.f_code.co_filename}")
sys.meta_path.insert(0, Refuse())
sys.path.insert(0, str(plugins))
for file in sorted(plugins.rglob("*.py")):
    import_module(".".join(file.relative_to(plugins).with_suffix("").parts).removesuffix(".__init__"))
for file in sorted(dags.glob("*.py")):
    exec(compile(file.read_text(), file, "exec"), {"__name__": file.stem, "__doc__": ""})
print("imported", *(name for name in sys.modules if name.startswith("toile.")))
"""
HEAVY = "pyspark,delta,mlflow,great_expectations,evidently,xgboost,sklearn,scipy,numpy,pandas,pyarrow"
LIGHT = {"config", "contract", "databricks", "errors", "home", "parent", "store", "wheel"}
# The import contracts of pyproject.toml hold packages; these files are in none.
ALLOWED = ("airflow.", "toile_airflow.", *(f"toile.{name}." for name in LIGHT))
LOOSE = [*sorted((REPOSITORY / "dags").glob("*.py")), *sorted((REPOSITORY / "plugins").glob("*.py"))]


def imports(source: str) -> Iterator[str]:
    """Everything that a source imports, inside its functions too."""
    for node in ast.walk(ast.parse(source)):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


@pytest.mark.parametrize("file", LOOSE, ids=lambda file: file.name)
def test_a_loose_module_imports_airflow_and_the_light_half_alone_not_even_lazily(file: Path) -> None:
    assert [name for name in imports(file.read_text()) if not f"{name}.".startswith(ALLOWED)] == []


def test_no_module_of_dags_or_plugins_imports_the_jobs_libraries(airflow_database: None) -> None:
    folders = [str(REPOSITORY / name) for name in ("plugins", "dags")]
    command = [sys.executable, "-c", _IMPORT_ALL, *folders, HEAVY, str(REPOSITORY / "jobs")]

    finished = subprocess.run(command, env=os.environ, capture_output=True, text=True, check=False)

    assert finished.returncode == 0, finished.stderr[-2000:]
    [imported] = [line.split()[1:] for line in finished.stdout.splitlines() if line.startswith("imported")]
    assert {name.split(".")[1] for name in imported} <= LIGHT


def test_airflow_loads_one_plugin_and_executes_nothing_else_as_one(airflow_database: None) -> None:
    from airflow import plugins_manager

    plugins, errors = plugins_manager._get_plugins()

    assert errors == {}
    assert [plugin.name for plugin in plugins if "toile" in str(plugin.source)] == ["toile"]
