"""The part of `toile check` that looks at tables: whether they are there, with the columns that conf/ names.

Works on the plain data, so that a mistake elsewhere in a file hides nothing.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass

from toile.commands.arguments import counted
from toile.commands.deep_checks import readable
from toile.config import Conf, InvalidConfig
from toile.config.backends import LocalBackend
from toile.config.problems import Path_, Problem, did_you_mean
from toile.config.yaml_source import Source
from toile.errors import ToileError
from toile.schemas import Schemas

TABLE = ("training_data", "table")


@dataclass(frozen=True)
class Claim:
    """That a table has a column; or, without one, that there is such a table."""

    source: Source
    path: Path_
    table: str
    column: str | None = None


def find_in_tables(conf: Conf) -> list[Problem]:
    """Columns that tables do not have, and tables that are not there.

    Where jobs are processes of this machine a table that is not there is a note: data comes after the clone. Elsewhere
    it is a mistake: jobs would be refused.
    """
    try:
        environment, claims = conf.environment, list(_claims(conf))
    except InvalidConfig:
        return []  # told already
    schemas = Schemas(environment)
    if schemas.obstacle:
        message = f"are not looked at: {schemas.obstacle}."
        return [conf.environment_source().problem(("tables",), message).as_note()]
    found: dict[str, frozenset[str] | None] = {}
    unseen: dict[str, Problem] = {}
    for claim in claims:
        if claim.table in found or claim.table in unseen:
            continue
        try:
            found[claim.table] = schemas.columns(claim.table)
        except ToileError as error:
            unseen[claim.table] = claim.source.problem(claim.path, f"is not looked at: {error}").as_note()
    seen = [claim for claim in claims if claim.table in found]
    problems = [_no_column(claim, columns) for claim in seen if (columns := found[claim.table]) is not None]
    told = {problem for problem in problems if problem} | set(unseen.values())
    return sorted(told | set(_absent(seen, found, conf)))


def _claims(conf: Conf) -> Iterator[Claim]:
    platform = conf.platform_source()
    for table in platform.keys_at(("tables",)):
        yield Claim(platform, ("tables", table), table)
        yield from _columns(platform, table, [("tables", table, "event_time")])
    for view in readable(conf.view_source, conf.view_names()):
        for _, table in view.words(("source",)):
            if table in platform.keys_at(("tables",)):  # else told already
                yield from _columns(view, table, [("entity",)])
    for model in readable(conf.model_source, conf.model_ids):
        for path, table in model.words(TABLE):
            yield Claim(model, path, table)
            yield from _columns(model, table, [("entity",), ("task", "label"), ("training_data", "time")])
            for name in model.keys_at(("training_data", "columns")):
                yield Claim(model, ("training_data", "columns", name), table, name)


def _columns(source: Source, table: str, paths: Iterable[Path_]) -> Iterator[Claim]:
    """That the table has the columns that stand at these paths."""
    for path in paths:
        for where, column in source.words(path):
            yield Claim(source, where, table, column)


def _no_column(claim: Claim, columns: frozenset[str]) -> Problem | None:
    if claim.column is None or claim.column.lower() in columns:
        return None
    message = f"{claim.table} has no column {claim.column!r}."
    return claim.source.problem(claim.path, message, did_you_mean(claim.column, columns))


def _absent(claims: list[Claim], found: dict[str, frozenset[str] | None], conf: Conf) -> Iterator[Problem]:
    absent = [claim for claim in claims if claim.column is None and found[claim.table] is None]
    if not absent:
        return
    if not isinstance(conf.environment.backend, LocalBackend):
        hint = "Import or land it, or correct its name."
        for claim in absent:
            message = f"there is no table {claim.table} in {conf.environment_name}."
            yield claim.source.problem(claim.path, message, hint)
        return
    names = sorted({claim.table for claim in absent})
    many = counted(len(names), "table is", "tables are")
    message = f"{many} not here yet, so that their columns are not looked at: {', '.join(names)}."
    first = (
        absent[0].source.key_place(absent[0].path).problem("tables", message, "`toile data` imports or simulates them.")
    )
    yield first.as_note()
