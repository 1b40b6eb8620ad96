"""The plan of a new model: what a person has decided, and what follows from the table."""

from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta
from math import ceil

import numpy as np

from toile.config.durations import format_duration
from toile.errors import DataError
from toile.onboarding.decisions import Decisions
from toile.onboarding.features import Choice, choose_features
from toile.onboarding.look import Look

MOST_DAYS, HELD_OUT = 730, 0.2
"""A window is no longer, and of its rows that can be trained on or held out so much is held out."""
DAY, DAYS_LOOKED_AT = timedelta(days=1), 30


@dataclass(frozen=True, eq=False)
class Plan:
    """All that the files of a new model say; `listed` says that platform.yaml knows the table's time already."""

    told: Decisions
    look: Look
    choice: Choice
    window: timedelta
    holdout: timedelta
    as_of: date
    listed: bool

    @property
    def open_entities(self) -> int:
        """How many entities have a row that waits for its label on a usual day: of each, one is scored.

        Of a sample it is the least that it can be.
        """
        rows, delay = self.look.sample, max(self.told.label_delay / DAY, 1)
        asked = rows[self.told.time] // DAY.total_seconds() + 1
        first = asked.max() - self.window / DAY + delay
        days = np.linspace(first, asked.max(), DAYS_LOOKED_AT).round()
        counts = [rows[self.told.entity][asked.between(day - delay, day, inclusive="right")].nunique() for day in days]
        return int(np.median(counts))


def plan_model(told: Decisions, look: Look, *, listed: bool) -> Plan:
    """Chooses features, window and holdout.

    Raises:
        DataError: there is no feature, or too little time to train and to hold newer rows out.
    """
    choice = choose_features(look, told)
    if not choice.taken:
        reasons = "; ".join(f"{name}: {reason}" for name, reason in choice.left_out.items())
        raise DataError(f"{look.table} leaves nothing to learn from. {reasons}")
    span = _span(look, told.time)
    window, delay = min(span + DAY, MOST_DAYS * DAY), ceil(told.label_delay / DAY) * DAY
    # A holdout begins once the labels of what is trained on are known, and its own labels are waited for, too.
    free = window - 2 * delay
    holdout = free * HELD_OUT // DAY * DAY
    if holdout < DAY:
        raise DataError(
            f"{look.table}: {told.time!r} spans {span.days} days, and labels are known {format_duration(delay)} late: "
            "too short to train and to hold newer rows out. Bring more history."
        )
    newest = datetime.fromtimestamp(look.columns[told.time].high or 0, UTC)
    return Plan(told, look, choice, window, holdout, newest.date() + DAY, listed)


def _span(look: Look, time: str) -> timedelta:
    column = look.columns[time]
    return timedelta(days=int(((column.high or 0) - (column.low or 0)) // DAY.total_seconds()) + 1)
