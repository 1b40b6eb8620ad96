"""Reading Bank Marketing: years come from the order of rows, and what gives the label away stays outside."""

import gzip
from collections.abc import Sequence
from pathlib import Path

import pytest

from toile.errors import DataError
from toile.sources.bank_marketing import RAW_CALLS, read_bank_marketing

HEADER = (
    "age,job,marital,education,default,balance,housing,loan,contact,day,month,"
    "duration,campaign,pdays,previous,poutcome,deposit"
)
CALL = "58,management,married,tertiary,no,2143,yes,no,unknown,{day},{month},261,1,-1,0,unknown,no"


def calls_of(months: Sequence[str], day: int = 5) -> str:
    return "\n".join([HEADER, *(CALL.format(day=day, month=month) for month in months)]) + "\n"


def write(path: Path, text: str) -> Path:
    path.write_bytes(gzip.compress(text.encode()) if path.suffix == ".gz" else text.encode())
    return path


def test_a_year_begins_wherever_the_month_runs_back(tmp_path: Path) -> None:
    months = ["may", "aug", "aug", "dec", "jan", "dec", "jan", "nov"]
    raw = read_bank_marketing(write(tmp_path / "bank.csv", calls_of(months)))
    assert raw["year"].to_pylist() == [2008, 2008, 2008, 2008, 2009, 2009, 2010, 2010]
    assert raw["client_id"].to_pylist() == list("12345678")


def test_a_month_that_cannot_be_read_moves_no_year(tmp_path: Path) -> None:
    raw = read_bank_marketing(write(tmp_path / "bank.csv", calls_of(["dec", "?", " DEC", "jan", ""])))
    assert raw["year"].to_pylist() == [2008, 2008, 2008, 2009, 2009]


def test_the_duration_of_a_call_is_never_read(tmp_path: Path) -> None:
    raw = read_bank_marketing(write(tmp_path / "bank.csv.gz", calls_of(["may"])))
    assert raw.schema == RAW_CALLS
    assert "261" not in {str(value) for value in raw.to_pylist()[0].values()}


def test_the_file_that_uci_ships_is_the_same_as_one_with_commas(tmp_path: Path) -> None:
    with_commas = calls_of(["may", "jun"])
    shipped = with_commas.replace("deposit", '"y"').replace("management", '"management"').replace(",", ";")
    one, other = (
        read_bank_marketing(write(tmp_path / folder / "bank.csv", text))
        for folder, text in (("commas", with_commas), ("shipped", shipped.replace("\n", "\r\n")))
        if not (tmp_path / folder).mkdir()
    )
    assert one.equals(other)


@pytest.mark.parametrize(
    ("name", "text", "message"),
    [
        ("bank.csv", "a,b\n1,2\n", "this is not Bank Marketing, which has the columns age, job"),
        ("bank.csv", calls_of(["may"]).replace("poutcome", "outcome", 1), "Did you mean 'poutcome'"),
        ("bank.csv", calls_of(["may"]).replace("age,", "", 1), "not a CSV of Bank Marketing"),
        ("bank.xlsx", "", "expected one file ending in .csv or .csv.gz"),
    ],
)
def test_another_file_is_refused_with_what_is_wrong(tmp_path: Path, name: str, text: str, message: str) -> None:
    with pytest.raises(DataError, match=message):
        read_bank_marketing(write(tmp_path / name, text))


def test_a_torn_archive_is_refused(tmp_path: Path) -> None:
    whole = gzip.compress(calls_of(["may"] * 50).encode())
    (tmp_path / "bank.csv.gz").write_bytes(whole[:-20])
    with pytest.raises(DataError, match=r"cannot be unpacked.*Fetch it again"):
        read_bank_marketing(tmp_path / "bank.csv.gz")
