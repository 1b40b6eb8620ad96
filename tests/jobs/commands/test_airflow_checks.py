from pathlib import Path
from shutil import copytree

import pytest

from toile.commands.airflow_checks import find_in_airflow
from toile.config import Conf
from toile.home import REPOSITORY

ROLES = '[{"name": "Admin"}, {"name": "customer-squad"}]'


@pytest.fixture
def conf(tmp_path: Path) -> Path:
    return copytree(REPOSITORY / "conf", tmp_path / "conf")


@pytest.fixture
def airflow(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An Airflow that answers as FAB's does, with a warning before its answer."""
    home = tmp_path / "home"
    monkeypatch.setenv("TOILE_HOME", str(home))
    monkeypatch.delenv("AIRFLOW_HOME", raising=False)
    (home / "airflow").mkdir(parents=True)
    program = home / "venvs/airflow/bin/airflow"
    program.parent.mkdir(parents=True)
    program.write_text(f"#!/bin/sh\n[ \"$1 $2\" = 'roles list' ] && echo '[warning] old' && echo '{ROLES}'\n")
    program.chmod(0o755)
    return program


def name_roles(conf: Path, team: str, roles: str) -> None:
    file = conf / "platform.yaml"
    team_line = f'{team}: {{contact: "#{team}"'
    assert team_line in file.read_text()
    file.write_text(file.read_text().replace(team_line, f"{team_line}, roles: {roles}"))


def test_unknown_roles_are_told_at_their_place(conf: Path, airflow: Path) -> None:
    name_roles(conf, "customer-squad", "{customer-squad: trigger, custmer-squad: read}")
    name_roles(conf, "demand-squad", "{Buyers: read}")

    found = find_in_airflow(Conf(conf))

    assert [(one.line, one.column, one.field, one.severity) for one in found] == [
        (4, 81, "teams.customer-squad.roles.custmer-squad", "error"),
        (5, 52, "teams.demand-squad.roles.Buyers", "error"),
    ]
    assert found[0].hint == "Did you mean 'customer-squad'?"
    assert "airflow roles create 'Buyers'" in found[1].message


def test_where_no_team_names_a_role_airflow_is_not_asked(conf: Path, airflow: Path) -> None:
    airflow.write_text("#!/bin/sh\nkill $PPID\n")

    assert find_in_airflow(Conf(conf)) == []


def test_an_airflow_without_roles_is_noted(conf: Path, airflow: Path) -> None:
    name_roles(conf, "customer-squad", "{customer-squad: trigger}")
    airflow.write_text("#!/bin/sh\nexit 1\n")

    (note,) = find_in_airflow(Conf(conf))

    assert note.severity == "note"
    assert "Check on its machine" in note.message


def test_an_alert_that_would_reach_nobody_is_told(conf: Path, airflow: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AIRFLOW_CONN_SLACK_PRICING", "slack://")
    file = conf / "platform.yaml"
    text = file.read_text().replace('"#demand-squad", alerts: [log]', '"#demand-squad", alerts: [log, lgo]')
    file.write_text(text.replace('"#pricing-squad", alerts: [log]', '"#pricing-squad", alerts: [slack_pricing]'))
    airflow.write_text("#!/bin/sh\necho Connection not found. >&2\nexit 1\n")

    (told,) = find_in_airflow(Conf(conf, "team"))

    assert (told.field, told.severity) == ("teams.demand-squad.alerts.1", "error")
    assert "Airflow has no connection 'lgo'" in told.message
    assert told.hint == "Did you mean 'log'?"
    assert find_in_airflow(Conf(conf)) == [told.as_note()], "a laptop's Airflow need not reach anybody"
