from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from pydantic import TypeAdapter

from toile.config.model import Gate, Superiority, Validation
from toile.evaluation.gates import GateOutcome, describe, judge_gates
from toile.evaluation.holdout import Holdout
from toile.evaluation.slices import evaluate_slices
from toile.tasks import template_of
from toile.tasks.predictions import Predictions

TASK = template_of("classification")

MakeHoldout = Callable[..., Holdout]
VALIDATION = Validation(resamples=300)
GOOD, SAME, POOR = (
    {"candidate": 0.3, "naive": 2.0},
    {"candidate": 0.3, "baseline": 0.3},
    {"candidate": 2.0, "naive": 0.3},
)


def judge(
    gates: Sequence[dict[str, object]],
    holdout: Holdout,
    *,
    champion: bool = False,
    problems: dict[str, str] | None = None,
) -> list[GateOutcome]:
    parsed: list[Gate] = TypeAdapter(list[Gate]).validate_python(list(gates))
    whole, slices = evaluate_slices(holdout, map(str, holdout.features), VALIDATION)
    return judge_gates(parsed, whole, slices, problems or {}, has_champion=champion)


@pytest.mark.parametrize(
    ("gate", "noise", "passed", "reason"),
    [
        ({"metric": "roc_auc", "min": 0.6}, GOOD, True, "ROC AUC is 0.7"),
        ({"metric": "roc_auc", "min": 0.9}, GOOD, False, ", below 0.9."),
        ({"metric": "log_loss", "max": 0.2}, GOOD, False, ", above 0.2."),
        ({"metric": "log_loss", "min": 0.1, "max": 0.9}, GOOD, True, "Log loss is 0."),
        ({"metric": "roc_auc", "beats": "naive"}, GOOD, True, "wholly above zero."),
        ({"metric": "brier", "beats": "naive"}, GOOD, True, "over the naive is +0."),
        ({"metric": "brier", "beats": "naive"}, POOR, False, "over the naive is -0."),
        ({"metric": "roc_auc", "beats": "baseline"}, SAME, False, "not wholly above zero."),
        ({"metric": "roc_auc", "no_worse_than": "baseline", "margin": 0.05}, SAME, True, "the margin of -0.05."),
        ({"metric": "roc_auc", "no_worse_than": "naive", "margin": 0.01}, POOR, False, "not wholly above the margin"),
    ],
)
def test_gate_judges_and_says_why(
    make_holdout: MakeHoldout, gate: dict[str, object], noise: dict[str, float], passed: bool, reason: str
) -> None:
    [outcome] = judge([gate], make_holdout(noise))
    assert (outcome.passed, outcome.judged) == (passed, True)
    assert reason in outcome.reason
    assert outcome.interval


@pytest.mark.parametrize("rule", [{"beats": "champion"}, {"no_worse_than": "champion", "margin": 0.01}])
def test_a_champion_that_does_not_exist_yet_lets_pass_but_an_unscored_one_refuses(
    make_holdout: MakeHoldout, rule: dict[str, object]
) -> None:
    gate = {"metric": "roc_auc", **rule}
    [first] = judge([gate], make_holdout(GOOD))
    [later] = judge([gate], make_holdout(GOOD), champion=True)
    assert (first.passed, first.reason) == (True, "There is no champion yet.")
    assert not later.passed
    assert later.reason.startswith("The champion cannot be judged: no predictions. Give back the feature")


@pytest.mark.parametrize("model", ["candidate", "naive"])
def test_unsound_predictions_close_every_gate_that_needs_them(make_holdout: MakeHoldout, model: str) -> None:
    holdout = make_holdout(GOOD)
    sound = holdout.only([name for name in GOOD if name != model])
    gates: list[dict[str, object]] = [{"metric": "roc_auc", "beats": "naive"}, {"metric": "roc_auc", "min": 0.5}]
    comparison, threshold = judge(gates, sound, problems={model: "1 of 600 predictions are missing"})
    assert not comparison.passed
    assert comparison.reason == f"The {model} cannot be judged: 1 of 600 predictions are missing."
    assert threshold.passed is (model == "naive")


def test_holdout_of_one_label_refuses_ranking_metrics(make_holdout: MakeHoldout) -> None:
    holdout = make_holdout({"candidate": 0.3, "baseline": 0.4})
    holdout = replace(holdout, label=np.ones(holdout.rows))
    gates: list[dict[str, object]] = [
        {"metric": metric, **rule}
        for metric in ("roc_auc", "average_precision")
        for rule in ({"min": 0.1}, {"no_worse_than": "baseline", "margin": 0.5})
    ]
    assert {(outcome.passed, outcome.judged) for outcome in judge(gates, holdout)} == {(False, True)}


def test_a_comparison_on_few_entities_refuses_however_many_rows(make_holdout: MakeHoldout) -> None:
    holdout = make_holdout(GOOD)
    few = replace(holdout, entity=(np.arange(holdout.rows) % 29).astype(str))
    [outcome] = judge([{"metric": "roc_auc", "beats": "naive"}], few)
    assert not outcome.passed
    assert "29 entities" in outcome.reason


@pytest.mark.parametrize(
    ("periods", "block", "reason"),
    [
        (7, None, "An interval over 7 periods is not to be trusted; at least 8 are needed."),
        (8, None, "The advantage over the naive is +0.1"),
        (8, 4, "8 periods are 2.0 blocks of validation.block; an interval needs 3"),
    ],
)
def test_a_comparison_over_few_periods_or_blocks_of_them_refuses(
    make_holdout: MakeHoldout, periods: int, block: int | None, reason: str
) -> None:
    holdout = make_holdout(GOOD)
    holdout = replace(holdout, period=np.arange(holdout.rows) % periods)
    whole, _ = evaluate_slices(holdout, [], VALIDATION.model_copy(update={"block": block}))
    [outcome] = judge_gates([Superiority(metric="roc_auc", beats="naive")], whole, [], {}, has_champion=False)
    assert outcome.reason.startswith(reason)
    assert not outcome.passed


def equal_shops(shops: int, seed: int) -> Holdout:
    """Every shop's customers are answered with the same mean error, 1.0."""
    generator = np.random.default_rng(seed)
    rows = 40 * shops
    frame = pd.DataFrame(
        {"customer_id": np.arange(rows), "spend": 0.0, "shop": [f"s{row % shops}" for row in range(rows)]}
    )
    return Holdout.from_frame(
        template_of("regression"), frame, {"candidate": Predictions.of(generator.exponential(size=rows))},
        entity="customer_id", label="spend", slices=["shop"],
    )  # fmt: skip


def test_a_sound_model_is_not_refused_for_the_worst_of_many_noisy_slices() -> None:
    gate = {"metric": "mae", "max": 1.0, "slice_by": "shop", "min_rows": 10}
    outcomes = [judge([gate], equal_shops(14, seed)) for seed in range(40)]
    beyond = [[o for o in found if o.interval and o.interval.value > 1] for found in outcomes]
    assert all(beyond), "in each holdout some shop is above the limit by chance"
    refused = sum(not all(outcome.passed for outcome in found) for found in outcomes)
    assert refused <= 3  # 2.5 % of 40 is 1
    assert "is above 1, but among 14 slices chance does that: [" in beyond[0][0].reason
    assert beyond[0][0].reason.endswith("] at 99.64 %.")


def test_a_slice_within_the_limit_passes_though_its_interval_lies_beside_its_value(make_holdout: MakeHoldout) -> None:
    """Noise can only add to a calibration error, so that nearly all resamples have more of it than the rows."""
    holdout = make_holdout({"candidate": 0.0}, rows=300)
    holdout = replace(holdout, features=pd.DataFrame({"shop": ["only"] * holdout.rows}))
    _, (part,) = evaluate_slices(holdout, ["shop"], VALIDATION)
    interval = part.evaluation.interval("candidate", "calibration_error")
    assert interval
    gate = {"metric": "calibration_error", "max": interval.value + 1e-9, "slice_by": "shop", "min_rows": 10}
    draws = part.evaluation.draws["candidate", "calibration_error"]
    biased = replace(part.evaluation, draws={**part.evaluation.draws, ("candidate", "calibration_error"): draws + 0.2})
    parsed: list[Gate] = TypeAdapter(list[Gate]).validate_python([gate])
    [outcome] = judge_gates(parsed, part, [replace(part, evaluation=biased)], {}, has_champion=False)
    assert outcome.interval
    assert outcome.interval.low > interval.value
    assert outcome.passed


def test_a_slice_that_is_plainly_beyond_the_limit_refuses() -> None:
    holdout = equal_shops(14, seed=0)
    label = np.where(holdout.features["shop"] == "s3", -2.0, holdout.label)
    gate = {"metric": "mae", "max": 1.2, "slice_by": "shop", "min_rows": 10}
    refused = [outcome for outcome in judge([gate], replace(holdout, label=label)) if not outcome.passed]
    assert [outcome.slice_value for outcome in refused] == ["s3"]
    assert "at 99.64 %, wholly above 1.2." in refused[0].reason


def test_small_slices_are_shown_and_large_ones_judged(make_holdout: MakeHoldout) -> None:
    gate: dict[str, object] = {"metric": "roc_auc", "min": 0.99, "slice_by": "country", "min_rows": 100}
    outcomes = judge([gate], make_holdout(GOOD))
    assert [(o.slice_value, o.judged, o.passed) for o in outcomes] == [
        ("United Kingdom", True, False),
        ("Germany", True, False),
        ("France", False, True),
    ]
    assert "fewer than 100: shown, not judged" in outcomes[-1].reason
    assert outcomes[-1].interval


def test_a_slice_of_one_label_is_shown_with_its_reason(make_holdout: MakeHoldout) -> None:
    holdout = make_holdout(GOOD)
    germany = (holdout.features["country"] == "Germany").to_numpy()
    holdout = replace(holdout, label=np.where(germany, 1.0, holdout.label))
    gate: dict[str, object] = {"metric": "roc_auc", "min": 0.5, "slice_by": "country", "min_rows": 10}
    outcome = judge([gate], holdout)[1]
    assert (outcome.slice_value, outcome.judged, outcome.passed) == ("Germany", False, True)
    assert "have one label" in outcome.reason


def test_a_gate_on_a_feature_that_the_rows_lack_refuses(make_holdout: MakeHoldout) -> None:
    [outcome] = judge([{"metric": "roc_auc", "min": 0.5, "slice_by": "shop"}], make_holdout(GOOD))
    assert (outcome.passed, outcome.reason) == (False, "The held-out rows cannot be cut by shop.")


@pytest.mark.parametrize(
    ("gate", "words"),
    [
        ({"metric": "brier", "max": 0.25}, "Brier score is at most 0.25"),
        ({"metric": "roc_auc", "min": 0.65, "max": 0.95}, "ROC AUC is at least 0.65 and at most 0.95"),
        ({"metric": "roc_auc", "beats": "naive"}, "ROC AUC beats naive"),
        (
            {"metric": "log_loss", "no_worse_than": "champion", "margin": 0.01},
            "Log loss is no worse than champion, within 0.01",
        ),
    ],
)
def test_gate_in_words(gate: dict[str, object], words: str) -> None:
    parsed: Gate = TypeAdapter(Gate).validate_python(gate)
    assert describe(parsed, TASK) == words


def test_numbers_are_cut_into_quarters_and_nulls_are_a_slice_of_their_own() -> None:
    spend = [float(value) for value in range(1, 101)] + [None] * 20
    frame = pd.DataFrame({"customer_id": range(120), "label": [0, 1] * 60, "spend": spend})
    predictions = {"candidate": Predictions.of(np.linspace(0, 1, 120))}
    holdout = Holdout.from_frame(TASK, frame, predictions, entity="customer_id", label="label", slices=["spend"])
    parts = {part.value: part.holdout.rows for part in evaluate_slices(holdout, ["spend"], VALIDATION)[1]}
    assert sorted(parts.values()) == [20, 25, 25, 25, 25]
    assert parts["(missing)"] == 20
    assert parts["1 to 25.75"] == 25


def test_the_many_small_values_of_a_feature_are_one_slice_so_that_no_row_goes_unjudged() -> None:
    frame = pd.DataFrame(
        {"customer_id": range(300), "label": [0, 1] * 150, "shop": [f"s{i % 100}" for i in range(300)]}
    )
    predictions = {"candidate": Predictions.of(np.linspace(0, 1, 300))}
    holdout = Holdout.from_frame(TASK, frame, predictions, entity="customer_id", label="label", slices=["shop"])
    _, parts = evaluate_slices(holdout, ["shop"], VALIDATION)
    assert len(parts) == 50
    assert sum(part.holdout.rows for part in parts) == 300
    assert parts[-1].value == "(all others)"


def grouped(spread: float) -> Holdout:
    """Two large groups and a small one; the further apart the first two, the worse the model knows the second."""
    generator = np.random.default_rng(3)
    shop = np.repeat(["north", "south", "tiny"], [300, 300, 20])
    label = generator.integers(0, 2, 620)
    noise = np.where(shop == "south", 0.3 + spread, 0.3)
    answer = np.clip(label + noise * generator.normal(size=620), -2, 3) / 5 + 0.4
    frame = pd.DataFrame({"customer_id": np.arange(620).astype(str), "label": label, "shop": shop})
    return Holdout.from_frame(
        TASK, frame, {"candidate": Predictions.of(answer)}, entity="customer_id", label="label", slices=["shop"]
    )


@pytest.mark.parametrize(("spread", "passed"), [(0.0, True), (1.0, False)])
def test_a_gap_between_groups_is_judged_and_groups_too_small_are_left_out(spread: float, passed: bool) -> None:
    gate = {"metric": "roc_auc", "slice_by": "shop", "max_gap": 0.1, "min_rows": 100}
    (outcome,) = judge([gate], grouped(spread))
    assert outcome.passed is passed
    assert "tiny" not in outcome.reason
    assert outcome.interval is not None
    assert (outcome.interval.value > 0.1) is not passed


def test_a_gap_needs_two_groups_and_a_sound_candidate() -> None:
    gate = {"metric": "roc_auc", "slice_by": "shop", "max_gap": 0.1, "min_rows": 301}
    (few,) = judge([gate], grouped(0.0))
    assert (few.passed, few.reason) == (False, "0 groups of shop have 301 rows or more; a gap needs 2.")
    (unsound,) = judge([gate], grouped(0.0), problems={"candidate": "3 are missing"})
    assert (unsound.passed, unsound.reason) == (False, "The candidate cannot be judged: 3 are missing.")
