"""The part of `toile check` that asks Airflow for the roles that teams name: of an unknown one it takes no DAG."""

import json
from difflib import get_close_matches

from toile.commands.airflow_here import ask_airflow
from toile.config import Conf, InvalidConfig
from toile.config.problems import Problem
from toile.config.yaml_source import Path_, Source


def find_unknown_roles(conf: Conf) -> list[Problem]:
    """Roles that Airflow does not know, sorted; nothing where no team names any."""
    try:
        source = conf.platform_source()
    except InvalidConfig:
        return []  # told already
    named = [("teams", team, "roles", role) for team in source.keys_at(("teams",)) for role in _roles(source, team)]
    if not named:
        return []
    known = _known_roles()
    if known is None:
        message = "there is no Airflow with roles here to ask for these. Check on its machine, too."
        return [_problem(source, named[0], message).as_note()]
    return sorted(_problem(source, path, _unknown(path[-1], known)) for path in named if path[-1] not in known)


def _roles(source: Source, team: str) -> list[str]:
    return source.keys_at(("teams", team, "roles"))


def _known_roles() -> set[str] | None:
    """None without an Airflow, and of one whose auth manager has no roles."""
    answer = ask_airflow("roles", "list", "--output", "json")
    if answer is None or answer.returncode:
        return None
    lines = [line for line in answer.stdout.splitlines() if line.startswith("[{")]  # warnings come before it
    return {role["name"] for role in json.loads(lines[-1])} if lines else None


def _unknown(role: str, known: set[str]) -> str:
    close = get_close_matches(role, known, n=1)
    meant = f"Did you mean {close[0]!r}? Else make" if close else "Make"
    return f"Airflow has no role {role!r}, and takes no DAG of this team. {meant} it: airflow roles create '{role}'"


def _problem(source: Source, path: Path_, message: str) -> Problem:
    return source.key_place(path).problem(".".join(map(str, path)), message)
