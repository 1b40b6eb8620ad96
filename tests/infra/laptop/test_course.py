from collections.abc import Iterable

import pytest

from laptop import course
from laptop.airflow_api import AirflowApi, DagRun
from laptop.course import Course, run_courses
from laptop.series import FIRST_LOOK, SERIES
from toile.config.names import STAGES, Names
from toile.errors import InfrastructureError

STEPS = SERIES[FIRST_LOOK].steps
OTHER = "customer.spend_12w"
FOLLOWERS = {"train": "validate", "validate": "register", "register": "score", "score": "monitor"}


class StandInAirflow(AirflowApi):
    """Every run takes one look; its asset event waits for one more look before it is a run."""

    def __init__(self, dag_ids: Iterable[str] | None = None, fails: str = "") -> None:
        known = [Names(model).dag_id(stage) for model in SERIES for stage in STAGES]
        self._known = set(known if dag_ids is None else dag_ids)
        self.fails = fails
        self.states: dict[tuple[str, str], str] = {}
        self.triggered: list[tuple[str, dict[str, str]]] = []
        self.cleared: list[str] = []
        self._events: list[str] = []

    def dag_ids(self) -> set[str]:
        return self._known

    def import_errors(self) -> list[str]:
        return ["train.py: SyntaxError"]

    def trigger(self, dag_id: str, run_id: str, conf: dict[str, str]) -> None:
        if (dag_id, run_id) not in self.states:
            self.triggered.append((dag_id.rpartition(".")[2], conf))
            self.states[dag_id, run_id] = "running"

    def clear_failed(self, run: DagRun) -> None:
        self.cleared.append(run.run_id)
        self.states[run.dag_id, run.run_id] = "running"

    def delete(self, run: DagRun) -> None:
        del self.states[run.dag_id, run.run_id]

    def has_queued_events(self, dag_id: str) -> bool:
        return dag_id in self._events

    def runs(self, dag_ids: Iterable[str]) -> list[DagRun]:
        for stage in self._events:
            self.states[stage, f"asset_triggered__{len(self.states)}"] = "running"
        self._events = []
        wanted = set(dag_ids)
        shown = [DagRun(*key, state, None, None) for key, state in self.states.items() if key[0] in wanted]
        for key, state in self.states.items():
            if state == "running":
                self._finish(*key)
        return shown

    def _finish(self, dag_id: str, run_id: str) -> None:
        stage = dag_id.rpartition(".")[2]
        failed = stage == self.fails
        self.states[dag_id, run_id] = "failed" if failed else "success"
        if not failed and stage in FOLLOWERS:
            self._events.append(f"{dag_id.removesuffix(stage)}{FOLLOWERS[stage]}")


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(course, "POLL_SECONDS", 0.0)
    monkeypatch.setattr(course, "SILENCE_SECONDS", 5.0)


def _run(airflow: AirflowApi, identity: str, *models: str) -> list[DagRun]:
    courses = [Course(airflow, model, identity) for model in models or [FIRST_LOOK]]
    return run_courses(airflow, courses, lambda _: None)


def test_each_step_waits_for_all_that_follows_from_the_one_before() -> None:
    airflow = StandInAirflow()
    seen: list[int] = []

    class Watched(StandInAirflow):
        def trigger(self, dag_id: str, run_id: str, conf: dict[str, str]) -> None:
            super().trigger(dag_id, run_id, conf)
            seen.append(len(self.states))

    airflow = Watched()
    runs = _run(airflow, "0a1b2c3d")
    assert airflow.triggered == [(step.stage, {"as_of": step.as_of}) for step in STEPS]
    # train, validate, register, score, monitor; then three times score and monitor; then monitor alone
    assert seen == [1, 6, 8, 10, 12]
    assert len(runs) == 12
    assert {run.state for run in runs} == {"success"}


def test_a_second_demo_of_the_same_data_runs_nothing_again() -> None:
    airflow = StandInAirflow()
    _run(airflow, "0a1b2c3d")
    before = dict(airflow.states)
    airflow.triggered.clear()
    _run(airflow, "0a1b2c3d")
    assert airflow.triggered == []
    assert airflow.states == before


def test_other_data_are_run_anew() -> None:
    airflow = StandInAirflow()
    _run(airflow, "0a1b2c3d")
    _run(airflow, "ffffffff")
    assert len(airflow.triggered) == 2 * len(STEPS)


def test_a_failed_run_ends_the_series_and_the_next_demo_clears_it() -> None:
    airflow = StandInAirflow(fails="register")
    runs = _run(airflow, "0a1b2c3d")
    assert [run.state for run in runs] == ["success", "success", "failed"]
    airflow.fails = ""
    runs = _run(airflow, "0a1b2c3d")
    assert len(airflow.cleared) == 1
    assert {run.state for run in runs} == {"success"}
    assert len(runs) == 12


def test_what_failed_with_other_data_is_forgotten() -> None:
    airflow = StandInAirflow(fails="train")
    _run(airflow, "0a1b2c3d")
    airflow.fails = ""
    runs = _run(airflow, "ffffffff")
    assert airflow.cleared == []
    assert {run.state for run in runs} == {"success"}
    assert not [run for run in runs if run.run_id.endswith("0a1b2c3d")]


def test_nothing_is_scored_where_the_candidate_was_refused() -> None:
    class Refusing(StandInAirflow):
        def runs(self, dag_ids: Iterable[str]) -> list[DagRun]:
            self._events = [event for event in self._events if not event.endswith("register")]
            return super().runs(dag_ids)

    airflow = Refusing()
    runs = _run(airflow, "0a1b2c3d")
    assert [run.dag_id.rpartition(".")[2] for run in runs] == ["train", "validate"]


def test_a_model_waits_for_its_own_runs_only() -> None:
    class Sluggish(StandInAirflow):
        """The training of one model goes on until the other model's series is over."""

        def _finish(self, dag_id: str, run_id: str) -> None:
            others = [as_of for dag, as_of in self.states if dag == Names(OTHER).dag_id("monitor")]
            if dag_id.startswith(FIRST_LOOK) and len(others) < SERIES[OTHER].scored_days + 1:
                return
            super()._finish(dag_id, run_id)

    runs = _run(Sluggish(), "0a1b2c3d", FIRST_LOOK, OTHER)
    assert {run.state for run in runs} == {"success"}
    assert {run.dag_id.rpartition(".")[0] for run in runs} == {FIRST_LOOK, OTHER}


def test_a_model_that_fails_leaves_the_others_their_series() -> None:
    class Unlucky(StandInAirflow):
        def _finish(self, dag_id: str, run_id: str) -> None:
            self.fails = "register" if dag_id.startswith(FIRST_LOOK) else ""
            super()._finish(dag_id, run_id)

    runs = _run(Unlucky(), "0a1b2c3d", FIRST_LOOK, OTHER)
    assert [run.dag_id for run in runs if run.state == "failed"] == [Names(FIRST_LOOK).dag_id("register")]
    assert sum(run.dag_id == Names(OTHER).dag_id("score") for run in runs) == SERIES[OTHER].scored_days


def test_a_broken_model_file_is_told_instead_of_waited_for() -> None:
    airflow = StandInAirflow(dag_ids=[Names(FIRST_LOOK).config_error_dag_id])
    with pytest.raises(InfrastructureError, match="`toile check` tells them"):
        _run(airflow, "0a1b2c3d")


def test_dags_that_never_appear_are_told_with_the_import_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(course, "DAGS_SECONDS", 0.0)
    airflow = StandInAirflow(dag_ids=[])
    with pytest.raises(InfrastructureError, match=r"does not know .*train.*: train\.py: SyntaxError"):
        _run(airflow, "0a1b2c3d")


def _leave(*_: object) -> None:
    return None


def test_a_series_that_hangs_ends_with_what_it_waits_for(monkeypatch: pytest.MonkeyPatch) -> None:
    class Hung(StandInAirflow):
        _finish = _leave

    monkeypatch.setattr(course, "SILENCE_SECONDS", 0.0)
    with pytest.raises(InfrastructureError, match=rf"nothing has changed .*demo__{STEPS[0].as_of}__0a1b2c3d"):
        _run(Hung(), "0a1b2c3d")


def test_what_a_person_triggered_is_not_the_series_affair() -> None:
    api = StandInAirflow()
    by_hand = (Names(FIRST_LOOK).dag_id("register"), "manual__2011-11-01")
    api.states[by_hand] = "failed"
    runs = _run(api, "a")
    assert len(runs) > len(STEPS)
    assert by_hand[1] not in {run.run_id for run in runs}
    assert api.states[by_hand] == "failed"
