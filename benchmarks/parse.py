"""`python -m benchmarks.parse`, in Airflow's environment: what reading model files adds to Airflow's parsing.

One process per figure, forked like the DAG processor's after everything is imported; CPU time, the median of several
repeats that take turns. Compared are the train DAGs of N models: Toile's (`dags/train.py`) and a bare loop's with the
same operators, which serialize equal. A folder in which dag-factory is installed (`--dag-factory`) adds dag-factory and
a bare loop of its own, on DAGs that its YAML can say. The last figure is the parse of one DAG on a worker.

The models are copies of the reference models, in turns, each with suites of its own (`--share-suites`: with theirs);
feature views they share.
"""

import argparse
import gc
import multiprocessing
import os
import re
import runpy
import shutil
import sys
import tempfile
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from itertools import cycle
from pathlib import Path
from statistics import median
from typing import Any

from rich.console import Console
from rich.table import Table

REPOSITORY = Path(__file__).resolve().parents[1]
REFERENCES = sorted((REPOSITORY / "conf" / "models").glob("*/*.yaml"))
DOMAINS = 20
SERIALIZED = 200  # of the DAGs, evenly spread: what one costs does not depend on how many there are
ASKED_DAG = "_AIRFLOW_PARSING_CONTEXT_DAG_ID"

Dags = dict[str, Any]


@dataclass(frozen=True)
class Cost:
    """CPU milliseconds per DAG."""

    build: float
    serialize: float


def main() -> None:
    """Measures every size and prints one table."""
    parser = argparse.ArgumentParser(prog="benchmarks.parse", description="What a parse costs beside a bare loop.")
    parser.add_argument("--models", type=int, nargs="+", default=[10, 100, 1000, 3000], metavar="N")
    parser.add_argument("--repeats", type=int, default=5, metavar="N")
    parser.add_argument("--share-suites", action="store_true", help="copies take the reference models' suites")
    parser.add_argument("--dag-factory", type=Path, metavar="FOLDER", help="where pip --target put dag-factory")
    options = parser.parse_args()
    table = Table(title="CPU milliseconds per DAG: to build, and to serialize either; the ratio is of both together")
    pairs = ("bare loop", "Toile", "serialize", "ratio", "plain loop", "dag-factory", "serialize", "ratio")
    for column in ("models", *pairs, "one DAG, worker"):
        table.add_column(column, justify="right")
    with _airflow_home() as home:
        for count in options.models:
            names = write_models(home / "conf", count, share_suites=options.share_suites)
            table.add_row(*_row(names, home, options.repeats, options.dag_factory))
            print(f"{count} models: done", flush=True)
    Console(width=128).print(table)


def write_models(conf: Path, count: int, *, share_suites: bool = False) -> list[str]:
    """A conf/ with so many copies of the reference models, taken in turns, each with suites of its own or theirs.

    Returns their names in the order of `REFERENCES`, over and over.
    """
    shutil.rmtree(conf, ignore_errors=True)
    shutil.copytree(REPOSITORY / "conf", conf, ignore=shutil.ignore_patterns("models"))
    names = []
    for number in range(count):
        text = REFERENCES[number % len(REFERENCES)].read_text()
        for suite in () if share_suites else sorted(set(re.findall(r"\bgate: (\w+)", text))):
            own = f"{suite}_{number:04}"
            shutil.copy(conf / "expectations" / f"{suite}.yaml", conf / "expectations" / f"{own}.yaml")
            text = re.sub(rf"\bgate: {suite}\b", f"gate: {own}", text)
        file = conf / "models" / f"domain_{number % DOMAINS:02}" / f"model_{number:04}.yaml"
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text)
        names.append(f"{file.parent.name}.{file.stem}")
    return names


@contextmanager
def _airflow_home() -> Iterator[Path]:
    """A throw-away home: Airflow reads its settings when it is first imported."""
    with tempfile.TemporaryDirectory(prefix="toile-bench-") as folder:
        os.environ |= {
            "AIRFLOW_HOME": folder,
            "AIRFLOW__CORE__LOAD_EXAMPLES": "False",
            "AIRFLOW__LOGGING__LOGGING_LEVEL": "ERROR",
            "TOILE_CONF": f"{folder}/conf",
            "TOILE_ENV": "local",
            "DO_NOT_TRACK": "1",
        }
        yield Path(folder)


def _row(names: list[str], home: Path, repeats: int, dag_factory: Path | None) -> list[str]:
    from benchmarks.bare_dags import Alike, build_bare_dags, build_plain_dags
    from toile.config import Conf

    # These parses also import, once for all processes that are forked from here.
    asked = {name: _parse_asked(name) for name in names[: len(REFERENCES)]}
    conf = Conf(home / "conf")
    alike = [Alike(conf.load_model(name), dag.doc_md.replace(name, "{name}")) for name, dag in asked.items()]
    copies = dict(zip(names, cycle(alike), strict=False))
    bare = build_bare_dags({name: copies[name] for name in asked})
    _require_equal({f"{name}.train": dag for name, dag in asked.items()}, bare)
    some = names[:: max(1, len(names) // 5)]
    kinds: dict[str, Callable[[], Dags]] = {
        "bare": lambda: build_bare_dags(copies),
        "toile": lambda: _parse("train"),
    }
    if dag_factory:
        load = _dag_factory(dag_factory, names, home / "plain")
        _require_equal(load(), build_plain_dags(some))
        kinds |= {"plain": lambda: build_plain_dags(names), "factory": load}
    costs = _costs(kinds, len(names), repeats)
    plainer = _pair(costs["plain"], costs["factory"]) if dag_factory else [""] * 4
    worker = f"{_worker_parse(names[-1], repeats):.1f} ms"
    return [f"{len(names):,}", *_pair(costs["bare"], costs["toile"]), *plainer, worker]


def _parse(file: str) -> Dags:
    """The DAGs that Airflow finds in a file of dags/."""
    from airflow.sdk import DAG

    found = runpy.run_path(str(REPOSITORY / "dags" / f"{file}.py"))
    return {name: value for name, value in found.items() if isinstance(value, DAG)}


def _parse_asked(model: str) -> Any:
    """The one DAG that a worker finds there."""
    os.environ[ASKED_DAG] = f"{model}.train"
    try:
        [dag] = _parse("train").values()
    finally:
        del os.environ[ASKED_DAG]
    return dag


def _dag_factory(folder: Path, names: list[str], target: Path) -> Callable[[], Dags]:
    from benchmarks.bare_dags import plain_yaml

    sys.path.append(str(folder))
    from dagfactory import load_yaml_dags

    shutil.rmtree(target, ignore_errors=True)
    target.mkdir()
    for name in names:
        (target / f"{name}.yaml").write_text(plain_yaml(name))

    def load() -> Dags:
        found: Dags = {}
        load_yaml_dags(globals_dict=found, dags_folder=str(target))
        return found

    return load


def _require_equal(ours: Dags, bare: Dags) -> None:
    """Stops where the compared DAGs are not equal, pages and the file that calls `DAG` aside."""
    from airflow.serialization.serialized_objects import DagSerialization

    for name in bare:
        one, other = (DagSerialization.to_dict(dags[name])["dag"] for dags in (ours, bare))
        differing = [key for key in {*one, *other} - {"doc_md", "fileloc"} if one.get(key) != other.get(key)]
        if differing:
            raise SystemExit(f"{name} is not the same DAG in both: {', '.join(sorted(differing))} differ.")


def _costs(kinds: dict[str, Callable[[], Dags]], count: int, repeats: int) -> dict[str, list[Cost]]:
    """The costs of each kind, repeat by repeat; they take turns, so that a busy machine is busy for all."""
    found: dict[str, list[Cost]] = {kind: [] for kind in kinds}
    for _ in range(repeats):
        for kind, build in kinds.items():
            found[kind].append(_forked(lambda build=build: _cost(build, count)))
    return found


def _cost(build: Callable[[], Dags], count: int) -> Cost:
    from airflow.serialization.serialized_objects import DagSerialization

    started = time.process_time()
    dags = list(build().values())
    built = time.process_time()
    some = dags[:: max(1, len(dags) // SERIALIZED)]
    for dag in some:
        DagSerialization.to_dict(dag)
    return Cost(1e3 * (built - started) / count, 1e3 * (time.process_time() - built) / max(1, len(some)))


def _worker_parse(model: str, repeats: int) -> float:
    """CPU milliseconds of a worker that parses the file of one DAG, above its imports."""

    def parse() -> float:
        started = time.process_time()
        _parse_asked(model)
        return 1e3 * (time.process_time() - started)

    return median(_forked(parse) for _ in range(repeats))


def _forked(measure: Callable[[], Any]) -> Any:
    """The answer of a function in a process of its own, which begins with all that is imported here and a heap at rest.

    Frozen, what is there already is not looked at by the garbage collector: the DAG processor does the same.
    """
    gc.collect()
    gc.freeze()
    context = multiprocessing.get_context("fork")
    receiver, sender = context.Pipe(duplex=False)
    child = context.Process(target=lambda: sender.send(measure()))
    child.start()
    sender.close()
    try:
        return receiver.recv()
    except EOFError:
        raise SystemExit("a measurement ended without an answer; its error is above.") from None
    finally:
        child.join()


def _pair(bare: list[Cost], other: list[Cost]) -> list[str]:
    """Medians of both builds, of what serializing either takes (equal DAGs are equal work), and of the sums' ratio."""
    serialize = [(one.serialize + two.serialize) / 2 for one, two in zip(bare, other, strict=True)]
    ratios = [(two.build + s) / (one.build + s) for one, two, s in zip(bare, other, serialize, strict=True)]
    builds = [one.build for one in bare], [two.build for two in other]
    return [f"{median(figures):.2f}" for figures in (*builds, serialize, ratios)]


if __name__ == "__main__":
    main()
