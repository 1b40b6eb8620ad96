"""A thousand tasks against a workspace where everything goes wrong at random, and processes are killed at random."""

import os
import random
from collections import Counter
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from pathlib import Path
from typing import Any

from airflow.sdk.exceptions import AirflowException, AirflowFailException, TaskDeferred

from tests.fakes.stand_in_wheel import RESULTS
from tests.fakes.workspace import Workspace
from tests.plugins.backends.tasks import Killed, Task

SUBMISSIONS, AT_ONCE, TRIES = 1000, 48, 4
RATES = {
    **dict.fromkeys(("429", "500", "503", "reset", "lost", "slow"), 0.004),
    **dict.fromkeys(("cancelled", "evicted", "internal_error", "queued"), 0.04),
}
KILLS = 0.05


def test_nothing_is_orphaned_or_done_twice_and_every_failure_is_one_line(
    task: Callable[..., Task], workspace: Workspace
) -> None:
    seed = int(os.environ.get("SEED") or random.SystemRandom().randrange(10_000))
    print(f"seed {seed}")
    before = len(workspace.runs())
    workspace.plan(rates=RATES, seed=seed, seconds=0.2)
    sound, mistaken = task(), task("mistake")
    jobs = [
        replace(mistaken if number % 100 == 0 else sound, name=f"{seed}-{number}", links={})
        for number in range(SUBMISSIONS)
    ]

    with ThreadPoolExecutor(AT_ONCE) as threads:
        stories = list(threads.map(live, jobs, [random.Random(seed + number) for number in range(SUBMISSIONS)]))

    left = [run for run in workspace.runs() if "result_state" not in run["state"]]
    told = [line for story in stories for line in story if line]
    done, twice, beside = counted(workspace, jobs)
    print(f"{len(workspace.runs()) - before} runs, faults {workspace.faults()}, {len(told)} failed tries, {done} done")
    print(Counter(line.partition(" http")[0][:60] for line in told).most_common(12))
    assert left == [], "orphans"
    assert twice == 0, "doubled effects"
    assert beside == 0, "runs beside each other"
    assert done >= SUBMISSIONS * 0.97
    assert [line for line in told if "\n" in line or not line.startswith(("train", "API requests"))] == []


def live(task: Task, chance: random.Random) -> list[str]:
    """From the first try to the last; returns why each of them failed."""
    told: list[str] = []
    while task.tries < TRIES:
        try:
            attempt(task, chance)
        except Killed:
            continue
        except AirflowFailException as error:
            return [*told, str(error)]
        except AirflowException as error:
            told.append(str(error))
        else:
            break
    return told


def attempt(task: Task, chance: random.Random) -> None:
    """One try, whose worker or triggerer may be killed anywhere, though no worker in the last one."""
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
        dies = chance.random() < KILLS and task.tries < TRIES
        if dies and chance.random() < 0.5:
            raise Killed
        answer = ask(*arguments, **options)
        if dies:
            raise Killed
        return answer

    operator._hook._do_api_call = ask_or_die
    return operator


def counted(workspace: Workspace, jobs: list[Task]) -> tuple[int, int, int]:
    """How many jobs have done their work, how many did it twice, and how many had two runs at work at once."""
    folders = [workspace.root / RESULTS[1:] / run_key_of(task) for task in jobs]
    done = [folder for folder in folders if (folder / "result.json").is_file()]
    effects = [(folder / "effects").read_text().splitlines() for folder in done if (folder / "effects").is_file()]
    beside = [effect for effect in workspace.effects() if effect["at_once"] > 1]
    return len(done), sum(len(lines) > 1 for lines in effects), len(beside)


def run_key_of(task: Task) -> Path:
    return Path(task.build().begin(task.context).run_key)
