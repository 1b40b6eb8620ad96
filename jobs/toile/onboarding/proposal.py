"""What a person is offered for a model of a table: who, when, what kind of question."""

import re

from toile.errors import DataError
from toile.onboarding.look import MOMENT, Look

CLASSIFICATION, REGRESSION = "classification", "regression"
TASKS = (CLASSIFICATION, REGRESSION)
_ID = re.compile(r"(^|_)id$")
_LIKE_ID = re.compile(r"(^|_)(id|number|key|code|sku)$")


def times(look: Look) -> list[str]:
    """The columns that may say when a row came to be known."""
    return [name for name, column in look.columns.items() if column.kind == MOMENT]


def entities(look: Look) -> list[str]:
    """The columns that may say whom or what a row is about, the likeliest first."""
    fit = [
        name
        for name, column in look.columns.items()
        if column.kind in ("long", "string") and not column.gaps and look.distinct(name) > 1
    ]
    return sorted(fit, key=lambda name: (not _LIKE_ID.search(name), -look.distinct(name)))


def entity(look: Look) -> str | None:
    """The one that is most likely: by its name, or because no two rows share it."""
    likely = entities(look)
    named = ([name for name in likely if pattern.search(name)] for pattern in (_ID, _LIKE_ID))
    unique = [name for name in likely if look.distinct(name) == len(look.sample)]
    return next((found[0] for found in (*named, unique) if len(found) == 1), None)


def task(look: Look, label: str) -> str:
    """The kind of question that the label answers.

    Raises:
        DataError: it is neither a number nor yes or no.
    """
    column = look.columns[label]
    if column.kind == "boolean" or (column.is_number and set(look.sample[label].dropna()) <= {0, 1}):
        return CLASSIFICATION
    if column.is_number:
        return REGRESSION
    raise DataError(
        f"{look.table}: {label!r} is a {column.kind}, and a label is a number, yes or no, or 0 or 1. Write it so."
    )
