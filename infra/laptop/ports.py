"""Ports of 127.0.0.1 for the laptop's services."""

import socket
from collections.abc import Iterable
from itertools import chain

from toile.errors import InfrastructureError

TRIES = 50


def choose_port(preferred: int, remembered: int | None = None, taken: Iterable[int] = ()) -> int:
    """The remembered port where it is free, else the preferred one, else the next free one above it.

    Args:
        preferred: Where a person would look first.
        remembered: What an earlier start used, so that links keep working.
        taken: Ports that this start has given to other services already.

    Raises:
        InfrastructureError: none of `TRIES` ports is free.
    """
    unusable = set(taken)
    for port in chain([remembered or preferred], range(preferred, preferred + TRIES)):
        if port not in unusable and is_free(port):
            return port
    raise InfrastructureError(f"ports {preferred} to {preferred + TRIES - 1} of 127.0.0.1 are all in use. Free one.")


def is_free(port: int) -> bool:
    """Whether a service could listen here; a connection that has just closed does not hinder it."""
    with socket.socket() as probe:
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind(("127.0.0.1", port))
        except OSError:
            return False
    return True
