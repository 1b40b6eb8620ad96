"""How the workspace misbehaves: as a plan says, fault by fault, or at random by a seed and rates."""

import asyncio
import random
import re
import socket
import struct
import threading
from collections import Counter
from collections.abc import Awaitable, Callable, MutableMapping
from dataclasses import dataclass
from typing import Any

from fastapi.responses import JSONResponse

REQUESTS = ("429", "500", "503", "reset", "lost", "slow")
"""Of requests: three refusals; a connection reset after the work was done, or before it; an answer that takes long."""
RUNS = ("cancelled", "evicted", "internal_error", "queued")
"""Of runs: ended by a person, by the loss of a spot instance, by the service; or left in the queue for long."""
_ANSWERS = {
    "429": ("REQUEST_LIMIT_EXCEEDED", "Your request was rejected since your organization has exceeded the rate limit."),
    "500": ("INTERNAL_ERROR", "The service failed."),
    "503": ("TEMPORARILY_UNAVAILABLE", "The service is taking too long to process your request."),
}
_RUN = re.compile(r'"run_name": *"(?P<name>[^"]*)"|run_id"?[=:] *"?(?P<id>\d+)')
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]


@dataclass
class Fault:
    """One kind of fault, for the next `times` requests or runs that fit.

    `match` is searched in "POST /api/2.2/jobs/runs/submit", or in the name of a run. `seconds` is how long an answer
    or the queue takes, what `Retry-After` says, or how long a run works before it is struck; at 0 it never starts.
    """

    kind: str
    match: str = ""
    times: int = 1
    seconds: float = 0.0


class Faults:
    """What is planned, and what has been done of it."""

    def __init__(self) -> None:
        self._lock = threading.Lock()
        self.plan([], {}, 0)

    def plan(self, faults: list[dict[str, Any]], rates: dict[str, float], seed: int, seconds: float = 0.0) -> None:
        """Replaces the plan; `rates` are probabilities by kind, `seconds` the longest of a random fault."""
        planned = [Fault(**fault) for fault in faults]
        if unknown := {*rates, *(fault.kind for fault in planned)} - {*REQUESTS, *RUNS}:
            raise ValueError(f"unknown faults: {sorted(unknown)}. Known: {', '.join((*REQUESTS, *RUNS))}.")
        with self._lock:
            self._planned, self._rates, self._longest, self._seed = planned, rates, seconds, seed
            self._drawn: Counter[str] = Counter()
            self.done: Counter[str] = Counter()

    def of_request(self, line: str, run_name: str) -> Fault | None:
        return self._next(REQUESTS, line, f"{line} {run_name}")

    def of_run(self, name: str) -> Fault | None:
        return self._next(RUNS, name, name)

    def _next(self, kinds: tuple[str, ...], text: str, whose: str) -> Fault | None:
        with self._lock:
            fault = self._from_plan(kinds, text) or self._at_random(kinds, whose)
            if fault:
                self.done[fault.kind] += 1
            return fault

    def _from_plan(self, kinds: tuple[str, ...], text: str) -> Fault | None:
        for fault in self._planned:
            if fault.times > 0 and fault.kind in kinds and re.search(fault.match, text):
                fault.times -= 1
                return fault
        return None

    def _at_random(self, kinds: tuple[str, ...], whose: str) -> Fault | None:
        self._drawn[whose] += 1
        # For each kind of request of each run by itself: in which order those of many runs arrive changes nothing.
        chance = random.Random(f"{self._seed} {self._drawn[whose]} {whose}")
        drawn = chance.random()
        for kind in kinds:
            drawn -= self._rates.get(kind, 0.0)
            if drawn < 0:
                # Half of the runs that are struck are struck before they start, the others while they work.
                seconds = chance.choice([0.0, chance.uniform(0, self._longest)])
                return Fault(kind, seconds=seconds)
        return None


class Misbehaving:
    """An ASGI application around the workspace's, which lets faults happen to its requests."""

    def __init__(self, app: Any, faults: Faults, name_of: Callable[[int], str]) -> None:
        self.app, self.faults, self.name_of = app, faults, name_of

    async def __call__(self, scope: Any, receive: Receive, send: Send) -> None:
        fault = None
        if scope["type"] == "http" and scope["path"].startswith("/api/"):
            body = await _read_body(receive)
            told = scope["query_string"] + body
            fault = self.faults.of_request(f"{scope['method']} {scope['path']}", self._run_name(told))
            receive = _once_more(body, receive)
        if fault is None:
            await self.app(scope, receive, send)
        elif fault.kind == "slow":
            await asyncio.sleep(fault.seconds)
            await self.app(scope, receive, send)
        elif fault.kind in _ANSWERS:
            await _refuse(fault)(scope, receive, send)
        else:
            if fault.kind == "reset":
                await self.app(scope, receive, _keep_to_itself)
            await _reset(send)

    def _run_name(self, told: bytes) -> str:
        """Of the run that a request begins, or is about: in its query or in its body."""
        found = _RUN.search(told.decode(errors="replace"))
        return "" if found is None else found["name"] or self.name_of(int(found["id"]))


async def _read_body(receive: Receive) -> bytes:
    body = b""
    while (message := await receive()).get("more_body"):
        body += message["body"]
    return body + message.get("body", b"")


def _once_more(body: bytes, receive: Receive) -> Receive:
    """The same request again, for whoever is to answer it."""
    told: list[Message] = [{"type": "http.request", "body": body, "more_body": False}]

    async def receive_again() -> Message:
        return told.pop() if told else await receive()

    return receive_again


def _refuse(fault: Fault) -> JSONResponse:
    code, message = _ANSWERS[fault.kind]
    headers = {"Retry-After": str(round(fault.seconds))} if fault.kind in ("429", "503") else {}
    return JSONResponse({"error_code": code, "message": message}, int(fault.kind), headers)


async def _keep_to_itself(_message: Message) -> None:
    """The work is done, and nobody hears of it."""


async def _reset(send: Send) -> None:
    """Resets the connection: uvicorn's `send` is a method of the cycle that has the transport."""
    transport = send.__self__.transport  # type: ignore[attr-defined]
    # Closed without lingering, a socket says RST and not FIN.
    transport.get_extra_info("socket").setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
    transport.abort()
    await asyncio.sleep(0.01)
