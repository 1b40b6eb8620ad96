"""What differs between two records of plain data."""

from collections.abc import Iterator
from typing import Any, Literal

from pydantic import BaseModel, ConfigDict

from toile.plan.facts import SECTIONS, Facts, Fields

Key = tuple[str, ...]


class Change(BaseModel):
    """One item that comes, goes, or has another field."""

    model_config = ConfigDict(frozen=True)
    section: str
    item: str
    kind: Literal["added", "changed", "removed"]
    before: Fields
    after: Fields


def compare(before: Facts, after: Facts) -> Iterator[Change]:
    """The changes of all items, in the order of the facts."""
    for section in SECTIONS:
        old, new = before.get(section, {}), after.get(section, {})
        for item in dict.fromkeys([*old, *new]):
            if old.get(item) != new.get(item):
                kind: Literal["added", "changed", "removed"] = "changed"
                if item not in old or item not in new:
                    kind = "added" if item in new else "removed"
                yield Change(
                    section=section, item=item, kind=kind, before=old.get(item, {}), after=new.get(item, {})
                )  # fmt: skip


def changed_keys(before: Any, after: Any, key: Key = ()) -> Iterator[tuple[Key, Any, Any]]:
    """Key, value before and value after; of lists what goes and what comes, or all of both where items have moved."""
    if before == after:
        return
    if isinstance(before, dict) and isinstance(after, dict):
        for name in sorted({*before, *after}):
            yield from changed_keys(before.get(name), after.get(name), (*key, name))
    elif isinstance(before, list) and isinstance(after, list):
        gone, come = [one for one in before if one not in after], [one for one in after if one not in before]
        yield (key, gone, come) if gone or come else (key, before, after)
    else:
        yield key, before, after
