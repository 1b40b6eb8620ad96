import numpy as np
import pandas as pd
import pytest

from toile.evaluation.importance import MAX_ROWS, measure_importance
from toile.tasks import template_of
from toile.tasks.predictions import Array, Predictions


def rows(count: int) -> tuple[pd.DataFrame, Array]:
    generator = np.random.default_rng(0)
    features = pd.DataFrame(generator.normal(size=(count, 3)), columns=["strong", "weak", "unused"])
    features["word"] = generator.choice(["a", "b"], count)
    return features, 3 * features["strong"].to_numpy() + 0.5 * features["weak"].to_numpy()


def predict(frame: pd.DataFrame) -> Predictions:
    return Predictions.of(3 * frame["strong"].to_numpy(dtype=float) + 0.5 * frame["weak"].to_numpy(dtype=float))


@pytest.mark.parametrize("metric", ["mae", "r2", "bias"])
@pytest.mark.parametrize("count", [400, MAX_ROWS + 100])
def test_features_are_ranked_by_what_is_lost_without_them(metric: str, count: int) -> None:
    features, label = rows(count)
    found = measure_importance(template_of("regression"), metric, predict, features, label=label, seed=0)
    losses = {one.feature: one.loss for one in found}
    assert losses["unused"] == losses["word"] == 0
    if metric != "bias":  # shuffling leaves the mean where it was
        assert list(losses)[:2] == ["strong", "weak"]
        assert losses["strong"] > losses["weak"] > 0
    assert all(one.least <= one.loss <= one.most for one in found)


def test_it_is_the_same_each_time() -> None:
    features, label = rows(300)
    task = template_of("regression")
    first, second = (measure_importance(task, "mae", predict, features, label=label, seed=7) for _ in range(2))
    assert first == second
