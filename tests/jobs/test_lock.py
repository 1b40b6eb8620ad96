import subprocess
import sys

import pytest

from toile.lock import exclusive

HOLD = (
    "import sys, time; from toile.lock import exclusive\nwith exclusive('x'): print('held', flush=True); time.sleep(60)"
)
TAKE = "from toile.lock import exclusive\nwith exclusive('x'): print('taken', flush=True)"


def test_one_process_at_a_time_and_a_dead_one_lets_go() -> None:
    holding, taking = ([sys.executable, "-c", code] for code in (HOLD, TAKE))
    with subprocess.Popen(holding, stdout=subprocess.PIPE, text=True) as holder:
        assert holder.stdout is not None
        assert holder.stdout.readline() == "held\n"
        with subprocess.Popen(taking, stdout=subprocess.PIPE, text=True) as taker:
            with pytest.raises(subprocess.TimeoutExpired):
                taker.communicate(timeout=2)
            holder.kill()
            assert taker.communicate(timeout=20)[0] == "taken\n"


def test_other_names_do_not_wait() -> None:
    with exclusive("one"), exclusive("another"):
        pass
