from collections.abc import Callable
from html.parser import HTMLParser

import pytest

from toile.config import Conf, ModelConfig
from toile.evaluation.holdout import MODELS, Holdout
from toile.evaluation.page import render_page
from toile.evaluation.report import ValidationReport, validate_candidate
from toile.home import REPOSITORY

MakeHoldout = Callable[..., Holdout]
VOID = {"meta", "br", "line", "circle", "rect", "polyline"}


class Reader(HTMLParser):
    """Checks that tags are closed in order, and gathers the text and all addresses."""

    def __init__(self, page: str) -> None:
        super().__init__()
        self.open: list[str] = []
        self.addresses: list[str | None] = []
        self.tags: list[str] = []
        self.feed(page)

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.tags.append(tag)
        self.addresses += [value for name, value in attrs if name in {"src", "href", "action"}]
        if tag not in VOID:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, _: object) -> None:
        self.tags.append(tag)

    def handle_endtag(self, tag: str) -> None:
        if tag not in VOID:
            assert self.open.pop() == tag


@pytest.fixture(scope="module")
def config() -> ModelConfig:
    return Conf(REPOSITORY / "conf").load_model("customer.repeat_purchase").config


def report_on(make_holdout: MakeHoldout, config: ModelConfig, candidate_noise: float) -> ValidationReport:
    noise = dict(zip(MODELS, (candidate_noise, 0.4, 0.6, 1.5), strict=True))
    return validate_candidate(make_holdout(noise, rows=1500), config, candidate="7", champion="5")


@pytest.mark.parametrize(("noise", "verdict"), [(0.3, "passed"), (5.0, "refused")])
def test_page_is_whole_and_needs_no_other_file(
    make_holdout: MakeHoldout, config: ModelConfig, noise: float, verdict: str
) -> None:
    report = report_on(make_holdout, config, noise)
    page = render_page(report)
    reader = Reader(page)
    assert reader.open == []
    assert reader.addresses == []
    assert not {"script", "link", "img", "iframe"} & set(reader.tags)
    assert "http" not in page
    assert reader.tags.count("svg") == 9
    assert f'class="verdict {verdict}"' in page


def test_page_tells_every_gate_and_every_metric(make_holdout: MakeHoldout, config: ModelConfig) -> None:
    report = report_on(make_holdout, config, 5.0)
    page = render_page(report)
    for gate in report.gates:
        assert gate.reason in page
    for metrics in report.metrics.values():
        for interval in metrics.values():
            assert f"<b>{interval.value:.3f}</b>" in page


def test_page_without_champion_or_slices_or_sound_candidate_still_stands(
    make_holdout: MakeHoldout, config: ModelConfig
) -> None:
    holdout = make_holdout({"baseline": 0.5}, rows=300)
    bare = config.model_copy(update={"slices": [], "gates": config.gates[:2]})
    page = render_page(validate_candidate(holdout, bare, candidate="7", champion=None))
    assert Reader(page).open == []
    assert "The candidate was not measured: no predictions." in page


def test_names_from_the_data_cannot_break_the_page(make_holdout: MakeHoldout, config: ModelConfig) -> None:
    holdout = make_holdout({"candidate": 0.3}, rows=600)
    holdout.features["country"] = '<script>alert("x")</script>'
    page = render_page(validate_candidate(holdout, config, candidate="7", champion=None))
    assert "script" not in Reader(page).tags
    assert "&lt;script&gt;" in page
