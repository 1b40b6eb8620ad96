"""Weekly demand on a small simulated market."""

from datetime import date, timedelta
from pathlib import Path

import pyarrow as pa
from pyspark.sql import SparkSession
from pyspark.sql import functions as sf

from toile.config import Conf
from toile.features.audit import future_leaks
from toile.features.dataset import training_rows
from toile.features.sources import AsOfSources
from toile.features.window import Window
from toile.home import REPOSITORY
from toile.sources.online_retail import read_online_retail
from toile.sources.order_lines import ORDER_LINE_COLUMNS, type_lines
from toile.sources.simulate import simulate
from toile.tables import Tables

AS_OF = date(2011, 2, 26)


def test_no_feature_of_any_kind_knows_the_future(spark: SparkSession, tables: Tables, tmp_path: Path) -> None:
    simulate(tmp_path, customers=2000, days=280, seed=0, start=date(2010, 6, 1), drift_date=None)
    raw = spark.createDataFrame(pa.concat_tables(read_online_retail(tmp_path)).to_pandas())
    tables.replace("sales.order_lines", type_lines(raw).select(*ORDER_LINE_COLUMNS))
    model = Conf(REPOSITORY / "conf").load_model("forecasting.weekly_demand")
    sources = AsOfSources(tables, model.platform, AS_OF)
    window = Window.labelled(AS_OF, timedelta(days=36), model.config.task.label_delay)
    tables.replace("forecasting.rows", training_rows(model, sources, window))
    rows = tables.read("forecasting.rows")
    moment = window.newest - timedelta(days=14)
    assert rows.where(sf.col("event_time") == sf.lit(moment)).count() > 400
    past = AsOfSources(tables, model.platform, moment.date(), sources.versions)
    assert future_leaks(rows, moment, model, past) == []
