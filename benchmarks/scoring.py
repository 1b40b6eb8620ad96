"""`python -m benchmarks.scoring`: Toile's batch scoring beside bare XGBoost in `mapInPandas`.

The same rows and trees, in one session, by turns, the best of `--repeats` rounds after one that is not counted. Toile
also types the columns, encodes words and refuses what is no probability.
"""

import argparse
import os
import time
from collections.abc import Callable, Iterator

import numpy as np
import pandas as pd
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as sf
from rich.console import Console
from rich.table import Table
from xgboost import XGBClassifier

from benchmarks.rows import written_rows
from toile.config.model import XGBoost
from toile.scoring.predict import score_rows
from toile.tasks import template_of
from toile.tasks.predictions import SCORE
from toile.training.rows import features_of
from toile.training.trainers import build_candidate

ENTITY, LABEL, TRAINED_ON = "customer_id", "label", 20_000
TOILE, BARE = "toile.scoring.predict", "XGBoost in mapInPandas"
PARAMS: dict[str, int | float | str | bool] = {"n_estimators": 200, "max_depth": 3, "learning_rate": 0.04, "n_jobs": 1}


def main() -> None:
    """Makes rows and models, runs both programs and prints the table."""
    parser = argparse.ArgumentParser(prog="python -m benchmarks.scoring")
    parser.add_argument("--rows", type=int, default=2_000_000)
    parser.add_argument("--columns", type=int, default=20)
    parser.add_argument("--repeats", type=int, default=3)
    asked = parser.parse_args()
    with written_rows(lambda session: _make(session, asked.rows, asked.columns)) as (frame, _):
        best = _race(frame, asked.repeats)
    Console().print(_table(best, asked.rows, asked.columns))


def _make(session: SparkSession, rows: int, columns: int) -> DataFrame:
    features = [sf.rand(seed).alias(f"x{seed}") for seed in range(columns)]
    label = (sf.rand(columns) < (sf.col("x0") + sf.col("x1")) / 2).cast("int").alias(LABEL)
    named = session.range(rows).select(sf.col("id").cast("string").alias(ENTITY), *features)
    return named.select("*", label)


def _race(frame: DataFrame, repeats: int) -> dict[str, float]:
    columns = {name: "double" for name in frame.columns if name.startswith("x")}
    sample = frame.limit(TRAINED_ON).toPandas()
    features = features_of(sample, columns)
    ours = build_candidate(XGBoost(kind="xgboost", params=PARAMS), "classification", columns, 0)
    ours.fit(features, sample[LABEL])
    bare = XGBClassifier(**PARAMS).fit(features.to_numpy(), sample[LABEL])
    programs: dict[str, Callable[[], DataFrame]] = {
        BARE: lambda: frame.select(ENTITY, *columns).mapInPandas(
            _scorer(bare, list(columns)), "customer_id string, score double"
        ),
        TOILE: lambda: score_rows(frame, [ENTITY], columns, ours, template_of("classification")),
    }
    best = dict.fromkeys(programs, np.inf)
    sums: dict[str, float] = {}
    for turn in range(repeats + 1):
        for name, program in programs.items():
            print(f"round {turn}: {name} ...", flush=True)
            started = time.perf_counter()
            (sums[name],) = program().agg(sf.sum(SCORE)).first()
            if turn:
                best[name] = min(best[name], time.perf_counter() - started)
    np.testing.assert_allclose(sums[TOILE], sums[BARE], rtol=1e-6)
    return best


def _scorer(model: XGBClassifier, columns: list[str]) -> Callable[[Iterator[pd.DataFrame]], Iterator[pd.DataFrame]]:
    def score(batches: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        for batch in batches:
            if not batch.empty:
                scores = model.predict_proba(batch[columns].to_numpy())[:, 1].astype(float)
                yield pd.DataFrame({ENTITY: batch[ENTITY], SCORE: scores})

    return score


def _table(best: dict[str, float], rows: int, columns: int) -> Table:
    table = Table(title=f"{rows:,} rows of {columns} columns, {os.cpu_count()} cores")
    for column in ("program", "seconds", "rows/s", "of bare"):
        table.add_column(column, justify="left" if column == "program" else "right")
    for name, seconds in best.items():
        table.add_row(name, f"{seconds:.1f}", f"{rows / seconds:,.0f}", f"{best[BARE] / seconds:.2f}")
    return table


if __name__ == "__main__":
    main()
