"""How far each model's series has come on one Airflow; the series of several models go on side by side."""

import time
from collections.abc import Callable, Sequence

from laptop.airflow_api import AirflowApi, DagRun
from laptop.series import PREFIX, SERIES
from toile.config.names import STAGES, Names
from toile.errors import InfrastructureError

BY_HAND = "manual__"
POLL_SECONDS = 1.0
# Two looks in a row must find nothing to do: between them falls the moment in which an asset event is not yet a run,
# or has become one since the runs were read.
QUIET_LOOKS = 2
DAGS_SECONDS = 120.0
SILENCE_SECONDS = 900.0
Watch = Callable[[Sequence[DagRun]], None]


class Course:
    """One model on its way through its series; `identity` is that of data and model file."""

    def __init__(self, api: AirflowApi, model: str, identity: str) -> None:
        self.names = Names(model)
        self.dag_ids = [self.names.dag_id(stage) for stage in STAGES]
        self.is_over = False
        self._api, self._identity = api, identity
        self._steps = iter(SERIES[model].steps)
        self._begun = False
        self._quiet = QUIET_LOOKS - 1

    def mend(self, runs: Sequence[DagRun]) -> None:
        """Has what failed in an earlier demo run again, and forgets what was asked of another config."""
        for run in self._own(runs):
            if run.state != "failed":
                continue
            if run.run_id.startswith(PREFIX) and not run.run_id.endswith(self._identity):
                self._api.delete(run)
            else:
                self._api.clear_failed(run)

    def look(self, runs: Sequence[DagRun]) -> None:
        """Asks for the next step where all that followed from the one before has ended.

        The series is over with its last step, at the first run that fails, and where no version was promoted: there
        is nothing to score with then.
        """
        own = self._own(runs)
        if self.is_over or not self._is_quiet(own):
            return
        promoted = any(run.dag_id == self.names.dag_id("register") for run in own)
        stuck = self._begun and (not promoted or any(run.state == "failed" for run in own))
        step = None if stuck else next(self._steps, None)
        if step is None:
            self.is_over = True
            return
        self._api.trigger(self.names.dag_id(step.stage), step.run_id(self._identity), {"as_of": step.as_of})
        self._begun, self._quiet = True, 0

    def _is_quiet(self, own: Sequence[DagRun]) -> bool:
        busy = not all(run.is_finished for run in own) or any(map(self._api.has_queued_events, self.dag_ids))
        self._quiet = 0 if busy else self._quiet + 1
        return self._quiet >= QUIET_LOOKS

    def _own(self, runs: Sequence[DagRun]) -> list[DagRun]:
        return [run for run in runs if run.dag_id in self.dag_ids]


def run_courses(api: AirflowApi, courses: Sequence[Course], watch: Watch) -> list[DagRun]:
    """Runs what has not succeeded yet and returns all runs of these models.

    A model waits for its own runs only. `watch` is shown all runs at every look, and may raise to stop it.

    Raises:
        InfrastructureError: Airflow does not know a model's DAGs, or nothing has changed for a long time.
    """
    _wait_for_dags(api, courses, watch)
    dag_ids = [dag_id for course in courses for dag_id in course.dag_ids]
    left = _runs(api, dag_ids)
    for course in courses:
        course.mend(left)
    states, changed = "", time.monotonic()
    while True:
        runs = _runs(api, dag_ids)
        watch(runs)
        for course in courses:
            course.look(runs)
        if all(course.is_over for course in courses):
            return runs
        if (now := str([(run.run_id, run.state) for run in runs])) != states:
            states, changed = now, time.monotonic()
        elif time.monotonic() - changed > SILENCE_SECONDS:
            raise InfrastructureError(f"nothing has changed for {SILENCE_SECONDS / 60:.0f} minutes in: {states}")
        time.sleep(POLL_SECONDS)


def _runs(api: AirflowApi, dag_ids: Sequence[str]) -> list[DagRun]:
    """Those that a series asked for or led to: what a person triggered is that person's."""
    return [run for run in api.runs(dag_ids) if not run.run_id.startswith(BY_HAND)]


def _wait_for_dags(api: AirflowApi, courses: Sequence[Course], watch: Watch) -> None:
    wanted = {dag_id for course in courses for dag_id in course.dag_ids}
    deadline = time.monotonic() + DAGS_SECONDS
    while missing := sorted(wanted - (known := api.dag_ids())):
        watch([])
        for course in courses:
            if course.names.config_error_dag_id in known:
                raise InfrastructureError(f"the files of {course.names.model} have mistakes. `toile check` tells them.")
        if time.monotonic() > deadline:
            reasons = "\n".join(api.import_errors()) or "no DAG file has failed to load"
            raise InfrastructureError(f"Airflow does not know {', '.join(missing)}: {reasons}.")
        time.sleep(POLL_SECONDS)
