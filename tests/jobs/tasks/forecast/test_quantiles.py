"""Quantiles on seeded rows whose spread grows with their size, as that of sales does."""

from typing import Any

import numpy as np
import pandas as pd
import pytest

from toile.errors import DataError
from toile.tasks import template_of
from toile.tasks.forecast.metrics import METRICS
from toile.tasks.forecast.quantiles import WithQuantiles
from toile.tasks.predictions import Array, Predictions

LEVELS = (0.1, 0.5, 0.9)


class Size:
    """Foretells the mean of a label that was drawn around it."""

    def predict(self, features: pd.DataFrame) -> Any:
        return features["size"].to_numpy()


def draw(seed: int, rows: int = 5000) -> tuple[pd.DataFrame, Array]:
    generator = np.random.default_rng(seed)
    size = generator.gamma(1, 20, rows)
    return pd.DataFrame({"size": size}), size * generator.gamma(2, 0.5, rows)


def learn(seed: int, rows: int = 5000) -> WithQuantiles:
    features, label = draw(seed, rows)
    return WithQuantiles.learn(LEVELS, Size(), Predictions.of(Size().predict(features)), label)


def test_fresh_labels_lie_below_each_quantile_as_often_as_it_says_among_large_and_small_ones_alike() -> None:
    features, label = draw(seed=1)
    answer = template_of("forecast").predict(learn(seed=0), features)
    for part in pd.qcut(features["size"], 5, labels=False), np.zeros(len(label)):
        for level, values in answer.quantiles.items():
            shares = pd.Series(label <= values).groupby(part).mean()
            assert shares.to_numpy() == pytest.approx(level, abs=0.04)


def test_quantiles_never_cross_nor_fall_below_what_was_ever_seen() -> None:
    features, _ = draw(seed=2)
    extreme = pd.concat([features, pd.DataFrame({"size": [-1e6, 0.0, 1e6]})])
    quantiles = np.array(list(template_of("forecast").predict(learn(0), extreme).quantiles.values()))
    assert (np.diff(quantiles, axis=0) >= 0).all()
    assert quantiles.min() == 0


def test_many_equal_forecasts_share_their_residuals() -> None:
    label = np.random.default_rng(0).gamma(2, 5, 1000)
    features = pd.DataFrame({"size": np.zeros(1000)})
    refined = WithQuantiles.learn(LEVELS, Size(), Predictions.of(np.zeros(1000)), label)
    found = refined.predict(features).iloc[0]
    assert found.tolist() == pytest.approx([0, *np.quantile(label, LEVELS)])


def test_too_few_rows_are_told_with_what_to_change() -> None:
    with pytest.raises(DataError, match=r"newest training rows are 49, and 50 are needed.*training_data\.window"):
        learn(0, rows=49)


def test_answers_survive_a_frame_with_other_columns() -> None:
    values = np.arange(3.0)
    told = Predictions(values, values, {level: values + level for level in (0.025, 0.5, 0.123456789)})
    frame = told.to_frame(pd.Index([7, 8, 9])).assign(product_id="x")
    assert list(frame)[:3] == ["score", "quantile_0_025", "quantile_0_5"]
    read = Predictions.from_frame(frame)
    assert read.value.tolist() == read.rank.tolist() == [0, 1, 2]
    assert {level: found.tolist() for level, found in read.quantiles.items()} == {
        level: found.tolist() for level, found in told.quantiles.items()
    }
    assert read.take(np.array([2])).quantiles[0.5].tolist() == [2.5]


def measure(metric: str, label: list[float], quantiles: dict[float, list[float]], weights: list[float]) -> float:
    told = {level: np.array(values) for level, values in quantiles.items()}
    value = np.zeros(len(label))
    prepared = METRICS[metric].prepare(np.array(label), Predictions(value, value, told))
    return float(prepared(np.array(weights)[:, None])[0])


def test_pinball_and_coverage_agree_with_a_computation_by_hand() -> None:
    label, quantiles = [10.0, 0.0, 4.0], {0.1: [6.0, 1.0, 4.0], 0.9: [8.0, 3.0, 4.0]}
    losses = [(0.1 * 4 + 0.9 * 2) / 2, (0.9 * 1 + 0.1 * 3) / 2, 0]
    assert measure("pinball", label, quantiles, [1, 1, 1]) == pytest.approx(sum(losses) / 3)
    assert measure("pinball", label, quantiles, [1, 3, 0]) == pytest.approx((losses[0] + 3 * losses[1]) / 4)
    assert measure("coverage_gap", label, quantiles, [1, 1, 1]) == pytest.approx(1 / 3 - 0.8)
    assert measure("coverage_gap", label, quantiles, [0, 0, 2]) == pytest.approx(1 - 0.8)


@pytest.mark.parametrize(
    ("metric", "quantiles"), [("pinball", {}), ("coverage_gap", {}), ("coverage_gap", {0.5: [1.0, 2.0]})]
)
def test_metrics_of_quantiles_are_undefined_without_them(metric: str, quantiles: dict[float, list[float]]) -> None:
    assert np.isnan(measure(metric, [1.0, 2.0], quantiles, [1, 1]))
