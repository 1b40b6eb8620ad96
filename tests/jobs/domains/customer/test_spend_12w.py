"""The features, the label and the trainer of `customer.spend_12w`, on rows made by hand."""

from datetime import UTC, date, datetime, timedelta

import numpy as np
import pandas as pd
import pytest
from pyspark.sql import SparkSession

from domains.customer.features import recent
from domains.customer.spend_12w import build, entities
from toile.config import Conf
from toile.features.sources import AsOfSources
from toile.features.window import Window
from toile.home import REPOSITORY
from toile.tables import Tables

NOW = datetime(2011, 6, 1, tzinfo=UTC)
LINE = "customer_id string, order_id string, quantity long, unit_price double, ordered_at timestamp, country string"
# Customer, order, quantity, price, days before NOW (after it where negative), country.
LINES = [
    ("1", "a", 2, 10.0, 10, "Spain"),
    ("1", "a", 1, 5.0, 10, "Spain"),
    ("1", "b", 1, 7.0, 28, "France"),
    ("1", "c", 3, 100.0, 84, "France"),
    ("1", "d", 1, 999.0, 85, "France"),
    ("1", "Cc", -1, 100.0, 40, "France"),
    ("2", "e", 1, 50.0, 120, "Italy"),
    ("2", "Ce", -1, 50.0, 100, "Italy"),
    ("1", "f", 2, 3.0, 0, "Spain"),
    ("1", "g", 1, 4.0, -83, "Spain"),
    ("1", "h", 1, 800.0, -84, "Spain"),
    ("1", "Cg", -1, 4.0, -83, "Spain"),
    ("3", "i", 1, 9.0, -1, "Spain"),
]


def lines() -> list[tuple[object, ...]]:
    return [(*line[:4], NOW - timedelta(days=line[4]), line[5]) for line in LINES]


def test_features_look_back_over_84_days_and_no_further(spark: SparkSession) -> None:
    before = [(*line, NOW) for line, given in zip(lines(), LINES, strict=True) if given[4] > 0]
    found = {
        row.customer_id: row.asDict()
        for row in recent(spark.createDataFrame(before, f"{LINE}, event_time timestamp")).collect()
    }
    one = {"recency_days": 10, "orders_28d": 2, "orders_84d": 3, "spend_28d": 32, "spend_84d": 332, "lines_84d": 4}
    one |= {"returned_84d": 100, "mean_gap_days": 37}
    assert {name: found["1"][name] for name in one} == one
    nothing = {name: 0 for name in one} | {"recency_days": 84, "mean_gap_days": None}
    assert {name: found["2"][name] for name in nothing} == nothing
    assert (found["1"]["country"], found["2"]["country"]) == ("Spain", "Italy")


def test_the_label_is_what_is_bought_from_the_moment_on_for_84_days(spark: SparkSession, tables: Tables) -> None:
    tables.replace("sales.order_lines", spark.createDataFrame(lines(), LINE))
    sources = AsOfSources(tables, Conf(REPOSITORY / "conf").platform, date(2011, 12, 1))
    labels = {row.customer_id: row.spend_next_84d for row in entities(sources, Window.day(NOW.date())).collect()}
    assert labels == {"1": 2 * 3 + 4, "2": 0}  # returns are not taken off, and customer 3 is not known yet


@pytest.mark.parametrize("quantile", [0.5, 0.8])
def test_the_trainer_answers_with_a_quantile_that_goes_on_in_a_line_and_never_below_zero(quantile: float) -> None:
    rng = np.random.default_rng(0)
    spend = rng.uniform(0, 100, 2000)
    label = spend * rng.uniform(0, 2, 2000)
    columns = {"spend_84d": "double", "mean_gap_days": "double", "country": "string"}
    rows = pd.DataFrame({"spend_84d": spend, "mean_gap_days": np.nan, "country": "Spain"})
    model = build(columns, 0, quantile=quantile).fit(rows, label)
    assert np.mean(label <= model.predict(rows)) == pytest.approx(quantile, abs=0.02)
    asked = pd.DataFrame({"spend_84d": [1000.0, -1000.0], "mean_gap_days": np.nan, "country": None})
    high, low = model.predict(asked)
    assert high == pytest.approx(1000 * 2 * quantile, rel=0.1)
    assert low == 0
