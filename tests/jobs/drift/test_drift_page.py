import re

import pytest

from toile.contract import Verdict
from toile.drift.page import render_page
from toile.drift.report import BinShare, DriftReport, FeatureDrift


def feature(name: str, psi: float, *, bins: int = 10, **values: object) -> FeatureDrift:
    shares = [BinShare(name=f"bin {number}", reference=1 / bins, current=1 / bins) for number in range(bins)]
    defaults = {"type": "double", "noise": 0.01, "drifted": psi >= 0.2, "null_share_before": 0.0, "null_share": 0.0}
    defaults |= {"new_categories": {}, "missing_categories": {}, "bins": shares}
    return FeatureDrift.model_validate({"name": name, "psi": psi, **defaults, **values})


def report_on(features: list[FeatureDrift]) -> DriftReport:
    drifted = [feature.name for feature in features if feature.drifted]
    return DriftReport(
        reference_rows=3308,
        rows=2810,
        psi_limit=0.2,
        share_limit=0.3,
        features=features,
        verdict=Verdict.WARNED if drifted else Verdict.PASSED,
        reasons=[f"{len(drifted)} of {len(features)} features drifted."] if drifted else [],
        notes=[],
    )


def test_page_shows_every_feature_and_marks_those_that_drifted() -> None:
    page = render_page(report_on([feature("recency_days", 0.531), feature("spend", 0.012)]), "customer.repeat_purchase")
    assert page.count("<svg") == 3
    assert page.count(">drifted</span>") == 1
    assert ">0.531</text>" in page
    assert 'class="verdict warned"' in page
    assert "http" not in page


def test_page_tells_new_and_missing_categories_and_escapes_them() -> None:
    country = feature("country", 0.1, new_categories={"<b>Eire": 0.025}, missing_categories={"Malta": 0.001})
    page = render_page(report_on([country]), "customer.repeat_purchase")
    assert "&lt;b&gt;Eire (2.50%)" in page
    assert "Malta (0.10%)" in page
    assert "No feature drifted." in page


def test_page_tells_a_change_of_nulls() -> None:
    page = render_page(report_on([feature("spend", 0.1, null_share_before=0.121, null_share=0.5)]), "a model")
    assert "null: 12.1% before" in page
    assert "50.0% now" in page


@pytest.mark.parametrize(("features", "bins"), [(1, 1), (200, 10), (2, 101)])
def test_page_stays_small_however_wide_the_data(features: int, bins: int) -> None:
    page = render_page(report_on([feature(f"f{number}", 0.0, bins=bins) for number in range(features)]), "a model")
    assert len(page) < 400_000
    assert len(re.findall("<figure>", page)) == min(features, 60)
