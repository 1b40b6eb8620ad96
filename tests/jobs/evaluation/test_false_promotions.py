"""How often a candidate that is no better passes all the same: at most as often as the confidence level says."""

import numpy as np
import pandas as pd
import pytest
from scipy.stats import binom

from toile.config.model import NonInferiority, Superiority, Validation
from toile.evaluation.bootstrap import evaluate
from toile.evaluation.gates import judge_gates
from toile.evaluation.holdout import Holdout
from toile.evaluation.slices import Slice
from toile.tasks import template_of
from toile.tasks.predictions import Array, Predictions

SIMULATIONS, ENTITIES, ROWS_EACH = 300, 150, 2
LEVEL = 0.025  # of a two-sided interval of 95 %, one side
VALIDATION = Validation(resamples=200, confidence=0.95)
MARGIN = 0.5


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
    assert 0 < promoted <= binom.ppf(0.999, SIMULATIONS, LEVEL)
