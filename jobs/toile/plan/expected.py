"""What models are expected to cost in a month: from timetables, the price of compute, and how long jobs take."""

from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass

from toile.config import ResolvedModel
from toile.config.cron import days_in_four_years, times_a_day
from toile.config.prices import SHARE_OF_TIMEOUT, Rate
from toile.config.stages import JOBS, cron_of
from toile.plan.facts import Fields

Seconds = Callable[[str, str], float | None]
"""(model, job) -> how long it usually takes; None where that is not known."""


@dataclass(frozen=True)
class Expected:
    """`amount` is None where nothing runs by the clock, and so nobody knows how often it will."""

    amount: float | None
    fields: Fields


def nobody_knows(_model: str, _job: str) -> None:
    """The past of jobs where nobody was asked for it."""


def expect(model: ResolvedModel, rate: Rate, seconds: Seconds) -> Expected:
    """Runs a month times the cost of each; what monitoring asks for, and people, come on top."""
    runs, guess = _runs(model), SHARE_OF_TIMEOUT * model.environment.backend.timeout_minutes * 60
    budget = model.config.budget
    allowed = {"budget": f"{budget.per_month:.2f} {rate.currency}, warns at {budget.warn_at:.0%}"} if budget else {}
    if not any(runs.values()):
        return Expected(None, {"about": "not known: nothing runs by a timetable", **allowed})
    usual = {job: seconds(model.config.id, job) for jobs in JOBS.values() for job in jobs}
    once = {job: rate.cost_of(guess if taken is None else taken) for job, taken in usual.items()}
    amount = sum(number * once[job] for stage, number in runs.items() for job in JOBS[stage])
    fields = {
        "about": f"{amount:.2f} {rate.currency}",
        "runs": ", ".join(f"{stage} {number:.1f}" for stage, number in runs.items()),
        "reckoned by": _basis([job for job, taken in usual.items() if taken is None], len(usual)),
        **allowed,
        **({"of the budget": f"{amount / budget.per_month:.0%}"} if budget else {}),
    }
    return Expected(amount, fields)


def total(expected: Iterable[Expected], broken: int, rate: Rate) -> Fields:
    """Of all models together; of those with mistakes nothing is known."""
    amounts = [one.amount for one in expected]
    known = [amount for amount in amounts if amount is not None]
    unknown = len(amounts) - len(known) + broken
    return {"about": f"{sum(known):.2f} {rate.currency}", **({"models not counted": str(unknown)} if unknown else {})}


def _runs(model: ResolvedModel) -> Mapping[str, float]:
    """Stage -> runs a month, where every candidate becomes champion: stages wake each other, too."""
    own = {stage: _per_month(cron) if (cron := cron_of(model, stage)) else 0.0 for stage in JOBS}
    train = own["train"]
    score = own["score"] + train
    return {"train": train, "validate": train, "register": train, "score": score, "monitor": own["monitor"] + score}


def _per_month(cron: str) -> float:
    return times_a_day(cron) * days_in_four_years(cron) / 48


def _basis(unknown: list[str], jobs: int) -> str:
    guess = f"{SHARE_OF_TIMEOUT:.0%} of the timeout"
    if len(unknown) == jobs:
        return f"{guess} for every job: how long they take is not known"
    return f"past runs, and {guess} for {', '.join(unknown)}" if unknown else "past runs"
