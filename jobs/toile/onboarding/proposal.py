"""What a person is offered for a model of a table: who, when, what kind of question."""

from toile.errors import DataError
from toile.onboarding.look import MOMENT, Look

CLASSIFICATION, REGRESSION = "classification", "regression"
TASKS = (CLASSIFICATION, REGRESSION)
_BY_NAME = ("_id", "_number", "_key", "_code", "_sku")


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
    return sorted(fit, key=lambda name: (not _is_named_so(name), -look.distinct(name)))


def entity(look: Look) -> str | None:
    """The one that is most likely: by its name, or because no two rows share it."""
    likely = entities(look)
    named = [name for name in likely if _is_named_so(name)]
    unique = [name for name in likely if look.distinct(name) == len(look.sample)]
    for found in (named, unique):
        if len(found) == 1:
            return found[0]
    return None


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


def _is_named_so(name: str) -> bool:
    return name == "id" or name.endswith(_BY_NAME)
