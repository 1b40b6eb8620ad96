"""Promotion and rollback on a real MLflow registry; kills are exceptions at each of its calls."""

import contextlib
import re
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import mlflow
import pytest
from mlflow import MlflowClient

from toile.config.platform import Environment
from toile.errors import DataError, InfrastructureError
from toile.registry.ledger import Ledger
from toile.registry.promotion import Change, Promotion, SmokeTest
from toile.registry.tracking import connect, experiment_id
from toile.registry.versions import CHAMPION, Version, Versions

DIGEST = "0123456789ab"
Registered = tuple[Versions, Ledger]


class Killed(Exception):  # noqa: N818 -- what happened, not an error of ours
    """Stands for the process being killed."""


@pytest.fixture(scope="module")
def client(tmp_path_factory: pytest.TempPathFactory, environment: Environment) -> Iterator[MlflowClient]:
    patch = pytest.MonkeyPatch()
    patch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{tmp_path_factory.mktemp('mlflow')}/mlflow.db")
    yield connect(environment)
    patch.undo()


@pytest.fixture
def registered(client: MlflowClient, environment: Environment, request: pytest.FixtureRequest) -> Registered:
    """A registered model of this test alone, with three versions that have all passed validation."""
    name = re.sub(r"\W+", "_", f"{request.node.name}")
    versions = Versions(client, name)
    experiment = experiment_id(client, name, environment)
    for _ in range(3):
        run = client.create_run(experiment)
        made = versions.register(f"runs:/{run.info.run_id}/model", run.info.run_id, {"toile.as_of": "2011-09-08"})
        validate(versions, made.number)
    return versions, Ledger(client, name, environment)


def fine(_: Version) -> list[str]:
    return []


def alone() -> None:
    """Nobody else changes the champion."""


def broken(version: Version) -> list[str]:
    """Finds fault with the second version only, as a real test would with the one that is broken."""
    return ["all rows have the same score"] if version.number == "2" else []


def champion(versions: Versions) -> str | None:
    found = versions.by_alias(CHAMPION)
    return found.number if found else None


def validate(versions: Versions, number: str) -> None:
    """Leaves what model validation leaves on a version that passed."""
    against = champion(versions) or "none"
    versions.tag(number, validation="passed", validated_against=against, validated_with=DIGEST)


def promote(registered: Registered, number: str, smoke: SmokeTest, run_key: str) -> Change:
    asked = {"config_digest": DIGEST, "reason": "better", "actor": "ada", "run_key": run_key}
    return Promotion(*registered, alone).promote(number, smoke, **asked)


def actions(ledger: Ledger) -> list[tuple[str, str | None]]:
    return [(entry.action, entry.version) for entry in reversed(ledger.entries())]


def test_a_version_that_did_not_pass_is_never_promoted(registered: Registered) -> None:
    versions, ledger = registered
    versions.tag("2", validation="refused")
    change = promote(registered, "2", fine, "k")
    assert "did not pass model validation: refused" in change.refusals[0]
    assert (champion(versions), actions(ledger)) == (None, [])


def test_a_verdict_holds_against_its_own_champion_only(registered: Registered) -> None:
    versions, ledger = registered
    promote(registered, "1", fine, "p1")
    change = promote(registered, "2", fine, "p2")
    assert change.refusals == (
        "version 2 was compared with champion none, but the champion is now 1. Validate version 2 again.",
    )
    assert (champion(versions), actions(ledger)) == ("1", [("promote", "1")])


def test_a_verdict_holds_for_its_own_configuration_only(registered: Registered) -> None:
    versions, ledger = registered
    versions.tag("1", validated_with="another")
    change = promote(registered, "1", fine, "p1")
    assert change.refusals == ("the configuration changed since version 1 was validated. Validate version 1 again.",)
    assert (champion(versions), actions(ledger)) == (None, [])


def test_the_champion_is_not_promoted_again(registered: Registered) -> None:
    versions, ledger = registered
    for run_key in ("p1", "another"):
        assert promote(registered, "1", fine, run_key) == Change("1")
    assert (champion(versions), actions(ledger)) == ("1", [("promote", "1")])


def test_the_champion_stays_where_another_process_has_the_turn_and_a_retry_goes_on(registered: Registered) -> None:
    versions, ledger = registered

    def overtaken() -> None:
        raise InfrastructureError("another process does the same by now")

    asked: Any = {"config_digest": DIGEST, "reason": "better", "actor": "ada", "run_key": "p1"}
    with pytest.raises(InfrastructureError):
        Promotion(*registered, overtaken).promote("1", fine, **asked)
    assert champion(versions) is None
    promote(registered, "1", fine, "p1")
    assert (champion(versions), actions(ledger)) == ("1", [("promote", "1")])


def test_promotion_and_rollback_are_in_the_ledger(registered: Registered) -> None:
    versions, ledger = registered
    for number in ("1", "2"):
        validate(versions, number)
        promote(registered, number, fine, f"p{number}")
    Promotion(versions, ledger, alone).roll_back(None, reason="complaints", actor="ada", run_key="r")
    assert champion(versions) == "1"
    assert actions(ledger) == [("promote", "1"), ("promote", "2"), ("rollback", "1")]
    assert (ledger.entries()[0].reason, ledger.entries()[0].actor) == ("complaints", "ada")


def test_a_failed_smoke_test_restores_the_former_champion(registered: Registered) -> None:
    versions, ledger = registered
    promote(registered, "1", fine, "p1")
    validate(versions, "2")
    for _ in range(2):  # the same job again finds what it did
        change = promote(registered, "2", broken, "p2")
        assert change.champion == "1"
        assert "smoke test failed: all rows have the same score" in change.refusals[0]
    assert champion(versions) == "1"
    assert actions(ledger) == [("promote", "1"), ("promote", "2"), ("rollback", "1")]


def test_a_version_that_failed_its_smoke_test_is_never_rolled_back_to(registered: Registered) -> None:
    versions, ledger = registered
    for number, smoke in (("1", fine), ("2", broken)):
        validate(versions, number)
        promote(registered, number, smoke, f"p{number}")
    with pytest.raises(DataError, match=r"version 2 .* failed its smoke test\. Champions so far: 1\."):
        Promotion(versions, ledger, alone).roll_back("2", reason="r", actor="a", run_key="r")
    assert champion(versions) == "1"


def test_a_first_champion_that_fails_its_smoke_test_is_withdrawn(registered: Registered) -> None:
    versions, ledger = registered
    promote(registered, "2", broken, "p2")
    assert champion(versions) is None
    assert actions(ledger) == [("promote", "2"), ("withdraw", None)]


@pytest.mark.parametrize("target", [None, "2", "9"])
def test_a_rollback_without_a_former_champion_is_refused_in_words(registered: Registered, target: str | None) -> None:
    versions, ledger = registered
    promote(registered, "1", fine, "p1")
    with pytest.raises(DataError, match=r"cannot roll back: .* Champions so far: 1"):
        Promotion(versions, ledger, alone).roll_back(target, reason="r", actor="a", run_key="r")
    assert champion(versions) == "1"


def test_a_promotion_run_again_after_a_rollback_leaves_the_rollback(registered: Registered) -> None:
    versions, ledger = registered
    for number in ("1", "2"):
        validate(versions, number)
        promote(registered, number, fine, f"p{number}")
    Promotion(versions, ledger, alone).roll_back(None, reason="r", actor="a", run_key="r")
    assert promote(registered, "2", broken, "p2") == Change("1")
    assert actions(ledger) == [("promote", "1"), ("promote", "2"), ("rollback", "1")]


def test_a_version_whose_promotion_was_killed_half_way_is_no_former_champion(registered: Registered) -> None:
    versions, ledger = registered
    promote(registered, "1", fine, "p1")
    ledger.open("promote", "2", former="1", reason="r", actor="a", run_key="p2")
    for target in (None, "2"):
        with pytest.raises(DataError, match=r"cannot roll back: .* Champions so far: 1"):
            Promotion(versions, ledger, alone).roll_back(target, reason="r", actor="a", run_key="r")
    assert champion(versions) == "1"


@pytest.mark.parametrize("moved", [False, True])
def test_a_promotion_killed_half_way_and_run_again_after_another_leaves_the_other(
    registered: Registered, moved: bool
) -> None:
    versions, ledger = registered
    promote(registered, "1", fine, "p1")
    ledger.open("promote", "2", former="1", reason="better", actor="ada", run_key="p2")
    if moved:
        versions.point(CHAMPION, "2")
    validate(versions, "3")
    promote(registered, "3", fine, "p3")
    change = promote(registered, "2", fine, "p2")
    assert "interrupted while the champion was version 1, and now it is version 3" in change.refusals[0]
    assert (change.champion, champion(versions)) == ("3", "3")
    assert [entry.closed for entry in reversed(ledger.entries())] == [True, False, True]


def test_a_rollback_killed_half_way_and_run_again_after_a_promotion_leaves_the_promotion(
    registered: Registered,
) -> None:
    versions, ledger = registered
    for number in ("1", "2"):
        validate(versions, number)
        promote(registered, number, fine, f"p{number}")
    ledger.open("rollback", "1", former="2", reason="r", actor="a", run_key="r")
    validate(versions, "3")
    promote(registered, "3", fine, "p3")
    change = Promotion(versions, ledger, alone).roll_back(None, reason="r", actor="a", run_key="r")
    assert "this rollback was interrupted while the champion was version 2" in change.refusals[0]
    assert champion(versions) == "3"


@pytest.mark.parametrize("smoke", [fine, broken])
@pytest.mark.parametrize("calls", range(12))
def test_a_promotion_killed_at_any_call_and_run_again_is_as_one_run(
    client: MlflowClient, registered: Registered, calls: int, smoke: SmokeTest, monkeypatch: pytest.MonkeyPatch
) -> None:
    versions, ledger = registered
    promote(registered, "1", fine, "p1")
    validate(versions, "2")
    left = calls

    def killing(function: Callable[..., object]) -> Callable[..., object]:
        def call(*arguments: object, **named: object) -> object:
            nonlocal left
            left -= 1
            if left < 0:
                raise Killed
            return function(*arguments, **named)

        return call

    with monkeypatch.context() as patch:
        for name in ("set_registered_model_alias", "create_run", "set_terminated", "search_runs"):
            patch.setattr(client, name, killing(getattr(client, name)))
        with contextlib.suppress(Killed):
            promote(registered, "2", smoke, "p2")
    promote(registered, "2", smoke, "p2")
    assert champion(versions) == ("2" if smoke is fine else "1")
    undone = [] if smoke is fine else [("rollback", "1")]
    assert actions(ledger) == [("promote", "1"), ("promote", "2"), *undone]
    assert all(entry.closed for entry in ledger.entries())


def test_the_tracking_uri_is_never_the_working_directory(client: MlflowClient, home: Path) -> None:
    assert mlflow.get_tracking_uri().startswith("sqlite:////")
