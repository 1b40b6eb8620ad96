"""Reading Online Retail in the shapes in which it is found."""

import io
import tarfile
from datetime import datetime
from pathlib import Path

import pytest
from openpyxl import Workbook

from toile.errors import DataError
from toile.sources.online_retail import read_online_retail
from toile.sources.raw_lines import RAW_COLUMNS, RAW_SCHEMA, SOURCE_FILE

HEADER = ",".join(RAW_COLUMNS)
LANTERN = "536365,71053,WHITE METAL LANTERN,6,2010-12-01 08:26:00,3.39,17850.0,United Kingdom"
BAG = '536366,22633,"BAG, PAPER",2,2010-12-02 09:00:00,1.85,,Österreich'


def csv_text(*lines: str, header: str = HEADER) -> str:
    return "\n".join([header, *lines]) + "\n"


def write_tar(path: Path, files: dict[str, bytes]) -> Path:
    with tarfile.open(path, "w:gz") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
    return path


def rows_of(path: Path) -> list[dict[str, str]]:
    tables = list(read_online_retail(path))
    assert all(table.schema == RAW_SCHEMA for table in tables)
    return [row for table in tables for row in table.to_pylist()]


def test_a_csv_is_read_as_text_with_quotes_and_blanks_kept(tmp_path: Path) -> None:
    file = tmp_path / "lines.csv"
    file.write_text(csv_text(LANTERN, BAG), encoding="utf-8")
    assert [tuple(row.values()) for row in rows_of(file)] == [
        (*LANTERN.split(","), "lines.csv"),
        ("536366", "22633", "BAG, PAPER", "2", "2010-12-02 09:00:00", "1.85", "", "Österreich", "lines.csv"),
    ]


@pytest.mark.parametrize("encoding", ["utf-8", "utf-8-sig", "cp1252", "latin-1"])
def test_letters_survive_in_every_encoding_that_the_data_goes_round_in(tmp_path: Path, encoding: str) -> None:
    file = tmp_path / "lines.csv"
    file.write_bytes(csv_text(BAG).encode(encoding))
    assert [row["Country"] for row in rows_of(file)] == ["Österreich"]


def test_bytes_that_are_neither_utf_8_nor_cp1252_are_read_as_latin_1(tmp_path: Path) -> None:
    file = tmp_path / "lines.csv"
    file.write_bytes(csv_text(BAG).encode("latin-1").replace(b"PAPER", b"PAPER\x81"))
    assert [row["Description"] for row in rows_of(file)] == ["BAG, PAPER\x81"]


def test_columns_may_stand_in_any_order(tmp_path: Path) -> None:
    file = tmp_path / "lines.csv"
    turned = [",".join(reversed(line.split(","))) for line in (HEADER, LANTERN)]
    file.write_text(csv_text(turned[1], header=turned[0]))
    assert [row["StockCode"] for row in rows_of(file)] == ["71053"]


def test_a_folder_and_an_archive_give_the_same_rows_and_say_which_file_each_came_from(tmp_path: Path) -> None:
    files = {"by-day/2010-12-01.csv": csv_text(LANTERN).encode(), "by-day/2010-12-02.csv": csv_text(BAG).encode()}
    archive = write_tar(tmp_path / "days.tar.gz", files | {"by-day/README.txt": b"not a table"})
    for name, content in files.items():
        (tmp_path / "days" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "days" / name).write_bytes(content)
    assert rows_of(archive) == rows_of(tmp_path / "days")
    assert [row[SOURCE_FILE] for row in rows_of(archive)] == list(files)


def test_a_workbook_is_read_sheet_by_sheet_and_its_numbers_and_dates_as_text(tmp_path: Path) -> None:
    book = Workbook(write_only=True)
    for title in ("2010", "2011"):
        sheet = book.create_sheet(title)
        sheet.append([*RAW_COLUMNS, None])
        sheet.append([536365, "85123A", "T-LIGHT", 6, datetime(2010, 12, 1, 8, 26), 2.55, 17850.0, "France"])
        sheet.append([])
        sheet.append(["C536379", 22139, None, -1, datetime(2010, 12, 1, 9, 41), 27.5, None, "France"])
    book.save(tmp_path / "Online Retail.xlsx")
    rows = [tuple(row.values()) for row in rows_of(tmp_path / "Online Retail.xlsx")]
    assert rows[:2] == [
        (
            "536365",
            "85123A",
            "T-LIGHT",
            "6",
            "2010-12-01 08:26:00",
            "2.55",
            "17850",
            "France",
            "Online Retail.xlsx:2010",
        ),
        ("C536379", "22139", "", "-1", "2010-12-01 09:41:00", "27.5", "", "France", "Online Retail.xlsx:2010"),
    ]
    assert len(rows) == 4


@pytest.mark.parametrize(
    ("name", "content", "message"),
    [
        ("no.csv", None, r"no\.csv: there is no such file or folder"),
        ("lines.parquet", b"", "expected a folder of CSVs, or a file ending in"),
        ("lines.zip", b"", "Unpack it first"),
        ("empty.csv", b"", r"empty\.csv: not a CSV of Online Retail: Empty CSV file"),
        ("short.csv", csv_text("1,2,3").encode(), r"short\.csv: not a CSV .* Expected 8 columns, got 3"),
        (
            "renamed.csv",
            csv_text(LANTERN, header=HEADER.replace("CustomerID", "Customer ID")).encode(),
            r"renamed\.csv: these are not .* 'Customer ID' is no column of it\. Did you mean 'CustomerID'\?",
        ),
        (
            "other.csv",
            b"item_id,clicks\n1,2\n",
            r"other\.csv: this is not Online Retail, which has the columns InvoiceNo,",
        ),
        ("twice.csv", csv_text(header=f"{HEADER},Country").encode(), "'Country' is there 2 times"),
        ("torn.tar.gz", b"\x1f\x8b\x08\x00 and no more", r"torn\.tar\.gz: the archive cannot be read"),
        ("torn.xlsx", b"PK and no more", r"torn\.xlsx: the workbook cannot be read"),
    ],
)
def test_what_is_not_online_retail_is_told_with_its_name(
    tmp_path: Path, name: str, content: bytes | None, message: str
) -> None:
    if content is not None:
        (tmp_path / name).write_bytes(content)
    with pytest.raises(DataError, match=message):
        rows_of(tmp_path / name)


def test_a_wrong_file_is_told_before_its_rows_are_asked_for(tmp_path: Path) -> None:
    Workbook().save(tmp_path / "blank.xlsx")
    with pytest.raises(DataError, match=r"blank\.xlsx: there is nothing in this workbook"):
        read_online_retail(tmp_path / "blank.xlsx")


def test_an_archive_that_breaks_off_in_the_middle_is_told_as_broken(tmp_path: Path) -> None:
    whole = write_tar(tmp_path / "days.tar.gz", {"a.csv": csv_text(*[LANTERN] * 20_000).encode()}).read_bytes()
    (tmp_path / "days.tar.gz").write_bytes(whole[: len(whole) // 2])
    with pytest.raises(DataError, match="the archive cannot be read"):
        rows_of(tmp_path / "days.tar.gz")


@pytest.mark.parametrize("name", ["../outside.csv", "/etc/lines.csv", "a/../../lines.csv", "..\\lines.csv"])
def test_an_archive_that_points_outside_itself_is_refused(tmp_path: Path, name: str) -> None:
    archive = write_tar(tmp_path / "days.tar.gz", {name: csv_text(LANTERN).encode()})
    with pytest.raises(DataError, match="points outside the archive"):
        rows_of(archive)


@pytest.mark.parametrize("kind", ["folder", "archive"])
def test_a_place_without_any_csv_is_told(tmp_path: Path, kind: str) -> None:
    (tmp_path / "folder").mkdir()
    write_tar(tmp_path / "archive.tar.gz", {"readme.txt": b"nothing"})
    with pytest.raises(DataError, match=f"there is no CSV in this {kind}"):
        rows_of(tmp_path / ("folder" if kind == "folder" else "archive.tar.gz"))
