"""One slope of a number for each level of a word."""

import numpy as np
import pandas as pd
import pytest
import statsmodels.api as sm

from toile.errors import ConfigError
from toile.training.linear import LinearRegression
from toile.training.linear.gram import Array

COLUMNS, SLOPES = {"price": "double", "stock": "long", "group": "string"}, {"price": "group"}


def simulate(rows: int = 600) -> tuple[pd.DataFrame, Array]:
    """Slopes of -1 for BAG, -2 for MUG and 0 where there is no group; some prices are null."""
    generator = np.random.default_rng(0)
    group = pd.Series(generator.choice(["BAG", "MUG", None], rows, p=[0.6, 0.3, 0.1]), dtype=object)
    features = pd.DataFrame(
        {"price": generator.normal(3, 1, rows), "stock": generator.poisson(4, rows), "group": group}
    )
    slope = group.map({"BAG": -1.0, "MUG": -2.0}).fillna(0.0)
    label = slope * features["price"] + 0.1 * features["stock"] + generator.normal(size=rows)
    features.loc[::17, "price"] = np.nan
    return features, label.to_numpy()


def by_hand(features: pd.DataFrame) -> pd.DataFrame:
    price, group = features["price"].fillna(0.0), features["group"].fillna("")
    return pd.DataFrame(
        {
            "intercept": 1.0,
            "stock": features["stock"],
            "price is missing": features["price"].isna(),
            "group = MUG": group == "MUG",
            "group is missing": group == "",
            "price by group = BAG": price * (group == "BAG"),
            "price by group = MUG": price * (group == "MUG"),
            "price by group is missing": price * (group == ""),
        }
    ).astype(float)


def test_slopes_and_their_errors_are_those_of_the_design_by_hand() -> None:
    features, label = simulate()
    reference = sm.OLS(label, by_hand(features)).fit()
    model = LinearRegression(COLUMNS, slopes=SLOPES).fit(features, label)
    found = {each.name: (each.estimate, each.standard_error, each.p) for each in model.summary.coefficients}
    assert list(found) == list(reference.params.index)
    np.testing.assert_allclose(
        list(found.values()), np.column_stack([reference.params, reference.bse, reference.pvalues]), rtol=1e-8
    )
    np.testing.assert_allclose(model.predict(features), reference.fittedvalues, rtol=1e-8)
    assert "price has a slope for each level of group, in place of one for all." in model.summary.notes


def test_an_unseen_level_has_the_slope_of_the_reference_and_a_null_number_none() -> None:
    features, label = simulate()
    model = LinearRegression(COLUMNS, slopes=SLOPES).fit(
        features[features["price"].notna()], label[features["price"].notna()]
    )
    rows = pd.DataFrame({"price": [5.0, 5.0, 0.0, np.nan], "stock": 4, "group": ["BAG", "HAT", "MUG", "MUG"]})
    bag, unseen, zero, null = model.predict(rows)
    assert unseen == bag
    assert null == pytest.approx(zero)


def test_a_constant_number_is_dropped_with_its_slopes() -> None:
    features, label = simulate()
    model = LinearRegression(COLUMNS, slopes=SLOPES).fit(features.assign(price=2.0), label)
    assert not [each.name for each in model.summary.coefficients if "price" in each.name]
    assert "price is dropped: it is constant." in model.summary.notes


@pytest.mark.parametrize(
    ("slopes", "message"),
    [
        ({"prise": "group"}, "slopes: there is no number 'prise'. Did you mean 'price'?"),
        ({"group": "group"}, "slopes: there is no number 'group'. Known: price, stock."),
        ({"price": "stock"}, "slopes.price: there is no word 'stock'. Known: group."),
    ],
)
def test_slopes_of_no_number_or_by_no_word_are_the_authors_mistake(slopes: dict[str, str], message: str) -> None:
    with pytest.raises(ConfigError, match=message):
        LinearRegression(COLUMNS, slopes=slopes).fit(*simulate())
