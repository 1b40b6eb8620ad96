"""The page of one linear regression, made to be looked at rather than read."""

import math
from collections.abc import Iterable

from toile.evaluation.interval import Interval
from toile.evaluation.plots import WIDE, ForestRow, draw_slices
from toile.pages import Html, escape, join, render_frame, section, small, table
from toile.svg import Scale, drawing, line, padded, path, text
from toile.training.linear.inference import INTERCEPT
from toile.training.linear.summary import Coefficient, RegressionSummary

SHOWN = 30
LONGEST = 30
_HEIGHT = 260.0


def render_page(summary: RegressionSummary, title: str) -> str:
    """A page that needs no other file: strengths, coefficients, notes, and the loss curve of a descent."""
    return render_frame(
        title,
        "Fitted",
        join([*_strengths(summary), _coefficients(summary), *_notes(summary), *_loss(summary)]),
        overline="Toile linear regression",
        summary=f"{summary.rows:,} rows, {len(summary.coefficients) - 1} columns; R\u00b2 {_figure(summary.r2)}.",
        facts={
            "R\u00b2, adjusted": _figure(summary.adjusted_r2),
            "Residual error": _figure(summary.residual_error),
            "Degrees of freedom": f"{summary.degrees_of_freedom:,.6g}",
            "Condition number": _figure(summary.condition),
            "Ridge": f"{summary.ridge:g}",
            "Solver": summary.solver,
        },
        footer=f"Intervals hold {summary.confidence:.0%} of the time where errors are normal, of equal variance over "
        "weight, and independent.",
    )


def _strengths(summary: RegressionSummary) -> Iterable[Html]:
    drawable = [found for found in summary.coefficients if found.name != INTERCEPT and math.isfinite(found.low)]
    drawable.sort(key=lambda found: -abs(found.estimate * found.deviation))
    if drawable and summary.label_deviation > 0:
        rows = [_strength(found, summary.label_deviation) for found in drawable[:SHOWN]]
        left_out = len(summary.coefficients) - 1 - len(rows)
        yield section(
            "What moves the label?",
            draw_slices(rows, 0.0, "Standardised coefficients"),
            "By how many of its standard deviations the label moves when a column rises by one of its own, all others "
            "held fast; with intervals, strongest first." + f" {left_out} more are not drawn." * (left_out > 0),
        )


def _strength(found: Coefficient, label_deviation: float) -> ForestRow:
    scale = found.deviation / label_deviation
    colour = "naive" if found.low <= 0 <= found.high else "candidate"
    interval = Interval(found.estimate * scale, found.low * scale, found.high * scale)
    name = found.name if len(found.name) <= LONGEST else f"{found.name[: LONGEST - 1]}\u2026"
    return ForestRow(name, interval, colour=colour)


def _coefficients(summary: RegressionSummary) -> Html:
    headers = ["Column", "Coefficient", "Standard error", "t", "p"]
    rows = [
        [
            found.name,
            join([Html(f"<b>{_figure(found.estimate)}</b>"), _interval(found)]),
            _figure(found.standard_error),
            _figure(found.t),
            "< 0.0001" if found.p < 0.0001 else _figure(found.p),
        ]
        for found in summary.coefficients
    ]
    lead = f"In units of the label per unit of the column, with {summary.confidence:.0%} intervals."
    return section("Coefficients", table(headers, rows, range(1, len(headers))), lead)


def _interval(found: Coefficient) -> Html:
    return small(f"{_figure(found.low)} to {_figure(found.high)}") if math.isfinite(found.low) else Html("")


def _notes(summary: RegressionSummary) -> Iterable[Html]:
    if summary.notes:
        yield section("Notes", join(Html(f"<p>{escape(note)}</p>") for note in summary.notes))


def _loss(summary: RegressionSummary) -> Iterable[Html]:
    losses = summary.loss_curve
    if len(losses) > 1:
        across, up = Scale(1, len(losses), 80, WIDE - 16), padded(losses, _HEIGHT - 30, 8)
        parts = []
        for tick in up.ticks():
            parts += [line(80, up(tick), WIDE - 16, up(tick)), text(70, up(tick) + 4, f"{tick:g}", anchor="end")]
        parts += [text(across(epoch), _HEIGHT - 8, epoch, anchor="middle") for epoch in (1, len(losses))]
        parts.append(path([(across(epoch), up(loss)) for epoch, loss in enumerate(losses, 1)], "candidate"))
        yield section("How descent went", drawing(WIDE, _HEIGHT, parts, "Loss by epoch"), "Loss after each epoch.")


def _figure(value: float) -> str:
    return f"{value:,.4g}" if math.isfinite(value) else "\u2013"
