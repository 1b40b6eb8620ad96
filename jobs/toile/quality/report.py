"""What a data gate leaves behind: a record, and the page that people read."""

from collections.abc import Mapping
from pathlib import Path
from typing import Any

from pydantic import BaseModel, ConfigDict, Field

from toile.config.suites import Severity
from toile.contract import Verdict
from toile.pages import Html, badge, escape, join, render_frame, section, small, table

RECORD_FILE, PAGE_FILE = "gate.json", "gate.html"
_MAX_SHOWN = 90
_IF_FAILED = {"block": Verdict.REFUSED, "quarantine": Verdict.WARNED, "warn": Verdict.WARNED}


class Check(BaseModel):
    """One expectation and what it came to."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    type: str
    arguments: dict[str, Any]
    severity: Severity
    note: str = ""
    passed: bool
    unexpected_count: int | None = Field(default=None, description="Failing rows; None where no single row can fail.")
    unexpected_share: float | None = Field(default=None, description="Failing rows as a share of all rows.")
    observed: Any = None
    exception: str | None = Field(default=None, description="Why it could not be judged; that closes the gate.")

    @property
    def name(self) -> str:
        """Type and arguments in one line, as they stand in the quarantine's `reasons`."""
        return f"{self.type}({', '.join(f'{key}={value!r}' for key, value in self.arguments.items())})"

    @property
    def verdict(self) -> Verdict:
        """What this check alone does to the gate."""
        if self.exception:
            return Verdict.REFUSED
        return Verdict.PASSED if self.passed else _IF_FAILED[self.severity]

    @property
    def reason(self) -> str:
        """What is wrong, in one line for people."""
        if self.exception:
            return f"{self.name} could not be judged: {self.exception}"
        count = "" if self.unexpected_count is None else f" in {_rows(self.unexpected_count)}"
        observed = "" if self.observed is None else f" (observed {_shorten(self.observed)})"
        note = f": {self.note}" if self.note else ""
        return f"{self.name} failed{count}{observed}{note}"


class GateReport(BaseModel):
    """What a gate concluded on a suite; `rows` holds in, accepted and quarantined, and in is the sum of the others."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    suite: str
    owner: str
    description: str
    verdict: Verdict
    reasons: list[str] = Field(description="Why the verdict is not `passed`, worst first.")
    checks: list[Check] = Field(description="Worst first.")
    rows: dict[str, int]
    max_quarantined: float

    def refused_for(self, objections: list[str]) -> "GateReport":
        """The same report, refused for what no expectation can see."""
        return self.model_copy(update={"verdict": Verdict.REFUSED, "reasons": [*objections, *self.reasons]})

    def save(self, folder: Path, *, data: str = "", facts: Mapping[str, str] | None = None) -> Path:
        """Writes the record as JSON and as a page (see `render_html`) into the folder; returns the page's path."""
        folder.mkdir(parents=True, exist_ok=True)
        (folder / RECORD_FILE).write_text(self.model_dump_json(indent=2) + "\n")
        page = folder / PAGE_FILE
        page.write_text(render_html(self, data=data, facts=facts), encoding="utf-8")
        return page


def render_html(report: GateReport, *, data: str = "", facts: Mapping[str, str] | None = None) -> str:
    """The report as a page that needs no other file; `data` names what was judged, `facts` go before the counts."""
    rows = report.rows
    share = rows["quarantined"] / rows["in"] if rows["in"] else 0.0
    counts = {
        "Rows in": f"{rows['in']:,}",
        "Accepted": f"{rows['accepted']:,}",
        "Quarantined": f"{rows['quarantined']:,}",
        "Share quarantined": f"{_percent(share)} of at most {_percent(report.max_quarantined)}",
        "Owner": report.owner,
    }
    failed = sum(check.verdict is not Verdict.PASSED for check in report.checks)
    body = section(
        "Expectations",
        _table(report.checks),
        f"{len(report.checks)} expectations, {failed} failed. Block closes the gate, quarantine moves the failing rows "
        "aside with their reasons, warn only tells.",
    )
    return render_frame(
        data or report.suite,
        report.verdict,
        body,
        overline=f"Data gate, suite {report.suite}",
        summary=_summary(report),
        facts={**(facts or {}), **counts},
        footer=report.description,
    )


def _summary(report: GateReport) -> str:
    moved = report.rows["quarantined"]
    if report.verdict is Verdict.REFUSED:
        return f"Nothing goes through. {report.reasons[0]}"
    if report.verdict is Verdict.PASSED:
        return "Every expectation holds; all rows go through."
    aside = f"{_rows(moved)} moved aside, the others go through. " if moved else "All rows go through. "
    return aside + f"Expectations that failed: {len(report.reasons)}."


def _table(checks: list[Check]) -> Html:
    rows = [
        (
            badge(_outcome(check), check.verdict),
            join([_words(check.type), small(_arguments(check))]),
            check.severity,
            "" if check.unexpected_count is None else f"{check.unexpected_count:,}",
            "" if check.unexpected_share is None else _percent(check.unexpected_share),
            _remark(check),
        )
        for check in checks
    ]
    return table(("Outcome", "Expectation", "Severity", "Failing rows", "Share", "Owner's note"), rows, numbers=(3, 4))


def _outcome(check: Check) -> str:
    if check.exception:
        return "not judged"
    return "holds" if check.passed else "failed"


def _words(kind: str) -> str:
    return kind.removeprefix("expect_").replace("_", " ").capitalize()


def _arguments(check: Check) -> str:
    return ", ".join(f"{key} = {_shorten(value)}" for key, value in check.arguments.items())


def _remark(check: Check) -> Html:
    parts: list[object] = [check.note]
    if check.exception:
        parts.append(small(check.exception))
    if check.observed is not None:
        parts.append(small(f"observed {_shorten(check.observed)}"))
    return join(map(escape, parts))


def _percent(share: float) -> str:
    """Two digits that tell, so that a rare failure does not read as none."""
    return "0 %" if share == 0 else f"{100 * share:.2g} %" if share < 0.1 else f"{100 * share:.1f} %"


def _rows(count: int) -> str:
    return f"{count:,} row{'' if count == 1 else 's'}"


def _shorten(value: object) -> str:
    text = f"{value:.6g}" if isinstance(value, float) else str(value)
    return text if len(text) <= _MAX_SHOWN else f"{text[:_MAX_SHOWN]}..."
