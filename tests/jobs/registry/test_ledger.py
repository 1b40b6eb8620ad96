from datetime import UTC, datetime, timedelta

import pytest

from toile.registry.ledger import PROMOTE, ROLLBACK, WITHDRAW, Entry, former_champion


def ledger(*moves: tuple[str, str | None]) -> list[Entry]:
    """Entries in the order of the moves, returned newest first."""
    start = datetime(2011, 9, 8, tzinfo=UTC)
    entries = [
        Entry(start + timedelta(hours=i), action, version, None, "", "", str(i), closed=True)
        for i, (action, version) in enumerate(moves)
    ]
    return entries[::-1]


@pytest.mark.parametrize(
    ("moves", "current", "former"),
    [
        ([], None, None),
        ([(PROMOTE, "1")], "1", None),
        ([(PROMOTE, "1"), (PROMOTE, "2")], "2", "1"),
        ([(PROMOTE, "1"), (PROMOTE, "2"), (ROLLBACK, "1")], "1", None),
        ([(PROMOTE, "1"), (PROMOTE, "2"), (ROLLBACK, "1"), (PROMOTE, "3")], "3", "1"),
        ([(PROMOTE, "1"), (PROMOTE, "2"), (PROMOTE, "3"), (ROLLBACK, "1")], "1", None),
        ([(PROMOTE, "1"), (PROMOTE, "2"), (ROLLBACK, "1"), (ROLLBACK, "2")], "2", "1"),
        ([(PROMOTE, "1"), (WITHDRAW, None)], None, None),
        ([(PROMOTE, "1"), (WITHDRAW, None), (PROMOTE, "2"), (PROMOTE, "3")], "3", "2"),
    ],
)
def test_a_rollback_goes_to_the_champion_before_and_never_to_one_that_was_rolled_back(
    moves: list[tuple[str, str | None]], current: str | None, former: str | None
) -> None:
    assert former_champion(ledger(*moves), current) == former
