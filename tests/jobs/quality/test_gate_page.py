"""What a gate leaves behind."""

from pathlib import Path

from toile.contract import Verdict
from toile.quality.report import PAGE_FILE, RECORD_FILE, Check, GateReport, render_html

FAILED = Check(
    type="expect_column_values_to_be_between",
    arguments={"column": "price", "min_value": 0},
    severity="quarantine",
    note="Gifts <are> not sales.",
    passed=False,
    unexpected_count=3,
    unexpected_share=0.003,
)
HELD = Check(type="expect_column_to_exist", arguments={"column": "price"}, severity="block", passed=True)
BROKEN = Check(type="expect_column_to_exist", arguments={}, severity="warn", passed=False, exception="no such <thing>")
REPORT = GateReport(
    suite="order_lines",
    owner="data-platform",
    description="Lines.",
    verdict=Verdict.WARNED,
    reasons=[FAILED.reason],
    checks=[FAILED, HELD],
    rows={"in": 1000, "accepted": 997, "quarantined": 3},
    max_quarantined=0.05,
)


def test_a_record_reads_back_as_it_was_written(tmp_path: Path) -> None:
    page = REPORT.save(tmp_path / "pages")
    assert page.name == PAGE_FILE
    assert GateReport.model_validate_json((tmp_path / "pages" / RECORD_FILE).read_text()) == REPORT


def test_a_reason_tells_what_failed_where_how_often_and_why_it_matters() -> None:
    expected = (
        "expect_column_values_to_be_between(column='price', min_value=0) failed in 3 rows: Gifts <are> not sales."
    )
    assert FAILED.reason == expected


def test_the_page_shows_verdict_counts_and_notes_and_escapes_what_others_wrote() -> None:
    page = render_html(REPORT, data="sales & more", facts={"Copies": "7"})
    for text in ("Warned", "1,000", "997", "0.3 % of at most 5 %", "Gifts &lt;are&gt; not sales.", "sales &amp; more"):
        assert text in page
    assert page.index("Copies") < page.index("Rows in")
    assert page.index("values to be between") < page.index("to exist")


def test_the_page_needs_no_other_file() -> None:
    page = render_html(REPORT)
    assert not [word for word in ("http://", "https://", "<script", "<link", "@import", "url(") if word in page]


def test_the_page_of_a_closed_gate_says_first_why() -> None:
    refused = REPORT.model_copy(update={"verdict": Verdict.REFUSED, "checks": [BROKEN], "reasons": [BROKEN.reason]})
    page = render_html(refused)
    assert "Nothing goes through. expect_column_to_exist() could not be judged: no such &lt;thing&gt;" in page
    assert "not judged" in page
