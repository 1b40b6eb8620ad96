"""Locks between processes; whoever dies lets go."""

import fcntl
import json
import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from uuid import uuid4

from toile.config.backends import LocalBackend
from toile.config.platform import Environment
from toile.errors import InfrastructureError
from toile.home import toile_home
from toile.store import Store, open_store

LEASE_SECONDS = 600
_SETTLED_SECONDS = 2.0
"""How long after its look at the lease a taker may write, and how long it then waits for others to have written."""

RequireHeld = Callable[[], None]


@contextmanager
def exclusive(name: str, environment: Environment) -> Iterator[RequireHeld]:
    """Waits until no other process of the environment, on whatever machine, does what goes by this name.

    A lease may be overtaken, so what must not be done twice is preceded by a call of what this gives, which raises an
    InfrastructureError once another process does the same.
    """
    lock = _local if isinstance(environment.backend, LocalBackend) else _leased
    with lock(name, environment) as require_held:
        yield require_held


@contextmanager
def _local(name: str, _: Environment) -> Iterator[RequireHeld]:
    folder = toile_home() / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    with (folder / f"{name}.lock").open("w") as file:
        fcntl.flock(file, fcntl.LOCK_EX)
        yield lambda: None  # the kernel lets nobody overtake


@contextmanager
def _leased(name: str, environment: Environment) -> Iterator[RequireHeld]:
    """A lease in the state store, which has no locks: whose name still stands there after a while holds it.

    A holder that dies is waited for until its lease has run out; what takes longer than a lease may be overtaken.
    """
    store, key, me = open_store(environment.results), f"_locks/{name}.json", uuid4().hex
    while not _take(store, key, me):
        pass

    def require_held() -> None:
        if _holder(store, key) != me:
            raise InfrastructureError(f"{name}: another process does the same by now. Try again.")

    try:
        yield require_held
    finally:
        _release(store, key, me)


def _take(store: Store, key: str, me: str) -> bool:
    looked = time.monotonic()
    if _holder(store, key) is None:
        _lease(store, key, me, LEASE_SECONDS)
        if time.monotonic() - looked > _SETTLED_SECONDS:  # a store tries again for a minute: others are settled by then
            _release(store, key, me)
            return False
    time.sleep(_SETTLED_SECONDS)
    return _holder(store, key) == me


def _release(store: Store, key: str, me: str) -> None:
    if _holder(store, key) == me:
        _lease(store, key, me, 0)


def _holder(store: Store, key: str) -> str | None:
    lease = json.loads(store.read(key) or b"{}")
    return lease["holder"] if lease and lease["until"] > time.time() else None


def _lease(store: Store, key: str, holder: str, seconds: float) -> None:
    store.write(key, json.dumps({"holder": holder, "until": time.time() + seconds}).encode())
