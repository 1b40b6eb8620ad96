import pytest

from toile.pages import Html, badge, escape, join, render_frame, section, table
from toile.svg import Scale, padded


def test_everything_is_escaped_but_html() -> None:
    assert escape("<b>&") == "&lt;b&gt;&amp;"
    assert escape(Html("<b>")) == "<b>"
    assert join(["<", Html("<i>"), 3]) == "&lt;<i>3"
    assert "<script>" not in table(["<script>"], [["<script>"]]) + section("<script>", "<script>") + badge("<script>")


def test_frame_carries_verdict_facts_and_its_own_style() -> None:
    page = render_frame("A <title>", "refused", Html("<p>body</p>"), summary="a < b", facts={"Rows": 3})
    assert page.startswith("<!doctype html>")
    assert '<div class="verdict refused"><strong>Refused</strong><p>a &lt; b</p></div>' in page
    assert "<dt>Rows</dt><dd>3</dd>" in page
    assert "--passed" in page
    assert "<p>body</p>" in page
    assert "A &lt;title&gt;" in page


def test_numbers_of_a_table_are_set_to_the_right() -> None:
    page = table(["name", "rows"], [["a", 1]], numbers=[1])
    assert page.count('class="number"') == 2
    assert '<td class="number">1</td>' in page


@pytest.mark.parametrize(
    ("low", "high", "ticks"),
    [
        (0, 1, [0, 0.25, 0.5, 0.75, 1]),
        (-0.021, 0.11, [0, 0.05, 0.1]),
        (0.58, 0.78, [0.6, 0.65, 0.7, 0.75]),
        (5, 5, [5]),
    ],
)
def test_ticks_are_round_and_few(low: float, high: float, ticks: list[float]) -> None:
    assert Scale(low, high, 0, 100).ticks() == ticks


def test_scale_maps_values_to_pixels_and_keeps_them_inside() -> None:
    scale = Scale(0, 10, 100, 200)
    assert [scale(value) for value in (0, 5, 10, 99, -99)] == [100, 150, 200, 200, 100]
    wide = padded([1, 3], 0, 100)
    assert 0 < wide(1) < wide(3) < 100
