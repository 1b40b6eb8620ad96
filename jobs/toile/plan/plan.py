"""The plan of a change: conf/ of a revision and that of the working tree, compared in every environment."""

from collections.abc import Callable, Iterable, Iterator
from difflib import get_close_matches
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

from pydantic import BaseModel, ConfigDict

from toile.config import Conf
from toile.config.problems import did_you_mean
from toile.errors import ConfigError
from toile.plan.code import PLATFORM, code_of
from toile.plan.differences import Change, changed_keys, compare
from toile.plan.expected import Seconds
from toile.plan.facts import SECTIONS, Facts
from toile.plan.revision import Revision
from toile.plan.state import State, environments_of, file_of, read_state


class _Record(BaseModel):
    model_config = ConfigDict(frozen=True)


class KeyChange(_Record):
    """One key of what shapes a model; of a list `before` is what goes and `after` what comes.

    `file` says the key now, or said it before; it is empty where a default of the schema takes over from another.
    """

    file: str
    key: str
    before: Any
    after: Any


class Reshaped(_Record):
    """A model whose configuration has another digest."""

    model: str
    digest_before: str
    digest_after: str
    keys: list[KeyChange]


class EnvironmentPlan(_Record):
    """What changes in one environment."""

    environment: str
    runs_on: str
    unreadable: str
    reshaped: list[Reshaped]
    changes: list[Change]


class Renamed(_Record):
    """A model that goes, and one that comes whose file has at least half of its lines."""

    model: str
    now: str


class CodeChange(_Record):
    """Files of a squad's code that differ and that a model runs."""

    model: str
    files: list[str]


class Plan(_Record):
    """What the working tree does to what a revision has."""

    against: str
    commit: str
    mistakes: list[str]
    added: list[str]
    removed: list[str]
    renamed: list[Renamed]
    environments: list[EnvironmentPlan]
    code: list[CodeChange]
    platform_files: list[str]


def make_plan(
    root: Path,
    revision: Revision,
    environments: Iterable[str],
    mistakes: Iterable[str],
    seconds: Callable[[str], Seconds],
) -> Plan:
    """Compares conf/ at `root` with what it was, in these environments or in all that there are or were.

    Raises:
        ConfigError: one of these never was.
    """
    with TemporaryDirectory(prefix="toile-plan-") as folder:
        before = revision.extract(root, Path(folder))
        known = environments_of(root) | environments_of(before)
        names = set(environments) or known
        if unknown := min(names - known, default=None):
            raise ConfigError(f"there is no environment {unknown!r}. {did_you_mean(unknown, known)}")
        then, now = set(Conf(before).model_ids), set(Conf(root).model_ids)
        plans, code = [], dict[str, set[str]]()
        changed = revision.changed_files()
        for name in sorted(names):
            pair, past = (Conf(before, name), Conf(root, name)), seconds(name)
            states = read_state(pair[0], past), read_state(pair[1], past)
            plans.append(_environment(name, pair, states))
            for model, files in _code(states[1], root, revision, changed).items():
                code.setdefault(model, set()).update(files)
        renamed = list(_renamed(Conf(before), Conf(root), sorted(then - now), sorted(now - then)))
    return Plan(
        against=revision.name,
        commit=revision.commit,
        mistakes=list(mistakes),
        added=sorted(now - then),
        removed=sorted(then - now),
        renamed=renamed,
        environments=plans,
        code=[CodeChange(model=model, files=sorted(files)) for model, files in sorted(code.items())],
        platform_files=[file for file in changed if _beside(root, revision, file).startswith(PLATFORM)],
    )


def _environment(name: str, pair: tuple[Conf, Conf], states: tuple[State, State]) -> EnvironmentPlan:
    before, after = states
    when = [when for when, state in (("before", before), ("now", after)) if state.unreadable]
    both = sorted({*before.models} & {*after.models})
    return EnvironmentPlan(
        environment=name,
        runs_on=after.runs_on or before.runs_on,
        unreadable=" and ".join(when),
        reshaped=[] if when else [
            _reshaped(pair, states, model)
            for model in both
            if before.models[model].digest != after.models[model].digest
        ],
        changes=[] if when else list(_changes(before, after)),
    )  # fmt: skip


def _changes(before: State, after: State) -> list[Change]:
    """Of the environment, then of every model, sorted by section: a reader asks for DAGs, not for a model's all."""
    found = list(compare(before.shared, after.shared))
    for model in sorted({*before.facts, *after.facts}):
        old, new = before.facts.get(model, {}), after.facts.get(model, {})
        # Of a model with mistakes its DAG is all that is known: the rest does not go because of them.
        known = {*old} & {*new} if old and new and _is_broken(model, before, after) else {*old} | {*new}
        found += compare(_only(old, known), _only(new, known))
    return sorted(found, key=lambda change: SECTIONS.index(change.section))


def _is_broken(model: str, *states: State) -> bool:
    return any(model in state.facts and model not in state.models for state in states)


def _only(facts: Facts, sections: set[str]) -> Facts:
    return {section: items for section, items in facts.items() if section in sections}


def _reshaped(pair: tuple[Conf, Conf], states: tuple[State, State], model: str) -> Reshaped:
    before, after = (state.models[model] for state in states)
    old, new = dict(before.shape), dict(after.shape)
    keys = []
    for part in sorted({*old} & {*new}):  # what is in one of them alone, a key of the model's own file tells
        for key, was, now in changed_keys(old[part], new[part]):
            file = file_of(pair[1], model, part, key) or file_of(pair[0], model, part, key)
            keys.append(KeyChange(file=file, key=".".join(key), before=was, after=now))
    return Reshaped(
        model=model,
        digest_before=before.digest,
        digest_after=after.digest,
        keys=sorted(keys, key=lambda change: (change.file, change.key)),
    )


def _renamed(before: Conf, after: Conf, gone: Iterable[str], come: Iterable[str]) -> Iterator[Renamed]:
    """Like git: a file is taken for another under a new name where they have half of their lines in common."""
    names = {lines: model for model in come if (lines := _lines(after, model))}
    for model in gone:
        for like in get_close_matches(_lines(before, model), names, n=1, cutoff=0.5):
            yield Renamed(model=model, now=names.pop(tuple(like)))


def _lines(conf: Conf, model: str) -> tuple[str, ...]:
    """None of what cannot be read, such as a link to nowhere: that is told among the mistakes."""
    try:
        return tuple(conf.model_file(model).read_text(errors="replace").splitlines())
    except OSError:
        return ()


def _code(state: State, root: Path, revision: Revision, changed: list[str]) -> dict[str, set[str]]:
    beside = {_beside(root, revision, file): file for file in changed}
    found = {
        name: {beside[path] for path in sorted(beside) if path in {f"jobs/{file}" for file in files}}
        for name, model in state.models.items()
        if (files := code_of(model, root.parent / "jobs"))
    }
    return {name: files for name, files in found.items() if files}


def _beside(root: Path, revision: Revision, file: str) -> str:
    """A file of the repository relative to the folder that conf/ lies in; empty where it lies elsewhere."""
    path = revision.repository / file
    return path.relative_to(root.parent).as_posix() if path.is_relative_to(root.parent) else ""
