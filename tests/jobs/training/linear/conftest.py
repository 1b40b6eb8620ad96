"""Rows whose coefficients are known."""

from collections.abc import Callable

import numpy as np
import pandas as pd
import pytest

from toile.training.linear.gram import Array

MakeRows = Callable[..., tuple[pd.DataFrame, Array]]


@pytest.fixture(scope="session")
def make_rows() -> MakeRows:
    """Makes independent normal columns a, b, ... and a label `1 + 1 a + 2 b + ... + noise`."""
    return simulate


def simulate(rows: int = 400, *, names: str = "abc", noise: float = 1.0, seed: int = 0) -> tuple[pd.DataFrame, Array]:
    generator = np.random.default_rng(seed)
    features = pd.DataFrame(generator.normal(size=(rows, len(names))), columns=list(names))
    label = 1 + features.to_numpy() @ np.arange(1.0, len(names) + 1) + noise * generator.normal(size=rows)
    return features, label
