"""Processes that end with the one that started them, however that ends: nobody is asked at a kill -9."""

import ctypes
import os
import signal
import sys

_PR_SET_PDEATHSIG = 1


def die_with_parent() -> None:
    """Has Linux end this process when its parent ends; also for `preexec_fn`. Elsewhere it does nothing."""
    if sys.platform != "linux":
        return
    parent = os.getppid()
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
    if os.getppid() != parent:  # it ended meanwhile, of which no signal tells
        os.kill(os.getpid(), signal.SIGTERM)
