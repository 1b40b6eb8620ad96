"""The few strokes that the drawings in report pages are made of; colours come from the page's style."""

import math
from collections.abc import Iterable
from dataclasses import dataclass

from toile.pages import Html, escape


@dataclass(frozen=True)
class Scale:
    """Maps values between `low` and `high` to pixels between `start` and `end`; values outside stay at the ends."""

    low: float
    high: float
    start: float
    end: float

    def __call__(self, value: float) -> float:
        span = (self.high - self.low) or 1.0
        share = min(max((value - self.low) / span, 0.0), 1.0)
        return round(self.start + share * (self.end - self.start), 1)

    def ticks(self, wanted: int = 4) -> list[float]:
        """About this many round values within the scale."""
        step = _round_step((self.high - self.low) / wanted)
        first, last = math.ceil(self.low / step - 1e-9), math.floor(self.high / step + 1e-9)
        return [round(number * step, 10) for number in range(first, last + 1)]


def padded(values: Iterable[float], start: float, end: float, share: float = 0.06) -> Scale:
    """A scale that holds all values with some room on either side."""
    values = list(values)
    room = share * ((max(values) - min(values)) or 1.0)
    return Scale(min(values) - room, max(values) + room, start, end)


def drawing(width: float, height: float, parts: Iterable[str], label: str) -> Html:
    """A drawing that fills its column, down to two thirds of its size; the label says in words what it shows."""
    box = f'<svg viewBox="0 0 {width:g} {height:g}" role="img" aria-label="{escape(label)}">{"".join(parts)}</svg>'
    return Html(f'<div class="drawing" style="--least:{width * 2 / 3:.0f}px">{box}</div>')


def text(x: float, y: float, words: object, *, anchor: str = "start", style: str = "") -> str:
    """Words; `anchor` is start, middle or end, `style` are classes such as muted or small."""
    return f'<text x="{x:g}" y="{y:g}" text-anchor="{anchor}" class="{style}">{escape(words)}</text>'


def line(x1: float, y1: float, x2: float, y2: float, *, style: str = "grid", colour: str = "", width: float = 0) -> str:
    """A straight stroke, by class or by colour and width."""
    stroke = f' style="stroke:var(--{colour});stroke-width:{width:g}" stroke-linecap="round"' if colour else ""
    mark = "" if colour else f' class="{style}"'
    return f'<line x1="{x1:g}" y1="{y1:g}" x2="{x2:g}" y2="{y2:g}"{mark}{stroke}/>'


def dot(x: float, y: float, radius: float, colour: str, title: str = "") -> str:
    """A filled circle with a paper-coloured rim; the title shows on hover."""
    hint = f"<title>{escape(title)}</title>" if title else ""
    style = f"fill:var(--{colour});stroke:var(--paper);stroke-width:1.5"
    return f'<circle cx="{x:g}" cy="{y:g}" r="{radius:g}" style="{style}">{hint}</circle>'


def bar(x: float, y: float, width: float, height: float, colour: str, *, radius: float = 0, title: str = "") -> str:
    """A filled rectangle; the title shows on hover."""
    hint = f"<title>{escape(title)}</title>" if title else ""
    box = f'x="{x:g}" y="{y:g}" width="{max(width, 0):g}" height="{max(height, 0):g}" rx="{radius:g}"'
    return f'<rect {box} style="fill:var(--{colour})">{hint}</rect>'


def path(points: Iterable[tuple[float, float]], colour: str, width: float = 2) -> str:
    """A line through points."""
    steps = " ".join(f"{x:g},{y:g}" for x, y in points)
    style = f"stroke:var(--{colour});stroke-width:{width:g};stroke-linejoin:round"
    return f'<polyline points="{steps}" fill="none" style="{style}"/>'


def _round_step(raw: float) -> float:
    """The least of 1, 2, 2.5 and 5 times a power of ten that is not below `raw`."""
    if raw <= 0:
        return 1.0
    power = 10.0 ** math.floor(math.log10(raw))
    return next(factor * power for factor in (1, 2, 2.5, 5, 10) if factor * power >= raw * (1 - 1e-9))
