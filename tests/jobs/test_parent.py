import signal
import subprocess
import sys

ORPHANED_MEANWHILE = """
import os
from toile.parent import die_with_parent
parents = iter([os.getppid(), 1])
os.getppid = lambda: next(parents)
die_with_parent()
print("lives on")
"""


def test_a_process_whose_parent_ended_before_it_was_bound_to_it_ends_too() -> None:
    ended = subprocess.run([sys.executable, "-c", ORPHANED_MEANWHILE], capture_output=True, text=True, check=False)
    assert (ended.returncode, ended.stdout) == (-signal.SIGTERM, "")
