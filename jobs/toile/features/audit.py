"""Checks that features do not change when the future is taken away."""

from datetime import datetime
from functools import reduce

from pyspark.sql import Column, DataFrame
from pyspark.sql import functions as sf

from toile.config import ResolvedModel
from toile.config.features import columns_of
from toile.config.names import EVENT_TIME
from toile.config.training_data import RowsOfTable
from toile.features.dataset import rows_at, scoring_rows
from toile.features.sources import AsOfSources

TOLERANCE = 1e-6


def future_leaks(rows: DataFrame, moment: datetime, model: ResolvedModel, past: AsOfSources) -> list[str]:
    """Features whose values at `moment` differ once everything from `moment` on is hidden: one sentence each.

    `past` reads the same versions of the sources, cut at `moment`. This is also what scoring at that date would have
    seen, so it holds training and scoring to the same values. What is given comes from no view: nothing is known of it.
    """
    then = rows.where(sf.col(EVENT_TIME) == sf.lit(moment))
    columns = {**model.config.task.columns, **columns_of(model.views)}
    if isinstance(data := model.config.training_data, RowsOfTable):
        blind, columns = scoring_rows(model, past), {**columns, **data.columns}
    else:
        blind = rows_at(model, then.select(model.config.entity, EVENT_TIME).distinct(), past)
    both = then.alias("seen").join(blind.alias("blind"), on=model.config.row_keys, how="left")
    counts = [sf.sum(_differs(name, kind).cast("long")).alias(name) for name, kind in columns.items()]
    found = both.agg(*counts).first().asDict()
    return [
        f"leak: {name} at {moment:%Y-%m-%d} changes for {count:,} rows when later data is hidden"
        for name, count in found.items()
        if count
    ]


def _differs(name: str, kind: str) -> Column:
    seen, blind = sf.col(f"seen.{name}"), sf.col(f"blind.{name}")
    if kind != "double":
        return ~seen.eqNullSafe(blind)
    near = sf.abs(seen - blind) <= TOLERANCE * (sf.abs(seen) + 1)
    return ~reduce(Column.__or__, (sf.coalesce(near, sf.lit(False)), seen.isNull() & blind.isNull()))
