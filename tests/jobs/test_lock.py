import json
import subprocess
import sys
import time
from itertools import pairwise
from pathlib import Path

import pytest

from toile import lock
from toile.config.backends import SparkSubmitBackend
from toile.config.platform import Environment, PathTables
from toile.errors import InfrastructureError
from toile.lock import exclusive
from toile.store import FolderStore, open_store

OPEN = """
import sys, time
from toile.config.platform import Environment
from toile.lock import exclusive
environment = Environment.model_validate_json(sys.argv[1])
"""
HOLD = OPEN + "with exclusive('x', environment): print('held', flush=True); time.sleep(60)"
TAKE = OPEN + "with exclusive('x', environment): print('taken', flush=True)"


@pytest.fixture
def shared(environment: Environment, tmp_path: Path) -> Environment:
    """An environment whose jobs run on many machines, which share a state store alone."""
    backend = SparkSubmitBackend(kind="spark_submit", connection="spark", artifacts=str(tmp_path))
    where = {"results": str(tmp_path), "mlflow": "http://mlflow", "tables": PathTables(kind="path", root=str(tmp_path))}
    return environment.model_copy(update={"backend": backend, **where})


def test_one_process_at_a_time_and_a_dead_one_lets_go(environment: Environment) -> None:
    holding, taking = ([sys.executable, "-c", code, environment.model_dump_json()] for code in (HOLD, TAKE))
    with subprocess.Popen(holding, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with subprocess.Popen(taking, stdout=subprocess.PIPE, text=True) as taker:
            with pytest.raises(subprocess.TimeoutExpired):
                taker.communicate(timeout=2)
            holder.kill()
            assert taker.communicate(timeout=20)[0] == "taken\n"


def test_other_names_do_not_wait(environment: Environment) -> None:
    with exclusive("one", environment), exclusive("another", environment):
        pass


def test_of_many_machines_one_at_a_time_holds_the_lease(shared: Environment) -> None:
    command = [sys.executable, "-c", OPEN + COUNT, shared.model_dump_json()]
    takers = [subprocess.Popen(command, stdout=subprocess.PIPE, text=True) for _ in range(3)]
    spans = sorted(json.loads(taker.communicate(timeout=60)[0]) for taker in takers)
    assert all(former[1] <= later[0] for former, later in pairwise(spans)), spans


COUNT = """
import json
with exclusive("x", environment):
    begin = time.time()
    time.sleep(0.3)
    end = time.time()
print(json.dumps([begin, end]))
"""


def test_a_lease_whose_holder_has_died_runs_out(shared: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(lock, "_SETTLED_SECONDS", 0.05)
    lease = {"holder": "one that died", "until": time.time() + 0.5}
    open_store(shared.results).write("_locks/x.json", json.dumps(lease).encode())
    with exclusive("x", shared):
        assert time.time() >= lease["until"]


def test_a_holder_that_was_overtaken_is_told_before_it_acts(
    shared: Environment, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(lock, "_SETTLED_SECONDS", 0.05)
    with exclusive("x", shared) as require_held:
        require_held()
        lease = {"holder": "another", "until": time.time() + 60}
        open_store(shared.results).write("_locks/x.json", json.dumps(lease).encode())
        with pytest.raises(InfrastructureError, match="another process does the same"):
            require_held()
    assert json.loads(open_store(shared.results).read("_locks/x.json") or b"") == lease


def test_a_lease_that_was_written_late_is_given_back(shared: Environment, monkeypatch: pytest.MonkeyPatch) -> None:
    """Who looked before it was written may have settled and begun."""
    monkeypatch.setattr(lock, "_SETTLED_SECONDS", 0.2)
    write, leased = FolderStore.write, []

    def late_at_first(self: FolderStore, key: str, data: bytes) -> None:
        write(self, key, data)
        if not leased:
            time.sleep(0.4)
        leased.append(json.loads(data)["until"] > time.time())

    monkeypatch.setattr(FolderStore, "write", late_at_first)
    with exclusive("x", shared):
        assert leased == [True, False, True]
