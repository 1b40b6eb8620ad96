"""The drawings of the validation page."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass

from toile.evaluation.backtest import Moment
from toile.evaluation.curves import Curves
from toile.evaluation.holdout import MODELS
from toile.evaluation.importance import Importance
from toile.evaluation.interval import Interval, signed
from toile.pages import Html
from toile.svg import Scale, bar, dot, drawing, line, padded, path, text

WIDE, NARROW, PLOT = 1000.0, 490.0, 460.0
ROW, AXIS = 34, 30


@dataclass(frozen=True)
class ForestRow:
    """One interval of a forest plot; `limit` is the line that a gate draws for it."""

    name: str
    interval: Interval
    limit: float | None = None
    colour: str = ""
    note: str = ""


def draw_advantages(rows: Sequence[ForestRow], label: str, *, wide: bool) -> Html:
    """Paired advantages below each other: right of the zero line the candidate is better."""
    width, left, right = (WIDE, 150, 230) if wide else (NARROW, 96, 16)
    ends = [0.0, *(end for row in rows for end in (row.interval.low, row.interval.high))]
    scale = padded([*ends, *(row.limit for row in rows if row.limit is not None)], left, width - right)
    bottom = ROW * len(rows) + 6
    parts = [_axis(scale, bottom, signs=True), line(scale(0), 0, scale(0), bottom, colour="muted", width=1.5)]
    for number, row in enumerate(rows):
        middle = ROW * number + ROW / 2
        parts += _interval(scale, row, middle, _tone(row.interval))
        parts.append(text(0, middle + 4, row.name))
        if row.limit:
            parts.append(line(scale(row.limit), middle - 13, scale(row.limit), middle + 13, style="limit"))
        if wide:
            parts.append(text(width, middle + 4, signed(row.interval), anchor="end"))
    if wide:
        parts.append(text(scale(0) - 8, bottom + AXIS + 6, "\u2190 candidate worse", anchor="end", style="muted small"))
        parts.append(text(scale(0) + 8, bottom + AXIS + 6, "candidate better \u2192", style="muted small"))
    return drawing(width, bottom + AXIS + (20 if wide else 4), parts, label)


def draw_slices(rows: Sequence[ForestRow], overall: float, label: str) -> Html:
    """One metric of the candidate in every slice; the thin line is its value on all rows."""
    left, right = 230, 170
    ends = [overall, *(end for row in rows for end in (row.interval.low, row.interval.high))]
    scale = padded([*ends, *(row.limit for row in rows if row.limit is not None)], left, WIDE - right)
    bottom = ROW * len(rows) + 6
    parts = [_axis(scale, bottom), line(scale(overall), 0, scale(overall), bottom, style="seam")]
    for number, row in enumerate(rows):
        middle = ROW * number + ROW / 2
        parts += _interval(scale, row, middle, row.colour)
        parts += [
            text(0, middle + 4, row.name),
            text(left - 16, middle + 4, row.note, anchor="end", style="muted small"),
        ]
        if row.limit is not None:
            parts.append(line(scale(row.limit), middle - 13, scale(row.limit), middle + 13, style="limit"))
        parts.append(text(WIDE, middle + 4, str(row.interval), anchor="end"))
    return drawing(WIDE, bottom + AXIS, parts, label)


def draw_importance(found: Sequence[Importance], label: str) -> Html:
    """One bar per feature: how much of the metric is lost when its values are shuffled; the thin line is the spread."""
    left, right = 230, 70
    scale = padded([0.0, *(end for one in found for end in (one.least, one.most))], left, WIDE - right)
    bottom = ROW * len(found) + 6
    parts = [_axis(scale, bottom), line(scale(0), 0, scale(0), bottom, colour="muted", width=1.5)]
    for number, one in enumerate(found):
        middle = ROW * number + ROW / 2
        start, end = sorted((scale(0), scale(one.loss)))
        parts.append(text(0, middle + 4, one.feature))
        parts.append(bar(start, middle - 7, max(end - start, 1.5), 14, "candidate", radius=3))
        parts.append(line(scale(one.least), middle, scale(one.most), middle, colour="ink", width=1.5))
        parts.append(text(WIDE, middle + 4, f"{one.loss:.3g}", anchor="end"))
    return drawing(WIDE, bottom + AXIS, parts, label)


def draw_backtest(moments: Sequence[Moment], label: str) -> Html:
    """One line per model over the periods, the candidate's on top."""
    models = [model for model in MODELS if any(model in moment.values for moment in moments)]
    left, height = 60.0, 280.0
    across = Scale(0, max(len(moments) - 1, 1), left, WIDE - 40)
    up = padded([0.0, *(value for moment in moments for value in moment.values.values())], height - 30, 8)
    parts = [line(left, up(tick), WIDE - 16, up(tick)) for tick in up.ticks()]
    parts += [text(left - 10, up(tick) + 4, f"{tick:g}", anchor="end", style="muted small") for tick in up.ticks()]
    for model in reversed(models):
        values = [(place, moment.values[model]) for place, moment in enumerate(moments) if model in moment.values]
        known = [(across(place), up(value)) for place, value in values]
        parts.append(path(known, model, 2.6 if model == MODELS[0] else 1.4))
    every = max(1, len(moments) // 8)
    for place in range(0, len(moments), every):
        parts.append(text(across(place), height - 8, moments[place].period, anchor="middle", style="muted small"))
    return drawing(WIDE, height, [*parts, *_legend(models, left + 16, up(0) - 18 * len(models))], label)


def draw_roc(curves: dict[str, Curves]) -> Html:
    """ROC curves, the candidate's on top."""
    points = {model: curve.roc for model, curve in curves.items()}
    return _draw_ranking(points, "False positive rate", "True positive rate", "ROC curves")


def draw_gains(curves: dict[str, Curves], positive: float) -> Html:
    """How many of the positives the best-ranked rows hold, the candidate's curve on top; the diagonal is chance."""
    points = {model: curve.gains(positive) for model, curve in curves.items()}
    return _draw_ranking(points, "Share of rows, best-ranked first", "Share of positives found", "Cumulative gains")


def draw_reliability(curves: dict[str, Curves]) -> Html:
    """What was foretold against what came, in ten bins of equal mass; on the diagonal they agree."""
    ends = [
        end for curve in curves.values() for point in curve.reliability for end in (point.predicted, point.observed)
    ]
    low, high = min(0.0, *ends), max(ends) * 1.05
    if low == 0 and high <= 1.05:  # probabilities
        high = 1.0
    across, up = Scale(low, high, 44, PLOT - 8), Scale(low, high, PLOT - 44, 8)
    parts = [_square(across, up, "Predicted", "Observed")]
    for model in reversed(curves):
        points = [(across(point.predicted), up(point.observed)) for point in curves[model].reliability]
        parts.append(path(points, model, 2.6 if model == "candidate" else 1.4))
        for (x, y), point in zip(points, curves[model].reliability, strict=True):
            title = f"{model}: predicted {point.predicted:.3f}, observed {point.observed:.3f}, {point.rows:,} rows"
            parts.append(dot(x, y, 4 if model == "candidate" else 3, model, title))
    return drawing(PLOT, PLOT, [*parts, *_legend(list(curves), 60, 26)], "Reliability curves")


def _draw_ranking(curves: Mapping[str, Sequence[tuple[float, float]]], x_name: str, y_name: str, label: str) -> Html:
    across, up = Scale(0, 1, 44, PLOT - 8), Scale(0, 1, PLOT - 44, 8)
    parts = [_square(across, up, x_name, y_name)]
    for model in reversed(list(curves)):
        points = [(across(x), up(y)) for x, y in curves[model]]
        parts.append(path(points, model, 2.6 if model == "candidate" else 1.6))
    return drawing(PLOT, PLOT, [*parts, *_legend(list(curves), PLOT - 120, up(0) - 18 * len(curves))], label)


def _interval(scale: Scale, row: ForestRow, y: float, colour: str) -> list[str]:
    low, high = scale(row.interval.low), scale(row.interval.high)
    stroke = line(low, y, high, y, colour=colour, width=3)
    return [stroke, dot(scale(row.interval.value), y, 6, colour, f"{row.name}: {signed(row.interval)}")]


def _tone(interval: Interval) -> str:
    return "passed" if interval.low > 0 else "refused" if interval.high < 0 else "naive"


def _axis(scale: Scale, bottom: float, *, signs: bool = False) -> str:
    marks = []
    for tick in scale.ticks(5 if scale.end > NARROW else 3):
        x = scale(tick)
        words = f"{tick:+g}" if signs and tick else f"{tick:g}"
        marks += [line(x, 0, x, bottom), text(x, bottom + 17, words, anchor="middle", style="muted small")]
    return "".join(marks)


def _square(across: Scale, up: Scale, x_name: str, y_name: str) -> str:
    marks = []
    low, high, middle = across.low, across.high, (across.low + across.high) / 2
    for tick in across.ticks(5):
        marks += [
            line(across(tick), up(low), across(tick), up(high)),
            line(across(low), up(tick), across(high), up(tick)),
        ]
        marks.append(text(across(tick), up(low) + 17, f"{tick:g}", anchor="middle", style="muted small"))
        marks.append(text(across(low) - 8, up(tick) + 4, f"{tick:g}", anchor="end", style="muted small"))
    marks.append(line(across(low), up(low), across(high), up(high), style="seam"))
    marks.append(text(across(middle), up(low) + 36, x_name, anchor="middle", style="muted small"))
    turned = f'transform="rotate(-90 10 {up(middle):g})"'
    marks.append(text(10, up(middle), y_name, anchor="middle", style="muted small").replace("<text", f"<text {turned}"))
    return "".join(marks)


def _legend(models: Sequence[str], x: float, y: float) -> list[str]:
    return [
        mark
        for number, model in enumerate(models)
        for mark in (
            line(x, y + 18 * number, x + 16, y + 18 * number, colour=model, width=3),
            text(x + 24, y + 18 * number + 4, model, style="small"),
        )
    ]
