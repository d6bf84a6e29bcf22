"""What `policy diff` tells: the changes of definition, and what they do to a log."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from pathlib import Path
from typing import Final

import attrs

from itsm_core.cli._policy_words import in_zone
from itsm_core.cli._progress import progress
from itsm_core.cli._replay import without_collection
from itsm_core.interop import load_mapping, read_log
from itsm_core.policy import Policy, PolicyChange, PolicyEffect, policy_effect
from itsm_core.sla import TicketChange, Total

__all__ = ["Compared", "effect_of"]

_MOST_TICKETS: Final = 20


def effect_of(
    old: Policy, new: Policy, *, log: Path, mapping: str, as_of: datetime | None
) -> PolicyEffect:
    """Return what the new policy does to the tickets of a log, as of its end unless told.

    Raises:
        ItsmError: the log or the mapping cannot be read.
    """
    known = load_mapping(mapping)
    with without_collection():
        with progress("Reading the log") as tell:
            imported = read_log(log, known, matrix=old.matrix.policy.matrix, progress=tell)
        histories = imported.histories.values()
        return policy_effect(old, new, histories, as_of=as_of or imported.last_at)


@attrs.frozen(kw_only=True)
class Compared:
    """Hold both halves of a comparison; `effect` is None without a log.

    In words, instants are told on the clock of `zone`.
    """

    old: str
    new: str
    changes: tuple[PolicyChange, ...]
    effect: PolicyEffect | None
    zone: str = "UTC"

    def text(self) -> str:
        """Return all of it in words; of many tickets the first twenty, verdicts before dates."""
        lines = [f"{self.old} -> {self.new}"]
        lines += [f"  {each}" for each in self.changes]
        if not self.changes:
            lines.append("  nothing differs")
        if self.effect is not None:
            lines += _effect_lines(self.effect, self.zone)
        return "\n".join(lines)

    def to_json(self) -> dict[str, object]:
        """Return all of it as plain JSON values, every ticket included."""
        told: dict[str, object] = {
            "old": self.old,
            "new": self.new,
            "changes": [attrs.asdict(each) for each in self.changes],
        }
        if self.effect is not None:
            told["log"] = {
                "tickets": self.effect.tickets,
                "tickets_changed": len(self.effect.ticket_ids),
                "verdicts_changed": self.effect.verdicts,
                "due_dates_moved": self.effect.due_dates,
                "moved": [
                    {"old": old, "new": new, "tickets": number}
                    for (old, new), number in self.effect.moved.items()
                ],
                "changes": [attrs.asdict(each) for each in self.effect.changes],
                "totals": [attrs.asdict(each) for each in self.effect.totals],
            }
        return told


def _effect_lines(effect: PolicyEffect, zone: str) -> Iterator[str]:
    changed = len(effect.ticket_ids)
    yield f"{changed:,} of {effect.tickets:,} tickets would be judged otherwise"
    yield f"  {_many(effect.verdicts, 'verdict')}; {_many(effect.due_dates, 'due date')} moved"
    for (old, new), number in effect.moved.items():
        yield f"  {number:,} go from {old or 'no agreement'} to {new or 'no agreement'}"
    for total in effect.totals:
        if total.before != total.after:
            yield f"  {_total(total)}"
    verdicts = sorted(effect.changes, key=lambda each: each.changes[0].field != "state")
    for each in verdicts[:_MOST_TICKETS]:
        yield f"  {in_zone(_change(each), zone)}"
    if len(verdicts) > _MOST_TICKETS:
        yield f"  and {len(verdicts) - _MOST_TICKETS:,} more changes; --format json has them all"


def _many(number: int, what: str) -> str:
    return f"{number:,} {what}{'' if number == 1 else 's'}"


def _change(change: TicketChange) -> str:
    """Return a ticket's change; warnings, which follow from the due instant, are left out."""
    told = [each for each in change.changes if each.field != "warnings"] or change.changes
    return str(attrs.evolve(change, changes=tuple(told)))


def _total(total: Total) -> str:
    before, after = total.before, total.after
    name = f"{total.clock} of {total.priority or 'no priority'}"
    kept = f"kept {before.kept:,} -> {after.kept:,}"
    return f"{name}: {kept}, broken {before.broken:,} -> {after.broken:,}"
