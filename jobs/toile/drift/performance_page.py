"""The page of one measurement of late-label performance: how good it was accepted, how good it proved."""

from collections.abc import Mapping

from toile.config.model import Performance
from toile.contract import Verdict
from toile.drift.performance import PerformanceReport
from toile.evaluation.interval import Interval
from toile.evaluation.plots import ForestRow, draw_slices
from toile.pages import Html, escape, join, render_frame, section
from toile.tasks.template import Template


def render_page(
    task: Template, report: PerformanceReport, accepted: Mapping[str, Interval], limits: Performance | None, title: str
) -> str:
    """A page that needs no other file: every metric with its interval, beside that of the model validation."""
    return render_frame(
        title,
        report.verdict,
        join(_metric(task, report, accepted, limits, metric) for metric in report.intervals),
        overline="Toile late-label performance",
        summary=Html("<br>".join(escape(line) for line in report.reasons or [_within(task, limits)])),
        facts={
            "Labels known": f"{report.rows:,} of {report.scored:,} scored rows",
            "Entities": f"{report.entities:,}",
            **task.describe_labels(report.mean_label),
        },
        footer=(
            "Intervals are bootstrapped over entities. The dashed line is the value with which the version was "
            "accepted, the red mark the limit that the model file sets."
        ),
    )


def _metric(
    task: Template, report: PerformanceReport, accepted: Mapping[str, Interval], limits: Performance | None, metric: str
) -> Html:
    limit = None
    if limits and limits.metric == metric:
        limit = limits.min if limits.min is not None else limits.max
    colour = "champion" if report.verdict is Verdict.PASSED or limit is None else "refused"
    rows = [ForestRow("late labels", report.intervals[metric], limit, colour)]
    if metric in accepted:
        rows.append(ForestRow("when it was accepted", accepted[metric], colour="naive"))
    overall = accepted.get(metric, report.intervals[metric]).value
    return section(task.title(metric), draw_slices(rows, overall, f"{task.title(metric)} then and now"))


def _within(task: Template, limits: Performance | None) -> str:
    if limits is None:
        return "The model file sets no limit (monitoring.performance)."
    return f"{task.title(limits.metric)} is within its limits."
