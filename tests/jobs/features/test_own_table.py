"""A model of one table: which rows train, which are scored, and what the audit sees of them."""

import shutil
from datetime import UTC, date, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest
from pyspark.sql import DataFrame, SparkSession
from pyspark.sql import functions as sf

from toile.config import Conf, ResolvedModel
from toile.errors import ConfigError
from toile.features.audit import future_leaks
from toile.features.dataset import scoring_rows
from toile.features.entities import labelled_entities
from toile.features.sources import AsOfSources
from toile.features.window import Window
from toile.home import REPOSITORY
from toile.tables import Tables

START = datetime(2026, 1, 1, tzinfo=UTC)
AS_OF = date(2026, 1, 21)
SCHEMA = "customer_id string, seen_at timestamp, recency_days double, orders int, country string, bought_again boolean"


def model(folder: Path, **changes: str) -> ResolvedModel:
    conf = Path(shutil.copytree(REPOSITORY / "conf", folder / "conf", dirs_exist_ok=True))
    text = (REPOSITORY / "tests/conf/valid/one_table.yaml").read_text().replace("90d}", "10d}")
    for word, other in changes.items():
        text = text.replace(word, other)
    (conf / "models/customer/one_table.yaml").write_text(text)
    return Conf(conf).load_model("customer.one_table")


def row(customer: str | None, day: float, orders: int, bought: bool | None = True) -> tuple[Any, ...]:
    return customer, START + timedelta(days=day), 1.0, orders, "Spain", bought


@pytest.fixture
def sources(spark: SparkSession, tables: Tables, tmp_path: Path) -> AsOfSources:
    """Customer a comes twice on day 2 and once on day 15; b has no answer, c comes on the very as_of."""
    rows = [row("a", 2.2, 1), row("a", 2.8, 2, False), row("a", 15, 3), row("b", 3.5, 1, None), row("b", 16, 4, None)]
    tables.replace("customer.snapshots", spark.createDataFrame([*rows, row("d", 5, 1), row("c", 20, 9)], SCHEMA))
    return AsOfSources(tables, model(tmp_path).platform, AS_OF)


def training(asked: ResolvedModel, sources: AsOfSources) -> DataFrame:
    return labelled_entities(asked, sources, Window.labelled(AS_OF, timedelta(days=30), timedelta(days=10)))


def told(frame: DataFrame, *columns: str) -> list[tuple[Any, ...]]:
    day = sf.date_format("event_time", "MM-dd").alias("day")
    return sorted(tuple(found) for found in frame.select("customer_id", day, *columns).collect())


def test_rows_train_from_the_midnight_after_them_once_their_label_is_due(sources: AsOfSources, tmp_path: Path) -> None:
    rows = training(model(tmp_path), sources)
    assert told(rows, "orders", "bought_again") == [("a", "01-04", 2, 0.0), ("d", "01-07", 1, 1.0)]


def test_each_entitys_newest_row_is_scored_while_its_label_is_open(sources: AsOfSources, tmp_path: Path) -> None:
    assert told(scoring_rows(model(tmp_path), sources), "orders") == [("a", "01-21", 3), ("b", "01-21", 4)]


def test_rows_of_one_time_stay_for_the_data_gate_to_tell(
    spark: SparkSession, tables: Tables, sources: AsOfSources, tmp_path: Path
) -> None:
    doubled = spark.createDataFrame([row("a", 15, 3), row("a", 15, 4)], SCHEMA)
    tables.replace("customer.snapshots", doubled)
    assert scoring_rows(model(tmp_path), AsOfSources(tables, model(tmp_path).platform, AS_OF)).count() == 2


def test_the_audit_holds_the_tables_own_columns_to_what_scoring_would_have_seen(
    sources: AsOfSources, tables: Tables, tmp_path: Path
) -> None:
    asked, moment = model(tmp_path), START + timedelta(days=3)
    past = AsOfSources(tables, asked.platform, moment.date(), sources.versions)
    rows = training(asked, sources)
    assert future_leaks(rows, moment, asked, past) == []
    found = future_leaks(rows.withColumn("orders", sf.col("orders") + 1), moment, asked, past)
    assert found == ["leak: orders at 2026-01-04 changes for 1 rows when later data is hidden"]


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"orders: long": "order: long"}, "customer.snapshots has no column 'order'. Did you mean 'orders'?"),
        (
            {"label: bought_again": "label: country_"},
            "customer.snapshots has no column 'country_'. Did you mean 'country'?",
        ),
        ({"country: string": "country: long"}, "customer.snapshots: 'country' holds text, and a number or a yes"),
        (
            {"time: seen_at": "time: orders", "orders: long, ": ""},
            "customer.snapshots: column 'orders', its time, is of type integer. Name one of",
        ),
    ],
)
def test_a_table_that_is_not_as_the_file_says_is_told(
    sources: AsOfSources, tables: Tables, tmp_path: Path, changes: dict[str, str], message: str
) -> None:
    suite = Path(shutil.copytree(REPOSITORY / "conf", tmp_path / "conf", dirs_exist_ok=True)) / "expectations"
    (suite / "any_rows.yaml").write_text(
        "description: any rows\nowner: customer-squad\nexpectations: [{type: expect_table_row_count_to_equal, "
        "severity: warn, arguments: {value: 1}}]\n"
    )
    asked = model(tmp_path, customer_snapshots="any_rows", **changes)
    with pytest.raises(ConfigError) as error:
        training(asked, AsOfSources(tables, asked.platform, AS_OF))
    assert message in str(error.value)
