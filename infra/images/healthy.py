"""Health check of a container: exit 0 where `tcp://host:port` or `http://...` answers, else 1.

A second argument names a part of Airflow's health page that must say `healthy`. The standard library only, so that
any Python of the image can run it.
"""

import json
import socket
import sys
from urllib.parse import urlsplit
from urllib.request import urlopen

SECONDS = 4


def is_healthy(address: str, part: str | None = None) -> bool:
    """Whether the address answers, and its health page calls the part healthy where one is named."""
    place = urlsplit(address)
    try:
        if place.scheme == "tcp":
            with socket.create_connection((place.hostname, place.port or 0), SECONDS):
                return True
        with urlopen(address, timeout=SECONDS) as answer:  # noqa: S310 -- the address is the compose file's
            page = answer.read()
    except OSError:
        return False
    return part is None or json.loads(page)[part]["status"] == "healthy"


if __name__ == "__main__":
    raise SystemExit(0 if is_healthy(*sys.argv[1:3]) else 1)
