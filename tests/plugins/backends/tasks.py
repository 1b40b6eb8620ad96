"""Runs an operator as Airflow does: each step in a process of its own, which any of them may not survive."""

import asyncio
import threading
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import dataclass, field
from types import SimpleNamespace
from typing import Any

from airflow.sdk._shared.module_loading import import_string
from airflow.sdk.bases.operator import TRIGGER_FAIL_REPR, TriggerFailureReason
from airflow.sdk.exceptions import TaskDeferred

TRIES = 3


class Killed(BaseException):
    """The process of a worker or a triggerer is gone."""


class Triggerer:
    """One event loop for all triggers, in a thread."""

    def __init__(self) -> None:
        self._loop = asyncio.new_event_loop()
        threading.Thread(target=self._loop.run_forever, daemon=True).start()

    def start(self, trigger: Any) -> "Future[dict[str, Any]]":
        """The trigger's event to be; it travels as text, as between Airflow's processes."""
        path, arguments = trigger.serialize()
        return asyncio.run_coroutine_threadsafe(self._watch(import_string(path)(**arguments)), self._loop)

    async def _watch(self, trigger: Any) -> dict[str, Any]:
        try:
            async for event in trigger.run():
                return dict(event.payload)
        except asyncio.CancelledError:
            await trigger.on_kill()
            raise
        raise RuntimeError("the trigger ended without an event")


@dataclass
class Task:
    """One task of a Dag run; `build` makes its operator anew, as each process does."""

    build: Callable[[], Any]
    triggerer: Triggerer
    name: str
    tries: int = 0
    links: dict[str, Any] = field(default_factory=dict)

    def new_try(self) -> None:
        self.tries += 1
        self.links.clear()

    def start(self, operator: Any | None = None) -> Any:
        """From the start of a try to its end, or to its deferral, which is returned."""
        return self._step(lambda it: it.execute(self.context), operator)

    def resume(self, deferred: TaskDeferred, operator: Any | None = None) -> Any:
        """Waits for the trigger and goes on: with its event, or with its failure."""
        try:
            event = self.triggerer.start(deferred.trigger).result(60)
        except Exception as error:  # whatever a trigger raises, Airflow tells the task that it failed
            failure = {"error": TriggerFailureReason.TRIGGER_FAILURE, "traceback": [repr(error)]}
            return self._step(lambda it: it.resume_execution(TRIGGER_FAIL_REPR, failure, self.context), operator)
        method = deferred.method_name
        return self._step(lambda it: it.resume_execution(method, {"event": event}, self.context), operator)

    def overdue(self, operator: Any | None = None) -> Any:
        failure = {"error": TriggerFailureReason.TRIGGER_TIMEOUT}
        return self._step(lambda it: it.resume_execution(TRIGGER_FAIL_REPR, failure, self.context), operator)

    def run(self) -> Any:
        """One whole try."""
        self.new_try()
        outcome = self.start()
        while isinstance(outcome, TaskDeferred):
            outcome = self.resume(outcome)
        return outcome

    def fail(self) -> None:
        """What Airflow does once the task has failed for good, in whatever process that finds out."""
        for callback in self.build().on_failure_callback:
            callback(self.context)

    @property
    def context(self) -> dict[str, Any]:
        push = lambda key, value: self.links.update({key: value})  # noqa: E731
        pull = lambda key, **_: self.links.get(key)  # noqa: E731
        named = {"dag_id": "shop.alpha.train", "run_id": self.name, "task_id": "train", "map_index": -1}
        return {"ti": SimpleNamespace(**named, try_number=self.tries, xcom_push=push, xcom_pull=pull)}

    def _step(self, step: Callable[[Any], Any], operator: Any | None) -> Any:
        try:
            return step(operator or self.build())
        except TaskDeferred as deferred:
            return deferred
