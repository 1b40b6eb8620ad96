from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest

from toile.config.metrics import METRICS
from toile.config.model import Validation
from toile.evaluation import bootstrap
from toile.evaluation.bootstrap import evaluate
from toile.evaluation.holdout import Holdout
from toile.evaluation.interval import percentile_interval
from toile.tasks import template_of
from toile.tasks.predictions import Predictions

TASK = template_of("classification")

MakeHoldout = Callable[..., Holdout]
VALIDATION = Validation(resamples=300)


def test_equal_models_have_an_advantage_of_exactly_zero(make_holdout: MakeHoldout) -> None:
    holdout = make_holdout({"candidate": 0.5})
    holdout = replace(holdout, predictions=dict.fromkeys(["candidate", "champion"], holdout.predictions["candidate"]))
    advantages = evaluate(holdout, VALIDATION).advantages("candidate", "champion")
    assert {(i.value, i.low, i.high) for i in advantages.values()} == {(0.0, 0.0, 0.0)}
    assert set(advantages) == set(METRICS["classification"])


def test_a_planted_better_model_is_found_by_every_metric_whatever_its_sense(make_holdout: MakeHoldout) -> None:
    evaluation = evaluate(make_holdout({"candidate": 0.1, "naive": 3.0}), VALIDATION)
    assert all(interval.low > 0 for interval in evaluation.advantages("candidate", "naive").values())
    assert all(interval.high < 0 for interval in evaluation.advantages("naive", "candidate").values())


def test_advantage_is_that_of_the_same_resamples_and_narrower_than_unpaired(make_holdout: MakeHoldout) -> None:
    evaluation = evaluate(make_holdout({"candidate": 0.50, "champion": 0.55}), VALIDATION)
    candidate, champion = (evaluation.interval(model, "roc_auc") for model in ("candidate", "champion"))
    advantage = evaluation.advantage("candidate", "champion", "roc_auc")
    assert candidate
    assert champion
    assert advantage
    assert advantage.value == pytest.approx(candidate.value - champion.value)
    assert advantage.high - advantage.low < 0.8 * ((candidate.high - candidate.low) + (champion.high - champion.low))


@pytest.mark.parametrize("copies", [4, 9])
def test_rows_repeated_per_entity_add_no_certainty(make_holdout: MakeHoldout, copies: int) -> None:
    single = make_holdout({"candidate": 0.5}, rows=300)
    repeated = single.take(np.repeat(np.arange(300), copies))
    unclustered = replace(repeated, entity=np.arange(300 * copies).astype(str))
    widths = []
    for holdout in (single, repeated, unclustered):
        interval = evaluate(holdout, VALIDATION).interval("candidate", "roc_auc")
        assert interval
        widths.append(interval.high - interval.low)
    assert widths[1] == pytest.approx(widths[0], rel=1e-9)
    assert widths[2] == pytest.approx(widths[0] / np.sqrt(copies), rel=0.25)


def test_draws_depend_neither_on_the_parts_in_memory_nor_on_the_order_of_rows(
    make_holdout: MakeHoldout, monkeypatch: pytest.MonkeyPatch
) -> None:
    holdout = make_holdout({"candidate": 0.5}, rows_per_entity=3)
    expected = evaluate(holdout, VALIDATION).metrics("candidate")
    monkeypatch.setattr(bootstrap, "CELLS_AT_ONCE", 7 * holdout.rows)
    shuffled = holdout.take(np.random.default_rng(5).permutation(holdout.rows).astype(np.intp))
    for metric, interval in evaluate(shuffled, VALIDATION).metrics("candidate").items():
        assert vars(interval) == pytest.approx(vars(expected[metric]), abs=1e-12)


def test_another_seed_gives_other_resamples_and_the_same_value(make_holdout: MakeHoldout) -> None:
    holdout = make_holdout({"candidate": 0.5})
    one, two = (
        evaluate(holdout, VALIDATION.model_copy(update={"seed": seed})).interval("candidate", "brier")
        for seed in (0, 1)
    )
    assert one
    assert two
    assert (one.value, one.low == two.low) == (two.value, False)


def test_resamples_of_one_label_are_left_out_and_counted() -> None:
    frame = pd.DataFrame({"customer_id": range(40), "label": [1] * 3 + [0] * 37})
    predictions = {"candidate": Predictions.of(np.linspace(0.9, 0.1, 40))}
    holdout = Holdout.from_frame(TASK, frame, predictions, entity="customer_id", label="label")
    evaluation = evaluate(holdout, VALIDATION)
    assert 5 < evaluation.one_label < 30
    assert np.isnan(evaluation.draws["candidate", "roc_auc"]).sum() == evaluation.one_label
    assert evaluation.metrics("candidate").keys() == METRICS["classification"].keys()


def test_a_figure_that_is_mostly_undefined_has_no_interval() -> None:
    replicates = np.r_[np.full(11, np.nan), np.full(89, 0.5)]
    assert percentile_interval(0.5, replicates, 0.95) is None
    assert percentile_interval(0.5, replicates[1:], 0.95) is None
    assert percentile_interval(0.5, replicates[2:], 0.95) is not None
    assert percentile_interval(np.nan, np.full(100, 0.5), 0.95) is None


def test_percentile_interval_leaves_half_the_rest_on_either_side() -> None:
    interval = percentile_interval(0.5, np.linspace(0, 1, 1001), 0.9)
    assert interval
    assert (interval.low, interval.high) == pytest.approx((0.05, 0.95))


def test_equal_models_beat_each_other_in_no_more_than_the_nominal_share_of_holdouts(make_holdout: MakeHoldout) -> None:
    """A/A: two models of the same quality; one-sided, 2.5 % of 200 holdouts is 5, and 12 leaves room for chance."""
    validation = Validation(resamples=200)
    wins = 0
    for seed in range(200):
        holdout = make_holdout({"candidate": 1.0, "champion": 1.0}, rows=300, seed=seed)
        advantage = evaluate(holdout, validation).advantage("candidate", "champion", "roc_auc")
        assert advantage
        wins += advantage.low > 0
    assert wins <= 12
