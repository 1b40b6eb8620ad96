"""A metric's history as a drawing of a few strokes; colours come from the page's style."""

from collections.abc import Sequence

from markupsafe import Markup, escape

from toile.contract import Fact, Figure

WIDTH, HEIGHT, ROOM = 120.0, 28.0, 4.0


def draw_history(history: Sequence[Fact], champion: str | None) -> Markup:
    """A dot for each validated version, its interval behind it; refused ones are hollow, the champion is large.

    Versions that were validated by another metric than the newest are left out: their figures have another scale.
    """
    shown = [
        (fact, fact.figures["candidate"])
        for fact in history
        if "candidate" in fact.figures and fact.metric == history[-1].metric
    ]
    if not shown:
        return Markup()
    low, high = (reach(ends for _, figure in shown for ends in figure) for reach in (min, max))
    step = (WIDTH - 2 * ROOM) / max(len(shown) - 1, 1)
    points = [
        (ROOM + number * step, [_height(value, low, high) for value in figure])
        for number, (_, figure) in enumerate(shown)
    ]
    band = "".join(
        f'<line class="interval" x1="{x:.1f}" x2="{x:.1f}" y1="{y[1]:.1f}" y2="{y[2]:.1f}"/>'
        for x, y in points
        if len(y) == 3
    )
    path = " ".join(f"{x:.1f},{y[0]:.1f}" for x, y in points)
    dots = "".join(_dot(x, y[0], fact, figure, champion) for (x, y), (fact, figure) in zip(points, shown, strict=True))
    told = escape(
        f"{shown[-1][0].metric or 'figure'} of {len(shown)} validated versions, the last {in_words(shown[-1][1])}"
    )
    return Markup(  # noqa: S704 -- numbers, and what is escaped above
        f'<svg class="history" viewBox="0 0 {WIDTH:g} {HEIGHT:g}" role="img" aria-label="{told}">'
        f'{band}<polyline points="{path}"/>{dots}</svg>'
    )


def in_words(figure: Figure) -> str:
    """`0.733 [0.699, 0.765]`, or the value alone."""
    value, *ends = figure
    return f"{value:.3f} [{', '.join(f'{end:.3f}' for end in ends)}]" if ends else f"{value:.3f}"


def _height(value: float, low: float, high: float) -> float:
    return HEIGHT - ROOM - (HEIGHT - 2 * ROOM) * (value - low) / ((high - low) or 1.0)


def _dot(x: float, y: float, fact: Fact, figure: Figure, champion: str | None) -> str:
    is_champion = fact.version == champion
    style = "champion" if is_champion else str(fact.verdict)
    title = escape(f"v{fact.version}, {fact.verdict}: {in_words(figure)}")
    radius = 3.2 if is_champion else 2.2
    return f'<circle class="{escape(style)}" cx="{x:.1f}" cy="{y:.1f}" r="{radius}"><title>{title}</title></circle>'
