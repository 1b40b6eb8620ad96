from collections.abc import Callable
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import norm, t

from toile.config.metrics import METRICS
from toile.config.model import Validation
from toile.evaluation import bootstrap
from toile.evaluation.bootstrap import block_length, evaluate, evaluate_parts
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


@pytest.mark.parametrize("periods", [False, True])
def test_draws_depend_neither_on_the_parts_in_memory_nor_on_the_order_of_rows(
    make_holdout: MakeHoldout, monkeypatch: pytest.MonkeyPatch, periods: bool
) -> None:
    holdout = make_holdout({"candidate": 0.5}, rows_per_entity=3)
    holdout = replace(holdout, period=np.arange(holdout.rows) % 11 if periods else None)
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
    assert percentile_interval(0.5, replicates, 0.95, units=np.inf) is None
    assert percentile_interval(0.5, replicates[1:], 0.95, units=np.inf) is None
    assert percentile_interval(0.5, replicates[2:], 0.95, units=np.inf) is not None
    assert percentile_interval(np.nan, np.full(100, 0.5), 0.95, units=np.inf) is None


def test_percentile_interval_leaves_half_the_rest_on_either_side() -> None:
    interval = percentile_interval(0.5, np.linspace(0, 1, 1001), 0.9, units=1e9)
    assert interval
    assert (interval.low, interval.high) == pytest.approx((0.05, 0.95))


def test_percentile_interval_is_wider_where_units_are_few() -> None:
    """At 30 units by sqrt(30 / 29) and Student's quantile with 29 degrees, 2.045, over the normal 1.960."""
    interval = percentile_interval(0.5, np.linspace(0, 1, 1001), 0.95, units=30)
    assert interval
    stretch = np.sqrt(30 / 29) * t.ppf(0.975, 29) / norm.ppf(0.975)
    assert (interval.low, interval.high) == pytest.approx((0.5 - 0.475 * stretch, 0.5 + 0.475 * stretch))


def test_an_interval_stays_within_what_the_metric_can_be(make_holdout: MakeHoldout) -> None:
    interval = evaluate(make_holdout({"candidate": 0.0}, rows=12), VALIDATION).interval("candidate", "roc_auc")
    assert interval
    assert 0 <= interval.low < interval.high <= 1


def test_a_part_is_measured_on_the_draws_of_the_whole(make_holdout: MakeHoldout) -> None:
    """Rows that are the same in two parts move both alike: their gap is exactly zero, and so is its interval."""
    holdout = make_holdout({"candidate": 0.5})
    every, half = np.arange(holdout.rows), np.arange(holdout.rows // 2)
    whole, one, same = evaluate_parts(holdout, [every, half, half[::-1]], VALIDATION)
    gap = one.gap(same, "candidate", "brier")
    assert gap
    assert (gap.value, gap.low, gap.high) == pytest.approx((0, 0, 0))
    assert whole.metrics("candidate") == evaluate(holdout, VALIDATION).metrics("candidate")


def test_a_gap_between_groups_that_share_their_entities_is_paired() -> None:
    """Every customer is in both groups with nearly the same error: unpaired, the gap would be as unsure as a group."""
    generator = np.random.default_rng(0)
    error = np.repeat(generator.normal(size=100), 2) + 0.05 * generator.normal(size=200)
    frame = pd.DataFrame({"customer_id": np.repeat(np.arange(100), 2), "spend": 0.0})
    holdout = Holdout.from_frame(
        template_of("regression"), frame, {"candidate": Predictions.of(error)}, entity="customer_id", label="spend"
    )
    odd, even = evaluate_parts(holdout, [np.arange(0, 200, 2), np.arange(1, 200, 2)], VALIDATION)
    gap, alone = odd.gap(even, "candidate", "mae"), odd.interval("candidate", "mae")
    assert gap
    assert alone
    assert gap.high - gap.low < 0.2 * (alone.high - alone.low)


def weekly(shock: float, *, weeks: int = 12, series: int = 40) -> Holdout:
    """Errors of a candidate of which a part is common to all series of a week, the more the larger the shock."""
    generator = np.random.default_rng(0)
    week, which = np.divmod(np.arange(weeks * series), series)
    errors = 5 + generator.normal(size=len(week)) + shock * generator.normal(size=weeks)[week]
    frame = pd.DataFrame({"article": which.astype(str), "units": 0.0, "week": week})
    return Holdout.from_frame(
        template_of("regression"), frame, {"candidate": Predictions.of(errors)},
        entity="article", label="units", period="week",
    )  # fmt: skip


def width(holdout: Holdout, block: int | None = None) -> float:
    interval = evaluate(holdout, VALIDATION.model_copy(update={"block": block})).interval("candidate", "mae")
    assert interval
    return interval.high - interval.low


def test_shocks_of_a_week_are_in_the_interval() -> None:
    """The mean of 12 weeks' shocks of spread 1 has a standard error of 0.29; the series alone know nothing of it."""
    assert width(replace(weekly(1.0), period=None)) < 0.3
    assert width(weekly(1.0), block=1) > 0.8
    assert width(weekly(0.0)) < 0.5


@pytest.mark.parametrize(("periods", "length"), [(1, 1), (8, 2), (9, 3), (27, 3), (28, 4)])
def test_blocks_are_as_long_as_the_cube_root_of_the_periods(periods: int, length: int) -> None:
    assert block_length(periods, VALIDATION) == length
    assert block_length(periods, VALIDATION.model_copy(update={"block": 5})) == min(5, periods)


def test_periods_are_drawn_in_whole_blocks_round_a_circle() -> None:
    """With one block as long as the time each resample holds every period once: nothing but entities varies."""
    holdout = weekly(1.0)
    entities_alone = replace(holdout, period=None)
    whole, alone = (evaluate(part, VALIDATION.model_copy(update={"block": 12})) for part in (holdout, entities_alone))
    assert whole.draws["candidate", "mae"] == pytest.approx(alone.draws["candidate", "mae"])
