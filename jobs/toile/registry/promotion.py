"""Who is champion: every change goes through the ledger, and every change can be undone."""

from collections.abc import Callable
from dataclasses import dataclass

from toile.contract import SMOKE
from toile.errors import DataError
from toile.registry.ledger import PROMOTE, ROLLBACK, WITHDRAW, Entry, Ledger, former_champion, promotions
from toile.registry.versions import CHAMPION, Version, Versions

SmokeTest = Callable[[Version], list[str]]


@dataclass(frozen=True)
class Change:
    """What became of a request: the champion now (None after a withdrawal), and why it was not done, if it was not."""

    champion: str | None
    refusals: tuple[str, ...] = ()


class Promotion:
    """Moves the alias `champion` of one model. One change at a time: `require_alone` raises where it is not."""

    def __init__(self, versions: Versions, ledger: Ledger, require_alone: Callable[[], None]) -> None:
        self._versions, self._ledger, self._require_alone = versions, ledger, require_alone

    def promote(
        self, number: str, smoke_test: SmokeTest, *, config_digest: str, reason: str, actor: str, run_key: str
    ) -> Change:
        """Makes a version champion if model validation speaks for it; if it then fails the smoke test, undoes it."""
        version, current = self._versions.by_number(number), self._current()
        known = {entry.run_key: entry for entry in self._ledger.entries()}
        entry = known.get(run_key)
        if entry is None:
            if current == number:
                return Change(current)
            if objections := version.objections(current, config_digest):
                return Change(current, tuple(objections))
        undone = known.get(run_key + SMOKE)
        if undone:  # an earlier try found the version unfit; the alias may stand on the former champion already
            return Change(self._settle(undone).champion, (undone.reason,))
        if entry and entry.closed and current != number:
            return Change(current)  # it was promoted, and somebody has changed the champion since
        former = entry.former if entry else current
        moved = self._move(PROMOTE, number, former=former, reason=reason, actor=actor, run_key=run_key)
        if moved.refusals:
            return moved
        failures = smoke_test(version)
        return self._undo(former, failures, run_key) if failures else Change(number)

    def roll_back(self, number: str | None, *, reason: str, actor: str, run_key: str) -> Change:
        """Makes a former champion champion again: the given version, or the one before the current one.

        Raises:
            DataError: there is no former champion, or the version never was one that stood its smoke test.
        """
        entries = self._ledger.entries()
        for entry in entries:
            if entry.run_key == run_key:
                return self._settle(entry)
        current = self._current()
        target = number or former_champion(entries, current)
        champions = {entry.version for entry in promotions(entries)}
        if target is None or target not in champions:
            said = (
                f"version {target} never was champion, or failed its smoke test"
                if target
                else "there is no former champion"
            )
            known = ", ".join(sorted((version for version in champions if version), key=int)) or "none"
            raise DataError(f"cannot roll back: {said}. Champions so far: {known}.")
        if target == current:
            raise DataError(f"cannot roll back: version {target} is the champion already.")
        return self._move(ROLLBACK, target, former=current, reason=reason, actor=actor, run_key=run_key)

    def _undo(self, former: str | None, failures: list[str], run_key: str) -> Change:
        reason = f"smoke test failed: {'; '.join(failures)}"
        action = ROLLBACK if former else WITHDRAW
        champion = self._current()
        self._move(action, former, former=champion, reason=reason, actor="smoke test", run_key=run_key + SMOKE)
        return Change(former, (reason,))

    def _move(
        self, action: str, number: str | None, *, former: str | None, reason: str, actor: str, run_key: str
    ) -> Change:
        entry = self._ledger.open(action, number, former=former, reason=reason, actor=actor, run_key=run_key)
        return self._settle(entry)

    def _settle(self, entry: Entry) -> Change:
        """Finishes an open entry, unless somebody else has changed the champion since it was opened.

        A closed one has happened, and what came after it stays.
        """
        if not entry.closed:
            current = self._current()
            if current not in {entry.former, entry.version}:  # a kill may fall on either side of the move
                return Change(current, (_overtaken(entry, current),))
            self._require_alone()
            if entry.version:
                self._versions.point(CHAMPION, entry.version)
            else:
                self._versions.clear(CHAMPION)
            self._ledger.close(entry)
        return Change(entry.version)

    def _current(self) -> str | None:
        champion = self._versions.by_alias(CHAMPION)
        return champion.number if champion else None


def _overtaken(entry: Entry, current: str | None) -> str:
    was, now = (f"version {number}" if number else "none" for number in (entry.former, current))
    return (
        f"an earlier try of this {entry.action} was interrupted while the champion was {was}, and now it is {now}: "
        "it is left undone. If it is still wanted, ask for it anew, under another identity."
    )
