"""How often and for how much: with no past, and with one that a real MLflow knows."""

import json
from collections.abc import Callable
from datetime import date
from pathlib import Path

import pytest
from tests.clone import Clone

from toile.config import Conf
from toile.contract import JobSpec
from toile.costs.charges import Charges
from toile.registry.tracking import connect

LOCAL = 'currency: EUR\nlooked_up: "2026-11-01"\nlocal: {per_hour: 3.6}\n'
PER_SECOND, GUESSED = 0.001, 2 * 60 / 4
"""Of the table above; and how long a job of two minutes at most is taken to last that nobody has seen."""


@pytest.fixture
def charges(clone: Clone, own_home: Path) -> Charges:
    """Those of shop.alpha on a laptop that costs money and keeps timetables."""
    (clone.conf / "prices.yaml").write_text(LOCAL)
    clone.change("conf/environments/local.yaml", "schedules: false", "defaults: {budget: {per_month: 20}}")
    clone.commit()
    conf = Conf(clone.conf)
    assert conf.rate is not None
    return Charges(connect(conf.environment), "shop.alpha", conf.environment, conf.rate)


def test_the_past_of_a_job_is_asked_for_and_said_where_it_is_not_known(
    clone: Clone, plan: Callable[..., tuple[int, str]], charges: Charges
) -> None:
    for job, seconds in (("train", 600), ("train", 900), ("train", 1200), ("promote", 9)):
        spec = JobSpec.build(job=job, model="shop.alpha", as_of=date(2011, 9, 8), parameters={}, identity="test")
        charges.close(charges.open(spec)[0], seconds, "passed")
    clone.change("conf/models/shop/alpha.yaml", 'score: "0 5 * * *"', 'score: "@monthly"')

    told = {
        asked: json.loads(plan("--env", "local", "--format", "json", *asked)[1])["environments"][0]["changes"]
        for asked in ((), ("--past-costs",))
    }

    fields = {asked: next(c for c in found if c["item"] == "shop.alpha")["after"] for asked, found in told.items()}
    # A training and two scorings a month, of which one comes after it, each followed by monitoring.
    guessed, past = PER_SECOND * (4 + 2 * 3) * GUESSED, PER_SECOND * (900 + 9 + (2 + 2 * 3) * GUESSED)
    assert fields[()]["about"] == f"{guessed:.2f} EUR"
    assert fields["--past-costs",]["about"] == f"{past:.2f} EUR"
    assert fields[()]["reckoned by"] == "25% of the timeout for every job: how long they take is not known"
    assert fields["--past-costs",]["reckoned by"] == (
        "past runs, and 25% of the timeout for gate training, validate, gate scoring, score, monitor"
    )


def test_where_no_timetable_is_kept_nobody_knows_what_it_costs(
    clone: Clone, plan: Callable[..., tuple[int, str]], charges: Charges
) -> None:
    clone.change("conf/environments/local.yaml", "defaults:", "schedules: false\ndefaults:")
    assert "EUR -> not known: nothing runs by a timetable" in plan("--env", "local")[1]
