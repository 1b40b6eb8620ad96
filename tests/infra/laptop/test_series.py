from collections.abc import Iterable, Sequence

import pytest

from laptop import series
from laptop.airflow_api import AirflowApi, DagRun
from laptop.series import SERIES, Series
from toile.config.names import STAGES, Names
from toile.errors import InfrastructureError

FOLLOWERS = {"train": "validate", "validate": "register", "register": "score", "score": "monitor"}


def test_what_a_person_triggered_is_not_the_series_affair() -> None:
    api = StandInAirflow()
    by_hand = (Names(series.MODEL).dag_id("register"), "manual__2011-11-01")
    api.states[by_hand] = "failed"
    runs = Series(api, "a", lambda _: None).run()
    assert len(runs) > len(SERIES)
    assert by_hand[1] not in {run.run_id for run in runs}
    assert api.states[by_hand] == "failed"


class StandInAirflow(AirflowApi):
    """Every run takes one look; its asset event waits for one more look before it is a run."""

    def __init__(self, dag_ids: Iterable[str] | None = None, fails: str = "") -> None:
        known = [Names(series.MODEL).dag_id(stage) for stage in STAGES]
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
            self._events.append(Names(series.MODEL).dag_id(FOLLOWERS[stage]))


@pytest.fixture(autouse=True)
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(series, "POLL_SECONDS", 0.0)


def _no_watch(_: Sequence[DagRun]) -> None:
    return None


def test_each_step_waits_for_all_that_follows_from_the_one_before() -> None:
    airflow = StandInAirflow()
    seen: list[int] = []

    class Watched(StandInAirflow):
        def trigger(self, dag_id: str, run_id: str, conf: dict[str, str]) -> None:
            super().trigger(dag_id, run_id, conf)
            seen.append(len(self.states))

    airflow = Watched()
    runs = Series(airflow, "0a1b2c3d", _no_watch).run()
    assert airflow.triggered == [(step.stage, {"as_of": step.as_of}) for step in SERIES]
    # train, validate, register, score, monitor; then three times score and monitor; then monitor alone
    assert seen == [1, 6, 8, 10, 12]
    assert len(runs) == 12
    assert {run.state for run in runs} == {"success"}


def test_a_second_demo_of_the_same_data_runs_nothing_again() -> None:
    airflow = StandInAirflow()
    Series(airflow, "0a1b2c3d", _no_watch).run()
    before = dict(airflow.states)
    airflow.triggered.clear()
    Series(airflow, "0a1b2c3d", _no_watch).run()
    assert airflow.triggered == []
    assert airflow.states == before


def test_other_data_are_run_anew() -> None:
    airflow = StandInAirflow()
    Series(airflow, "0a1b2c3d", _no_watch).run()
    Series(airflow, "ffffffff", _no_watch).run()
    assert len(airflow.triggered) == 2 * len(SERIES)


def test_a_failed_run_ends_the_series_and_the_next_demo_clears_it() -> None:
    airflow = StandInAirflow(fails="register")
    runs = Series(airflow, "0a1b2c3d", _no_watch).run()
    assert [run.state for run in runs] == ["success", "success", "failed"]
    airflow.fails = ""
    runs = Series(airflow, "0a1b2c3d", _no_watch).run()
    assert len(airflow.cleared) == 1
    assert {run.state for run in runs} == {"success"}
    assert len(runs) == 12


def test_what_failed_with_other_data_is_forgotten() -> None:
    airflow = StandInAirflow(fails="train")
    Series(airflow, "0a1b2c3d", _no_watch).run()
    airflow.fails = ""
    runs = Series(airflow, "ffffffff", _no_watch).run()
    assert airflow.cleared == []
    assert {run.state for run in runs} == {"success"}
    assert not [run for run in runs if run.run_id.endswith("0a1b2c3d")]


def test_nothing_is_scored_where_the_candidate_was_refused() -> None:
    class Refusing(StandInAirflow):
        def has_queued_events(self, dag_id: str) -> bool:
            self._events = [event for event in self._events if not event.endswith("register")]
            return super().has_queued_events(dag_id)

    airflow = Refusing()
    runs = Series(airflow, "0a1b2c3d", _no_watch).run()
    assert [run.dag_id.rpartition(".")[2] for run in runs] == ["train", "validate"]


def test_a_broken_model_file_is_told_instead_of_waited_for() -> None:
    airflow = StandInAirflow(dag_ids=[Names(series.MODEL).config_error_dag_id])
    with pytest.raises(InfrastructureError, match="`toile check` tells them"):
        Series(airflow, "0a1b2c3d", _no_watch).run()


def test_dags_that_never_appear_are_told_with_the_import_errors(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(series, "DAGS_SECONDS", 0.0)
    airflow = StandInAirflow(dag_ids=[])
    with pytest.raises(InfrastructureError, match=r"does not know .*train.*: train\.py: SyntaxError"):
        Series(airflow, "0a1b2c3d", _no_watch).run()


def _leave(*_: object) -> None:
    return None


def test_a_series_that_hangs_ends_with_what_it_waits_for(monkeypatch: pytest.MonkeyPatch) -> None:
    class Hung(StandInAirflow):
        _finish = _leave

    monkeypatch.setattr(series, "SILENCE_SECONDS", 0.0)
    with pytest.raises(InfrastructureError, match=rf"nothing has changed .*demo__{SERIES[0].as_of}__0a1b2c3d"):
        Series(Hung(), "0a1b2c3d", _no_watch).run()
