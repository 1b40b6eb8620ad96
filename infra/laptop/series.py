"""The demo's series: for each reference model, the stages that are asked for and the dates they are asked for."""

from collections.abc import Iterable
from dataclasses import dataclass
from datetime import date, timedelta

from toile.config.problems import did_you_mean
from toile.errors import ConfigError

FIRST_LOOK, ALL = "customer.repeat_purchase", "all"
PREFIX = "demo__"
SALES, CAMPAIGN = "sales", "campaign"


@dataclass(frozen=True)
class Step:
    """One request of a series; what follows from it by asset events is waited for before the next.

    Monitoring too: it may ask for retraining, and the next date is for the champion that comes of that.
    """

    stage: str
    as_of: str

    def run_id(self, identity: str) -> str:
        """The same for the same data and model file, so that a second demo finds what the first has done."""
        return f"{PREFIX}{self.as_of}__{identity}"


@dataclass(frozen=True)
class Series:
    """One model's life in a demo: the data set it lives on, and its steps, training first."""

    data: str
    steps: tuple[Step, ...]

    @property
    def scored_days(self) -> int:
        """The first champion scores by itself, then each step that asks for scores; each is monitored."""
        return 1 + sum(step.stage == "score" for step in self.steps)

    def outlives(self, label_delay: timedelta) -> bool:
        """Whether the labels of the first scores are known at the last date."""
        first, last = (date.fromisoformat(self.steps[number].as_of) for number in (0, -1))
        return first + label_delay <= last


# Train leads to validate, register, score and monitor by itself, and score to monitor. The labels of the first scores
# are known by the last date, and the simulated market changes between the two (on 2011-10-01).
SERIES = {
    # By the last date the labels of the first are 90 days old: how good those scores were is known then.
    FIRST_LOOK: Series(
        SALES,
        (
            Step("train", "2011-09-08"),
            Step("score", "2011-10-06"),
            Step("score", "2011-11-03"),
            Step("score", "2011-12-01"),
            Step("monitor", "2011-12-08"),
        ),
    ),
    "customer.spend_12w": Series(
        SALES, (Step("train", "2011-09-08"), Step("score", "2011-11-03"), Step("monitor", "2011-12-08"))
    ),
    "pricing.price_elasticity": Series(
        # Tuesdays, on which its weeks begin: the scores of other days meet no labels.
        SALES,
        (Step("train", "2011-11-08"), Step("score", "2011-11-22"), Step("monitor", "2011-12-06")),
    ),
    "forecasting.weekly_demand": Series(
        SALES, (Step("train", "2011-11-10"), Step("score", "2011-11-24"), Step("monitor", "2011-12-08"))
    ),
    # The real campaign calls thousands up to this May, and few after.
    "marketing.campaign_response": Series(
        CAMPAIGN, (Step("train", "2009-05-20"), Step("score", "2009-06-03"), Step("monitor", "2009-06-17"))
    ),
}


def choose_models(asked: Iterable[str], onboarded: Iterable[str]) -> list[str]:
    """The models that `asked` names, `all` for every one that has a series, in the order of the table.

    Raises:
        ConfigError: a model has no series, or no file onboards it.
    """
    present, wanted = set(onboarded), set(asked)
    known = [model for model in SERIES if model in present]
    if unknown := sorted(wanted - {ALL, *known}):
        told = (
            f"MODELS: there is no series for {name!r} here. {did_you_mean(name, [ALL, *known])}" for name in unknown
        )
        raise ConfigError("\n".join(told))
    return [model for model in known if ALL in wanted or model in wanted]
