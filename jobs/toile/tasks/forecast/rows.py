"""The rows of forecasts: series are cut into periods, counted from the newest origin, and described at each origin.

Periods end at origins, whatever weekday these fall on, so that a period is never half known.
"""

from collections.abc import Callable, Hashable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import reduce
from typing import Any

import pandas as pd
from pyspark.sql import DataFrame
from pyspark.sql import functions as sf

from toile.config import ResolvedModel
from toile.config import task as config
from toile.config.durations import format_duration
from toile.config.names import EVENT_TIME, TARGET_TIME
from toile.config.task import trend_of
from toile.config.training_data import RowsOfFunctions
from toile.errors import DataError
from toile.features.entities import ask
from toile.features.sources import AsOfSources
from toile.features.window import Window
from toile.tasks.forecast.series import PER_STEP, Series, describe_series, figure_names

PERIOD, ORIGIN, RECENT = "period", "origin", 4
MICROSECOND = timedelta(microseconds=1)
_CALENDAR = {
    "day_of_week": sf.dayofweek,
    "day_of_month": sf.dayofmonth,
    "week_of_year": sf.weekofyear,
    "month": sf.month,
}


@dataclass(frozen=True)
class Panel:
    """`amounts[entity, period, label, groups, given]`: one row per series and period in which something was noted.

    Period -1 is the last before the newest origin, which has number 0; `origins` is how many there are.
    """

    entity: str
    task: config.Forecast
    given: tuple[str, ...]
    amounts: DataFrame
    newest: datetime
    origins: int

    @classmethod
    def read(cls, model: ResolvedModel, sources: AsOfSources, *, newest: datetime, oldest: datetime) -> "Panel":
        """The series of the squad's function, as far back as the oldest origin looks."""
        task, entity, data = model.config.task, model.config.entity, model.config.training_data
        assert isinstance(task, config.Forecast)  # noqa: S101 -- the template of this kind is given no other
        assert isinstance(data, RowsOfFunctions)  # noqa: S101 -- a model file that says otherwise is not read
        origins = (newest - oldest) // task.every + 1
        window = Window(newest - (origins - 1 + task.reach) * task.every, newest + task.label_delay)
        columns, given = (entity, EVENT_TIME, task.label, *task.groups), data.given
        series = ask(data.entities, columns, given, sources, window)
        seconds = sf.unix_timestamp(EVENT_TIME) - sf.lit(int(newest.timestamp()))
        inside = (sf.col(EVENT_TIME) >= sf.lit(window.start)) & (sf.col(EVENT_TIME) < sf.lit(window.end))
        period = sf.floor(seconds / sf.lit(task.every.total_seconds())).cast("int").alias(PERIOD)
        amount = sf.sum(task.label).cast("double").alias(task.label)
        words = [sf.max(word).alias(word) for word in task.groups]
        plans = [(sf.avg if kind == "double" else sf.max)(name).alias(name) for name, kind in given.items()]
        amounts = series.where(inside).groupBy(entity, period).agg(amount, *words, *plans)
        return cls(entity, task, tuple(given), amounts, newest, origins)

    def rows(self, *, labelled: bool) -> DataFrame:
        """`[entity, event_time, target_time, the task's columns]`, and the label where it is asked for."""
        task, every, newest = self.task, int(self.task.every.total_seconds()), int(self.newest.timestamp())
        rows = reduce(self._join_trend, [None, *task.groups], self._described(labelled=labelled))
        moments = {
            EVENT_TIME: sf.timestamp_seconds(newest + sf.col(ORIGIN) * every),
            TARGET_TIME: sf.timestamp_seconds(newest + (sf.col(ORIGIN) + sf.col("step") - 1) * every),
        }
        calendar = {name: _CALENDAR[name](TARGET_TIME).cast("long") for name in task.calendar}
        timed = rows.withColumns(moments).withColumns(calendar)
        told = [self.entity, EVENT_TIME, TARGET_TIME, *task.columns]
        if not labelled:
            return timed.select(*told)
        begins = sf.timestamp_seconds(newest + sf.col(PERIOD) * every).alias(TARGET_TIME)
        plans = self.amounts.select(self.entity, begins, *self.given)
        planned = timed.join(plans, [self.entity, TARGET_TIME], "left") if self.given else timed
        return planned.select(*told, task.label, *self.given)

    def _described(self, *, labelled: bool) -> DataFrame:
        """`[entity, origin, label, step, features]`: each series is one row on its way to Python."""
        task = self.task
        noted = sf.sort_array(sf.collect_list(sf.struct(PERIOD, task.label, *task.groups)))
        columns = [sf.col(f"noted.{name}").alias(name) for name in (PERIOD, task.label, *task.groups)]
        # As text here: a null beside whole numbers would turn these into floats on their way to Python.
        entity = sf.col(self.entity).cast("string").alias(self.entity)
        series = self.amounts.groupBy(entity).agg(noted.alias("noted")).select(self.entity, *columns)
        kinds = {
            self.entity: "string",
            ORIGIN: "int",
            **({task.label: "double"} if labelled else {}),
            **{name: task.columns[name] for name in (*PER_STEP, *figure_names(task), *task.groups)},
        }
        describe = _describer(self.entity, task, range(1 - self.origins, 1), list(kinds), labelled=labelled)
        return series.mapInPandas(describe, ", ".join(f"`{name}` {kind}" for name, kind in kinds.items()))

    def _join_trend(self, rows: DataFrame, group: str | None) -> DataFrame:
        """The mean of the last periods over that of the whole history, of all series or of a group's."""
        keys = [group] if group else []
        totals = self.amounts.groupBy(*keys, PERIOD).agg(sf.sum(self.task.label).alias("total"))
        origins = self.amounts.sparkSession.range(1 - self.origins, 1).select(sf.col("id").cast("int").alias(ORIGIN))
        ago = sf.col(ORIGIN) - sf.col(PERIOD)
        seen = totals.crossJoin(origins).where(ago.between(1, self.task.history))
        periods = sf.max(ago)  # fewer than the history where the data are younger
        whole = sf.sum("total") / periods
        recent = sf.sum(sf.when(ago <= RECENT, sf.col("total"))) / sf.least(periods, sf.lit(RECENT))
        trend = (recent / sf.nullif(whole, sf.lit(0.0))).alias(trend_of(group))
        return rows.join(seen.groupBy(*keys, ORIGIN).agg(trend), [*keys, ORIGIN], "left")


def require_periods(plans: DataFrame, newest: datetime, every: timedelta, reference: str) -> None:
    """Raises a DataError where a plan's `target_time` lies between the beginnings of periods: no row would take it."""
    apart = sf.pmod(sf.unix_micros(TARGET_TIME) - sf.lit(int(newest.timestamp()) * 10**6), sf.lit(every // MICROSECOND))
    told = sf.date_format(TARGET_TIME, "yyyy-MM-dd HH:mm:ss")
    if astray := plans.where(apart != 0).select(told.alias(TARGET_TIME)).first():
        raise DataError(
            f"{reference}: a plan's target_time is {astray[TARGET_TIME]}, where no period begins: they begin at "
            f"{newest:%Y-%m-%d} 00:00:00 UTC and every {format_duration(every)} from there."
        )


def _describer(
    entity: str, task: config.Forecast, origins: Sequence[int], names: list[str], *, labelled: bool
) -> Callable[[Iterator[pd.DataFrame]], Iterator[pd.DataFrame]]:
    def describe(batches: Iterator[pd.DataFrame]) -> Iterator[pd.DataFrame]:
        for batch in batches:
            records = [
                (told[entity], *record)
                for told in batch.to_dict("records")
                for record in describe_series(_series(told, task), task, origins, labelled=labelled)
            ]
            yield pd.DataFrame.from_records(records, columns=names)

    return describe


def _series(told: dict[Hashable, Any], task: config.Forecast) -> Series:
    return Series.of(told[PERIOD], told[task.label], {group: told[group] for group in task.groups}, task.horizon)
