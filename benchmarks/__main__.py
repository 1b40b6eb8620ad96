"""`make bench`: what each job costs to start and to do its work, cold and warm, and its peak memory.

Cold: the job starts a Spark server of its own. Warm: it attaches to one that runs. Both do the same work on the same
simulated market, in processes as a DAG would start them; the ratio compares whole processes.
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
CUSTOMERS = "3000"
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
    """Seconds and MiB of one job's process. `imports` is what neither the session nor the work took."""

    process: float
    session: float
    work: float
    peak: float

    @property
    def imports(self) -> float:
        return self.process - self.session - self.work


def main() -> None:
    """Runs the life of one model twice and prints the table."""
    conf = Conf(conf_root())
    console = Console()
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
            costs = [(*job, _cost(*job, home, remote), _cost(*job, home, None)) for job in LIFE]
        finally:
            process.terminate()
            process.wait()
    console.print(_table(costs))


def _cost(job: str, parameters: dict[str, str], home: Path, remote: str | None) -> Cost:
    mode = "warm" if remote else "cold"
    print(f"{job} {' '.join(parameters.values())}, {mode} ...", flush=True)
    spec = JobSpec.build(job=job, model=MODEL, as_of=AS_OF, parameters=parameters, identity=mode)
    environment = {**os.environ, **({"SPARK_REMOTE": remote} if remote else {})}
    log = home / f"{spec.run_key.replace('/', '-')}.log"
    started = time.perf_counter()
    with log.open("w") as out:
        child = subprocess.Popen(
            [sys.executable, "-m", "toile.run", spec.model_dump_json()], env=environment, stdout=out, stderr=out
        )
        _, status, usage = os.wait4(child.pid, 0)
    seconds = time.perf_counter() - started
    if status:
        raise SystemExit(f"{job} failed:\n{log.read_text()[-3000:]}")
    result = JobResult.model_validate(json.loads((home / "results" / spec.run_key / "result.json").read_text()))
    # The first step that needs Spark opens the session, so that its time holds the session's.
    steps = sum(value for name, value in result.timings.items() if name not in {"total", "session"})
    session = result.timings.get("session", 0.0)
    return Cost(process=seconds, session=session, work=max(steps - session, 0.0), peak=usage.ru_maxrss / 1024)


def _table(costs: list[tuple[str, dict[str, str], Cost, Cost]]) -> Table:
    table = Table(
        title=f"{MODEL}, {CUSTOMERS} simulated customers, as of {AS_OF}: seconds, and MiB of the largest process"
    )
    for column in ("job", "", "process", "imports, rest", "session", "work", "peak", "warm/cold"):
        table.add_column(column, justify="left" if column in {"job", ""} else "right")
    for job, parameters, warm, cold in costs:
        for mode, cost in (("warm", warm), ("cold", cold)):
            figures = (cost.process, cost.imports, cost.session, cost.work)
            ratio = f"{warm.process / cold.process:.2f}" if mode == "warm" else ""
            name = f"{job} {parameters.get('purpose', '')}" if mode == "warm" else ""
            table.add_row(name, mode, *(f"{figure:.1f}" for figure in figures), f"{cost.peak:,.0f}", ratio)
    return table


if __name__ == "__main__":
    main()
