"""What is reckoned without MLflow: charges that were never closed, and the verdict of a budget."""

from datetime import UTC, datetime, timedelta

import pytest

from toile.config.model import Budget
from toile.config.prices import Rate
from toile.contract import Verdict
from toile.costs.budget import Standing, judge
from toile.costs.charges import Charge, bound_open

NOON = datetime(2026, 11, 1, 12, tzinfo=UTC)
RATE = Rate("EUR", per_hour=6.0, start_up_minutes=5)


def charge(run_key: str, minute: int, *, cost: float | None = None) -> Charge:
    return Charge(
        run_key=run_key,
        work="train",
        started=NOON + timedelta(minutes=minute),
        estimated=1.0,
        seconds=0,
        cost=cost or 0.0,
        closed=cost is not None,
    )


@pytest.mark.parametrize(
    ("now", "later", "minutes", "cost"),
    [
        (2, [], 2, 1.0),  # running: its estimate at least
        (20, [], 20, 2.5),  # running longer than was expected
        (500, [], 60, 6.5),  # killed, or cancelled after an hour
        (500, [charge("a", 4, cost=0.7)], 4, 0.9),  # killed before the next try
        (500, [charge("b", 4, cost=0.7)], 60, 6.5),  # which another run's is not
    ],
)
def test_a_try_that_was_never_closed_counts_as_the_most_that_it_can_have_cost(
    now: int, later: list[Charge], minutes: int, cost: float
) -> None:
    first, *_ = bound_open([charge("a", 0), *later], NOON + timedelta(minutes=now), 3600, RATE)

    assert (first.seconds, first.cost) == (minutes * 60, pytest.approx(cost))


@pytest.mark.parametrize(
    ("spent", "trigger", "verdict"),
    [
        (69.0, "scheduled", Verdict.PASSED),
        (70.0, "scheduled", Verdict.WARNED),
        (90.0, "asset", Verdict.WARNED),
        (90.1, "asset", Verdict.REFUSED),
        (90.1, "scheduled", Verdict.REFUSED),
        (500.0, None, Verdict.WARNED),
    ],
)
def test_a_budget_warns_from_its_share_on_and_refuses_above_it_where_no_person_asks(
    spent: float, trigger: str | None, verdict: Verdict
) -> None:
    standing = Standing("customer.alpha", "2026-11", "EUR", spent, ahead=10.0)

    assert judge(Budget(per_month=100), standing, trigger)[0] is verdict
