"""The part of `toile check` that asks Airflow for what teams name: roles, and connections that alerts go to."""

import json

from toile.commands.airflow_here import NOT_ASKED, ask_airflow, has_connection
from toile.commands.arguments import progress
from toile.config import Conf, InvalidConfig
from toile.config.problems import Path_, Problem, did_you_mean
from toile.config.yaml_source import Source

Named = list[tuple[Path_, str]]
TEAMS = ("teams",)


def find_in_airflow(conf: Conf) -> list[Problem]:
    """Roles and connections that Airflow does not have, sorted; it is asked only where teams name any."""
    try:
        source = conf.platform_source()
    except InvalidConfig:
        return []  # told already
    teams = source.keys_at(TEAMS)
    written = [(*TEAMS, team, "roles") for team in teams]
    roles: Named = [((*path, role), role) for path in written for role in source.keys_at(path)]
    alerts = [word for team in teams for word in source.words((*TEAMS, team, "alerts")) if word[1] != "log"]
    if roles or alerts:
        progress("asking Airflow for the roles and connections that teams name ...")
    connections = _unknown_connections(source, alerts)
    if conf.environment_name == "local":  # a laptop's Airflow need not reach anybody
        connections = [problem.as_note() for problem in connections]
    return sorted([*_unknown_roles(source, roles), *connections])


def _unknown_roles(source: Source, named: Named) -> list[Problem]:
    if not named:
        return []
    answer = ask_airflow("roles", "list", "--output", "json")
    if answer is None or answer.returncode:  # no Airflow, or one whose auth manager has no roles
        message = "there is no Airflow with roles here to ask for these. Check on its machine, too."
        return [source.key_problem(named[0][0], message).as_note()]
    lines = [line for line in answer.stdout.splitlines() if line.startswith("[{")]  # warnings come before it
    known = {role["name"] for role in json.loads(lines[-1])} if lines else set()
    told = "Airflow has no role {0!r}, and takes no DAG of this team. Make it: airflow roles create {0!r}."
    return [
        source.key_problem(path, told.format(name), did_you_mean(name, known))
        for path, name in named
        if name not in known
    ]


def _unknown_connections(source: Source, named: Named) -> list[Problem]:
    told = "Airflow has no connection {0!r}, so alerts get lost. Write log, or make it: airflow connections add {0!r}."
    found = {name: has_connection(name) for name in dict.fromkeys(name for _, name in named)}
    problems = []
    for path, name in named:
        hint = did_you_mean(name, ["log"], listed=0)
        if found[name] is None:
            problems.append(source.key_problem(path, NOT_ASKED.format(name), hint).as_note())
        elif not found[name]:
            problems.append(source.key_problem(path, told.format(name), hint))
    return problems
