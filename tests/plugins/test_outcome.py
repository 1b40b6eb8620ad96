import logging
from datetime import date

import pytest

from toile.contract import Cost, JobResult, Verdict
from toile_airflow.outcome import tell


def test_the_tasks_log_tells_what_a_job_has_counted_wherever_it_ran(caplog: pytest.LogCaptureFixture) -> None:
    result = JobResult(
        run_key="key", job="score", model="shop.alpha", as_of=date(2011, 6, 1), verdict=Verdict.WARNED,
        reasons=["few rows"], rows={"scored": 1200}, cost=Cost(estimated=0.2, actual=0.184, currency="USD"),
    )  # fmt: skip

    tell(result, logging.getLogger("task"))

    assert "WARNED score: key" in caplog.messages[0]
    assert {"  reason: few rows", "  scored: 1,200 rows", "  cost: 0.18 USD, 0.20 estimated"} <= set(caplog.messages)
