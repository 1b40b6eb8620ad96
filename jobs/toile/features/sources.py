"""Source tables as they were known at a date: what a job may see."""

from datetime import date

from pyspark.sql import DataFrame
from pyspark.sql import functions as sf

from toile.config.durations import format_duration
from toile.config.platform import Platform
from toile.config.problems import did_you_mean
from toile.errors import ConfigError
from toile.tables import Tables

_MOMENTS = ("date", "timestamp", "timestamp_ntz")


class AsOfSources:
    """Reads source tables without their future: no row with an event time of `as_of` (00:00 UTC) or later.

    `versions` holds the Delta version of every table that was read; rows are read at that version.
    """

    def __init__(self, tables: Tables, platform: Platform, as_of: date, versions: dict[str, int] | None = None) -> None:
        self.as_of = as_of
        self.versions: dict[str, int] = dict(versions or {})
        self._tables, self._platform = tables, platform

    def read(self, name: str) -> DataFrame:
        """The table up to the date; the same version however often it is read.

        Raises:
            ConfigError: conf/platform.yaml does not list the table, or its event time is no column of moments.
            DataError: the table does not exist.
        """
        if name not in self._platform.tables:
            hint = did_you_mean(name, self._platform.tables)
            raise ConfigError(f"{name!r} is no source table of conf/platform.yaml. {hint}")
        if name not in self.versions:
            self.versions[name] = self._tables.version(name)
        rows = self._tables.read(name, version=self.versions[name])
        _require_time(rows, name, self.event_time(name))
        return rows.where(sf.col(self.event_time(name)) < sf.lit(self.as_of).cast("timestamp"))

    def stale(self) -> list[str]:
        """The tables that were read whose newest row is older than the platform allows: one sentence each."""
        found = []
        for name in self.versions:
            allowed = self._platform.tables[name].max_age
            if allowed is None:
                continue
            # As text: a Connect client gives timestamps in the machine's own time zone.
            newest = self.read(name).agg(sf.date_format(sf.max(self.event_time(name)), "yyyy-MM-dd")).first()
            if newest and newest[0] and self.as_of - date.fromisoformat(newest[0]) > allowed:
                found.append(
                    f"{name} is stale: its newest row before {self.as_of} is of {newest[0]}, "
                    f"and {format_duration(allowed)} is allowed (max_age in conf/platform.yaml)"
                )
        return found

    def event_time(self, name: str) -> str:
        return self._platform.tables[name].event_time


def _require_time(rows: DataFrame, name: str, time: str) -> None:
    kinds = {field.name: field.dataType.typeName() for field in rows.schema}
    if time not in kinds:
        raise ConfigError(f"{name} has no column {time!r}, its time. {did_you_mean(time, kinds)}")
    if kinds[time] not in _MOMENTS:
        raise ConfigError(f"{name}: column {time!r}, its time, is of type {kinds[time]}. Name one of moments or dates.")
