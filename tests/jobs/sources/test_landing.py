"""Landing raw order lines in tables, on real Spark, Delta and Great Expectations."""

from collections.abc import Callable, Iterable
from pathlib import Path
from typing import Any

import pyarrow as pa
import pytest

from toile.config import Conf
from toile.contract import Verdict
from toile.errors import DataError
from toile.home import REPOSITORY, toile_home
from toile.sources.landing import LandingSummary, land
from toile.sources.order_lines import ORDER_LINE_COLUMNS, ORDER_LINES
from toile.sources.raw_lines import RAW_COLUMNS, raw_table
from toile.tables import Tables

GOOD = ("536365", "85123A", " T-LIGHT ", "6", "2010-12-01 08:26:00", "2.55", "17850.0", "United Kingdom")


def line(**different: str) -> tuple[str, ...]:
    return tuple({**dict(zip(RAW_COLUMNS, GOOD, strict=True)), **different}.values())


def parts(lines: Iterable[tuple[str, ...]]) -> list[pa.Table]:
    columns = zip(*lines, strict=True)
    return [raw_table({n: list(c) for n, c in zip(RAW_COLUMNS, columns, strict=True)}, "lines.csv")]


@pytest.fixture
def conf(tmp_path: Path) -> Conf:
    """The real suite, with a gate that lets any share of quarantined rows through."""
    for file in ("platform.yaml", "environments/local.yaml", "expectations/order_lines.yaml"):
        text = (REPOSITORY / "conf" / file).read_text().replace("max_quarantined: 0.05", "max_quarantined: 1.0")
        (tmp_path / "conf" / file).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "conf" / file).write_text(text)
    return Conf(tmp_path / "conf")


@pytest.fixture
def land_lines(tables: Tables, conf: Conf, tmp_path: Path) -> Callable[..., LandingSummary]:
    def run(*lines: tuple[str, ...], conf: Conf = conf) -> LandingSummary:
        return land(ORDER_LINES, parts(lines), "raw.online_retail", tables, conf=conf, pages=tmp_path / "pages")

    return run


Land = Callable[..., LandingSummary]


def values(tables: Tables, name: str, *columns: str) -> list[tuple[Any, ...]]:
    return [tuple(row) for row in tables.read(name).select(*columns).orderBy(*columns).collect()]


def test_every_kind_of_line_goes_where_it_belongs(land_lines: Land, tables: Tables, tmp_path: Path) -> None:
    summary = land_lines(
        line(),
        line(),
        line(),
        line(InvoiceNo="1", CustomerID="", Description="", Quantity="12.0"),
        line(InvoiceNo="2", InvoiceDate="12/1/2010 8:26"),
        line(InvoiceNo="C3", Quantity="-6"),
        line(InvoiceNo="C4", Quantity="6"),
        line(InvoiceNo="5", Quantity="-6"),
        line(InvoiceNo="6", Quantity="many"),
        line(InvoiceNo="7", UnitPrice="0"),
        line(InvoiceNo="8", UnitPrice="NaN"),
        line(InvoiceNo="9", InvoiceDate="2010-13-01 08:26:00", StockCode=" "),
        line(InvoiceNo="A10"),
    )
    assert (summary.raw, summary.accepted, summary.quarantined, summary.duplicates) == (13, 4, 7, 2)
    assert summary.verdict is Verdict.WARNED
    assert tables.read("sales.order_lines").columns == list(ORDER_LINE_COLUMNS)
    assert values(tables, "sales.order_lines", "order_id", "quantity", "customer_id", "description") == [
        ("1", 12, None, None),
        ("2", 6, "17850", "T-LIGHT"),
        ("536365", 6, "17850", "T-LIGHT"),
        ("C3", -6, "17850", "T-LIGHT"),
    ]
    dates = {str(moment) for (moment,) in values(tables, "sales.order_lines", "ordered_at")}
    assert dates == {"2010-12-01 08:26:00"}
    aside = {row.order_id: row for row in tables.read("sales.order_lines_quarantine").collect()}
    assert {order: len(row.reasons) for order, row in aside.items()} == {
        "C4": 1,
        "5": 1,
        "6": 1,
        "7": 1,
        "8": 1,
        "9": 2,
        "A10": 1,
    }
    assert {order: row.unreadable for order, row in aside.items() if row.unreadable} == {
        "6": ["Quantity: many"],
        "8": ["UnitPrice: NaN"],
        "9": ["InvoiceDate: 2010-13-01 08:26:00"],
    }
    assert sum(summary.quarantined_by.values()) == 8
    assert tables.read("raw.online_retail").columns == [*RAW_COLUMNS, "source_file"]
    assert summary.page.read_text().count("Exact duplicates removed") == 1


def test_a_refused_gate_leaves_the_tables_as_they_were(land_lines: Land, tables: Tables) -> None:
    land_lines(line())
    versions = [tables.version(name) for name in ("sales.order_lines", "sales.order_lines_quarantine")]
    summary = land_lines(line(InvoiceNo="8", UnitPrice="0"), line(InvoiceNo="9"), conf=Conf(REPOSITORY / "conf"))
    assert summary.verdict is Verdict.REFUSED
    assert summary.findings[0] == "50.0% of the rows would be quarantined, more than 5.0%"
    assert "Nothing goes through." in summary.page.read_text()
    assert versions == [tables.version(name) for name in ("sales.order_lines", "sales.order_lines_quarantine")]


def test_a_source_without_rows_is_refused(land_lines: Land, tables: Tables, conf: Conf, tmp_path: Path) -> None:
    summary = land(ORDER_LINES, [], "raw.online_retail", tables, conf=conf, pages=tmp_path / "pages")
    assert (summary.verdict, summary.raw) == (Verdict.REFUSED, 0)
    assert not tables.exists("sales.order_lines")


def test_a_killed_landing_is_mended_by_another_and_a_third_changes_nothing(
    land_lines: Land, tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    lines = [line(), line(), line(InvoiceNo="7", UnitPrice="0")]
    replace = tables.replace

    def killed(name: str, *arguments: Any, **options: Any) -> int:
        if name == "sales.order_lines":
            raise KeyboardInterrupt
        return replace(name, *arguments, **options)

    monkeypatch.setattr(tables, "replace", killed)
    with pytest.raises(KeyboardInterrupt):
        land_lines(*lines)
    assert not tables.exists("sales.order_lines")
    monkeypatch.undo()
    assert land_lines(*lines) == land_lines(*lines)
    assert values(tables, "sales.order_lines", "order_id") == [("536365",)]
    assert values(tables, "sales.order_lines_quarantine", "order_id") == [("7",)]
    assert list((toile_home() / "staging").iterdir()) == []


def test_sound_lines_pass_whole_beside_an_empty_quarantine(land_lines: Land, tables: Tables) -> None:
    summary = land_lines(line(), line(InvoiceNo="8"))
    assert (summary.verdict, summary.accepted, summary.quarantined) == (Verdict.PASSED, 2, 0)
    assert values(tables, "sales.order_lines_quarantine", "order_id") == []


def test_a_row_that_is_lost_on_the_way_fails_the_landing(
    land_lines: Land, tables: Tables, monkeypatch: pytest.MonkeyPatch
) -> None:
    read = tables.read

    def forgetful(name: str, **options: Any) -> Any:
        rows = read(name, **options)
        return rows.where("InvoiceNo <> '7'") if name == "raw.online_retail" else rows

    monkeypatch.setattr(tables, "read", forgetful)
    with pytest.raises(DataError, match=r"2 raw rows became 1 accepted \+ 0 quarantined \+ 0 duplicates"):
        land_lines(line(), line(InvoiceNo="7"))
    assert not tables.exists("sales.order_lines")
