import json
import math
from collections.abc import Callable

import cloudpickle
import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import Ridge
from sklearn.preprocessing import StandardScaler

from toile.errors import ConfigError, DataError
from toile.training.linear import Coefficient, LinearRegression, RegressionSummary
from toile.training.linear.gram import Array

MakeRows = Callable[..., tuple[pd.DataFrame, Array]]


def fit(features: pd.DataFrame, label: Array, weights: Array | None = None, **settings: object) -> LinearRegression:
    columns = {name: "string" if features[name].dtype == object else "double" for name in features}
    return LinearRegression(columns, **settings).fit(features, label, weights)  # type: ignore[arg-type]


def figures(summary: RegressionSummary, field: str) -> Array:
    return np.array([getattr(found, field) for found in summary.coefficients])


def named(model: LinearRegression) -> dict[str, Coefficient]:
    return {found.name: found for found in model.summary.coefficients}


def textbook(features: pd.DataFrame, label: Array, weights: Array | None = None) -> tuple[Array, Array]:
    """Coefficients by lstsq and standard errors by QR, both of rows times the root of their weight."""
    root = np.sqrt(np.ones(len(label)) if weights is None else weights)[:, None]
    rows, target = np.column_stack([np.ones(len(label)), features]) * root, label * root[:, 0]
    estimates = np.linalg.lstsq(rows, target, rcond=None)[0]
    upper = np.linalg.inv(np.linalg.qr(rows)[1])
    variance = np.sum((target - rows @ estimates) ** 2) / (len(label) - rows.shape[1])
    return estimates, np.sqrt(variance * np.sum(upper**2, axis=1))


@pytest.mark.parametrize("weighted", [False, True])
@pytest.mark.parametrize("seed", range(5))
def test_coefficients_and_standard_errors_are_those_of_the_textbook(
    make_rows: MakeRows, seed: int, weighted: bool
) -> None:
    features, label = make_rows(seed=seed)
    weights = np.random.default_rng(seed).exponential(size=len(label)) if weighted else None
    estimates, errors = textbook(features, label, weights)
    summary = fit(features, label, weights).summary
    np.testing.assert_allclose(figures(summary, "estimate"), estimates, rtol=1e-8)
    np.testing.assert_allclose(figures(summary, "standard_error"), errors, rtol=1e-8)


def test_t_p_intervals_and_r2_follow_from_them(make_rows: MakeRows) -> None:
    from scipy.stats import linregress, t

    features, label = make_rows(60, names="a")
    reference, summary = linregress(features["a"], label), fit(features, label, confidence=0.9).summary
    slope = summary.coefficients[1]
    assert slope.p == pytest.approx(reference.pvalue, rel=1e-8)
    reach = t.ppf(0.95, 58) * reference.stderr
    assert (slope.low, slope.high) == pytest.approx((reference.slope - reach, reference.slope + reach))
    assert summary.r2 == pytest.approx(reference.rvalue**2)
    assert summary.adjusted_r2 == pytest.approx(1 - (1 - reference.rvalue**2) * 59 / 58)
    assert summary.residual_error == pytest.approx(np.sqrt((1 - summary.r2) * np.var(label) * 60 / 58))


def test_intervals_hold_the_truth_as_often_as_they_say(make_rows: MakeRows) -> None:
    held = []
    for seed in range(400):
        summary = fit(*make_rows(30, seed=seed), confidence=0.8).summary
        held += [
            found.low <= truth <= found.high for found, truth in zip(summary.coefficients, (1, 1, 2, 3), strict=True)
        ]
    assert np.mean(held) == pytest.approx(0.8, abs=0.03)


@pytest.mark.parametrize("weighted", [False, True])
def test_ridge_is_that_of_scikit_learn_on_standardised_columns(make_rows: MakeRows, weighted: bool) -> None:
    features, label = make_rows()
    features["b"] *= 1000
    weights = np.random.default_rng(1).exponential(size=len(label)) if weighted else np.ones(len(label))
    scaler = StandardScaler().fit(features, sample_weight=weights)
    reference = Ridge(alpha=50.0).fit(scaler.transform(features), label, sample_weight=weights)
    model = fit(features, label, weights, ridge=50.0)
    np.testing.assert_allclose(figures(model.summary, "estimate")[1:], reference.coef_ / scaler.scale_, rtol=1e-8)
    np.testing.assert_allclose(model.predict(features), reference.predict(scaler.transform(features)), rtol=1e-8)
    assert "approximate" in model.summary.notes[-1]


def test_an_offset_of_a_billion_changes_no_coefficient_and_no_prediction(make_rows: MakeRows) -> None:
    features, label = make_rows()
    features = (features * 2**20).round() / 2**20  # so that adding 1e9 is exact
    plain, raised = fit(features, label), fit(features + 1e9, label)
    for field in ("estimate", "standard_error", "p"):
        ours, theirs = (figures(model.summary, field)[1:] for model in (raised, plain))
        np.testing.assert_allclose(ours, theirs, rtol=1e-7)
    np.testing.assert_allclose(raised.predict(features + 1e9), plain.predict(features), atol=1e-6)


@pytest.mark.parametrize("ridge", [0.0, 20.0])
def test_descent_comes_to_the_coefficients_of_the_normal_equations(make_rows: MakeRows, ridge: float) -> None:
    features, label = make_rows(2000)
    features["b"] = 1e6 + 1e3 * features["b"]
    weights = np.random.default_rng(1).exponential(size=2000)
    normal, descent = (fit(features, label, weights, ridge=ridge, solver=solver) for solver in ("normal", "descent"))
    np.testing.assert_allclose(descent.predict(features), normal.predict(features), atol=1e-4)
    np.testing.assert_allclose(*(figures(m.summary, "estimate")[1:] for m in (normal, descent)), atol=1e-4)
    losses = descent.summary.loss_curve
    assert losses == sorted(losses, reverse=True)
    assert np.isnan(figures(descent.summary, "standard_error")).all()
    assert "descent gives no standard errors." in descent.summary.notes


def test_descent_is_the_same_each_time_and_tells_when_it_has_not_converged(make_rows: MakeRows) -> None:
    features, label = make_rows(200)
    features["d"] = features["a"] + 1e-2 * features["c"] + 1e-2 * label
    first, second = (fit(features, label, solver="descent", seed=3).summary for _ in range(2))
    assert first.loss_curve == second.loss_curve
    assert "descent had not converged after 1000 epochs." in first.notes


def test_of_exact_copies_the_smallest_coefficients_are_shown_and_no_standard_error(make_rows: MakeRows) -> None:
    features, label = make_rows()
    copied = features.assign(copy=2 * features["a"] + 1)
    model, once = fit(copied, label), fit(features, label)
    found = named(model)
    assert found["a"].estimate == pytest.approx(2 * found["copy"].estimate)
    assert math.isnan(found["a"].standard_error)
    assert found["b"].standard_error == pytest.approx(named(once)["b"].standard_error, rel=1e-6)
    np.testing.assert_allclose(model.predict(copied), once.predict(features))
    assert model.summary.notes == [
        "a and copy go together exactly: of all coefficients that fit, the smallest are shown.",
        "no standard error can be estimated for intercept, a, copy.",
    ]
    assert model.summary.degrees_of_freedom == once.summary.degrees_of_freedom


def test_two_groups_of_columns_that_go_together_are_told_apart(make_rows: MakeRows) -> None:
    features, label = make_rows(names="abcd")
    jitter = 1e-3 * np.random.default_rng(5).normal(size=(2, len(label)))
    features["e"], features["f"] = features["a"] + features["b"] + jitter[0], features["c"] + jitter[1]
    notes = fit(features, label).summary.notes
    assert [note.split(" go together")[0] for note in notes] == ["a, b and e", "c and f"]
    assert "above 900" in notes[0]


def test_more_columns_than_rows_fit_exactly_and_say_nothing_of_errors(make_rows: MakeRows) -> None:
    features, label = make_rows(4, names="abcdef")
    model = fit(features, label)
    np.testing.assert_allclose(model.predict(features), label)
    assert np.isnan(figures(model.summary, "standard_error")).all()
    assert "the rows leave no degree of freedom: nothing can be said of errors." in model.summary.notes


def test_one_row_is_its_own_prediction(make_rows: MakeRows) -> None:
    features, label = make_rows(1)
    model = fit(features, label)
    assert model.predict(features + 5).tolist() == label.tolist()
    assert model.summary.rows == 1
    assert math.isnan(model.summary.r2)
    assert "a is dropped: it is constant." in model.summary.notes


def test_constant_and_null_columns_are_dropped_with_a_word(make_rows: MakeRows) -> None:
    features, label = make_rows()
    odd = features.assign(same=0.1, none=np.nan, word="x", no_word=pd.Series([None] * len(label), dtype=object))
    model = fit(odd, label)
    assert model.summary.notes == [
        "same is dropped: it is constant.",
        "none is dropped: it is null in every row.",
        "word is dropped: x is its only level.",
        "no_word is dropped: it is null in every row.",
    ]
    np.testing.assert_allclose(model.predict(odd.assign(same=9.0, none=3.0)), fit(features, label).predict(features))


def test_nulls_take_the_mean_and_an_indicator(make_rows: MakeRows) -> None:
    features, label = make_rows()
    holes = features.copy()
    holes.loc[::5, "b"] = np.nan
    by_hand = holes.fillna(holes.mean()).assign(missing=holes["b"].isna().astype(float))
    estimates, errors = textbook(by_hand, label)
    model = fit(holes, label)
    assert [found.name for found in model.summary.coefficients] == ["intercept", "a", "b", "c", "b is missing"]
    np.testing.assert_allclose(figures(model.summary, "estimate"), estimates, rtol=1e-8)
    np.testing.assert_allclose(figures(model.summary, "standard_error"), errors, rtol=1e-8)
    np.testing.assert_allclose(model.predict(holes), np.column_stack([np.ones(400), by_hand]) @ estimates)


def test_a_null_where_training_had_none_takes_the_mean(make_rows: MakeRows) -> None:
    features, label = make_rows()
    model = fit(features, label)
    means = features.iloc[:1].assign(a=features["a"].mean())
    np.testing.assert_allclose(model.predict(features.iloc[:1].assign(a=np.nan)), model.predict(means))


def words() -> tuple[pd.DataFrame, Array]:
    generator = np.random.default_rng(0)
    country = pd.Series(generator.choice(["UK", "DE", "FR"], 300, p=[0.6, 0.3, 0.1]), dtype=object)
    label = country.map({"UK": 1.0, "DE": 3.0, "FR": 6.0}).to_numpy(float) + 0.1 * generator.normal(size=300)
    return pd.DataFrame({"country": country}), label


def test_words_are_compared_with_their_most_common_level() -> None:
    features, label = words()
    means = pd.Series(label).groupby(features["country"]).mean()
    found = named(fit(features, label))
    assert list(found) == ["intercept", "country = DE", "country = FR"]
    assert found["intercept"].estimate == pytest.approx(means["UK"])
    assert found["country = FR"].estimate == pytest.approx(means["FR"] - means["UK"])


def test_an_unseen_word_counts_as_the_most_common_one_and_a_null_as_missing() -> None:
    features, label = words()
    features.loc[:20, "country"] = None
    model = fit(features, label)
    uk, unseen, null = model.predict(pd.DataFrame({"country": ["UK", "XX", None]}))
    assert unseen == uk
    assert null == pytest.approx(label[:21].mean())
    assert model.summary.notes == [
        "country is compared with UK, its most common level; a level unseen in training counts as that."
    ]


@pytest.mark.parametrize(
    ("change", "message"),
    [
        ({"a": [math.inf, 1.0, -math.inf, 2.0]}, "a: infinite in 2 rows"),
        ({"a": ["x", 1.0, 2.0, 3.0]}, "a holds what is no number"),
        ({"label": [math.nan, 1.0, 2.0, 3.0]}, "the label: missing or infinite in 1 rows"),
        ({"label": [1.0, 2.0]}, "the label has 2 values for 4 rows"),
        ({"weights": [1.0, -1.0, math.nan, 1.0]}, "the weight: missing, infinite or negative in 2 rows"),
        ({"weights": [0.0] * 4}, "there are no rows, or none with a weight above 0"),
    ],
)
def test_what_least_squares_cannot_take_is_counted_and_named(change: dict[str, list[float]], message: str) -> None:
    data = {"a": [1.0, 2.0, 3.0, 4.0], "label": [1.0, 2.0, 3.0, 4.0], "weights": [1.0] * 4} | change
    with pytest.raises(DataError, match=message):
        LinearRegression({"a": "double"}).fit(pd.DataFrame({"a": data["a"]}), data["label"], data["weights"])


def test_rows_to_predict_are_held_to_the_same(make_rows: MakeRows) -> None:
    features, label = make_rows()
    model = fit(features, label)
    with pytest.raises(DataError, match="b: infinite in 400 rows"):
        model.predict(features.assign(b=math.inf))
    with pytest.raises(DataError, match=r"the features \['b'\] are missing"):
        model.predict(features.drop(columns="b"))
    assert model.predict(features.iloc[:0]).shape == (0,)


def test_the_rarest_levels_of_many_become_one_and_an_unseen_one_joins_them() -> None:
    common, rare = [f"c{number:03}" for number in range(199)], [f"r{number:03}" for number in range(60)]
    features = pd.DataFrame({"id": pd.Series([*common, *common, *rare], dtype=object)})
    label = np.arange(458.0)
    model = fit(features, label)
    names = [found.name for found in model.summary.coefficients]
    assert (len(names), names[-1]) == (200, "id = (others)")
    first, folded, unseen = model.predict(pd.DataFrame({"id": ["c000", "r007", "x"]}))
    assert (first, folded, unseen) == pytest.approx((99.5, label[398:].mean(), label[398:].mean()))
    assert (
        "of more than 200 levels the 199 most common stay by themselves, any other counts as (others)"
        in (model.summary.notes[0])
    )


@pytest.mark.parametrize(
    ("settings", "message"),
    [
        ({"ridge": -1.0}, "ridge: -1.0 is no penalty"),
        ({"confidence": 1.0}, "confidence: 1.0 is not between 0 and 1"),
        ({"solver": "newton"}, "there is no 'newton'. Give one of: normal, descent"),
    ],
)
def test_settings_without_meaning_are_refused(settings: dict[str, object], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        LinearRegression({"a": "double"}, **settings)  # type: ignore[arg-type]


def test_an_unknown_type_and_an_early_prediction_are_the_authors_mistake(make_rows: MakeRows) -> None:
    with pytest.raises(ConfigError, match="a: there is no column type 'float'"):
        LinearRegression({"a": "float"}).fit(*make_rows())
    with pytest.raises(ConfigError, match="has not been fitted"):
        LinearRegression({"a": "double"}).predict(make_rows()[0])


def test_it_survives_pickling_and_its_summary_json(make_rows: MakeRows) -> None:
    features, label = make_rows()
    features["copy"] = features["a"]
    model = fit(features, label)
    again = cloudpickle.loads(cloudpickle.dumps(model))
    assert again.predict(features).tolist() == model.predict(features).tolist()
    assert (
        again.predict(features.assign(copy=features["a"])).tolist()
        == model.predict(features.assign(copy=features["a"])).tolist()
    )
    text = model.summary.model_dump_json()
    read = RegressionSummary.model_validate_json(text)
    assert read.model_dump_json() == text
    assert json.loads(text)["condition"] is None  # JSON has no infinity
    assert math.isnan(read.coefficients[1].standard_error)
