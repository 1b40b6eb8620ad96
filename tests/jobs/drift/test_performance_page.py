import pytest

from toile.config.model import Performance
from toile.contract import Verdict
from toile.drift.performance import PerformanceReport
from toile.drift.performance_page import render_page
from toile.evaluation.interval import Interval
from toile.tasks import template_of

TASK = template_of("classification")
ACCEPTED = {"roc_auc": Interval(0.73, 0.70, 0.76)}
LIMIT = Performance(metric="roc_auc", min=0.65)


def report(*reasons: str) -> PerformanceReport:
    return PerformanceReport(
        scored=1250,
        rows=1200,
        entities=1100,
        mean_label=0.4,
        intervals={"roc_auc": Interval(0.61, 0.58, 0.64), "brier": Interval(0.21, 0.20, 0.22)},
        verdict=Verdict.WARNED if reasons else Verdict.PASSED,
        reasons=list(reasons),
    )


@pytest.mark.parametrize(
    ("shown", "limits", "summary"),
    [
        (report("ROC AUC is below <0.65>."), LIMIT, "ROC AUC is below &lt;0.65&gt;."),
        (report(), LIMIT, "ROC AUC is within its limits."),
        (report(), None, "The model file sets no limit"),
    ],
)
def test_the_page_says_what_the_verdict_rests_on(
    shown: PerformanceReport, limits: Performance | None, summary: str
) -> None:
    page = render_page(TASK, shown, ACCEPTED, limits, "m, scores of 2011-09-08")
    assert summary in page
    assert f'class="verdict {shown.verdict}"' in page


def test_the_page_shows_what_was_accepted_beside_what_came() -> None:
    page = render_page(TASK, report(), ACCEPTED, LIMIT, "m")
    assert page.count("when it was accepted</text>") == 1
    assert page.count("late labels</text>") == 2
    assert "0.730 [0.700, 0.760]" in page
    assert "0.610 [0.580, 0.640]" in page
