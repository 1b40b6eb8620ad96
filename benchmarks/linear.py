"""`python -m benchmarks.linear`: a linear regression beside the least that Spark could do with the same rows.

Three programs over one Parquet table of uniform noise, by turns in one session, the best of `--repeats` rounds after
one that is not counted: the sum of every column, Toile's fit, and Spark's own (`pyspark.ml`, normal equations). Memory
is what this process, the driver's half that Toile's merges run in, held at most above what it held before; Spark's is
the high-water mark of its JVM, which is driver and executor in one.
"""

import argparse
import os
import time
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as sf
from rich.console import Console
from rich.table import Table

from benchmarks.rows import written_rows
from toile.training.linear import LinearRegression

LABEL = "label"
RESET_HIGH_WATER = "5"
SUMS, TOILE, SPARK = "sum of every column", "toile.training.linear", "pyspark.ml, normal"


@dataclass(frozen=True)
class Cost:
    """Seconds, and MiB of this process (above its start) and of Spark's JVM."""

    seconds: float
    rise: float
    spark: float


def main() -> None:
    """Makes the rows, runs the programs and prints the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.linear")
    parser.add_argument("--rows", type=int, default=10_000_000, help="each takes 8 bytes a column on disk")
    parser.add_argument("--columns", type=int, default=50)
    parser.add_argument("--repeats", type=int, default=3)
    asked = parser.parse_args()
    with written_rows(lambda session: _make(session, asked.rows, asked.columns)) as (frame, server):
        best = _race(frame, asked.repeats, server)
    Console().print(_table(best, f"{asked.rows:,} rows of {asked.columns} columns, {os.cpu_count()} cores"))


def _make(session: SparkSession, rows: int, columns: int) -> DataFrame:
    features = [sf.rand(seed).alias(f"x{seed}") for seed in range(columns)]
    # As text: Connect cannot send an expression as deep as this sum.
    truth = sf.expr(" + ".join([f"randn({columns})", *(f"{place + 1} * x{place}" for place in range(columns))]))
    return session.range(rows).select(*features).withColumn(LABEL, truth)


def _race(frame: DataFrame, repeats: int, server: int) -> dict[str, Cost]:
    features = [name for name in frame.columns if name != LABEL]
    programs: dict[str, Callable[[], list[float]]] = {
        SUMS: lambda: list(frame.agg(*(sf.sum(name) for name in frame.columns)).first()),
        TOILE: lambda: _fit_toile(frame, features),
        SPARK: lambda: _fit_spark(frame, features),
    }
    costs: dict[str, list[Cost]] = {name: [] for name in programs}
    answers = {name: run() for name, run in programs.items()}
    np.testing.assert_allclose(answers[TOILE], answers[SPARK], rtol=1e-6)
    for _ in range(repeats):
        for name, run in programs.items():
            costs[name].append(_cost(run, server))
            print(f"{name}: {costs[name][-1].seconds:.1f} s", flush=True)
    return {name: min(found, key=lambda cost: cost.seconds) for name, found in costs.items()}


def _fit_toile(frame: DataFrame, features: list[str]) -> list[float]:
    summary = LinearRegression(dict.fromkeys(features, "double")).fit_spark(frame, LABEL).summary
    return [found.estimate for found in summary.coefficients[1:]]


def _fit_spark(frame: DataFrame, features: list[str]) -> list[float]:
    from pyspark.ml.feature import VectorAssembler
    from pyspark.ml.regression import LinearRegression as SparkLinearRegression

    rows = VectorAssembler(inputCols=features, outputCol="features").transform(frame).select("features", LABEL)
    model = SparkLinearRegression(labelCol=LABEL, solver="normal").fit(rows)
    return list(model.coefficients.toArray())


def _cost(run: Callable[[], object], server: int) -> Cost:
    here = os.getpid()
    for pid in (here, server):
        Path(f"/proc/{pid}/clear_refs").write_text(RESET_HIGH_WATER)
    before, started = _mib(here, "VmRSS:"), time.perf_counter()
    run()
    return Cost(time.perf_counter() - started, _mib(here, "VmHWM:") - before, _mib(server, "VmHWM:"))


def _mib(pid: int, field: str) -> float:
    status = Path(f"/proc/{pid}/status").read_text()
    return next(float(line.split()[1]) / 1024 for line in status.splitlines() if line.startswith(field))


def _table(best: dict[str, Cost], title: str) -> Table:
    table = Table(title=title)
    for column in ("program", "seconds", "to the sums", "driver, MiB", "JVM, MiB"):
        table.add_column(column, justify="left" if column == "program" else "right")
    for name, cost in best.items():
        figures = (f"{cost.seconds:.1f}", f"{cost.seconds / best[SUMS].seconds:.1f}")
        table.add_row(name, *figures, f"{cost.rise:,.0f}", f"{cost.spark:,.0f}")
    return table


if __name__ == "__main__":
    main()
