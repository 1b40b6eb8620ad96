"""`make bench`: what each job costs to start and to do its work, cold and warm, and its peak memory.

Cold: the job starts a Spark server of its own. Warm: it attaches to one that runs. Both do the same work on the same
simulated market, in processes as a DAG would start them; the ratio compares whole processes. Memory is the high-water
mark (VmHWM) of the job's own process, and of the Spark server that worked for it.
"""

import json
import os
import subprocess
import sys
import tempfile
import time
from dataclasses import dataclass
from datetime import date
from pathlib import Path

from rich.console import Console
from rich.table import Table

from toile.config import Conf
from toile.contract import JobResult, JobSpec
from toile.home import conf_root, jars_folder
from toile.spark_server import start_server

MODEL, AS_OF = "customer.repeat_purchase", date(2011, 9, 8)
CUSTOMERS, MIN_WIDTH = "3000", 104
PROC, RESET_HIGH_WATER = Path("/proc"), "5"
LIFE: tuple[tuple[str, dict[str, str]], ...] = (
    ("gate", {"purpose": "training"}),
    ("train", {}),
    ("validate", {"version": "1"}),
    ("promote", {"version": "1"}),
    ("gate", {"purpose": "scoring"}),
    ("score", {}),
    ("monitor", {"force": "benchmark"}),
)


@dataclass(frozen=True)
class Cost:
    """Seconds and MiB of one job. `imports` is what neither the session nor the work took."""

    process: float
    session: float
    work: float
    peak: float
    spark_peak: float

    @property
    def imports(self) -> float:
        return self.process - self.session - self.work


def main() -> None:
    """Runs the life of one model twice and prints the table."""
    conf = Conf(conf_root())
    console = Console()
    console = Console(width=max(console.width, MIN_WIDTH))
    with tempfile.TemporaryDirectory(prefix="toile-bench-") as folder:
        home = Path(folder)
        os.environ |= {"TOILE_HOME": folder, "TOILE_JARS": str(jars_folder())}
        for name in ("SPARK_REMOTE", "MLFLOW_TRACKING_URI"):
            os.environ.pop(name, None)
        with (home / "spark.log").open("w") as log:
            process, remote = start_server(conf.environment.spark, log)
        try:
            command = [sys.executable, "-m", "toile.cli", "data", "simulate", "--customers", CUSTOMERS]
            console.print(f"simulating a market of {CUSTOMERS} customers ...")
            subprocess.run(command, check=True, env={**os.environ, "SPARK_REMOTE": remote}, stdout=subprocess.DEVNULL)
            costs = [(*job, _cost(*job, home, (remote, process.pid)), _cost(*job, home, None)) for job in LIFE]
        finally:
            process.terminate()
            process.wait()
    console.print(_table(costs))


def _cost(job: str, parameters: dict[str, str], home: Path, server: tuple[str, int] | None) -> Cost:
    """Runs one job with the server of this address and pid, or with one of its own."""
    mode = "warm" if server else "cold"
    print(f"{job} {' '.join(parameters.values())}, {mode} ...", flush=True)
    spec = JobSpec.build(job=job, model=MODEL, as_of=AS_OF, parameters=parameters, identity=mode)
    environment = {**os.environ, **({"SPARK_REMOTE": server[0]} if server else {})}
    log = home / f"{spec.run_key.replace('/', '-')}.log"
    started = time.perf_counter()
    with log.open("w") as out:
        child = subprocess.Popen(
            [sys.executable, "-m", "toile.run", spec.model_dump_json()], env=environment, stdout=out, stderr=out
        )
        peak, spark_peak = _watch(child, server[1] if server else None)
    seconds = time.perf_counter() - started
    if child.returncode:
        raise SystemExit(f"{job} failed:\n{log.read_text()[-3000:]}")
    result = JobResult.model_validate(json.loads((home / "results" / spec.run_key / "result.json").read_text()))
    # The first step that needs Spark opens the session, so that its time holds the session's.
    steps = sum(value for name, value in result.timings.items() if name not in {"total", "session"})
    session = result.timings.get("session", 0.0)
    return Cost(seconds, session, work=max(steps - session, 0.0), peak=peak, spark_peak=spark_peak)


def _watch(child: subprocess.Popen[bytes], server: int | None) -> tuple[float, float]:
    """Waits for the job; returns the high-water marks, in MiB, of its process and of Spark's, which may be below it."""
    for pid in _tree(server) if server else []:
        (PROC / str(pid) / "clear_refs").write_text(RESET_HIGH_WATER)
    peak = spark_peak = 0.0
    while child.poll() is None:
        peak = max(peak, _high_water(child.pid))
        spark = _tree(server) if server else _tree(child.pid)[1:]
        spark_peak = max(spark_peak, sum(map(_high_water, spark)))
        time.sleep(0.1)
    return peak, spark_peak


def _tree(pid: int) -> list[int]:
    """The process and all below it."""
    children = PROC / str(pid) / "task" / str(pid) / "children"
    below = children.read_text().split() if children.is_file() else []
    return [pid, *(found for each in below for found in _tree(int(each)))]


def _high_water(pid: int) -> float:
    try:
        status = (PROC / str(pid) / "status").read_text()
    except OSError:  # it has just ended
        return 0.0
    return sum(float(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith("VmHWM:"))


def _table(costs: list[tuple[str, dict[str, str], Cost, Cost]]) -> Table:
    table = Table(title=f"{MODEL}, {CUSTOMERS} simulated customers, as of {AS_OF}: seconds, and peak memory in MiB")
    for column in ("job", "", "process", "imports, rest", "session", "work", "job's MiB", "Spark's MiB", "warm/cold"):
        table.add_column(column, justify="left" if column in {"job", ""} else "right")
    for job, parameters, warm, cold in costs:
        for mode, cost in (("warm", warm), ("cold", cold)):
            figures = (cost.process, cost.imports, cost.session, cost.work)
            peaks = (f"{cost.peak:,.0f}", f"{cost.spark_peak:,.0f}")
            ratio = f"{warm.process / cold.process:.2f}" if mode == "warm" else ""
            name = f"{job} {parameters.get('purpose', '')}" if mode == "warm" else ""
            table.add_row(name, mode, *(f"{figure:.1f}" for figure in figures), *peaks, ratio)
    return table


if __name__ == "__main__":
    main()
