"""What every part of a configuration file is made of."""

from datetime import date
from typing import Annotated, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field

from toile.config.cron import check_cron

GIVEN_BY_PATH = ("domain", "name")
"""Of a model: its file's folder and name say them."""
NAME = r"^[a-z][a-z0-9_]*$"
REFERENCE = r"^[A-Za-z_][\w.]*:[A-Za-z_]\w*$"
NAIVE = r"^-?[a-z][a-z0-9_]*$"
TABLE = r"^[a-z][a-z0-9_]*\.[a-z][a-z0-9_]*$"
SCHEDULE = r"^(@hourly|@daily|@weekly|@monthly|@quarterly|@yearly|(\S+\s+){4}\S+)$"
CURRENCY = r"^[A-Z]{3}$"
DAY = r"^\d{4}-\d{2}-\d{2}$"
VOLUME = r"^/Volumes/[^/]+/[^/]+/[^/]+(/[^/]+)*/?$"
ROLE = r"^[\w.@-]+( [\w.@-]+)*$"
TAG = r"^[\w .:/=+@-]+$"
FOLDER = r"^(/[^/].*|(s3a?|abfss)://[^/:\s]+(/.*)?)$"

# What a pattern asks for, in words; errors show these instead of regular expressions.
IN_WORDS = {
    NAME: "lower-case ASCII letters, digits and _, with a letter first",
    REFERENCE: "a function, written package.module:function",
    SCHEDULE: "a preset such as @daily, or five cron fields (UTC)",
    NAIVE: "one feature's name, with - before it where less is better",
    TABLE: "a table, written schema.table",
    CURRENCY: "a currency's three letters, such as EUR",
    DAY: "a date, written YYYY-MM-DD",
    VOLUME: "a folder of a volume, written /Volumes/<catalog>/<schema>/<volume>/...",
    ROLE: "letters, digits, _, ., @, - and single spaces between them",
    TAG: "letters, digits, spaces and _.:/=+-@",
    FOLDER: "a folder from / on, s3://<bucket>/... or abfss://<container>@<account>.../...",
}


def _check_day(text: str) -> str:
    try:
        date.fromisoformat(text)
    except ValueError as error:
        raise ValueError(f"there is no such day, for {error}") from error
    return text


Name = Annotated[str, Field(pattern=NAME)]
Day = Annotated[str, Field(pattern=DAY), AfterValidator(_check_day)]
Reference = Annotated[str, Field(pattern=REFERENCE, description="A function: package.module:function")]
Schedule = Annotated[
    str,
    Field(pattern=SCHEDULE, description="A preset such as @daily, or five cron fields, in UTC"),
    AfterValidator(check_cron),
]
Folder = Annotated[str, Field(pattern=FOLDER)]
Fraction = Annotated[float, Field(ge=0, lt=1)]
ColumnType = Literal["double", "long", "string", "boolean"]


class Section(BaseModel):
    """A part of a configuration file: frozen, strict, and closed to unknown keys."""

    model_config = ConfigDict(frozen=True, strict=True, extra="forbid")
