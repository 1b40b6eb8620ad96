"""Which columns of a table may be features, and why the others may not."""

import re
from dataclasses import dataclass

import pandas as pd

from toile.config.names import EVENT_TIME, TARGET_TIME
from toile.config.section import NAME
from toile.onboarding.decisions import Decisions
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
_DOUBTFUL = 0.9
"""A column that ranks the label so well by itself is shown to a person; one that training refuses is left out."""
_LATER, _BY_CHANCE = 0.1, 1e-4
"""So much larger a share of gaps in young rows, where chance hardly explains it, is filled in later."""


@dataclass(frozen=True)
class Choice:
    """Feature -> type; column -> why it is left out; feature -> why a person should look at it again."""

    taken: dict[str, str]
    left_out: dict[str, str]
    doubted: dict[str, str]


def choose_features(look: Look, told: Decisions) -> Choice:
    """Takes every column but entity, time and label that nothing speaks against."""
    labelled = look.sample[look.sample[told.label].notna()].reset_index(drop=True)
    choice = Choice({}, {}, {})
    for name, column in look.columns.items():
        if name in (told.entity, told.time, told.label):
            continue
        reason, doubt = _unfit(column) or _tells_who(column, look), ""
        if not reason:
            reason, doubt = _tells_label(column, labelled, told)
        reason = reason or _comes_later(column, look, told)
        if reason:
            choice.left_out[name] = reason
            continue
        choice.taken[name] = column.kind
        if doubt:
            choice.doubted[name] = doubt
    return choice


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


def _tells_label(column: Column, labelled: pd.DataFrame, told: Decisions) -> tuple[str, str]:
    """Why training would refuse it, by the very look for leaks that training takes, or else why it is doubtful."""
    label, template = told.label, template_of(told.task)
    answer = pd.to_numeric(labelled[label].astype(float))
    if answer.nunique() < 2:
        return "", ""
    doubt = ""
    looked_at = {
        "it gives": (labelled[column.name], column.kind),
        "its gaps give": (labelled[column.name].isna().astype(float), "double"),
    }
    for what, (values, kind) in looked_at.items():
        rows = pd.DataFrame({"value": values, label: answer})
        if template.refuse_training(rows, label, {"value": kind}):
            return f"{what} the label away", ""
        rank = template.rank_alone(rows, label, {"value": kind}).get("value", 0.0)
        if rank >= _DOUBTFUL:
            doubt = doubt or f"{what} much of the label away"
    return "", doubt


def _comes_later(column: Column, look: Look, told: Decisions) -> str:
    """Whether rows that are too young for a label lack it, and rows that have one do not."""
    from scipy.stats import fisher_exact

    gaps, times = look.sample[column.name].isna(), look.sample[told.time]
    young = times > times.max() - told.label_delay.total_seconds()
    groups = [gaps[young], gaps[~young & look.sample[told.label].notna()]]
    if any(group.empty for group in groups) or groups[0].mean() - groups[1].mean() < _LATER:
        return ""
    counts = [[int(group.sum()), int((~group).sum())] for group in groups]
    by_chance = fisher_exact(counts, alternative="greater").pvalue
    return "it is filled in with the label" if by_chance < _BY_CHANCE else ""
