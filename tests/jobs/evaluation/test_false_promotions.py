"""How often a candidate that is no better passes all the same: at most as often as the confidence level says."""

from dataclasses import replace

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from toile.config.model import NonInferiority, Superiority, Validation
from toile.evaluation.bootstrap import evaluate
from toile.evaluation.gates import MIN_ENTITIES, MIN_PERIODS, judge_gates
from toile.evaluation.holdout import Holdout
from toile.evaluation.slices import Slice
from toile.tasks import template_of
from toile.tasks.predictions import Array, Predictions

SIMULATIONS, ENTITIES, ROWS_EACH = 300, MIN_ENTITIES, 2
LEVEL = 0.025  # of a two-sided interval of 95 %, one side
VALIDATION = Validation(resamples=200, confidence=0.95)
MARGIN = 0.5
FORECASTS, HORIZONS, MEMORY = 200, 3, 0.3


def simulate(task: str, generator: np.random.Generator, handicap: float) -> Holdout:
    """Two models with errors of their own and equal size; the candidate's mean absolute error is `handicap` higher."""
    truth = np.repeat(generator.normal(size=ENTITIES), ROWS_EACH)
    label, answers = _answers(task, truth, generator, handicap)
    frame = pd.DataFrame({"customer_id": np.repeat(np.arange(ENTITIES), ROWS_EACH).astype(str), "label": label})
    predictions = {name: Predictions.of(answer) for name, answer in answers.items()}
    return Holdout.from_frame(template_of(task), frame, predictions, entity="customer_id", label="label")


def _answers(
    task: str, truth: Array, generator: np.random.Generator, handicap: float
) -> tuple[Array, dict[str, Array]]:
    # Errors are shared within an entity: rows of one customer tell less than as many rows of different ones.
    errors = {name: np.repeat(generator.normal(size=ENTITIES), ROWS_EACH) for name in ("candidate", "champion")}
    if task == "classification":
        label = (generator.random(len(truth)) < 1 / (1 + np.exp(-2 * truth))).astype(float)
        return label, {name: 1 / (1 + np.exp(-(truth + error))) for name, error in errors.items()}
    away = {name: np.sign(error) * (np.abs(error) + handicap * (name == "candidate")) for name, error in errors.items()}
    return truth, {name: truth + error for name, error in away.items()}


def passes(holdout: Holdout, gate: Superiority | NonInferiority) -> bool:
    whole = Slice(None, None, holdout, evaluate(holdout, VALIDATION))
    (outcome,) = judge_gates([gate], whole, [], {}, has_champion=True)
    return outcome.passed


@pytest.mark.parametrize(
    ("task", "gate", "handicap"),
    [
        ("classification", Superiority(metric="roc_auc", beats="champion"), 0.0),
        ("regression", Superiority(metric="mae", beats="champion"), 0.0),
        ("regression", NonInferiority(metric="mae", no_worse_than="champion", margin=MARGIN), MARGIN),
    ],
    ids=["roc_auc beats", "mae beats", "mae within its margin"],
)
def test_a_candidate_that_is_no_better_is_promoted_no_more_often_than_stated(
    task: str, gate: Superiority | NonInferiority, handicap: float
) -> None:
    generator = np.random.default_rng(20111208)
    promoted = sum(passes(simulate(task, generator, handicap), gate) for _ in range(SIMULATIONS))
    assert 0 < promoted <= most_by_chance(SIMULATIONS)


def most_by_chance(simulations: int) -> float:
    """Exceeded by chance once in a thousand where the rate of false promotions is the stated one (exact binomial)."""
    return float(binom.ppf(0.999, simulations, LEVEL))


def simulate_forecast(generator: np.random.Generator, periods: int) -> Holdout:
    """Two equal forecasters of a few series, each period forecast from several origins.

    Each has AR(1) shocks of its own that hit all series of a period, from whatever origin they were forecast. All
    errors are above zero, so that shocks reach the absolute errors with all their memory: the hardest case.
    """
    series, origins, horizons = MIN_ENTITIES, periods - HORIZONS + 1, HORIZONS
    which, origin, horizon = (part.ravel() for part in np.indices((series, origins, horizons)))
    period = origin + horizon
    level = generator.normal(20.0, 5.0, series)[which]
    answers = {}
    for name in ("candidate", "champion"):
        own = generator.normal(size=series)[which] + generator.normal(size=len(which))
        answers[name] = Predictions.of(level + 20 + own + 2 * _autoregress(generator, periods)[period])
    frame = pd.DataFrame({"article": which.astype(str), "units": level, "week": period})
    return Holdout.from_frame(template_of("regression"), frame, answers, entity="article", label="units", period="week")


def _autoregress(generator: np.random.Generator, periods: int) -> Array:
    shocks = generator.normal(size=periods)
    for now in range(1, periods):
        shocks[now] = MEMORY * shocks[now - 1] + np.sqrt(1 - MEMORY**2) * shocks[now]
    return shocks


@pytest.mark.parametrize("periods", [MIN_PERIODS, 13])
def test_shocks_common_to_all_series_of_a_week_promote_no_more_often_than_stated(periods: int) -> None:
    generator = np.random.default_rng(20111209)
    gate = Superiority(metric="mae", beats="champion")
    holdouts = [simulate_forecast(generator, periods) for _ in range(FORECASTS)]
    assert sum(passes(holdout, gate) for holdout in holdouts) <= most_by_chance(FORECASTS)


def test_far_more_would_be_promoted_if_weeks_were_not_resampled() -> None:
    generator = np.random.default_rng(20111209)
    gate = Superiority(metric="mae", beats="champion")
    blind = [replace(simulate_forecast(generator, 10), period=None) for _ in range(100)]
    assert sum(passes(holdout, gate) for holdout in blind) > 2 * most_by_chance(100)
