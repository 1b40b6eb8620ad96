"""The demo's series: the stages of one model, run through the scheduler for a series of as-of dates."""

import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from laptop.airflow_api import AirflowApi, DagRun
from toile.config.names import STAGES, Names
from toile.errors import InfrastructureError

MODEL = "customer.repeat_purchase"
PREFIX, BY_HAND = "demo__", "manual__"
POLL_SECONDS = 1.0
# Two looks in a row must find nothing to do: between them falls the moment in which a task has ended and its asset
# event is not yet a run.
QUIET_LOOKS = 2
DAGS_SECONDS = 120.0
SILENCE_SECONDS = 900.0


@dataclass(frozen=True)
class Step:
    """One request of the series; what follows from it by asset events is waited for before the next.

    Monitoring too: it may ask for retraining, and the next date is for the champion that comes of that.
    """

    stage: str
    as_of: str

    def run_id(self, identity: str) -> str:
        """The same for the same data and model file, so that a second demo finds what the first has done."""
        return f"{PREFIX}{self.as_of}__{identity}"


# Train leads to validate, register, score and monitor by itself, and score to monitor. By the last date the labels of
# the first are 90 days old: how good those scores were is known then.
SERIES = (
    Step("train", "2011-09-08"),
    Step("score", "2011-10-06"),
    Step("score", "2011-11-03"),
    Step("score", "2011-12-01"),
    Step("monitor", "2011-12-08"),
)


class Series:
    """Runs the series of one model on one Airflow.

    `identity` is that of data and model file; `watch` is shown all runs at every look, and may raise to stop it.
    """

    def __init__(self, api: AirflowApi, identity: str, watch: Callable[[Sequence[DagRun]], None]) -> None:
        self._api, self._identity, self._watch = api, identity, watch
        self._dag_ids = [Names(MODEL).dag_id(stage) for stage in STAGES]

    def run(self) -> list[DagRun]:
        """Runs what has not succeeded yet and returns all runs of the series.

        It stops at the first run that fails, and where no version was promoted: there is nothing to score with then.
        """
        self._wait_for_dags()
        self._mend()
        for step in SERIES:
            self._api.trigger(Names(MODEL).dag_id(step.stage), step.run_id(self._identity), {"as_of": step.as_of})
            runs = self._wait_until_quiet()
            promoted = any(run.dag_id == Names(MODEL).dag_id("register") for run in runs)
            if not promoted or any(run.state == "failed" for run in runs):
                break
        return runs

    def _runs(self) -> list[DagRun]:
        """Those that the series asked for or led to: what a person triggered is that person's."""
        return [run for run in self._api.runs(self._dag_ids) if not run.run_id.startswith(BY_HAND)]

    def _mend(self) -> None:
        """Has what failed in an earlier demo run again, and forgets what was asked of another config."""
        for run in self._runs():
            if run.state != "failed":
                continue
            if run.run_id.startswith(PREFIX) and not run.run_id.endswith(self._identity):
                self._api.delete(run)
            else:
                self._api.clear_failed(run)

    def _wait_for_dags(self) -> None:
        deadline = time.monotonic() + DAGS_SECONDS
        while missing := sorted(set(self._dag_ids) - (known := self._api.dag_ids())):
            self._watch([])
            if Names(MODEL).config_error_dag_id in known:
                raise InfrastructureError(f"the files of {MODEL} have mistakes. `toile check` tells them.")
            if time.monotonic() > deadline:
                reasons = "\n".join(self._api.import_errors()) or "no DAG file has failed to load"
                raise InfrastructureError(f"Airflow does not know {', '.join(missing)}: {reasons}.")
            time.sleep(POLL_SECONDS)

    def _wait_until_quiet(self) -> list[DagRun]:
        quiet, states, changed = 0, "", time.monotonic()
        while True:
            # Events first: an event that has become a run in between is then seen as that run.
            waiting = any(self._api.has_queued_events(dag_id) for dag_id in self._dag_ids)
            runs = self._runs()
            self._watch(runs)
            quiet = quiet + 1 if not waiting and all(run.is_finished for run in runs) else 0
            if quiet == QUIET_LOOKS:
                return runs
            if (now := str([(run.run_id, run.state) for run in runs])) != states:
                states, changed = now, time.monotonic()
            if time.monotonic() - changed > SILENCE_SECONDS:
                raise InfrastructureError(f"nothing has changed for {SILENCE_SECONDS / 60:.0f} minutes in: {states}")
            time.sleep(POLL_SECONDS)
