"""What the curves say of rankings that are known."""

from collections.abc import Callable

import numpy as np
import pytest

from toile.config import Conf
from toile.evaluation.curves import draw_curves
from toile.evaluation.holdout import MODELS, Holdout
from toile.evaluation.page import render_page
from toile.evaluation.report import validate_candidate
from toile.home import REPOSITORY
from toile.tasks.predictions import Predictions

LABEL = np.array([1.0] * 20 + [0.0] * 80)


@pytest.mark.parametrize(
    ("rank", "at_10", "at_20", "at_50"),
    [(LABEL, 0.5, 1.0, 1.0), (np.zeros(100), 0.1, 0.2, 0.5), (-LABEL, 0.0, 0.0, 0.0)],
    ids=["perfect", "all equal", "reversed"],
)
def test_gains_of_known_rankings(rank: np.ndarray, at_10: float, at_20: float, at_50: float) -> None:
    curves = draw_curves(LABEL, Predictions.of(rank))
    assert [curves.caught(share, 0.2) for share in (0.1, 0.2, 0.5)] == pytest.approx([at_10, at_20, at_50])
    assert (curves.gains(0.2)[0], curves.gains(0.2)[-1]) == ((0.0, 0.0), (1.0, 1.0))


def test_gains_are_what_counting_the_best_ranked_rows_finds() -> None:
    generator = np.random.default_rng(3)
    rank = generator.normal(size=5000)
    label = (generator.random(5000) < 1 / (1 + np.exp(2 - rank))).astype(float)
    counted = label[np.argsort(-rank)[:1000]].sum() / label.sum()
    assert draw_curves(label, Predictions.of(rank)).caught(0.2, float(label.mean())) == pytest.approx(
        counted, abs=0.005
    )


def test_the_page_says_in_a_sentence_how_many_positives_the_best_ranked_rows_hold(
    make_holdout: Callable[..., Holdout],
) -> None:
    config = Conf(REPOSITORY / "conf").load_model("customer.repeat_purchase").config
    holdout = make_holdout(dict(zip(MODELS, (0.3, 0.4, 0.6, 1.5), strict=True)), rows=1500)
    best = np.argsort(-holdout.predictions["candidate"].rank)[:300]
    share = holdout.label[best].sum() / holdout.label.sum()
    page = render_page(validate_candidate(holdout, config, candidate="7", champion="5"))
    assert f"ranks best hold {share:.0%} of the positives, {share / 0.2:.1f} times as many as chance." in page
