import os
import signal
import threading
import time
from datetime import date
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from airflow.sdk import DAG
from airflow.sdk.exceptions import AirflowException, AirflowFailException

from tests.airflow_home import StandInJobs
from tests.processes import is_running, wait_for
from toile.config import Conf
from toile.contract import JobSpec
from toile_airflow.asks import Ask
from toile_airflow.backends import local, submit
from toile_airflow.backends.local import LocalJobOperator
from toile_airflow.backends.program import bound_to_this

ASK = Ask(as_of=date(2011, 6, 1))
TASK_INSTANCE = SimpleNamespace(dag_id="shop.alpha.monitor", run_id="manual", map_index=0)


@pytest.fixture
def operator(conf: Path, jobs: StandInJobs) -> Any:
    with DAG("a_dag", schedule=None):
        return submit(Conf(conf).load_model("shop.alpha"), "monitor", ask=ASK.model_dump(mode="json"))


@pytest.fixture
def spec(operator: LocalJobOperator) -> JobSpec:
    return operator.build_spec(ASK, TASK_INSTANCE)


def test_a_retry_has_the_run_key_of_the_try_before_it_and_other_work_has_its_own(
    operator: LocalJobOperator, spec: JobSpec
) -> None:
    again = SimpleNamespace(**vars(TASK_INSTANCE), try_number=2)
    others = [SimpleNamespace(**{**vars(TASK_INSTANCE), **other}) for other in ({"map_index": 1}, {"run_id": "again"})]

    assert operator.build_spec(ASK, again) == spec
    assert len({spec.run_key, *(operator.build_spec(ASK, other).run_key for other in others)}) == 3


@pytest.mark.parametrize(("code", "error"), [(2, AirflowFailException), (1, AirflowException), (139, AirflowException)])
def test_only_the_authors_mistake_is_beyond_a_retry(
    operator: LocalJobOperator, spec: JobSpec, jobs: StandInJobs, code: int, error: type[Exception]
) -> None:
    jobs.answer("monitor", {"exit": code})

    with pytest.raises(AirflowException) as raised:
        operator.run_job(spec, {})

    assert type(raised.value) is error


def test_a_mistake_is_told_in_the_jobs_own_words_and_no_others(
    operator: LocalJobOperator, spec: JobSpec, jobs: StandInJobs
) -> None:
    """Alerts carry them; what other code says may hold secrets."""
    jobs.answer("monitor", {"exit": 2, "says": "ValueError: password\nDataError: there is no table a.b"})

    with pytest.raises(AirflowFailException, match=r"^monitor: there is no table a\.b$"):
        operator.run_job(spec, {})


def test_a_job_that_leaves_no_result_is_a_fault(operator: LocalJobOperator, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(operator, "run_job", lambda *_: None)

    with pytest.raises(AirflowException, match="left no result"):
        operator.execute({"ti": TASK_INSTANCE})


def test_without_a_jobs_environment_the_author_is_told_to_set_it_up(
    operator: LocalJobOperator, spec: JobSpec, jobs: StandInJobs
) -> None:
    (jobs.home / "venvs/jobs/bin/python").unlink()

    with pytest.raises(AirflowFailException, match="run `make setup`"):
        operator.run_job(spec, {})


def test_a_killed_task_takes_its_whole_process_group_along(
    operator: LocalJobOperator, spec: JobSpec, jobs: StandInJobs, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(local, "GRACE_SECONDS", 0.5)
    jobs.answer("monitor", {"stubborn": True})

    def kill_once_it_runs() -> None:
        if wait_for((jobs.home / "pids").exists):
            operator.on_kill()

    threading.Thread(target=kill_once_it_runs, daemon=True).start()
    started = time.monotonic()

    with pytest.raises(AirflowException, match="a fault"):
        operator.run_job(spec, {})

    assert time.monotonic() - started < 20
    job, child = map(int, (jobs.home / "pids").read_text().split())
    assert wait_for(lambda: not is_running(job) and not is_running(child))


def test_a_job_does_not_outlive_a_worker_that_is_killed_outright(
    operator: LocalJobOperator, spec: JobSpec, jobs: StandInJobs
) -> None:
    """The kernel's out-of-memory killer asks nobody: the retry would else run beside the first try."""
    jobs.answer("monitor", {"stubborn": True})
    worker = os.fork()
    if not worker:
        operator.run_job(spec, {})
        os._exit(0)
    assert wait_for((jobs.home / "pids").exists)
    job, child = map(int, (jobs.home / "pids").read_text().split())

    os.kill(worker, signal.SIGKILL)
    os.waitpid(worker, 0)

    assert wait_for(lambda: not is_running(job))
    os.kill(child, signal.SIGKILL)


def test_a_machine_that_cannot_bind_a_job_to_its_worker_says_so(
    monkeypatch: pytest.MonkeyPatch, caplog: pytest.LogCaptureFixture
) -> None:
    monkeypatch.setattr("shutil.which", lambda _: None)

    assert bound_to_this(["job"]) == ["job"]
    assert "leaves its job running" in caplog.text


def test_the_timeout_is_that_of_the_environment(operator: LocalJobOperator) -> None:
    timeout: Any = operator.execution_timeout

    assert timeout.total_seconds() == 120
