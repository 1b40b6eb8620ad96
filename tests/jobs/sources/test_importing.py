"""The two imports as a whole: a small simulated market, and the real archive where it is at hand."""

import json
from datetime import UTC, datetime
from pathlib import Path

import pyarrow as pa
import pytest
from pyspark.sql import functions as sf

from toile.config import Conf
from toile.contract import Verdict
from toile.errors import DataError
from toile.home import REPOSITORY, toile_home
from toile.sources.any_csv import MOMENT
from toile.sources.importing import TRUTHS_FILE, import_csv, import_online_retail, import_simulated
from toile.sources.online_retail import read_online_retail
from toile.tables import Tables


@pytest.fixture(scope="module")
def conf() -> Conf:
    return Conf(REPOSITORY / "conf")


def test_a_simulated_market_lands_and_the_gate_finds_what_was_planted(
    tables: Tables, conf: Conf, tmp_path: Path
) -> None:
    summary, truths = import_simulated(tables, conf, tmp_path, customers=200, seed=3)
    planted = truths.dirty_rows
    assert summary.verdict is Verdict.WARNED
    assert (summary.raw, summary.duplicates) == (truths.rows, planted["duplicates"])
    assert summary.quarantined == planted["nonpositive_price"] + planted["missing_product"]
    assert sorted(summary.quarantined_by.values()) == sorted([planted["nonpositive_price"], planted["missing_product"]])
    assert tables.read("sales.order_lines").count() == summary.accepted
    assert tables.read("raw.simulated_market").count() == summary.raw
    assert json.loads((tmp_path / TRUTHS_FILE).read_text())["dirty_rows"] == planted
    assert list((toile_home() / "staging").iterdir()) == []


def test_the_real_archive_lands_and_has_the_known_counts(
    tables: Tables, conf: Conf, tmp_path: Path, real_data: Path
) -> None:
    archive = real_data / "uci_online_retail" / "online_retail_by_day.tar.gz"
    summary = import_online_retail(read_online_retail(archive), tables, conf, tmp_path)
    assert (summary.raw, summary.duplicates) == (541_909, 5_268)
    assert (summary.accepted, summary.quarantined) == (534_128, 2_513)
    assert summary.verdict is Verdict.WARNED
    assert any("customer_id" in finding and "135,037 rows" in finding for finding in summary.findings)
    facts = tables.read("raw.online_retail").agg(
        sf.count_distinct("InvoiceNo"),
        sf.count_distinct("StockCode"),
        sf.count_distinct(sf.nullif("CustomerID", sf.lit(""))),
        sf.count_distinct("Country"),
        sf.min("InvoiceDate"),
        sf.max("InvoiceDate"),
        sf.count_if(sf.col("CustomerID") == ""),
        sf.count_if(sf.col("Description") == ""),
        sf.count_if(sf.startswith("InvoiceNo", sf.lit("C"))),
        sf.count_if(sf.col("Quantity").cast("long") < 0),
        sf.count_if(sf.col("UnitPrice").cast("double") <= 0),
        sf.round(sf.sum(sf.col("Quantity").cast("long") * sf.col("UnitPrice").cast("decimal(12,3)")), 3),
    )
    counts = (
        25_900,
        4_070,
        4_372,
        38,
        "2010-12-01 08:26:00",
        "2011-12-09 12:50:00",
        135_080,
        1_454,
        9_288,
        10_624,
        2_517,
    )
    *found, revenue = facts.first()
    assert tuple(found) == counts
    assert float(revenue) == pytest.approx(9_747_747.934, abs=0.001)
    lines = tables.read("sales.order_lines")
    assert lines.where(~sf.col("customer_id").rlike("^[0-9]{5}$")).count() == 0
    assert lines.where(sf.startswith("order_id", sf.lit("C"))).count() > 9_000


def test_a_csv_lands_once_and_never_over_a_table_that_came_from_elsewhere(tables: Tables, conf: Conf) -> None:
    def land(digest: str, values: list[int], name: str = "shop.visits") -> bool:
        rows = pa.table({"visits": pa.array(values), "day": pa.array([datetime(2026, 1, 1, tzinfo=UTC)] * len(values))})
        return import_csv(rows.cast(pa.schema([("visits", pa.int64()), ("day", MOMENT)])), digest, name, tables, conf)

    assert [land("a", [1, 2]), land("a", [1, 2]), land("b", [3])] == [True, False, True]
    assert tables.version("shop.visits") == 1
    days = tables.read("shop.visits").select("visits", sf.date_format("day", "yyyy-MM-dd HH:mm")).collect()
    assert [tuple(row) for row in days] == [(3, "2026-01-01 00:00")]
    tables.replace("shop.others", tables.read("shop.visits"))
    with pytest.raises(DataError, match=r"shop\.others is there, and has come from no CSV"):
        land("a", [1], "shop.others")
