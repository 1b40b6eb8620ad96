"""The page of one model validation, made to be looked at rather than read."""

from collections.abc import Iterable

from toile.contract import Verdict
from toile.evaluation.curves import Curves
from toile.evaluation.gates import GateOutcome
from toile.evaluation.holdout import CANDIDATE
from toile.evaluation.interval import Interval
from toile.evaluation.plots import (
    ForestRow,
    draw_advantages,
    draw_backtest,
    draw_gains,
    draw_importance,
    draw_reliability,
    draw_roc,
    draw_slices,
)
from toile.evaluation.report import SliceReport, ValidationReport
from toile.pages import Html, badge, escape, join, render_frame, section, small, swatch, table
from toile.tasks import template_of

SHOWN_SLICES = SHOWN_FEATURES = 16
SHOWN_SHARES, TOLD_SHARE = (0.05, 0.1, 0.2, 0.3, 0.5), 0.2


def render_page(report: ValidationReport) -> str:
    """A page that needs no other file: verdict, advantages, metrics, gates, slices, curves."""
    sections = [
        _advantages(report),
        _metrics(report),
        _gates(report),
        _backtest(report),
        *_slices(report),
        _importance(report),
        _curves(report),
    ]
    return render_frame(
        f"{report.model}, version {report.candidate}",
        report.verdict,
        join(sections),
        overline="Toile model validation",
        summary=_summary(report),
        facts={
            "Held-out rows": f"{report.rows:,}",
            "Entities": f"{report.entities:,}",
            **({"Periods": f"{report.periods:,}"} if report.periods else {}),
            **template_of(report.task).describe_labels(report.mean_label),
            "Held-out days": _days(report),
            "Champion": f"version {report.champion}" if report.champion else "none yet",
            "Intervals": f"{report.confidence:.0%}, {report.resamples:,} resamples",
        },
        footer=_how_to_read(report),
    )


def _summary(report: ValidationReport) -> Html:
    judged = [gate for gate in report.gates if gate.judged]
    refused = [gate for gate in judged if not gate.passed]
    if report.verdict is Verdict.REFUSED:
        lines = [f"{len(refused)} of {len(judged)} gates refuse this candidate; the first:", report.reasons[0]]
    else:
        lines = [f"All {len(judged)} gates that were judged are open to this candidate."]
    return Html("<br>".join(escape(line) for line in [*lines, *report.notes]))


def _days(report: ValidationReport) -> str:
    if report.first is None or report.last is None:
        return "unknown"
    days = dict.fromkeys([f"{report.first:%d %b %Y}", f"{report.last:%d %b %Y}"])
    return " to ".join(days)


def _advantages(report: ValidationReport) -> Html:
    task = template_of(report.task)
    metrics = [report.primary_metric, *(name for name in task.metrics if name != report.primary_metric)]
    drawings = []
    for metric in metrics:
        rows = [
            ForestRow(_against(report, reference), advantages[metric], _limit(report, metric, reference))
            for reference, advantages in report.advantages.items()
            if metric in advantages
        ]
        if rows:
            main = metric == report.primary_metric
            figure = draw_advantages(rows, f"{task.title(metric)}: paired advantages", wide=main)
            drawings.append(Html(f"<figure><h3>{task.title(metric)}</h3>{figure}</figure>"))
    if not drawings:
        return Html("")
    rest = Html(f'<div class="columns">{join(drawings[1:])}</div>')
    return section(
        "Is the candidate better?",
        join([drawings[0], rest]),
        "How much better the candidate is on the same rows, with its interval; right of the solid line is better. "
        "A dashed mark is the margin of a gate, which the whole interval must clear.",
    )


def _against(report: ValidationReport, reference: str) -> str:
    return f"champion {report.champion}" if reference == "champion" else reference


def _limit(report: ValidationReport, metric: str, reference: str) -> float | None:
    gates = [g for g in report.gates if (g.metric, g.reference, g.slice_by) == (metric, reference, None)]
    return next((gate.limit for gate in gates), None)


def _metrics(report: ValidationReport) -> Html:
    models = list(report.metrics)
    headers = ["", *(_heading(report, model) for model in models)]
    task = template_of(report.task)
    rows = [
        [
            join([task.title(metric), small(f"{task.sense(metric)} is better")]),
            *(_cell(report.metrics[model].get(metric)) for model in models),
        ]
        for metric in task.metrics
        if any(metric in report.metrics[model] for model in models)
    ]
    return section("The models side by side", table(headers, rows, range(1, len(headers))), "On all held-out rows.")


def _heading(report: ValidationReport, model: str) -> Html:
    details = {"candidate": f"version {report.candidate}", "champion": f"version {report.champion}"}
    details |= {"baseline": "transparent model", "naive": f"rule: {report.naive_rule}"}
    return join([swatch(model), model, small(details[model])])


def _cell(interval: Interval | None) -> Html:
    if interval is None:
        return escape("\u2013")
    return join([Html(f"<b>{interval.value:.3f}</b>"), small(f"{interval.low:.3f} to {interval.high:.3f}")])


def _gates(report: ValidationReport) -> Html:
    refused_first = sorted(report.gates, key=lambda gate: (gate.passed, not gate.judged))
    rows = [[_mark(gate), _named(gate), gate.reason] for gate in refused_first]
    return section(
        "Gates",
        table(["", "Gate", "Reason"], rows),
        "Gaps, and thresholds on all rows, are judged on the value; thresholds on slices and comparisons on the whole "
        "interval. Small slices are only shown.",
    )


def _mark(gate: GateOutcome) -> Html:
    if not gate.judged:
        return badge("not judged")
    return badge("passed") if gate.passed else badge("refused")


def _named(gate: GateOutcome) -> Html:
    rows = f"{gate.rows:,} rows"
    return join([gate.gate, small(f"{gate.slice_by}: {gate.slice_value}, {rows}" if gate.slice_value else rows)])


def _slices(report: ValidationReport) -> Iterable[Html]:
    metric, title = report.primary_metric, template_of(report.task).title(report.primary_metric)
    overall = report.metrics.get(CANDIDATE, {}).get(metric)
    for feature in dict.fromkeys(part.feature for part in report.slices):
        parts = [part for part in report.slices if part.feature == feature]
        measured = [part for part in parts if metric in part.metrics.get(CANDIDATE, {})][:SHOWN_SLICES]
        if overall and measured:
            rows = [_slice_row(report, part) for part in measured]
            left_out = f" {len(parts) - len(measured)} more are too small or too many to draw." * (
                len(parts) > len(measured)
            )
            yield section(
                f"By {feature}",
                draw_slices(rows, overall.value, f"{title} by {feature}"),
                f"{title} of the candidate, largest slices first. The dashed line is its value on all rows, "
                f"a red mark a gate; grey slices are not judged.{left_out}",
            )


def _slice_row(report: ValidationReport, part: SliceReport) -> ForestRow:
    gates = [
        gate
        for gate in report.gates
        if (gate.slice_by, gate.slice_value, gate.metric) == (part.feature, part.value, report.primary_metric)
    ]
    judged = [gate for gate in gates if gate.judged]
    colour = "naive" if not judged else "passed" if all(gate.passed for gate in judged) else "refused"
    interval = part.metrics[CANDIDATE][report.primary_metric]
    return ForestRow(part.value, interval, next((g.limit for g in gates), None), colour, f"{part.rows:,} rows")


def _backtest(report: ValidationReport) -> Html:
    if not report.backtest:
        return Html("")
    title = template_of(report.task).title(report.primary_metric)
    return section(
        "Period by period",
        draw_backtest(report.backtest, f"{title} in each period"),
        f"{title} on the rows that are about each period, however far ahead they looked. Every origin knew nothing "
        "later than itself, and the models were fitted before the first.",
    )


def _importance(report: ValidationReport) -> Html:
    if not report.importance:
        return Html("")
    title = template_of(report.task).title(report.primary_metric)
    shown = report.importance[:SHOWN_FEATURES]
    return section(
        "What the candidate goes by",
        draw_importance(shown, f"{title} lost without each feature"),
        f"How much of {title} is lost when a feature's values are shuffled among the held-out rows. Features that say "
        "the same stand in for each other, so that each alone seems to matter little.",
    )


def _curves(report: ValidationReport) -> Html:
    if not report.curves:
        return Html("")
    ranked = {model: curves for model, curves in report.curves.items() if curves.roc}
    figures = [Html(f"<figure><h3>Do predictions come true?</h3>{draw_reliability(report.curves)}</figure>")]
    if ranked:
        gains = draw_gains(ranked, report.mean_label)
        figures.append(Html(f"<figure><h3>How well are rows ranked?</h3>{draw_roc(ranked)}</figure>"))
        figures.append(Html(f"<figure><h3>How many positives do the best-ranked rows hold?</h3>{gains}</figure>"))
        figures.append(_best_ranked(report, ranked))
    return section("Curves", Html(f'<div class="columns">{join(figures)}</div>'))


def _best_ranked(report: ValidationReport, ranked: dict[str, Curves]) -> Html:
    """The same in numbers, and the candidate's in a sentence."""

    def cell(curves: Curves, share: float) -> Html:
        caught = curves.caught(share, report.mean_label)
        return join([f"{caught:.0%}", small(f"{caught / share:.1f} times chance")])

    rows = [[f"{share:.0%} of rows", *(cell(curves, share) for curves in ranked.values())] for share in SHOWN_SHARES]
    told = ""
    if CANDIDATE in ranked:
        caught = ranked[CANDIDATE].caught(TOLD_SHARE, report.mean_label)
        told = (
            f"The {TOLD_SHARE:.0%} of rows that the candidate ranks best hold {caught:.0%} of the positives, "
            f"{caught / TOLD_SHARE:.1f} times as many as chance."
        )
    headers = ["best-ranked", *(join([swatch(model), model]) for model in ranked)]
    numbers = table(headers, rows, range(1, len(headers)))
    return Html(f"<figure><h3>In numbers</h3><p>{escape(told)}</p>{numbers}</figure>")


def _how_to_read(report: ValidationReport) -> str:
    blocks = ", and blocks of consecutive periods across all entities" if report.periods else ""
    return (
        f"Intervals are {report.confidence:.0%} percentile bootstrap intervals, widened where units are few: entities "
        f"are drawn with all rows{blocks}, every model and every slice is measured on the same draws. "
        "A comparison on slices must hold on each of them, so that many slices make no false promotion likelier and "
        "need no correction. A threshold on slices refuses only where an interval, corrected for the number of slices, "
        "lies wholly beyond it: among many, chance alone takes one beyond. Where resamples are too few for so wide an "
        "interval it ends at the outermost, and refuses too soon rather than too late. "
        "Noise can only add to a calibration error; its interval lies high. "
        "Reliability is shown in ten bins of equal shares of rows."
    )
