"""Which columns of a table may be features, and why the others may not."""

import re
from collections.abc import Iterable

import pandas as pd

from toile.config.names import EVENT_TIME, TARGET_TIME
from toile.config.section import NAME
from toile.onboarding.look import MOMENT, STRUCTURE, Column, Look
from toile.tasks import template_of

TAKEN = {EVENT_TIME, TARGET_TIME, "split", "as_of", "reasons"}
_PERSONAL = re.compile(
    r"(^|_)(e?mail|phone|mobile|(first|last|full|sur|middle)_?name|name|street|address|birth\w*|dob|iban|ssn|passport|ip)(_|$)"
)
_IDENTIFIER = re.compile(r"(^|_)(id|uuid|guid)$")
_PERSONAL_TEXTS = {
    "it holds e-mail addresses": r"[^@\s]+@[^@\s]+\.[a-zA-Z]{2,}",
    "it holds telephone numbers": r"\+?[0-9][0-9 ()/-]{7,}",
    "it holds bank accounts": r"[A-Z]{2}[0-9]{2}[A-Z0-9 ]{11,30}",
}
_OWN_WORD = 0.5
"""A text with more distinct values than this share of the rows says a name, or something, of each row."""


def choose_features(look: Look, task: str, label: str, apart: Iterable[str]) -> tuple[dict[str, str], dict[str, str]]:
    """Feature -> type, and column -> why it is left out; `apart` are entity, time and label."""
    labelled = look.sample[look.sample[label].notna()].reset_index(drop=True)
    taken, left_out = {}, {}
    for column in (column for name, column in look.columns.items() if name not in apart):
        reason = _unfit(column) or _tells_who(column, look) or _gives_away(column, labelled, label, task)
        if reason:
            left_out[column.name] = reason
        else:
            taken[column.name] = column.kind
    return taken, left_out


def _unfit(column: Column) -> str:
    if column.kind == STRUCTURE:
        return "it is neither number nor text"
    if column.kind == MOMENT:
        return "it is a date: bring what it tells as a number"
    if not re.match(NAME, column.name) or column.name in TAKEN:
        return "its name is taken, or no name for a feature"
    return ""


def _tells_who(column: Column, look: Look) -> str:
    """What all rows share tells nothing, and what tells them apart is learnt by heart."""
    values = look.sample[column.name].dropna()
    distinct = values.nunique()
    if distinct < 2:
        return "it is always the same" if distinct else "it is empty"
    if _PERSONAL.search(column.name):
        return "it is personal, by its name"
    if _IDENTIFIER.search(column.name) or (column.kind == "long" and distinct == len(values)):
        return "it is an identifier"
    if column.kind != "string":
        return ""
    for reason, pattern in _PERSONAL_TEXTS.items():
        if values.str.fullmatch(pattern).mean() > _OWN_WORD:
            return reason
    return "nearly every row has its own" if distinct > _OWN_WORD * len(values) else ""


def _gives_away(column: Column, labelled: pd.DataFrame, label: str, task: str) -> str:
    """By the very look for leaks that training takes, here at the column and at its gaps."""
    answer = pd.to_numeric(labelled[label].astype(float))
    rows = pd.DataFrame(
        {"value": labelled[column.name], "gap": labelled[column.name].isna().astype(float), label: answer}
    )
    template = template_of(task)
    if answer.nunique() < 2:
        return ""
    if template.refuse_training(rows, label, {"value": column.kind}):
        return "it gives the label away"
    return "its gaps give the label away" if template.refuse_training(rows, label, {"gap": "double"}) else ""
