"""A thousand tasks against a workspace where everything goes wrong at random, and processes are killed at random."""

import os
import random
import time
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass, field, replace
from typing import Any

from airflow.sdk.exceptions import AirflowException, AirflowFailException, TaskDeferred

from tests.fakes.stand_in_wheel import RESULTS
from tests.fakes.workspace import Workspace
from tests.plugins.backends.tasks import Killed, Task
from toile.databricks import spec_of
from toile_airflow.backends.runs import mark_of

SUBMISSIONS, AT_ONCE, TRIES = 1000, 64, 4
RATES = {
    **dict.fromkeys(("429", "500", "503", "reset", "lost", "slow"), 0.004),
    **dict.fromkeys(("cancelled", "evicted", "internal_error", "queued"), 0.04),
}
KILLS = 0.05
# A job works for longer than a cancelled run takes to end: what nobody cancels outlives its task.
WORKS, ENDS_WITHIN = 1.0, 0.6


@dataclass
class Story:
    """One task from its first try to its last."""

    task: Task
    told: list[str] = field(default_factory=list)
    succeeded: bool = False
    ended_at: float = 0.0


def test_nothing_is_orphaned_or_done_twice_and_every_failure_is_one_line(
    task: Callable[..., Task], workspace: Workspace
) -> None:
    """The seed gives the same faults and kills again, but for how often a run is polled, which time decides."""
    seed = int(os.environ.get("SEED") or random.SystemRandom().randrange(10_000))
    print(f"seed {seed}")
    workspace.plan(rates=RATES, seed=seed, seconds=1.5 * WORKS)
    sound, mistaken = task(f"sleep {WORKS}"), task("mistake")
    tasks = [
        replace(mistaken if number % 100 == 0 else sound, name=f"{seed}-{number}", links={})
        for number in range(SUBMISSIONS)
    ]

    with ThreadPoolExecutor(AT_ONCE) as threads:
        stories = list(threads.map(live, tasks, [random.Random(seed + number) for number in range(SUBMISSIONS)]))

    workspace.wait_until_idle()
    runs = runs_by_task(workspace)
    lines = [line for story in stories for line in story.told]
    succeeded = sum(story.succeeded for story in stories)
    print(f"{sum(map(len, runs.values()))} runs, faults {workspace.faults()}, {len(lines)} failed tries")
    print(f"{succeeded} tasks succeeded; {Counter(line.partition(' http')[0][:60] for line in lines).most_common(12)}")
    assert [story.task.name for story in stories if is_left(story, runs)] == [], "orphans"
    assert [story.task.name for story in stories if is_done_twice(story, runs, workspace)] == [], "doubled effects"
    assert [effect["work"] for effect in workspace.effects() if effect["at_once"] > 1] == [], "runs beside each other"
    assert [line for line in lines if "\n" in line or not line.startswith("train")] == []
    assert succeeded >= SUBMISSIONS * 0.95


def live(task: Task, chance: random.Random) -> Story:
    """From the first try to the last; where that fails too, Airflow sees to what it has left."""
    story = Story(task)
    while task.tries < TRIES and not story.succeeded:
        try:
            attempt(task, chance)
            story.succeeded = True
        except Killed:
            continue
        except AirflowException as error:
            story.told.append(str(error))
            if isinstance(error, AirflowFailException):
                break
    if not story.succeeded:
        task.fail()
    story.ended_at = time.time()
    return story


def attempt(task: Task, chance: random.Random) -> None:
    """One try, whose worker or triggerer may be killed anywhere."""
    task.new_try()
    outcome = task.start(mortal(task, chance))
    while isinstance(outcome, TaskDeferred):
        if chance.random() < KILLS:  # another triggerer takes the trigger over
            task.triggerer.start(outcome.trigger)
        outcome = task.resume(outcome, mortal(task, chance))


def mortal(task: Task, chance: random.Random) -> Any:
    """An operator whose process may be killed before or after any of its requests."""
    operator = task.build()
    ask = operator._hook._do_api_call

    def ask_or_die(*arguments: Any, **options: Any) -> Any:
        dies = chance.random() < KILLS
        if dies and chance.random() < 0.5:
            raise Killed
        answer = ask(*arguments, **options)
        if dies:
            raise Killed
        return answer

    operator._hook._do_api_call = ask_or_die
    return operator


def runs_by_task(workspace: Workspace) -> dict[str, list[dict[str, Any]]]:
    """By the mark in their names."""
    runs: dict[str, list[dict[str, Any]]] = {}
    for run in workspace.runs():
        runs.setdefault(run["run_name"].rpartition("[")[2].rstrip("]"), []).append(run)
    return runs


def runs_of(story: Story, runs: dict[str, list[dict[str, Any]]]) -> list[dict[str, Any]]:
    return runs.get(mark_of(story.task.context["ti"]), [])


def is_left(story: Story, runs: dict[str, list[dict[str, Any]]]) -> bool:
    """Whether a run was still at work when nobody was to come for it any more."""
    return any(run["end_time"] / 1000 > story.ended_at + ENDS_WITHIN for run in runs_of(story, runs))


def is_done_twice(story: Story, runs: dict[str, list[dict[str, Any]]], workspace: Workspace) -> bool:
    """Whether the work was done once more after it had been done well.

    A run may be struck when its work is done already: the service calls it failed, and so another one does it again.
    """
    own = runs_of(story, runs)
    ends = [run["state"]["result_state"] for run in own]
    effects = {workspace.root / RESULTS[1:] / spec_of(run["settings"]).run_key / "effects" for run in own}
    done = sum(len(file.read_text().splitlines()) for file in effects if file.is_file())
    return "SUCCESS" in ends[:-1] or done > 1 + len(ends) - ends.count("SUCCESS")
