"""The frame, the badges and the tables that every report page of Toile is made of; pages need no other file."""

from collections.abc import Iterable, Mapping, Sequence
from html import escape as escape_text
from importlib.resources import files

_VERDICT_WORDS = {"passed": "Passed", "warned": "Warned", "refused": "Refused"}


class Html(str):
    """Text that is HTML already; every other string is escaped before it reaches a page."""

    __slots__ = ()


def escape(value: object) -> Html:
    """Makes any value fit to stand in a page; Html is left as it is."""
    return value if isinstance(value, Html) else Html(escape_text(str(value)))


def join(parts: Iterable[object]) -> Html:
    """Escapes the parts and puts them one after another."""
    return Html("".join(escape(part) for part in parts))


def badge(word: object, tone: str = "") -> Html:
    """A word in a coloured pill; the tone is passed, warned, refused or empty, by default the word itself."""
    tone = tone or (str(word) if str(word) in _VERDICT_WORDS else "")
    return Html(f'<span class="badge {escape(tone)}">{escape(word)}</span>')


def swatch(colour: str) -> Html:
    """A dot in one of the style's colours, such as candidate or baseline, for before a name."""
    return Html(f'<i class="swatch" style="background:var(--{escape(colour)})"></i>')


def small(value: object) -> Html:
    """A line in small print, for under a table cell's main text."""
    return Html(f"<small>{escape(value)}</small>")


def table(headers: Sequence[object], rows: Iterable[Sequence[object]], numbers: Iterable[int] = ()) -> Html:
    """A table; `numbers` are the columns, counted from 0, that are set to the right."""
    right = set(numbers)

    def cells(row: Sequence[object], tag: str) -> str:
        marked = (' class="number"' if column in right else "" for column in range(len(row)))
        return "".join(f"<{tag}{mark}>{escape(cell)}</{tag}>" for mark, cell in zip(marked, row, strict=True))

    body = "".join(f"<tr>{cells(row, 'td')}</tr>" for row in rows)
    head = f"<thead><tr>{cells(headers, 'th')}</tr></thead>"
    return Html(f'<div class="wide"><table>{head}<tbody>{body}</tbody></table></div>')


def section(heading: object, body: object, lead: object = "") -> Html:
    """A titled part of a page; the lead is one sentence on how to read it."""
    lead_line = f'<p class="lead">{escape(lead)}</p>' if lead else ""
    return Html(f"<section><h2>{escape(heading)}</h2>{lead_line}{escape(body)}</section>")


def render_frame(
    title: str,
    verdict: str,
    body: object,
    *,
    overline: str = "",
    summary: object = "",
    facts: Mapping[str, object] | None = None,
    footer: object = "",
) -> str:
    """A whole page: overline and title, the verdict with its summary in a band, facts in one row, then the body.

    `verdict` is passed, warned or refused. `body`, `summary` and `footer` are escaped unless they are Html.
    """
    pairs = "".join(
        f"<div><dt>{escape(name)}</dt><dd>{escape(value)}</dd></div>" for name, value in (facts or {}).items()
    )
    word = _VERDICT_WORDS.get(verdict, verdict)
    return f"""<!doctype html>
<html lang="en">
<head>
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<title>{escape(title)}: {escape(word.lower())}</title>
<style>{_style()}</style>
</head>
<body>
<main>
<header>
<div class="overline">{escape(overline)}</div>
<h1>{escape(title)}</h1>
<div class="verdict {escape(verdict)}"><strong>{escape(word)}</strong><p>{escape(summary)}</p></div>
<dl class="facts">{pairs}</dl>
</header>
{escape(body)}
<footer>{escape(footer)}</footer>
</main>
</body>
</html>
"""


def _style() -> str:
    return (files("toile") / "pages.css").read_text(encoding="utf-8")
