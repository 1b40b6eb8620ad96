"""A stretch of event times."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta

INSTANT = timedelta(microseconds=1)


@dataclass(frozen=True)
class Window:
    """A stretch of event times: from `start`, inclusive, to `end`, exclusive, both at 00:00 UTC."""

    start: datetime
    end: datetime

    @classmethod
    def day(cls, day: date) -> "Window":
        """The one event time at 00:00 of this day."""
        start = _midnight(day)
        return cls(start, start + INSTANT)

    @classmethod
    def labelled(cls, as_of: date, length: timedelta, label_delay: timedelta) -> "Window":
        """The newest event times whose labels are known at `as_of`: an event time plus the delay is no later."""
        end = _midnight(as_of) - label_delay + INSTANT
        return cls(end - length, end)

    @property
    def newest(self) -> datetime:
        """The last midnight within."""
        return (self.end - INSTANT).replace(hour=0, minute=0, second=0, microsecond=0)

    def dates(self, every: timedelta) -> list[datetime]:
        """Midnights counted back from the newest in steps, so that the newest labels are used; oldest first."""
        steps = (self.newest - self.start) // every
        return [self.newest - step * every for step in range(steps, -1, -1)]


def _midnight(day: date) -> datetime:
    return datetime(day.year, day.month, day.day, tzinfo=UTC)
