"""What is asked: the kinds of tasks, and what each adds to the rows of its models."""

from datetime import timedelta
from typing import Annotated, ClassVar, Literal, TypeVar

from pydantic import AfterValidator, Field, model_validator

from toile.config.durations import Duration, format_duration
from toile.config.names import TARGET_TIME
from toile.config.section import Name, Section

MIN_PERIODS = 8
"""A comparison of forecasts over fewer periods is not trusted."""


class _Task(Section):
    label: Name
    row_keys: ClassVar[tuple[str, ...]] = ()
    """Columns that, besides entity and event_time, tell rows apart."""
    period: ClassVar[str | None] = None
    """The column with the time that a row's label is about, where rows of one time share its shocks."""

    @property
    def columns(self) -> dict[str, str]:
        """Feature -> type of what the task itself computes for each row."""
        return {}

    @property
    def dated_columns(self) -> list[str]:
        """Those of its columns that tell of the date rather than of the row, and so are others each time."""
        return []


class Classification(_Task):
    """A yes-or-no question; the label is 0 or 1."""

    kind: Literal["classification"]
    label_delay: Duration = Field(description="How long after event_time the label is known for certain.")
    calibration: Literal["none", "sigmoid", "isotonic"] = Field(
        default="none",
        description="Bends probabilities towards what came true, learnt on the newest fifth of the training rows.",
    )


class Regression(_Task):
    """How much; the label is a number."""

    kind: Literal["regression"]
    label_delay: Duration = Field(description="How long after event_time the label is known for certain.")


Item = TypeVar("Item")


def _require_once(items: list[Item]) -> list[Item]:
    if twice := [str(item) for item in dict.fromkeys(items) if items.count(item) > 1]:
        raise ValueError(f"listed more than once: {', '.join(twice)}")
    return items


Listed = Annotated[list[Item], AfterValidator(_require_once)]
Calendar = Literal["day_of_week", "day_of_month", "week_of_year", "month"]
Share = Annotated[float, Field(gt=0, lt=1)]
Periods = Annotated[int, Field(ge=1, le=520)]


class Forecast(_Task):
    """How much in each of the next periods, for many series at once; entities are the series."""

    row_keys: ClassVar[tuple[str, ...]] = (TARGET_TIME,)
    period: ClassVar[str | None] = TARGET_TIME

    kind: Literal["forecast"]
    every: Duration = Field(default=timedelta(days=7), description="The length of a period; origins are as far apart.")
    horizon: Periods = Field(default=4, description="How many periods ahead, each answered in a row of its own.")
    season: Periods = Field(
        default=1, description="After how many periods patterns come again; 1 where there are none."
    )
    history: Periods = Field(default=26, description="How many periods before an origin features look back.")
    at_least: Periods = Field(default=8, description="A series with fewer periods above 0 in `history` is left out.")
    lags: Listed[Periods] = Field(default=[1, 2, 3, 4, 8, 13], description="The label so many periods ago.")
    windows: Listed[Periods] = Field(default=[4, 8, 13], description="Statistics of so many last periods.")
    calendar: Listed[Calendar] = Field(default=["week_of_year"], description="Of the period asked about.")
    groups: Listed[Name] = Field(
        default_factory=list,
        description="Words of a series, such as its range: features, with the trend of their group.",
    )
    quantiles: Listed[Share] = Field(
        default=[0.1, 0.5, 0.9],
        description="Answered besides the value, from how far off forecasts of the newest training time were.",
    )

    @property
    def label_delay(self) -> timedelta:
        """The last period asked about has ended then."""
        return self.every * self.horizon

    @property
    def reach(self) -> int:
        """How many periods before an origin are looked at: two seasons tell how far off repeating one is."""
        return max(self.history, 2 * self.season)

    @property
    def columns(self) -> dict[str, str]:
        names = [
            "seasonal_naive",
            "theta",
            "naive_error",
            *(f"lag_{lag}" for lag in self.lags),
            *(f"{figure}_{window}" for window in self.windows for figure in ("mean", "median", "zeros")),
            *(trend_of(group) for group in (None, *self.groups)),
        ]
        whole = ["step", "age", *self.calendar]
        return {
            **dict.fromkeys(whole, "long"),
            **dict.fromkeys(names, "double"),
            **dict.fromkeys(self.groups, "string"),
        }

    @property
    def dated_columns(self) -> list[str]:
        return [*self.calendar, *(trend_of(group) for group in (None, *self.groups))]

    @model_validator(mode="after")
    def _within_history(self) -> "Forecast":
        for name in ("lags", "windows"):
            if (longest := max(getattr(self, name), default=1)) > self.history:
                raise ValueError(f"{name} reach back {longest} periods, and history has {self.history}")
        if self.at_least > self.history:
            raise ValueError(f"at_least {self.at_least} is more than history {self.history}")
        if (length := self.every.total_seconds()) % 86_400:
            raise ValueError(f"every {format_duration(timedelta(seconds=length))} is no number of whole days")
        return self


def trend_of(group: str | None) -> str:
    """The feature with the trend of all series, or of those that share a word of a group."""
    return f"{group or 'all'}_trend"


Task = Annotated[Classification | Regression | Forecast, Field(discriminator="kind")]
