"""Lands raw rows of one kind in tables: raw -> typed -> exact duplicates out -> data gate -> the tables.

No row is lost and none is doubled: raw rows = accepted + quarantined + duplicates, or the landing fails. Every table
is replaced in one atomic step, the kind's main table last, so a landing that was killed is mended by another.
"""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from itertools import chain
from pathlib import Path

import pyarrow as pa
from pyspark.sql import DataFrame, Observation
from pyspark.sql import functions as sf

from toile.config import Conf, Names
from toile.contract import Verdict
from toile.errors import ConfigError, DataError
from toile.lock import exclusive
from toile.quality.gate import REASONS, GatedRows, run_gate
from toile.quality.report import GateReport
from toile.staging import stage_rows, staging_folder
from toile.tables import Tables


@dataclass(frozen=True)
class Landing:
    """How raw rows of one kind become tables.

    `type_rows` gives the columns of all `tables`, those that only the suite reads, `unreadable` (what could not be read
    as its type) and `copies` (how many equal raw rows this one stands for). The last of the tables is the main one.
    """

    suite: str
    raw: pa.Schema
    type_rows: Callable[[DataFrame], DataFrame]
    tables: Mapping[str, tuple[str, ...]]

    @property
    def main(self) -> str:
        return [*self.tables][-1]

    @property
    def columns(self) -> list[str]:
        return [*dict.fromkeys(chain(*self.tables.values()))]


@dataclass(frozen=True)
class LandingSummary:
    """What became of the raw rows: raw = accepted + quarantined + duplicates.

    `quarantined_by` counts rows per failed check; a row that fails two is counted under both. `findings` tell why the
    verdict is not `passed`, worst first. When it is refused, accepted and quarantined are what they would have been.
    """

    verdict: Verdict
    raw: int
    accepted: int
    quarantined: int
    duplicates: int
    quarantined_by: dict[str, int]
    findings: list[str]
    page: Path


def land(
    landing: Landing, parts: Iterable[pa.Table], raw_name: str, tables: Tables, *, conf: Conf, pages: Path
) -> LandingSummary:
    """Lands raw rows, by way of the table `raw_name`; the gate's record and page go into the folder `pages`.

    When the gate refuses, the tables and the quarantine stay as they were; the raw table has the new rows.

    Raises:
        DataError: the source cannot be read, or a row was lost or doubled on the way.
    """
    suite = conf.load_suite(landing.suite)
    with exclusive(f"landing of {landing.main}", conf.environment), staging_folder(conf.environment) as staged:
        folder = on_this_machine(staged)
        raw = stage_rows(parts, landing.raw, folder / "raw")
        version = tables.replace(raw_name, tables.spark.read.parquet(str(folder / "raw")))
        typed, duplicates = _write_typed(landing.type_rows(tables.read(raw_name, version=version)), folder / "typed")
        gated = run_gate(typed, suite)
        rows = gated.report.rows
        _require_all(landing.main, raw, rows["accepted"], rows["quarantined"], duplicates)
        if gated.report.verdict is not Verdict.REFUSED:
            _write(landing, gated, tables, {f"version of {raw_name}": str(version)})
    removed = {"Raw rows": f"{raw:,}", "Exact duplicates removed": f"{duplicates:,}"}
    page = gated.report.save(pages, data=f"{raw_name} to {', '.join(landing.tables)}", facts=removed)
    return _summary(gated.report, raw, duplicates, page)


def on_this_machine(folder: str) -> Path:
    """The staging folder as a path; raises a ConfigError where it is in an object store."""
    if "://" in folder:
        raise ConfigError(
            f"{folder}: imports need a folder that this machine shares with Spark. Mount the store of the tables and "
            "write the folder as tables.root, or let your own pipelines write the source tables."
        )
    return Path(folder)


def _write_typed(typed: DataFrame, folder: Path) -> tuple[DataFrame, int]:
    """Puts typed rows into files, for they are read several times; returns them and the number of duplicates."""
    seen = Observation()
    duplicates = sf.coalesce(sf.sum(sf.col("copies") - 1), sf.lit(0)).alias("duplicates")
    typed.observe(seen, duplicates).write.parquet(str(folder))
    return typed.sparkSession.read.parquet(str(folder)), int(seen.get["duplicates"])


def _write(landing: Landing, gated: GatedRows, tables: Tables, origin: dict[str, str]) -> None:
    quarantined = gated.quarantined.select(*landing.columns, REASONS, "unreadable")
    tables.replace(Names.quarantine(landing.main), quarantined, origin=origin)
    for name, columns in landing.tables.items():
        tables.replace(name, gated.accepted.select(*columns), origin=origin)


def _require_all(table: str, raw: int, accepted: int, quarantined: int, duplicates: int) -> None:
    if raw != accepted + quarantined + duplicates:
        raise DataError(
            f"{raw:,} raw rows became {accepted:,} accepted + {quarantined:,} quarantined + {duplicates:,} duplicates: "
            f"rows were lost or doubled. Nothing was written to {table}."
        )


def _summary(report: GateReport, raw: int, duplicates: int, page: Path) -> LandingSummary:
    failed = [check for check in report.checks if check.severity == "quarantine" and not check.passed]
    return LandingSummary(
        verdict=report.verdict,
        raw=raw,
        accepted=report.rows["accepted"],
        quarantined=report.rows["quarantined"],
        duplicates=duplicates,
        quarantined_by={check.name: check.unexpected_count or 0 for check in failed},
        findings=report.reasons,
        page=page,
    )
