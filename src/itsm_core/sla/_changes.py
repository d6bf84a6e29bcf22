"""What a change of agreement changes, as values, in words and as JSON (law S13)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterator
from typing import TYPE_CHECKING, Final, Literal

import attrs

from itsm_core.calendars import data_versions
from itsm_core.ids import TicketId
from itsm_core.sla._definitions import DefinitionChange
from itsm_core.spans import in_pendulum, instant

if TYPE_CHECKING:
    import pendulum

Field = Literal["agreement", "state", "due", "warnings"]

_MOST_DEFINITIONS: Final = 5
_MOST_TOTALS: Final = 5
_MOST_MOVES: Final = 5
_MOST_TICKETS: Final = 2


@attrs.frozen(kw_only=True)
class FieldChange:
    """Hold what one field said before and says after; instants as ISO texts, None is nothing.

    >>> from itsm_core.sla import FieldChange
    >>> print(FieldChange(field="state", old="met", new="breached"))
    state met -> breached
    >>> print(FieldChange(field="due", old=None, new="2026-05-12T13:00:00+00:00"))
    due none -> 2026-05-12T13:00:00+00:00
    """

    field: Field
    old: str | None
    new: str | None

    def __str__(self) -> str:
        return f"{self.field} {self.old or 'none'} -> {self.new or 'none'}"


@attrs.frozen(kw_only=True)
class TicketChange:
    """Hold what changes for one cycle of one clock of a ticket, and why, in words.

    `clock` is empty where only the agreement that holds for the ticket is another one.

    >>> from datetime import UTC, datetime
    >>> from itsm_core import hours
    >>> from itsm_core.calendars import ALWAYS
    >>> from itsm_core.events import TicketOpened
    >>> from itsm_core.sla import ServiceLevelAgreement, ServiceLevelTarget, diff
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> opened = TicketOpened(ticket_id="INC-1", occurred_at=at, priority="P1")
    >>> four, two = (ServiceLevelTarget(metric="resolution", goals=hours(n)) for n in (4, 2))
    >>> old = ServiceLevelAgreement(agreement_id="gold", calendar=ALWAYS, targets=[four])
    >>> new = ServiceLevelAgreement(agreement_id="gold", calendar=ALWAYS, targets=[two], version=2)
    >>> for change in diff(old, new, [[opened]], as_of=at.replace(hour=12)):
    ...     print(change)
    INC-1 resolution: state running -> breached, due 2026-05-12T13:00:00+00:00 ->
        2026-05-12T11:00:00+00:00 (goal of other priorities: 4 h working time -> 2 h working
        time)
    """

    ticket_id: TicketId
    kind: str
    clock: str = ""
    cycle: int = 0
    priority: str = ""
    changes: tuple[FieldChange, ...]
    why: tuple[str, ...]

    def __str__(self) -> str:
        clock = f" {self.clock}" if self.clock else ""
        number = f" cycle {self.cycle}" if self.cycle > 1 else ""
        changes = ", ".join(map(str, self.changes))
        return f"{self.ticket_id}{clock}{number}: {changes} ({'; '.join(self.why)})"


@attrs.frozen(kw_only=True)
class Tally:
    """Count what became of one clock: kept, broken, cancelled, or not decided yet.

    >>> from datetime import UTC, datetime
    >>> from itsm_core import hours
    >>> from itsm_core.calendars import ALWAYS
    >>> from itsm_core.events import TicketOpened
    >>> from itsm_core.sla import ServiceLevelAgreement, ServiceLevelTarget, diff
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> opened = TicketOpened(ticket_id="INC-1", occurred_at=at, priority="P1")
    >>> four, two = (ServiceLevelTarget(metric="resolution", goals=hours(n)) for n in (4, 2))
    >>> old = ServiceLevelAgreement(agreement_id="gold", calendar=ALWAYS, targets=[four])
    >>> new = ServiceLevelAgreement(agreement_id="gold", calendar=ALWAYS, targets=[two], version=2)
    >>> (total,) = diff(old, new, [[opened]], as_of=at.replace(hour=12)).totals
    >>> total.before
    Tally(kept=0, broken=0, cancelled=0, undecided=1)
    >>> total.after
    Tally(kept=0, broken=1, cancelled=0, undecided=0)
    """

    kept: int = 0
    broken: int = 0
    cancelled: int = 0
    undecided: int = 0


@attrs.frozen(kw_only=True)
class Total:
    """Hold what became of one clock for one priority, before and after.

    >>> from datetime import UTC, datetime
    >>> from itsm_core import hours
    >>> from itsm_core.calendars import ALWAYS
    >>> from itsm_core.events import TicketOpened
    >>> from itsm_core.sla import ServiceLevelAgreement, ServiceLevelTarget, diff
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> opened = TicketOpened(ticket_id="INC-1", occurred_at=at, priority="P1")
    >>> four, two = (ServiceLevelTarget(metric="resolution", goals=hours(n)) for n in (4, 2))
    >>> old = ServiceLevelAgreement(agreement_id="gold", calendar=ALWAYS, targets=[four])
    >>> new = ServiceLevelAgreement(agreement_id="gold", calendar=ALWAYS, targets=[two], version=2)
    >>> (total,) = diff(old, new, [[opened]], as_of=at.replace(hour=12)).totals
    >>> total.clock, total.priority, total.before.broken, total.after.broken
    ('resolution', 'P1', 0, 1)
    """

    kind: str
    clock: str
    priority: str
    before: Tally
    after: Tally


@attrs.frozen(kw_only=True)
class Diff:
    """Hold every ticket that another agreement judges otherwise, with both values and why.

    Nothing is rewritten: both judgements are computed from the same events. `definitions` says
    what differs between the two definitions. `not_opened` histories had no ticket by `as_of`.

    >>> from datetime import UTC, datetime
    >>> from itsm_core import hours
    >>> from itsm_core.calendars import ALWAYS
    >>> from itsm_core.events import TicketOpened
    >>> from itsm_core.sla import ServiceLevelAgreement, ServiceLevelTarget, diff
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> opened = TicketOpened(ticket_id="INC-1", occurred_at=at, priority="P1")
    >>> four, two = (ServiceLevelTarget(metric="resolution", goals=hours(n)) for n in (4, 2))
    >>> old = ServiceLevelAgreement(agreement_id="gold", calendar=ALWAYS, targets=[four])
    >>> new = ServiceLevelAgreement(agreement_id="gold", calendar=ALWAYS, targets=[two], version=2)
    >>> print(diff(old, new, [[opened]], as_of=at.replace(hour=12)).explain())
    'gold' version 1 -> 'gold' version 2, as of 2026-05-12 12:00 UTC
    1 of 1 ticket would change
      gold version 1 -> gold version 2
      resolution: goal of other priorities: 4 h working time -> 2 h working time
    resolution: kept 0 -> 0, broken 0 -> 1
    1 x state running -> breached
    1 x due earlier
    INC-1 resolution: state running -> breached, due 2026-05-12T13:00:00+00:00 ->
        2026-05-12T11:00:00+00:00 (goal of other priorities: 4 h working time -> 2 h working
        time)
    """

    old: str
    new: str
    old_hash: str
    new_hash: str
    as_of_us: int
    tickets: int
    not_opened: int
    definitions: tuple[DefinitionChange, ...]
    changes: tuple[TicketChange, ...]
    totals: tuple[Total, ...]

    @property
    def as_of(self) -> pendulum.DateTime:
        """Return the instant of both judgements, in UTC."""
        return in_pendulum(instant(self.as_of_us))

    @property
    def ticket_ids(self) -> tuple[TicketId, ...]:
        """Return the tickets for which something changes, each once."""
        return tuple(dict.fromkeys(change.ticket_id for change in self.changes))

    def __iter__(self) -> Iterator[TicketChange]:
        return iter(self.changes)

    def __len__(self) -> int:
        return len(self.changes)

    def explain(self) -> str:
        """Return what changes in words, in at most 20 lines."""
        at = instant(self.as_of_us)
        lines = [
            f"{self.old} -> {self.new}, as of {at:%Y-%m-%d %H:%M} UTC",
            f"{len(self.ticket_ids):,} of {_number(self.tickets, 'ticket')} would change",
            *_first([f"  {each}" for each in self.definitions], _MOST_DEFINITIONS),
            *_first(_total_lines(self.totals), _MOST_TOTALS),
        ]
        moves = Counter(_move(change) for each in self.changes for change in each.changes)
        ranked = sorted(moves.items(), key=lambda move: (not _is_verdict(move[0]), -move[1]))
        lines += _first([f"{number:,} x {move}" for move, number in ranked], _MOST_MOVES)
        # Verdicts first: who reads on wants to know whose.
        shown = sorted(self.changes, key=lambda each: each.changes[0].field != "state")
        lines += [str(each) for each in shown[:_MOST_TICKETS]]
        if len(shown) > _MOST_TICKETS:
            rest = len(shown) - _MOST_TICKETS
            lines.append(f"  ... and {_number(rest, 'more change')}")
        return "\n".join(lines)

    def to_json(self) -> dict[str, object]:
        """Return everything as JSON-ready data, the versions of the time-zone data included."""
        return {
            "old": {"name": self.old, "content_hash": self.old_hash},
            "new": {"name": self.new, "content_hash": self.new_hash},
            "as_of": instant(self.as_of_us).isoformat(),
            "data_versions": dict(data_versions()),
            "tickets": self.tickets,
            "not_opened": self.not_opened,
            "definitions": [attrs.asdict(each) for each in self.definitions],
            "changes": [_change_json(each) for each in self.changes],
            "totals": [attrs.asdict(each) for each in self.totals],
        }


def _number(number: int, what: str) -> str:
    return f"{number:,} {what}{'s' * (number != 1)}"


def _first(lines: list[str], most: int) -> list[str]:
    """Return the first lines, and how many more there are."""
    if len(lines) <= most:
        return lines
    return [*lines[: most - 1], f"  ... and {len(lines) - most + 1:,} more of these"]


def _total_lines(totals: tuple[Total, ...]) -> list[str]:
    """Return kept and broken before and after: each clock, then where most changes."""
    changed = [each for each in totals if each.before != each.after]
    by_clock = {
        key: (_sum(totals, key, "before"), _sum(totals, key, "after"))
        for key in dict.fromkeys((each.kind, each.clock) for each in totals)
    }
    lines = [_total_line(clock, *tallies) for (_, clock), tallies in by_clock.items()]
    changed.sort(key=lambda each: abs(each.after.broken - each.before.broken), reverse=True)
    lines += [
        _total_line(f"  {each.clock} {each.priority or 'no priority'}", each.before, each.after)
        for each in changed
        if sum(other.clock == each.clock for other in totals) > 1
    ]
    return lines


def _sum(
    totals: tuple[Total, ...], key: tuple[str, str], side: Literal["before", "after"]
) -> Tally:
    mine = [getattr(each, side) for each in totals if (each.kind, each.clock) == key]
    names = [field.name for field in attrs.fields(Tally)]
    return Tally(**{name: sum(getattr(each, name) for each in mine) for name in names})


def _total_line(name: str, before: Tally, after: Tally) -> str:
    kept = f"kept {before.kept:,} -> {after.kept:,}"
    broken = f"broken {before.broken:,} -> {after.broken:,}"
    if before == after:
        kept, broken = f"kept {before.kept:,}", f"broken {before.broken:,}, as before"
    return f"{name}: {kept}, {broken}"


def _is_verdict(move: str) -> bool:
    return move.startswith("state ")


def _move(change: FieldChange) -> str:
    """Return a change without its instants, to be counted."""
    if change.field in ("agreement", "state"):
        return str(change)
    if change.old is None or change.new is None:
        return f"{change.field} {'set' if change.old is None else 'dropped'}"
    if change.field == "due":
        return "due later" if change.new > change.old else "due earlier"
    return "other warnings"


def _change_json(change: TicketChange) -> dict[str, object]:
    return {
        "ticket_id": change.ticket_id,
        "kind": change.kind,
        "clock": change.clock,
        "cycle": change.cycle,
        "priority": change.priority,
        "changes": [attrs.asdict(each) for each in change.changes],
        "why": list(change.why),
    }
