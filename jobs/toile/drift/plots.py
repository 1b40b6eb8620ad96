"""The drawings of the drift page."""

from collections.abc import Sequence

from toile.drift.report import BinShare, FeatureDrift
from toile.pages import Html
from toile.svg import Scale, bar, drawing, line, text

WIDTH, LEFT, RIGHT = 1000.0, 230.0, 70.0
ROW, AXIS = 26, 30
SPARK_WIDTH, SPARK_HEIGHT = 300.0, 84.0
MAX_BARS = 14
REFERENCE, CURRENT = "reference", "current"


def draw_psi(features: Sequence[FeatureDrift], limit: float) -> Html:
    """One bar of PSI per feature; the dashed line is the limit, the tick on a row what chance alone explains."""
    longest = max(limit * 1.5, *(feature.psi for feature in features))
    scale = Scale(0, longest, LEFT, WIDTH - RIGHT)
    bottom = ROW * len(features) + 4
    parts = []
    for tick in scale.ticks(5):
        parts += [line(scale(tick), 0, scale(tick), bottom)]
        parts += [text(scale(tick), bottom + 17, f"{tick:g}", anchor="middle", style="muted small")]
    for number, feature in enumerate(features):
        top = ROW * number + 5
        colour = "warned" if feature.drifted else CURRENT
        parts.append(text(0, top + 12, feature.name))
        parts.append(
            bar(LEFT, top, max(scale(feature.psi) - LEFT, 1.5), ROW - 10, colour, radius=3, title=_hint(feature))
        )
        noise = scale(feature.noise)
        parts.append(line(noise, top - 2, noise, top + ROW - 8, colour="ink", width=1.5))
        parts.append(text(WIDTH, top + 12, f"{feature.psi:.3f}", anchor="end"))
    parts.append(line(scale(limit), 0, scale(limit), bottom, style="limit"))
    parts.append(text(scale(limit), bottom + 32, f"limit {limit:g}", anchor="middle", style="muted small"))
    return drawing(WIDTH, bottom + AXIS + 4, parts, "PSI of every feature")


def draw_histogram(feature: FeatureDrift) -> Html:
    """The reference window's shares as wide pale bars, the current ones as narrow bars before them."""
    shares = _most_telling(feature.bins)
    tallest = max(max(share.reference, share.current) for share in shares) or 1.0
    across = Scale(0, len(shares), 0, SPARK_WIDTH)
    base = SPARK_HEIGHT - 1
    height = Scale(0, tallest, 0, SPARK_HEIGHT - 6)
    step = SPARK_WIDTH / len(shares)
    parts = []
    for number, share in enumerate(shares):
        left = across(number)
        title = f"{share.name}: {share.reference:.1%} before, {share.current:.1%} now"
        before, now = height(share.reference), height(share.current)
        parts.append(bar(left + step * 0.06, base - before, step * 0.88, before, REFERENCE, radius=2, title=title))
        parts.append(bar(left + step * 0.3, base - now, step * 0.4, now, CURRENT, radius=1.5, title=title))
    parts.append(line(0, base, SPARK_WIDTH, base))
    return drawing(SPARK_WIDTH, SPARK_HEIGHT, parts, f"{feature.name} before and now")


def _most_telling(bins: Sequence[BinShare]) -> list[BinShare]:
    """All bins, or where there are too many to draw, those that hold most rows and those that moved most."""
    if len(bins) <= MAX_BARS:
        return list(bins)
    by_weight = sorted(
        bins, key=lambda share: -(share.reference + share.current + abs(share.current - share.reference))
    )
    kept = by_weight[:MAX_BARS]
    return [share for share in bins if share in kept]


def _hint(feature: FeatureDrift) -> str:
    return f"{feature.name}: PSI {feature.psi:.3f}; chance alone gives about {feature.noise:.3f}"
