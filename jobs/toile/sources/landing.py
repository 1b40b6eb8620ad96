"""Lands raw order lines in tables: raw -> typed -> exact duplicates out -> data gate -> sales.order_lines.

No row is lost and none is doubled: raw rows = accepted + quarantined + duplicates, or the landing fails. Every table
is replaced in one atomic step and sales.order_lines comes last, so a landing that was killed is mended by another.
"""

from collections.abc import Iterable
from dataclasses import dataclass
from pathlib import Path

import pyarrow as pa
from pyspark.sql import Column, DataFrame, Observation
from pyspark.sql import functions as sf

from toile.config import Conf, Names
from toile.contract import Verdict
from toile.errors import DataError
from toile.lock import exclusive
from toile.quality.gate import REASONS, GatedRows, run_gate
from toile.quality.report import GateReport
from toile.sources.raw_lines import RAW_COLUMNS, RAW_SCHEMA
from toile.staging import stage_rows, staging_folder
from toile.tables import Tables

ORDER_LINES, SUITE = "sales.order_lines", "order_lines"
ORDER_LINE_COLUMNS = (
    "order_id",
    "product_id",
    "description",
    "quantity",
    "ordered_at",
    "unit_price",
    "customer_id",
    "country",
)
_READ_FROM = {"quantity": "Quantity", "ordered_at": "InvoiceDate", "unit_price": "UnitPrice"}
# ISO as UCI's workbook gives it, and the American order in which the data set goes round as one CSV.
_DATE_FORMATS = ("yyyy-MM-dd HH:mm:ss", "yyyy-MM-dd'T'HH:mm:ss", "yyyy-MM-dd HH:mm", "M/d/yyyy H:mm")


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


def land(parts: Iterable[pa.Table], raw_name: str, tables: Tables, conf: Conf, pages: Path) -> LandingSummary:
    """Lands raw order lines, by way of the table `raw_name`; the gate's record and page go into the folder `pages`.

    When the gate refuses, sales.order_lines and its quarantine stay as they were; the raw table has the new rows.

    Raises:
        DataError: the source cannot be read, or a row was lost or doubled on the way.
    """
    suite = conf.load_suite(SUITE)
    with exclusive(f"landing of {ORDER_LINES}"), staging_folder() as folder:
        raw = stage_rows(parts, RAW_SCHEMA, folder / "raw")
        version = tables.replace(raw_name, tables.spark.read.parquet(str(folder / "raw")))
        typed, duplicates = _write_typed(type_lines(tables.read(raw_name, version=version)), folder / "typed")
        gated = run_gate(typed, suite)
        rows = gated.report.rows
        _require_all(raw, rows["accepted"], rows["quarantined"], duplicates)
        if gated.report.verdict is not Verdict.REFUSED:
            _write(gated, tables, {f"version of {raw_name}": str(version)})
    removed = {"Raw rows": f"{raw:,}", "Exact duplicates removed": f"{duplicates:,}"}
    page = gated.report.save(pages, data=f"{raw_name} to {ORDER_LINES}", facts=removed)
    return _summary(gated.report, raw, duplicates, page)


def type_lines(raw: DataFrame) -> DataFrame:
    """Typed order lines, one for all exact copies of a raw line: ORDER_LINE_COLUMNS, pieces, unreadable, copies.

    `pieces` is the quantity in the direction in which the order goes: what a sale sells, what a cancellation takes
    back. What cannot be read as its type becomes null, and its text goes into `unreadable`.
    """
    once = raw.groupBy(*RAW_COLUMNS).agg(sf.count("*").alias("copies"))
    text = {name: sf.nullif(sf.trim(name), sf.lit("")) for name in RAW_COLUMNS}
    typed = once.select(
        text["InvoiceNo"].alias("order_id"),
        text["StockCode"].alias("product_id"),
        text["Description"].alias("description"),
        _whole(text["Quantity"]).try_cast("long").alias("quantity"),
        _timestamp(text["InvoiceDate"]).alias("ordered_at"),
        _finite(text["UnitPrice"].try_cast("double")).alias("unit_price"),
        _whole(text["CustomerID"]).alias("customer_id"),
        text["Country"].alias("country"),
        "copies",
        *(text[name].alias(f"{name} text") for name in _READ_FROM.values()),
    )
    unread = [
        sf.when(sf.col(column).isNull(), sf.concat(sf.lit(f"{name}: "), sf.col(f"{name} text")))
        for column, name in _READ_FROM.items()
    ]
    cancelled = sf.coalesce(sf.startswith("order_id", sf.lit("C")), sf.lit(False))
    pieces = sf.when(cancelled, -sf.col("quantity")).otherwise(sf.col("quantity"))
    return typed.select(
        *ORDER_LINE_COLUMNS, pieces.alias("pieces"), sf.array_compact(sf.array(*unread)).alias("unreadable"), "copies"
    )


def _whole(text: Column) -> Column:
    """Whole numbers that went through a spreadsheet come as 17850.0."""
    return sf.regexp_replace(text, r"\.0+$", "")


def _finite(number: Column) -> Column:
    return sf.when(sf.abs(number) < sf.lit(float("inf")), number)


def _timestamp(text: Column) -> Column:
    return sf.coalesce(*(sf.try_to_timestamp(text, sf.lit(form)) for form in _DATE_FORMATS))


def _write_typed(typed: DataFrame, folder: Path) -> tuple[DataFrame, int]:
    """Puts typed lines into files, for they are read several times; returns them and the number of duplicates."""
    seen = Observation()
    duplicates = sf.coalesce(sf.sum(sf.col("copies") - 1), sf.lit(0)).alias("duplicates")
    typed.observe(seen, duplicates).write.parquet(str(folder))
    return typed.sparkSession.read.parquet(str(folder)), int(seen.get["duplicates"])


def _write(gated: GatedRows, tables: Tables, origin: dict[str, str]) -> None:
    quarantined = gated.quarantined.select(*ORDER_LINE_COLUMNS, REASONS, "unreadable")
    tables.replace(Names.quarantine(ORDER_LINES), quarantined, origin=origin)
    tables.replace(ORDER_LINES, gated.accepted.select(*ORDER_LINE_COLUMNS), origin=origin)


def _require_all(raw: int, accepted: int, quarantined: int, duplicates: int) -> None:
    if raw != accepted + quarantined + duplicates:
        raise DataError(
            f"{raw:,} raw rows became {accepted:,} accepted + {quarantined:,} quarantined + {duplicates:,} duplicates: "
            "rows were lost or doubled. Nothing was written to sales.order_lines."
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
