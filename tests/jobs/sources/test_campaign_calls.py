"""Landing calls as lists and responses, on real Spark, Delta and Great Expectations."""

from pathlib import Path

import pyarrow as pa
import pytest
from pyspark.sql import functions as sf

from toile.config import Conf
from toile.contract import Verdict
from toile.home import REPOSITORY
from toile.sources.bank_marketing import CALL_COLUMNS, DURATION, raw_calls, read_bank_marketing
from toile.sources.campaign_calls import CONTACT_COLUMNS, RESPONSE_COLUMNS
from toile.sources.importing import import_bank_marketing, import_simulated_campaign
from toile.tables import Tables

GOOD = {
    **{"age": "58", "job": "admin.", "marital": "single", "education": "unknown", "default": "no", "balance": "-7"},
    **{"housing": "yes", "loan": "no", "contact": "cellular", "day": "5", "month": "may", "campaign": "1"},
    **{"pdays": "-1", "previous": "0", "poutcome": "unknown", "deposit": "yes"},
}


@pytest.fixture(scope="module")
def conf() -> Conf:
    return Conf(REPOSITORY / "conf")


def raw_of(*different: dict[str, str], sound: int) -> pa.Table:
    calls = [GOOD | change for change in different] + [GOOD] * sound
    return raw_calls(pa.table({name: [call[name] for call in calls] for name in CALL_COLUMNS}), "bank.csv")


def test_calls_that_cannot_be_believed_are_set_aside_and_every_row_is_accounted_for(
    tables: Tables, conf: Conf, tmp_path: Path
) -> None:
    raw = raw_of(
        {"day": "31", "month": "feb"},
        {"day": "", "month": "feb"},
        {"month": "febuary"},
        {"deposit": "maybe"},
        {"balance": "NULL", "age": "old"},
        {"campaign": "0"},
        {"pdays": "long ago", "previous": "1"},
        {"pdays": "92", "previous": "2", "poutcome": "success"},
        sound=200,
    )
    summary = import_bank_marketing(raw, tables, conf, tmp_path)
    assert summary.verdict is Verdict.WARNED
    assert (summary.raw, summary.accepted, summary.quarantined, summary.duplicates) == (208, 201, 7, 0)
    contacts = tables.read("marketing.contacts")
    assert contacts.columns == list(CONTACT_COLUMNS)
    assert tables.read("marketing.responses").columns == list(RESPONSE_COLUMNS)
    aside = {row.client_id: row for row in tables.read("marketing.contacts_quarantine").collect()}
    assert {client: row.unreadable for client, row in aside.items()} == {
        "1": ["called_at: 31 Feb 2008"],
        "2": ["called_at: Feb 2008"],
        "3": ["called_at: 5 Febuary 2008"],
        "4": ["subscribed: maybe"],
        "5": ["age: old", "balance: null"],
        "6": [],
        "7": ["pdays: long ago"],
    }
    earlier = contacts.select("client_id", "pdays").where("pdays IS NOT NULL").collect()
    assert [tuple(row) for row in earlier] == [("8", 92)]


def test_rows_out_of_order_are_refused_as_their_years_run_on(tables: Tables, conf: Conf, tmp_path: Path) -> None:
    months = [{"month": month} for month in ("may", "jan", "may", "jan", "may", "jan", "may")]
    summary = import_bank_marketing(raw_of(*months, sound=40), tables, conf, tmp_path)
    assert summary.verdict is Verdict.REFUSED
    assert not tables.exists("marketing.contacts")


def test_a_simulated_campaign_lands_and_the_gate_finds_what_was_planted(
    tables: Tables, conf: Conf, tmp_path: Path
) -> None:
    summary, truths = import_simulated_campaign(tables, conf, tmp_path, clients=3000, seed=3)
    assert summary.quarantined == sum(truths.dirty_rows.values())
    assert sorted(summary.quarantined_by.values()) == sorted(truths.dirty_rows.values())
    assert tables.read("marketing.responses").count() == summary.accepted == 3000 - summary.quarantined
    assert (tmp_path / "truths.json").is_file()


def test_the_real_calls_land_and_have_the_known_sums(
    tables: Tables, conf: Conf, tmp_path: Path, real_data: Path
) -> None:
    raw = read_bank_marketing(real_data / "uci_bank" / "bank.csv.gz")
    summary = import_bank_marketing(raw, tables, conf, tmp_path)
    assert (summary.verdict, summary.raw, summary.accepted) == (Verdict.PASSED, 45_211, 45_211)
    for name in ("raw.bank_marketing", "marketing.contacts", "marketing.responses", "marketing.contacts_quarantine"):
        assert DURATION not in tables.read(name).columns
    calls = tables.read("marketing.contacts").join(tables.read("marketing.responses"), on="client_id", how="inner")
    lead, day = sf.date_diff("called_at", "listed_at"), sf.date_format("called_at", "yyyy-MM-dd")
    sums = calls.agg(
        sf.count("*"), sf.sum("subscribed"), sf.sum("age"), sf.sum("balance"), sf.count("pdays"), sf.min(lead),
        sf.max(lead), sf.min(day), sf.max(day),
    )  # fmt: skip
    assert tuple(sums.first()) == (45_211, 5_289, 1_850_767, 61_589_682, 8_257, 7, 7, "2008-05-05", "2010-11-17")
    years = calls.groupBy(sf.year("called_at").alias("year")).count().orderBy("year").collect()
    assert [tuple(row) for row in years] == [(2008, 27_729), (2009, 14_862), (2010, 2_620)]
