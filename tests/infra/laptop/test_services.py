import json
import os
import signal
import subprocess
import sys
import time
from pathlib import Path

import pytest

from laptop.processes import identify, is_alive
from laptop.services import Record, Service, Services, end_leftovers, record_file, sole_demo, tail
from toile.errors import InfrastructureError

INFRA = Path(__file__).resolve().parents[3] / "infra"
ENVIRONMENT = {**os.environ, "PYTHONPATH": str(INFRA)}
# A demo that is killed before it can end its service; its guard is stopped first, so that it notices nothing.
KILLED_DEMO = """
import os, signal, sys
from pathlib import Path
from laptop.services import Service, Services, sole_demo
home = Path(sys.argv[1])
with sole_demo(home), Services(home) as services:
    services.start(Service("sleeper", ["sleep", "60"], os.environ, lambda: True))
    os.kill(services.record.services["sleeper"].pid, signal.SIGSTOP)
    os.kill(os.getpid(), signal.SIGKILL)
"""


def _service(program: str, *, ready: Path | None = None, patience: float = 20) -> Service:
    command = [sys.executable, "-c", program]
    return Service("sleeper", command, ENVIRONMENT, lambda: ready is not None and ready.exists(), patience)


def test_a_service_is_waited_for_and_ended_with_the_block(tmp_path: Path) -> None:
    ready = tmp_path / "ready"
    program = f"import time; time.sleep(.2); open({str(ready)!r}, 'w'); time.sleep(60)"
    with Services(tmp_path) as services:
        service = _service(program, ready=ready)
        services.start(service)
        services.wait(service)
        known = Record.load(record_file(tmp_path)).services["sleeper"]
        assert is_alive(known)
    assert not is_alive(known)
    assert Record.load(record_file(tmp_path)).services == {}


def test_a_service_that_ends_by_itself_is_told_with_the_end_of_its_log(tmp_path: Path) -> None:
    with Services(tmp_path) as services:
        service = _service("import sys; sys.exit('the port is in use')")
        services.start(service)
        with pytest.raises(InfrastructureError, match=r"sleeper ended by itself with status 1[\s\S]*in use"):
            services.wait(service)


def test_a_service_that_never_answers_is_told_after_its_patience(tmp_path: Path) -> None:
    with Services(tmp_path) as services:
        service = _service("import time; print('thinking', flush=True); time.sleep(60)", patience=1)
        services.start(service)
        with pytest.raises(InfrastructureError, match=r"did not answer within 1 s[\s\S]*sleeper\.log"):
            services.wait(service)


def test_an_errand_may_end_and_is_told_when_it_fails(tmp_path: Path) -> None:
    with Services(tmp_path) as services:
        services.begin("good", [sys.executable, "-c", ""], ENVIRONMENT)
        services.finish("good")
        services.begin("bad", [sys.executable, "-c", "raise SystemExit('no such table')"], ENVIRONMENT)
        with pytest.raises(InfrastructureError, match=r"bad failed with status 1[\s\S]*no such table"):
            services.finish("bad")


def test_what_a_killed_demo_has_left_is_ended_by_the_next(tmp_path: Path) -> None:
    killed = subprocess.run([sys.executable, "-c", KILLED_DEMO, str(tmp_path)], env=ENVIRONMENT, check=False)
    assert killed.returncode == -signal.SIGKILL
    guard = Record.load(record_file(tmp_path)).services["sleeper"]
    assert is_alive(guard)
    os.kill(guard.pid, signal.SIGCONT)
    with sole_demo(tmp_path):
        assert not is_alive(guard)


def test_a_process_that_was_given_a_recorded_pid_again_is_left_alone(tmp_path: Path) -> None:
    with subprocess.Popen(["sleep", "60"]) as other:
        known = identify(other.pid)
        assert known is not None
        record_file(tmp_path).parent.mkdir()
        former = {"pid": known.pid, "started": "1", "boot": known.boot}
        record_file(tmp_path).write_text(json.dumps({"demo": None, "services": {"spark": former}, "ports": {}}))
        assert end_leftovers(tmp_path) == []
        assert is_alive(known)
        other.kill()


def test_a_second_demo_is_refused_with_the_links_of_the_first(tmp_path: Path) -> None:
    with sole_demo(tmp_path):
        Record(demo=identify(os.getpid()), ports={"airflow": 8081, "spark": 15002}).save(record_file(tmp_path))
        with (
            pytest.raises(InfrastructureError, match=rf"process {os.getpid()}\): airflow http://127.0.0.1:8081\. Stop"),
            sole_demo(tmp_path),
        ):
            pass
    with sole_demo(tmp_path):
        pass


def test_ports_are_remembered_over_a_stop(tmp_path: Path) -> None:
    with sole_demo(tmp_path), Services(tmp_path) as services:
        services.record.ports = {"airflow": 8090}
    assert Services(tmp_path).record.ports == {"airflow": 8090}


@pytest.mark.parametrize("text", ["", '{"demo": nu'])
def test_a_torn_record_counts_as_none(tmp_path: Path, text: str) -> None:
    file = tmp_path / "services.json"
    file.write_text(text)
    assert Record.load(file) == Record()


def test_the_tail_of_a_log_is_bounded(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_text("\n".join(map(str, range(100))))
    assert tail(log, 2) == "  98\n  99"
    assert tail(tmp_path / "none.log") == "  (no log)"


def test_stopping_ends_all_services_side_by_side(tmp_path: Path) -> None:
    slow = "import signal, sys, time; signal.signal(15, lambda *_: (time.sleep(2), sys.exit()))"
    slow += "; print(1, flush=True); time.sleep(60)"
    services = Services(tmp_path)
    for name in ("a", "b", "c"):
        services.start(Service(name, [sys.executable, "-c", slow], ENVIRONMENT, lambda: True))
    while not all(services.log(name).read_text() for name in "abc"):
        time.sleep(0.02)
    begin = time.monotonic()
    services.stop()
    assert time.monotonic() - begin < 5.9
