"""What another agreement would change: two judgements of every ticket, side by side (law S13)."""

# Arguments are validated at run time, although their types promise them.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from typing import Final

import attrs

from itsm_core.errors import InvalidValue
from itsm_core.events import TicketEvent, TicketOpened, in_order
from itsm_core.sla._agreement import ServiceLevelAgreement
from itsm_core.sla._arguments import histories_of, refuse_history
from itsm_core.sla._catalogue import AgreementCatalogue, judged_under
from itsm_core.sla._changes import Diff, Field, FieldChange, Tally, TicketChange, Total
from itsm_core.sla._clock import Evaluation, SlaClock
from itsm_core.sla._definitions import (
    DefinitionChange,
    bears_on,
    definition_changes,
    is_same_target,
)
from itsm_core.sla._pick import Bench
from itsm_core.sla._regimes import regimes_of
from itsm_core.sla._selection import Regime, named, validity
from itsm_core.sla._values import ClockState
from itsm_core.spans import instant, micros

Definition = ServiceLevelAgreement | AgreementCatalogue

_OUTCOMES: Final[Mapping[ClockState, str]] = {
    ClockState.MET: "kept",
    ClockState.BREACHED: "broken",
    ClockState.CANCELLED: "cancelled",
}
_GIVEN: Final = "given"


def diff(
    old: Definition,
    new: Definition,
    histories: Iterable[Iterable[TicketEvent]],
    *,
    as_of: datetime,
) -> Diff:
    """Return which tickets `new` would judge otherwise than `old`, and why (law S13).

    Both are agreements, under which every ticket is judged, or catalogues, which choose. Histories
    are read one at a time and not kept, so there may be any number. Compared are the agreement
    that holds at `as_of`, and of every cycle of every clock its state, due instant (while paused:
    as if work went on at `as_of`) and warnings. Clocks that are defined alike are judged once.

    Raises:
        AmbiguousAgreement: a catalogue has two agreements for a ticket.
        InvalidValue: a history holds events of several tickets, a side is neither agreement nor
            catalogue, or there is no list of histories.
        NaiveDatetime: `as_of` has no time zone.

    >>> from datetime import UTC, datetime
    >>> from itsm_core import hours
    >>> from itsm_core.calendars import ALWAYS
    >>> from itsm_core.events import TicketOpened
    >>> from itsm_core.sla import ServiceLevelAgreement, ServiceLevelTarget, diff
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> told = [
    ...     [TicketOpened(ticket_id=f"INC-{n}", occurred_at=at.replace(hour=n))] for n in (7, 9, 11)
    ... ]
    >>> four, two = (ServiceLevelTarget(metric="resolution", goals=hours(n)) for n in (4, 2))
    >>> old = ServiceLevelAgreement(agreement_id="gold", calendar=ALWAYS, targets=[four])
    >>> new = ServiceLevelAgreement(agreement_id="gold", calendar=ALWAYS, targets=[two], version=2)
    >>> found = diff(old, new, told, as_of=at.replace(hour=12))
    >>> [each.ticket_id for each in found if each.changes[0].field == "state"]
    ['INC-9']
    """
    for side in (old, new):
        if not isinstance(side, Definition):
            remedy = "use a ServiceLevelAgreement or an AgreementCatalogue"
            raise InvalidValue("no definition to compare", side, remedy)
    comparison = _Comparison(old, new, as_of)
    for history in histories_of(histories):
        comparison.add_told(history)
    return comparison.result()


_Regimes = Mapping[str, tuple[Regime, ...]]
_Clocks = Mapping[tuple[str, int], SlaClock]


@attrs.frozen
class _Pair:
    """Hold two agreements side by side, and what of the new one has to be judged again."""

    changes: Mapping[str, tuple[DefinitionChange, ...]]
    same: frozenset[str]
    rest: ServiceLevelAgreement | None

    @classmethod
    def of(cls, old: ServiceLevelAgreement, new: ServiceLevelAgreement) -> _Pair:
        """Compare; the clocks that are defined alike need no second judgement."""
        same = frozenset(each.name for each in old.targets if is_same_target(old, new, each.name))
        targets = tuple(each for each in new.targets if each.name not in same)
        by_clock: dict[str, list[DefinitionChange]] = {}
        for change in definition_changes(old, new):
            by_clock.setdefault(change.clock, []).append(change)
        rest = None
        if targets:
            rest = new if not same else attrs.evolve(new, targets=targets, legs=())
        changes = {clock: tuple(found) for clock, found in by_clock.items()}
        return cls(changes, same, rest)


@attrs.frozen
class _Case:
    """Hold what is known of one ticket under one kind of agreement, to say why it changes."""

    kind: str
    pair: _Pair | None
    chosen: FieldChange | None
    reason: str

    def change(self, old: SlaClock | None, new: SlaClock | None) -> TicketChange | None:
        """Return what changes for one cycle of a clock; None if nothing does."""
        changes = tuple(_field_changes(old, new))
        clock = new if new is not None else old
        if not changes or clock is None:
            return None
        fields = frozenset(str(each.field) for each in changes)
        known = () if self.pair is None else self.pair.changes.get(clock.name, ())
        why = [each.text for each in known if bears_on(each, old, new, fields)]
        if self.chosen is not None:
            why.insert(0, str(self.chosen))
        if not why:
            why = [each.text for each in known] or ["the agreement held at another time"]
        return TicketChange(
            ticket_id=clock.ticket_id,
            kind=self.kind,
            clock=clock.name,
            cycle=clock.cycle,
            priority=clock.priority,
            changes=changes,
            why=tuple(why),
        )


class _Comparison:
    """Judge one ticket after another under both definitions; only what changes is kept."""

    def __init__(self, old: Definition, new: Definition, as_of: datetime) -> None:
        self.old, self.new, self.as_of = old, new, as_of
        self.as_of_us = micros(as_of)
        self.kind = old.kind if isinstance(old, ServiceLevelAgreement) else ""
        if not self.kind and isinstance(new, ServiceLevelAgreement):
            self.kind = new.kind
        self.chooses = any(isinstance(side, AgreementCatalogue) for side in (old, new))
        self.benches: dict[int, Bench] = {
            id(side): side._bench  # noqa: SLF001  # pyright: ignore[reportPrivateUsage] - what it compiled
            for side in (old, new)
            if isinstance(side, AgreementCatalogue)
        }
        self.tickets = self.not_opened = 0
        self.changes: list[TicketChange] = []
        self.before = Counter[tuple[str, str, str, str]]()
        self.after = Counter[tuple[str, str, str, str]]()
        self.pairs: dict[tuple[int, int], tuple[_Pair, object]] = {}

    def add_told(self, history: Iterable[TicketEvent]) -> None:
        """Compare one ticket, as it was told."""
        told = tuple(history)
        try:
            self.add(in_order(told))
        except (AttributeError, TypeError) as error:
            refuse_history(history, told, error)
            raise

    def add(self, told: tuple[TicketEvent, ...]) -> None:
        """Compare one ticket; events are in order."""
        if told and told[-1].occurred_us > self.as_of_us:
            told = tuple(event for event in told if event.occurred_us <= self.as_of_us)
        if not any(isinstance(event, TicketOpened) for event in told):
            self.not_opened += 1
            return
        old, new = self._regimes(self.old, told), self._regimes(self.new, told)
        for kind in dict.fromkeys((*old, *new)):
            self._compare(kind, told, old.get(kind, ()), new.get(kind, ()))
        self.tickets += 1

    def _regimes(self, side: Definition, told: tuple[TicketEvent, ...]) -> _Regimes:
        bench = self.benches.get(id(side))
        if bench is None:
            held = side if isinstance(side, ServiceLevelAgreement) else None
            return {self.kind: (Regime(0, held, _GIVEN),)}
        return {str(kind): found for kind, found in regimes_of(bench, told, self.as_of_us).items()}

    def _compare(
        self,
        kind: str,
        told: tuple[TicketEvent, ...],
        old: tuple[Regime, ...],
        new: tuple[Regime, ...],
    ) -> None:
        before = _by_cycle(self._judged(told, old))
        after: _Clocks
        pair = self._pair(_only(old), _only(new))
        if _is_same_story(old, new):
            after = before
        elif pair is None:
            after = _by_cycle(self._judged(told, new))
            pair = self._pair(_last(old), _last(new))
        else:
            after = {key: clock for key, clock in before.items() if key[0] in pair.same}
            if pair.rest is not None:
                after |= _by_cycle(self._judged(told, (Regime(0, pair.rest, _GIVEN),)))
        _count(kind, before, self.before)
        _count(kind, after, self.after)
        chosen = _chosen(old, new) if self.chooses else None
        case = _Case(kind, pair, chosen, _why_chosen(new) if chosen else "")
        if chosen is not None:
            self.changes.append(
                TicketChange(
                    ticket_id=told[0].ticket_id, kind=kind, changes=(chosen,), why=(case.reason,)
                )
            )
        if after is not before:
            for key in dict.fromkeys((*before, *after)):
                one, other = before.get(key), after.get(key)
                if one is not other and (change := case.change(one, other)) is not None:
                    self.changes.append(change)

    def _judged(
        self, told: tuple[TicketEvent, ...], regimes: tuple[Regime, ...]
    ) -> Evaluation | None:
        if all(each.agreement is None for each in regimes):
            return None
        return judged_under(told, regimes, self.as_of)

    def _pair(
        self, one: ServiceLevelAgreement | None, other: ServiceLevelAgreement | None
    ) -> _Pair | None:
        """Return the two agreements side by side, if there are two."""
        if one is None or other is None:
            return None
        key = (id(one), id(other))
        if key not in self.pairs:
            # Kept with the agreements, whose identity would else be free for others.
            self.pairs[key] = (_Pair.of(one, other), (one, other))
        return self.pairs[key][0]

    def result(self) -> Diff:
        """Return everything gathered."""
        return Diff(
            old=_label(self.old),
            new=_label(self.new),
            old_hash=self.old.content_hash,
            new_hash=self.new.content_hash,
            as_of_us=self.as_of_us,
            tickets=self.tickets,
            not_opened=self.not_opened,
            definitions=tuple(_definitions(self.old, self.new)),
            changes=tuple(self.changes),
            totals=tuple(self._totals()),
        )

    def _totals(self) -> Iterator[Total]:
        keys = {key[:3] for key in (*self.before, *self.after)}
        for kind, clock, priority in sorted(keys):
            before, after = (
                Tally(
                    **{
                        outcome: counter[kind, clock, priority, outcome]
                        for outcome in ("kept", "broken", "cancelled", "undecided")
                    }
                )
                for counter in (self.before, self.after)
            )
            yield Total(kind=kind, clock=clock, priority=priority, before=before, after=after)


# -- small questions ------------------------------------------------------------------------------


def _by_cycle(evaluation: Evaluation | None) -> dict[tuple[str, int], SlaClock]:
    if evaluation is None:
        return {}
    return {(clock.name, clock.cycle): clock for clock in evaluation.clocks}


def _count(kind: str, clocks: _Clocks, counter: Counter[tuple[str, str, str, str]]) -> None:
    for clock in clocks.values():
        counter[kind, clock.name, clock.priority, _OUTCOMES.get(clock.state, "undecided")] += 1


def _only(regimes: tuple[Regime, ...]) -> ServiceLevelAgreement | None:
    return regimes[0].agreement if len(regimes) == 1 else None


def _last(regimes: tuple[Regime, ...]) -> ServiceLevelAgreement | None:
    return regimes[-1].agreement if regimes else None


def _is_same_story(old: tuple[Regime, ...], new: tuple[Regime, ...]) -> bool:
    """Tell whether the same agreements held at the same times."""
    return len(old) == len(new) and all(
        one.since_us == other.since_us
        and (
            one.agreement is other.agreement
            or (
                one.agreement is not None
                and other.agreement is not None
                and one.agreement.content_hash == other.agreement.content_hash
            )
        )
        for one, other in zip(old, new, strict=True)
    )


def _chosen(old: tuple[Regime, ...], new: tuple[Regime, ...]) -> FieldChange | None:
    """Return whether another agreement, or another version, holds in the end."""
    one, other = _last(old), _last(new)
    names = tuple(None if each is None else named(each) for each in (one, other))
    return (
        None if names[0] == names[1] else FieldChange(field="agreement", old=names[0], new=names[1])
    )


def _why_chosen(regimes: tuple[Regime, ...]) -> str:
    return regimes[-1].why if regimes else "the catalogue has no agreement of this kind"


def _field_changes(old: SlaClock | None, new: SlaClock | None) -> Iterator[FieldChange]:
    before, after = (None if clock is None else clock.state for clock in (old, new))
    if before is not after:
        yield _change_of("state", *(each and each.value for each in (before, after)))
    due = _due(old), _due(new)
    if due[0] != due[1]:
        yield _change_of("due", *(None if at is None else _stamp(at) for at in due))
    warnings = _warnings(old), _warnings(new)
    if warnings[0] != warnings[1]:
        yield _change_of("warnings", *map(_warning_text, warnings))


def _change_of(field: Field, old: str | None, new: str | None) -> FieldChange:
    return FieldChange(field=field, old=old, new=new)


def _due(clock: SlaClock | None) -> int | None:
    """Return when a clock is due; while it is paused, when it would be if work went on now."""
    if clock is None:
        return None
    return clock.projected_due_us if clock.due_us is None else clock.due_us


_Warnings = tuple[tuple[float, int], ...]


def _warnings(clock: SlaClock | None) -> _Warnings:
    """Return the warnings of a clock: all of a live one, those that came of one that ended."""
    if clock is None or not clock.target.warn_at_ratios:
        return ()
    return clock.all_warnings_us if clock.is_live else clock.warnings_us


def _warning_text(warnings: _Warnings) -> str | None:
    return ", ".join(f"{ratio:.0%} {_stamp(at)}" for ratio, at in warnings) or None


def _stamp(at: int) -> str:
    return instant(at).isoformat()


def _label(side: Definition) -> str:
    if isinstance(side, ServiceLevelAgreement):
        return named(side)
    number = len(side.agreements)
    return f"catalogue of {number} agreement{'s' * (number != 1)} {side.content_hash[:8]}"


def _definitions(old: Definition, new: Definition) -> Iterator[DefinitionChange]:
    """Yield what differs; of catalogues, agreement by agreement and version by version."""
    if isinstance(old, ServiceLevelAgreement) and isinstance(new, ServiceLevelAgreement):
        yield from definition_changes(old, new)
        return
    sides = [
        {(each.agreement_id, each.version): each for each in _members(side)} for side in (old, new)
    ]
    for key in dict.fromkeys((*sides[0], *sides[1])):
        before, after = (side.get(key) for side in sides)
        if before is None:
            came = sides[1][key]
            text = f"{named(came)} is new, in force {validity(came)}"
            yield DefinitionChange(part="agreement", text=text)
        elif after is None:
            yield DefinitionChange(part="agreement", text=f"{named(before)} is gone")
        else:
            for change in definition_changes(before, after):
                clock = f"{before.agreement_id} {change.clock}".strip()
                yield attrs.evolve(change, clock=clock)


def _members(side: Definition) -> tuple[ServiceLevelAgreement, ...]:
    return (side,) if isinstance(side, ServiceLevelAgreement) else side.agreements
