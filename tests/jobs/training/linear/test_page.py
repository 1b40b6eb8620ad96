from collections.abc import Callable

import numpy as np
import pandas as pd

from toile.training.linear import LinearRegression
from toile.training.linear.gram import Array
from toile.training.linear.page import render_page
from toile.training.linear.summary import RegressionSummary

MakeRows = Callable[..., tuple[pd.DataFrame, Array]]


def test_the_page_shows_coefficients_strongest_first_and_escapes_names(make_rows: MakeRows) -> None:
    features, _ = make_rows()
    features["w"] = pd.Series(np.where(features["c"] > 0.3, "<b>", "plain"), dtype=object)
    label = features["a"] + 100 * (features["w"] == "<b>")
    columns = {"a": "double", "b": "double", "w": "string"}
    page = render_page(LinearRegression(columns).fit(features, label + features["b"] / 9).summary, "Spend & more")
    assert "<h1>Spend &amp; more</h1>" in page
    assert "w = <b>" not in page
    drawn = page[page.index('aria-label="Standardised coefficients"') : page.index("</svg>")]
    names = ("w = &lt;b&gt;", ">a</text>", ">b</text>")
    assert sorted(names, key=drawn.index) == list(names)
    assert "How descent went" not in page


def test_a_descent_shows_its_loss_and_draws_no_intervals(make_rows: MakeRows) -> None:
    features, label = make_rows()
    model = LinearRegression(dict.fromkeys("abc", "double"), solver="descent").fit(features, label)
    artifacts = model.artifacts("Spend")
    summary = RegressionSummary.model_validate_json(artifacts["linear_regression.json"])
    assert summary.loss_curve == model.summary.loss_curve
    page = artifacts["linear_regression.html"]
    assert "How descent went" in page
    assert "What moves the label?" not in page
    assert "descent gives no standard errors." in page
