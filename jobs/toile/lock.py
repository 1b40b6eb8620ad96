"""Locks between processes; whoever dies lets go."""

import fcntl
import json
import time
from collections.abc import Iterator
from contextlib import contextmanager
from uuid import uuid4

from toile.config.backends import LocalBackend
from toile.config.platform import Environment
from toile.home import toile_home
from toile.store import Store, open_store

LEASE_SECONDS = 600
_SETTLED_SECONDS = 2.0
"""Longer than a store takes from a look to the writing that follows it."""


@contextmanager
def exclusive(name: str, environment: Environment) -> Iterator[None]:
    """Waits until no other process of the environment, on whatever machine, does what goes by this name."""
    lock = _local if isinstance(environment.backend, LocalBackend) else _leased
    with lock(name, environment):
        yield


@contextmanager
def _local(name: str, _: Environment) -> Iterator[None]:
    folder = toile_home() / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield


@contextmanager
def _leased(name: str, environment: Environment) -> Iterator[None]:
    """A lease in the state store, which has no locks: whose name still stands there after a while holds it.

    A holder that dies is waited for until its lease has run out; what takes longer than a lease may be overtaken.
    """
    store, key, me = open_store(environment.results), f"_locks/{name}.json", uuid4().hex
    while True:
        if _holder(store, key) is None:
            _lease(store, key, me, LEASE_SECONDS)
            time.sleep(_SETTLED_SECONDS)
        if _holder(store, key) == me:
            break
        time.sleep(_SETTLED_SECONDS)
    try:
        yield
    finally:
        if _holder(store, key) == me:
            _lease(store, key, me, 0)


def _holder(store: Store, key: str) -> str | None:
    lease = json.loads(store.read(key) or b"{}")
    return lease["holder"] if lease and lease["until"] > time.time() else None


def _lease(store: Store, key: str, holder: str, seconds: float) -> None:
    store.write(key, json.dumps({"holder": holder, "until": time.time() + seconds}).encode())
