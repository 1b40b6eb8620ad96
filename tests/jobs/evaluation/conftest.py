"""Simulated held-out rows."""

from collections.abc import Callable, Mapping

import numpy as np
import pandas as pd
import pytest

from toile.evaluation.holdout import Holdout
from toile.tasks import template_of
from toile.tasks.predictions import Array, Predictions

TASK = template_of("classification")

MakeHoldout = Callable[..., Holdout]


@pytest.fixture(scope="session")
def make_holdout() -> MakeHoldout:
    """Makes rows whose labels follow a logit; each model sees the logit through noise of its own."""
    return simulate_holdout


def simulate_holdout(
    noise: Mapping[str, float], *, rows: int = 600, rows_per_entity: int = 1, seed: int = 0
) -> Holdout:
    generator = np.random.default_rng(seed)
    entity = np.repeat(np.arange(rows // rows_per_entity), rows_per_entity)
    logit = np.repeat(generator.normal(size=rows // rows_per_entity), rows_per_entity)
    label = np.repeat(generator.random(rows // rows_per_entity), rows_per_entity) < sigmoid(logit)
    frame = pd.DataFrame(
        {
            "customer_id": entity.astype(str),
            "event_time": pd.Timestamp("2011-08-30"),
            "label": label.astype(int),
            "country": generator.choice(["France", "Germany", "United Kingdom"], rows, p=[0.05, 0.25, 0.7]),
        }
    )
    predictions = {
        model: Predictions.of(sigmoid(logit + spread * generator.normal(size=rows))) for model, spread in noise.items()
    }
    return Holdout.from_frame(TASK, frame, predictions, entity="customer_id", label="label", slices=["country"])


def sigmoid(logit: Array) -> Array:
    chance: Array = 1 / (1 + np.exp(-logit))
    return chance
