"""Runs: each lives in a thread of its own, and its wheel tasks are processes of this environment."""

import itertools
import json
import re
import subprocess
import threading
import time
from collections import Counter
from collections.abc import Callable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

from tests.fakes.databricks.faults import Fault, Faults
from tests.fakes.databricks.refusals import invalid
from tests.fakes.databricks.wheels import CannotInstall, Wheels, kill


@dataclass(frozen=True)
class Ending:
    """How a run or a task ended, in Databricks' older words (state) and newer ones (termination details)."""

    life_cycle: str
    result: str
    code: str
    blame: str
    message: str


SUCCESS = Ending("TERMINATED", "SUCCESS", "SUCCESS", "SUCCESS", "")
FAILED = Ending("TERMINATED", "FAILED", "RUN_EXECUTION_ERROR", "CLIENT_ERROR", "Workload failed, see run output.")
CANCELLED = Ending("TERMINATED", "CANCELED", "USER_CANCELED", "CLIENT_ERROR", "Run cancelled.")
TIMED_OUT = Ending("TERMINATED", "TIMEDOUT", "CANCELED", "CLIENT_ERROR", "Run exceeded its timeout and was cancelled.")
NO_UPSTREAM = Ending("SKIPPED", "UPSTREAM_FAILED", "SKIPPED", "CLIENT_ERROR", "An upstream task failed.")
STRUCK = {
    "cancelled": CANCELLED,
    "evicted": Ending(
        "TERMINATED",
        "FAILED",
        "CLOUD_FAILURE",
        "CLOUD_FAILURE",
        "Cluster was terminated. Reason: SPOT_INSTANCE_TERMINATION (CLOUD_FAILURE).",
    ),
    "internal_error": Ending(
        "INTERNAL_ERROR", "FAILED", "INTERNAL_ERROR", "INTERNAL_ERROR", "Unexpected failure of the service."
    ),
}
_NEW_STATES = {"SKIPPED": "TERMINATED", "INTERNAL_ERROR": "TERMINATED"}


@dataclass
class Spell:
    """What a run and each of its tasks go through."""

    run_id: int
    state: str = "PENDING"
    ending: Ending | None = None
    times: dict[str, float] = field(default_factory=dict)

    def enter(self, state: str) -> None:
        self.state = state
        self.times[state] = time.time()

    def end(self, ending: Ending) -> None:
        self.ending = ending
        self.enter(ending.life_cycle)

    def describe(self) -> dict[str, Any]:
        """The fields that runs and tasks share."""
        ended = self.times.get(self.state) if self.ending else None
        start, working = self.times.get("PENDING"), self.times.get("RUNNING")
        until = ended or time.time()
        return {
            "run_id": self.run_id,
            "state": self._old_state(),
            "status": self._status(),
            "start_time": _milliseconds(start or until),
            "end_time": _milliseconds(ended or 0),
            "queue_duration": _milliseconds((start or until) - self.times.get("QUEUED", start or until)),
            "setup_duration": _milliseconds((working or until) - start) if start else 0,
            "execution_duration": _milliseconds(until - working) if working else 0,
            "cleanup_duration": 0,
            "run_duration": _milliseconds(until - start) if start else 0,
        }

    def _old_state(self) -> dict[str, Any]:
        if self.ending is None:
            return {"life_cycle_state": self.state, "state_message": "", "user_cancelled_or_timedout": False}
        return {
            "life_cycle_state": self.ending.life_cycle,
            "result_state": self.ending.result,
            "state_message": self.ending.message,
            "user_cancelled_or_timedout": self.ending in (CANCELLED, TIMED_OUT),
        }

    def _status(self) -> dict[str, Any]:
        if self.ending is None:
            queued = {"queue_details": {"code": "ACTIVE_RUNS_LIMIT_REACHED", "message": "Waiting for a slot."}}
            return {"state": self.state, **(queued if self.state == "QUEUED" else {})}
        details = {"code": self.ending.code, "type": self.ending.blame, "message": self.ending.message}
        return {"state": _NEW_STATES.get(self.state, self.state), "termination_details": details}


@dataclass
class TaskRun(Spell):
    """One task of a run."""

    settings: dict[str, Any] = field(default_factory=dict)
    log: Path = Path()

    @property
    def error(self) -> str | None:
        lines = self.log.read_text(errors="replace").strip().splitlines() if self.log.is_file() else []
        failed = self.ending is not None and self.ending.result == "FAILED"
        return (lines[-1] if lines else "Unknown error.") if failed else None


class Run(Spell):
    """One run, from the moment that it is accepted."""

    def __init__(
        self, run_id: int, job_id: int | None, settings: dict[str, Any], tasks: list[TaskRun], fault: Fault | None
    ) -> None:
        super().__init__(run_id)
        self.job_id, self.settings, self.tasks, self.fault = job_id, settings, tasks, fault
        self.ended = threading.Event()
        self._lock = threading.Lock()
        self._forced: Ending | None = None
        self._process: subprocess.Popen[bytes] | None = None

    @property
    def name(self) -> str:
        return str(self.settings.get("run_name") or self.settings.get("name") or "Untitled")

    @property
    def kind(self) -> str:
        return "JOB_RUN" if self.job_id else "SUBMIT_RUN"

    def stop(self, ending: Ending) -> None:
        """Ends the run from outside, once; its process is killed first."""
        with self._lock:
            if self._forced is None and not self.ended.is_set():
                self._forced = ending
                if self._process is not None:
                    kill(self._process)

    def live(self, setup_seconds: float, start: Callable[[TaskRun], subprocess.Popen[bytes]]) -> None:
        """From the queue to the end; the body of the run's thread."""
        if self.fault and self.fault.kind == "queued":
            self.enter("QUEUED")
            self._rest(self.fault.seconds)
        self.enter("PENDING")
        self._rest(setup_seconds)
        strike = STRUCK.get(self.fault.kind) if self.fault else None
        if strike and self.fault and self.fault.seconds == 0:
            self.stop(strike)
        timers = self._timers(strike)
        self.enter("RUNNING")
        for task in self.tasks:
            self._do(task, start)
        for timer in timers:
            timer.cancel()
        self._conclude(strike)

    def _rest(self, seconds: float) -> None:
        until = time.monotonic() + seconds
        while self._forced is None and time.monotonic() < until:
            time.sleep(min(0.02, seconds))

    def _timers(self, strike: Ending | None) -> list[threading.Timer]:
        due = [(float(self.settings.get("timeout_seconds", 0)), TIMED_OUT)]
        if strike and self.fault:
            due.append((self.fault.seconds, strike))
        timers = [threading.Timer(seconds, self.stop, [ending]) for seconds, ending in due if seconds > 0]
        for timer in timers:
            timer.daemon = True
            timer.start()
        return timers

    def _do(self, task: TaskRun, start: Callable[[TaskRun], subprocess.Popen[bytes]]) -> None:
        task.enter("PENDING")
        upstream = {entry["task_key"] for entry in task.settings.get("depends_on", [])}
        before = [other.ending for other in self.tasks if other.settings["task_key"] in upstream]
        if self._forced or any(ending is not SUCCESS for ending in before):
            return task.end(self._forced or NO_UPSTREAM)
        task.enter("RUNNING")
        try:
            with self._lock:
                self._process = None if self._forced else start(task)
        except CannotInstall as error:
            missing = Ending("INTERNAL_ERROR", "FAILED", "LIBRARY_INSTALLATION_ERROR", "CLIENT_ERROR", str(error))
            return task.end(missing)
        code = self._process.wait() if self._process else None
        with self._lock:
            self._process = None
            return task.end(self._forced or (SUCCESS if code == 0 else FAILED))

    def _conclude(self, strike: Ending | None) -> None:
        with self._lock:
            endings = [task.ending for task in self.tasks if task.ending]
            failed = next((ending for ending in endings if ending is not SUCCESS), SUCCESS)
            # A run that was to be struck is struck, though its work was done first: the service tells no difference.
            self.end(self._forced or strike or failed)
            self.ended.set()


class Runs:
    """All runs of the workspace."""

    def __init__(self, root: Path, wheels: Wheels, faults: Faults, setup_seconds: float) -> None:
        self.root, self.wheels, self.faults, self.setup_seconds = root, wheels, faults, setup_seconds
        self._numbers = itertools.count(1001)
        self._by_id: dict[int, Run] = {}
        self._by_token: dict[str, int] = {}
        self._lock = threading.Lock()
        (root / "logs").mkdir(parents=True, exist_ok=True)

    def submit(self, settings: dict[str, Any], token: str | None, job_id: int | None = None) -> Run:
        """A new run, or the one that this token has started already."""
        with self._lock:
            if token and token in self._by_token:
                return self._get_of_token(token)
            run_id = next(self._numbers)
            tasks = [self._task(task) for task in _in_order(settings["tasks"])]
            run = Run(run_id, job_id, settings, tasks, self.faults.of_run(_name_of(settings)))
            run.enter("QUEUED" if run.fault and run.fault.kind == "queued" else "PENDING")
            self._by_id[run_id] = run
            if token:
                self._by_token[token] = run_id
        start = _starter(self.wheels, run)
        threading.Thread(target=run.live, args=(self.setup_seconds, start), daemon=True).start()
        return run

    def get(self, run_id: int) -> Run:
        if run_id not in self._by_id:
            raise invalid(f"Run {run_id} does not exist.")
        return self._by_id[run_id]

    def task(self, run_id: int) -> tuple[Run, TaskRun] | None:
        tasks = ((run, task) for run in self.all() for task in run.tasks)
        return next((found for found in tasks if found[1].run_id == run_id), None)

    def name_of(self, run_id: int) -> str:
        """Of a run, or of the run that this task is of; empty where there is none."""
        found = self.task(run_id)
        run = found[0] if found else self._by_id.get(run_id)
        return run.name if run else ""

    def all(self) -> list[Run]:
        return list(self._by_id.values())

    def delete(self, run_id: int) -> None:
        if self.get(run_id).ending is None:
            raise invalid(f"Run {run_id} is active and cannot be deleted.")
        del self._by_id[run_id]

    def end(self) -> None:
        """Ends all that still runs: no process outlives the workspace."""
        for run in self.all():
            run.stop(CANCELLED)

    def _get_of_token(self, token: str) -> Run:
        if self._by_token[token] not in self._by_id:
            raise invalid("The run of this idempotency token was deleted.")
        return self._by_id[self._by_token[token]]

    def _task(self, settings: dict[str, Any]) -> TaskRun:
        run_id = next(self._numbers)
        return TaskRun(run_id, "BLOCKED", settings=settings, log=self.root / "logs" / f"{run_id}.log")


def describe_effects(runs: list[Run]) -> list[dict[str, Any]]:
    """For each distinct work (a task's parameters): its runs, how many of them worked, and how many did so at once."""
    spells: dict[str, list[tuple[float, float]]] = {}
    submitted: Counter[str] = Counter()
    for run in runs:
        for task in run.tasks:
            work = json.dumps(task.settings.get("python_wheel_task"), sort_keys=True)
            submitted[work] += 1
            if "RUNNING" in task.times:
                until = task.times[task.state] if task.ending else time.time()
                spells.setdefault(work, []).append((task.times["RUNNING"], until))
    return [
        {"work": json.loads(work), "runs": count, "worked": len(spells.get(work, [])), "at_once": _most(spells, work)}
        for work, count in submitted.items()
    ]


def _most(spells: dict[str, list[tuple[float, float]]], work: str) -> int:
    own = spells.get(work, [])
    return max((sum(start <= moment < end for start, end in own) for moment, _ in own), default=0)


def _starter(wheels: Wheels, run: Run) -> Callable[[TaskRun], subprocess.Popen[bytes]]:
    dependencies = {
        environment["environment_key"]: environment.get("spec", {}).get("dependencies", [])
        for environment in run.settings.get("environments", [])
    }

    def start(task: TaskRun) -> subprocess.Popen[bytes]:
        own = [next(iter(library.values())) for library in task.settings.get("libraries", [])]
        named = dependencies.get(task.settings.get("environment_key", ""), [])
        paths = [line.removeprefix("-r ") for line in (*own, *named) if isinstance(line, str)]
        addresses = [path for path in paths if path.startswith("/")]
        for address in addresses:
            wheels.file_of(address)
        if "python_wheel_task" not in task.settings:
            raise CannotInstall("This workspace runs python wheel tasks alone.")
        wheel_task = _filled(task.settings["python_wheel_task"], _references(run))
        return wheels.start(addresses, wheel_task, task.log)

    return start


def _references(run: Run) -> dict[str, str]:
    """What `{{name}}` stands for; a parameter may stand for another name."""
    started = datetime.fromtimestamp(min(run.times.values()), UTC)
    known = {"job.run_id": str(run.run_id), "job.start_time.iso_date": started.date().isoformat()}
    given = {parameter["name"]: parameter["default"] for parameter in run.settings.get("parameters", [])}
    return known | {f"job.parameters.{name}": _fill(value, known) for name, value in given.items()}


def _fill(text: str, references: dict[str, str]) -> str:
    return re.sub(r"\{\{([\w.]+)\}\}", lambda found: references.get(found[1], found[0]), text)


def _filled(wheel_task: dict[str, Any], references: dict[str, str]) -> dict[str, Any]:
    named = {name: _fill(value, references) for name, value in wheel_task.get("named_parameters", {}).items()}
    listed = [_fill(word, references) for word in wheel_task.get("parameters", [])]
    return {**wheel_task, "named_parameters": named, "parameters": listed}


def _in_order(tasks: list[dict[str, Any]]) -> list[dict[str, Any]]:
    """Upstream tasks first."""
    ordered: list[dict[str, Any]] = []
    waiting = list(tasks)
    while waiting:
        done = {task["task_key"] for task in ordered}
        ready = [task for task in waiting if {entry["task_key"] for entry in task.get("depends_on", [])} <= done]
        if not ready:
            raise invalid("The tasks depend on each other in a circle.")
        ordered += ready
        waiting = [task for task in waiting if task not in ready]
    return ordered


def _name_of(settings: dict[str, Any]) -> str:
    return str(settings.get("run_name") or settings.get("name") or "Untitled")


def _milliseconds(seconds: float) -> int:
    return round(seconds * 1000)
