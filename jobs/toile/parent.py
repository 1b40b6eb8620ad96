"""Processes that end with the one that started them, however that ends: nobody is asked at a kill -9."""

import ctypes
import signal

_PR_SET_PDEATHSIG = 1


def die_with_parent() -> None:
    """Has Linux end this process when its parent ends; also for `preexec_fn`."""
    ctypes.CDLL(None).prctl(_PR_SET_PDEATHSIG, signal.SIGTERM)
