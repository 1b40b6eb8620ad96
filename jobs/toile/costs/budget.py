"""The budget of a model: retraining that no person asked for stops above it, and nothing else does."""

from dataclasses import dataclass
from datetime import UTC, datetime

from toile.config import Conf
from toile.config.model import Budget
from toile.context import JobContext
from toile.contract import Verdict
from toile.home import conf_root

AHEAD = ("train", "validate", "promote")
"""What a retraining consists of besides its first job, the gate, whose own charge is open already."""


@dataclass(frozen=True)
class Standing:
    """What a model has cost in a month, and what a retraining that begins now would add."""

    model: str
    month: str
    currency: str
    spent: float
    ahead: float


def check_budget(context: JobContext) -> tuple[Verdict, list[str]]:
    """Whether a retraining may begin, with the reason where that is not simply `passed`.

    Raises:
        ConfigError: there is a budget, and no price for what it is spent on.
    """
    budget, spec = context.model.config.budget, context.spec
    conf = Conf(conf_root(), spec.environment)
    if budget is None or conf.rate is None:
        return Verdict.PASSED, []
    from toile.costs.charges import Charges, month_of
    from toile.registry.tracking import connect

    charges = Charges(connect(conf.environment), spec.model, conf.environment, conf.rate)
    month = month_of(datetime.now(UTC))
    spent = sum(charge.cost for charge in charges.of_month(month))
    ahead = sum(charges.estimate(job) for job in AHEAD)
    standing = Standing(spec.model, month, conf.rate.currency, spent, ahead)
    return judge(budget, standing, spec.parameters.get("trigger"))


def judge(budget: Budget, standing: Standing, trigger: str | None) -> tuple[Verdict, list[str]]:
    """The verdict on a retraining: a person, who asks without a `trigger` (`scheduled`, `asset`), is never refused."""
    share = (standing.spent + standing.ahead) / budget.per_month
    if share < budget.warn_at:
        return Verdict.PASSED, []
    told = (
        f"budget: {standing.spent:.2f} {standing.currency} spent in {standing.month} and {standing.ahead:.2f} expected "
        f"for this retraining are {share:.0%} of the {budget.per_month:.2f} that {standing.model} has a month"
    )
    if share <= 1:
        return Verdict.WARNED, [f"{told}; above it, retraining that no person asks for is refused"]
    if trigger is None:
        return Verdict.WARNED, [f"{told}; it goes on, for a person asked for it"]
    mend = f"Raise budget.per_month, trigger {standing.model}.train by hand, or wait for the next month"
    return Verdict.REFUSED, [f"{told}; the champion stays and scoring goes on. {mend}"]
