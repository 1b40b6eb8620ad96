"""The simulated market: what was planted in it is found in its rows."""

from datetime import date
from hashlib import sha256
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression, PoissonRegressor
from sklearn.metrics import roc_auc_score

from toile.errors import ConfigError
from toile.home import REPOSITORY
from toile.sources.market import CATEGORIES, WEEKLY, Category, Drift, Truths
from toile.sources.simulate import simulate

START, DRIFT, DAYS = date(2010, 12, 1), date(2011, 10, 1), 374
CUSTOMERS = 10_000


@pytest.fixture(scope="module")
def market(tmp_path_factory: pytest.TempPathFactory) -> tuple[pd.DataFrame, Truths]:
    """Its rows, with the columns that the tests need, and its truths."""
    folder = tmp_path_factory.mktemp("market")
    truths = simulate(folder, customers=CUSTOMERS, days=DAYS, seed=7, start=START, drift_date=DRIFT)
    texts = {"InvoiceNo": str, "StockCode": str}
    rows = pd.concat([pd.read_csv(file, dtype=texts, parse_dates=["InvoiceDate"]) for file in sorted(folder.glob("*"))])
    return rows.reset_index(drop=True), truths


@pytest.fixture(scope="module")
def sales(market: tuple[pd.DataFrame, Truths]) -> pd.DataFrame:
    """The sound sales, with article, category, style and week."""
    rows = market[0].drop_duplicates()
    sound = rows[rows["StockCode"].notna() & (rows["UnitPrice"] > 0) & (rows["Quantity"] > 0)].copy()
    words = sound["Description"].str.split(" ", expand=True)
    styles = {make: style for category in CATEGORIES for style, make in enumerate(category.makes)}
    sound["article"], sound["category"], sound["style"] = sound["StockCode"].str[:5], words[1], words[0].map(styles)
    sound["price"] = sound["UnitPrice"]
    sound["week"] = (sound["InvoiceDate"] - pd.Timestamp(START)).dt.days // 7
    return sound


def digests(folder: Path) -> dict[str, str]:
    return {file.name: sha256(file.read_bytes()).hexdigest() for file in sorted(folder.iterdir())}


def test_equal_arguments_give_equal_bytes_and_another_seed_gives_others(tmp_path: Path) -> None:
    for name, seed in (("a", 1), ("b", 1), ("c", 2)):
        simulate(tmp_path / name, customers=60, days=70, seed=seed, start=START, drift_date=None)
    assert digests(tmp_path / "a") == digests(tmp_path / "b")
    assert list(digests(tmp_path / "a")) == ["2010-12.csv", "2011-01.csv", "2011-02.csv"]
    assert not set(digests(tmp_path / "a").values()) & set(digests(tmp_path / "c").values())


def test_the_dirty_rows_are_as_many_as_were_planted(market: tuple[pd.DataFrame, Truths]) -> None:
    rows, truths = market
    assert len(rows) == truths.rows
    assert truths.dirty_rows == {
        "duplicates": int(rows.duplicated().sum()),
        "nonpositive_price": int((rows["UnitPrice"] <= 0).sum()),
        "missing_product": int(rows["StockCode"].isna().sum()),
    }
    assert min(truths.dirty_rows.values()) > 100
    assert truths.anonymous_rows == int(rows["CustomerID"].isna().sum())
    assert truths.returned_rows == int((rows.drop_duplicates()["Quantity"] < 0).sum())
    assert (rows["InvoiceNo"].str.startswith("C") == (rows["Quantity"] < 0)).all()


@pytest.mark.parametrize("category", CATEGORIES, ids=lambda category: category.name)
def test_the_price_elasticity_of_each_category_is_found(
    market: tuple[pd.DataFrame, Truths], sales: pd.DataFrame, category: Category
) -> None:
    """Poisson regression of lines on log price, with an effect of each article and of each week of each style."""
    lines = sales[sales["category"] == category.name]
    cells = lines.groupby(["week", "style", "article"]).agg(lines=("price", "size"), price=("price", "first"))
    cells = cells.reset_index().astype({"week": str, "style": str})
    effects = pd.get_dummies(cells[["article"]].assign(cell=cells["week"] + "/" + cells["style"]), dtype=float)
    features = np.column_stack([np.log(cells["price"]), effects])
    fitted = PoissonRegressor(alpha=1e-6, solver="newton-cholesky").fit(features, cells["lines"])
    assert fitted.coef_[0] == pytest.approx(market[1].elasticities[category.name], abs=0.3)


def test_demand_follows_the_week_and_the_year(sales: pd.DataFrame) -> None:
    before = sales[sales["InvoiceDate"] < pd.Timestamp(DRIFT)]
    orders = before.drop_duplicates("InvoiceNo")["InvoiceDate"].dt.weekday.value_counts(normalize=True).sort_index()
    assert np.allclose(orders * 7, np.array(WEEKLY) / np.mean(WEEKLY), atol=0.12)
    months = sales.groupby([sales["category"], sales["InvoiceDate"].dt.month]).size().unstack()
    shares = months / months.sum()
    july_over_january = shares[7].div(shares[1]).to_dict()
    assert july_over_january["SWIMSUIT"] > 1.8
    assert july_over_january["COAT"] < 1 / 1.8


def test_country_prices_and_demand_change_on_the_drift_date_and_not_before(sales: pd.DataFrame) -> None:
    moment, drift = pd.Timestamp(DRIFT), Drift(DRIFT)
    newcomers = sales[sales["Country"] == drift.country]
    assert moment <= newcomers["InvoiceDate"].min() < moment + pd.Timedelta(days=3)
    near = sales[(sales["InvoiceDate"] - moment).abs() < pd.Timedelta(days=42)]
    highest = near.groupby(["article", near["InvoiceDate"] >= moment])["price"].max().unstack()
    assert (highest[True] / highest[False]).median() == pytest.approx(drift.price_factor, abs=0.01)
    orders = near[near["Country"] != drift.country].drop_duplicates("InvoiceNo")["InvoiceDate"] >= moment
    assert 0.5 < orders.sum() / (~orders).sum() < 0.95


def test_without_a_drift_date_nothing_changes(tmp_path: Path) -> None:
    truths = simulate(tmp_path, customers=300, days=DAYS, seed=7, start=START, drift_date=None)
    assert truths.plan.drift is None
    assert not any(Drift(DRIFT).country in file.read_text() for file in tmp_path.iterdir())


def test_a_classifier_can_beat_recency_alone(sales: pd.DataFrame) -> None:
    known = sales[sales["CustomerID"].notna()]
    early, late = (_customers_on(known, pd.Timestamp(day)) for day in ("2011-04-01", "2011-07-01"))
    features = ["recency", "orders", "lines", "gap"]
    model = LogisticRegression(max_iter=500).fit(np.log1p(early[features]), early["again"])
    learned = roc_auc_score(late["again"], model.predict_proba(np.log1p(late[features]))[:, 1])
    assert learned > roc_auc_score(late["again"], -late["recency"]) + 0.04
    assert 0.3 < late["again"].mean() < 0.7


def _customers_on(sales: pd.DataFrame, day: pd.Timestamp) -> pd.DataFrame:
    orders = sales.groupby(["CustomerID", "InvoiceNo"]).agg(moment=("InvoiceDate", "first"), lines=("price", "size"))
    before = orders[orders["moment"] < day].groupby("CustomerID")
    customers = before.agg(
        first=("moment", "min"), last=("moment", "max"), orders=("lines", "size"), lines=("lines", "mean")
    )
    after = orders[(orders["moment"] >= day) & (orders["moment"] < day + pd.Timedelta(days=90))]
    customers["recency"] = (day - customers["last"]).dt.days
    customers["gap"] = (customers["last"] - customers["first"]).dt.days / (customers["orders"] - 1).clip(lower=1)
    return customers.assign(again=customers.index.isin(after.index.get_level_values("CustomerID")))


@pytest.mark.parametrize(
    ("customers", "days", "drift_date", "message"),
    [
        (0, 10, None, "one customer and one day at least, not 0 and 10"),
        (10, 0, None, "not 10 and 0"),
        (10, 10, START, "outside the market's time: 10 days from 2010-12-01"),
        (10, 10, date(2010, 12, 11), "outside the market's time"),
    ],
)
def test_arguments_that_make_no_market_are_refused(
    tmp_path: Path, customers: int, days: int, drift_date: date | None, message: str
) -> None:
    with pytest.raises(ConfigError, match=message):
        simulate(tmp_path, customers=customers, days=days, seed=0, start=START, drift_date=drift_date)


def test_the_smallest_market_is_a_market(tmp_path: Path) -> None:
    truths = simulate(tmp_path, customers=1, days=1, seed=0, start=START, drift_date=None)
    assert truths.rows == sum(len(file.read_text().splitlines()) - 1 for file in tmp_path.iterdir())


def test_the_documented_numbers_are_the_planted_ones() -> None:
    page = (REPOSITORY / "docs" / "simulated_market.md").read_text()
    for kind in CATEGORIES:
        assert f"| {kind.name} | {kind.base_price} | {kind.elasticity} | {kind.amplitude} | {kind.peak} |" in page
    assert ", ".join(map(str, WEEKLY[:5])) in page
