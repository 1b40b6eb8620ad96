import numpy as np
import pytest

from toile.training.linear.gram import Array, Gram


def assert_same(one: Gram, other: Gram, digits: float = 1e-12) -> None:
    assert one.rows == other.rows
    np.testing.assert_allclose(one.weight, other.weight, rtol=digits)
    np.testing.assert_allclose(one.means, other.means, rtol=digits, atol=digits)
    np.testing.assert_allclose(one.cross, other.cross, rtol=digits, atol=digits * np.abs(one.cross).max())


@pytest.mark.parametrize("seed", range(10))
def test_blocks_merged_in_any_order_equal_one_block(seed: int) -> None:
    generator = np.random.default_rng(seed)
    rows, weights = generator.normal(3, 2, (500, 4)), generator.exponential(size=500)
    cuts = np.sort(generator.integers(0, 501, 6))  # some parts are empty
    pairs = zip(np.split(rows, cuts), np.split(weights, cuts), strict=True)
    parts = [Gram.of(part, weight) for part, weight in pairs]
    while len(parts) > 1:
        one, other = (parts.pop(generator.integers(len(parts))) for _ in range(2))
        parts.append(one.merge(other))
    assert_same(parts[0], Gram.of(rows, weights))


def test_statistics_are_those_of_the_textbook() -> None:
    generator = np.random.default_rng(0)
    rows, weights = generator.normal(size=(50, 3)), generator.exponential(size=50)
    gram = Gram.of(rows, weights)
    np.testing.assert_allclose(gram.means, np.average(rows, axis=0, weights=weights))
    np.testing.assert_allclose(gram.cross / gram.weight, np.cov(rows.T, aweights=weights, ddof=0))


def offset(rows: int = 1000) -> tuple[Array, Array]:
    """Noise, and the same noise on 1e9: rounded so that the sum is exact."""
    noise = np.round(np.random.default_rng(0).normal(size=(rows, 3)) * 2**20) / 2**20
    return noise, noise + 1e9


def test_a_large_offset_costs_no_digits_in_one_block_or_in_many() -> None:
    noise, raised = offset()
    merged = Gram.of(raised[:10])
    for start in range(10, 1000, 90):
        merged = merged.merge(Gram.of(raised[start : start + 90]))
    for gram in (Gram.of(raised), merged):
        np.testing.assert_allclose(gram.cross, Gram.of(noise).cross, rtol=1e-7, atol=1e-6)


def test_rows_of_weight_zero_are_not_there() -> None:
    rows = np.random.default_rng(0).normal(size=(20, 2))
    assert_same(Gram.of(rows, np.repeat([1.0, 0.0], 10)), Gram.of(rows[:10]))


def test_columns_added_to_columns_give_the_statistics_of_the_changed_rows() -> None:
    rows = np.random.default_rng(0).normal(size=(30, 5))
    changed = rows.copy()
    changed[:, :2] += rows[:, 2:4] * [3.0, -0.5]
    assert_same(Gram.of(rows).add_columns(slice(0, 2), slice(2, 4), np.array([3.0, -0.5])), Gram.of(changed))


def test_a_constant_with_no_exact_binary_form_is_seen_as_constant() -> None:
    rows = np.column_stack([np.full(999, 0.1), np.arange(999.0), np.arange(999) % 2 + 1e12])
    merged = Gram.of(rows[:100]).merge(Gram.of(rows[100:]))
    assert merged.varies.tolist() == [False, True, True]
