"""Which agreement holds over the life of a ticket: the selection as a fold (laws S11, S13)."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from itsm_core.errors import did_you_mean
from itsm_core.events import AgreementAssigned, TicketEvent, TicketOpened
from itsm_core.sla._agreement import Kind, ServiceLevelAgreement
from itsm_core.sla._facts import DONE, Facts, opening_of
from itsm_core.sla._pick import Bench, pick
from itsm_core.sla._selection import Regime, named


def regimes_of(
    bench: Bench, events: Sequence[TicketEvent], now: int, kinds: tuple[Kind, ...] | None = None
) -> dict[Kind, tuple[Regime, ...]]:
    """Return since when which agreement of each kind holds; events are in order, none after `now`.

    Without `kinds` of every kind there is.

    Raises:
        NotFound: no event opens a ticket.
        AmbiguousAgreement: two agreements of a kind apply with the highest precedence.
        InvalidValue: events of several tickets.
    """
    told = tuple(events)
    opening = opening_of(told)
    asked: tuple[Kind, ...] = bench.kinds
    if kinds is not None:
        asked = tuple(each for each in bench.kinds if each in kinds)
    walk = _Walk(bench, opening, asked)
    if not bench.turns_us and all(type(event) in bench.still for event in told):
        told = (opening,)  # nothing that happens later makes a difference
    for at, group in _by_instant(opening, told):
        walk.pass_time(at)
        for event in group:
            walk.take(event)
        walk.settle(at, is_turn=at in bench.turns_us)
    walk.pass_time(now + 1)
    return {kind: tuple(found) for kind, found in walk.found.items()}


def _by_instant(
    opening: TicketOpened, told: tuple[TicketEvent, ...]
) -> Iterator[tuple[int, list[TicketEvent]]]:
    """Yield the events of each instant; what is told before the opening happens at it."""
    at = opening.occurred_us
    group: list[TicketEvent] = [opening]
    for event in told:
        if event is opening:
            continue
        if event.occurred_us > at:
            yield at, group
            at, group = event.occurred_us, []
        group.append(event)
    yield at, group


class _Walk:
    """Go through the life of one ticket, and note each change of agreement."""

    def __init__(self, bench: Bench, opening: TicketOpened, kinds: tuple[Kind, ...]) -> None:
        self.bench = bench
        self.kinds = kinds
        self.facts = Facts(opening)
        self.ticket_id = opening.ticket_id
        self.opened_us = self.at = opening.occurred_us
        self.found: dict[Kind, list[Regime]] = {kind: [] for kind in kinds}
        self.rules = {each: bench.rule_of(each, self.opened_us) for each in bench.versions}
        self.changed_us: dict[Kind, int] = {}  # of the priority, or of the agreement
        self.by_hand: dict[Kind, tuple[str, str, int]] = {}  # agreement, reason, since when
        self.key: tuple[str, ...] = ()  # the facts when the agreements were last chosen
        self.assigned: set[Kind] = set()  # for which somebody chose since then
        self.note = ""
        self.is_waiting = False  # something changed while the ticket was done

    # -- what happens --------------------------------------------------------------------------

    def take(self, event: TicketEvent) -> None:
        """Take in one event."""
        self.facts.take(event)
        if isinstance(event, AgreementAssigned):
            self._choose(event)

    def _choose(self, event: AgreementAssigned) -> None:
        """Keep what somebody chose by hand; an empty id ends every such choice."""
        if not event.agreement_id:
            self.assigned.update(self.by_hand)
            self.by_hand.clear()
            return
        for kind, ids in self.bench.ids_of.items():
            if event.agreement_id in ids:
                at = max(event.occurred_us, self.opened_us)
                self.by_hand[kind] = (event.agreement_id, event.reason, at)
                self.assigned.add(kind)
                return
        near = did_you_mean(event.agreement_id, self.bench.versions)
        self.note = (
            f" (the choice of {event.agreement_id!r} by hand has no effect: this catalogue does "
            f"not have it{near})"
        )

    def pass_time(self, until: int) -> None:
        """Note what changes by time alone before `until`: priorities set by hand, versions."""
        ends, bench_turns = self.facts.override_until_us, self.bench.turns_us
        if ends is None and not bench_turns:
            return
        turns = [at for at in bench_turns if self.at < at < until]
        if ends is not None and ends < until:
            turns.append(max(ends, self.at))
        for at in sorted(set(turns)):
            if ends is not None and ends <= at:
                self.facts.priority = self.facts.derived_priority
                self.facts.override_until_us = ends = None
            self.settle(at, is_turn=True)

    # -- what follows --------------------------------------------------------------------------

    def settle(self, at: int, *, is_turn: bool = False) -> None:
        """Choose again, if something that matters has changed since the last time."""
        facts, self.at = self.facts, at
        key = self.bench.key(facts)
        is_first = not self.key
        if not is_first and facts.category in DONE:
            self.is_waiting = True
            return
        if key == self.key and not (is_turn or self.assigned or self.is_waiting):
            return
        has_new_priority = not is_first and self._fact(key, "priority") != self._fact(
            self.key, "priority"
        )
        for kind in self.kinds:
            if is_first or has_new_priority or kind in self.assigned:
                self.changed_us[kind] = at
            self._turn(kind, at, key)
        self.key = key
        self.assigned.clear()
        self.note, self.is_waiting = "", False

    def _fact(self, key: tuple[str, ...], name: str) -> str:
        return key[self.bench.fields.index(name)]

    def _turn(self, kind: Kind, at: int, key: tuple[str, ...]) -> None:
        """Choose the agreement of one kind, and note it if it is another one."""
        regimes = self.found[kind]
        held = regimes[-1].agreement if regimes else None
        chosen_id, reason, _ = self.by_hand.get(kind, ("", "", 0))
        versions = {each: self._version(each, kind, at, held) for each in self.bench.ids_of[kind]}
        by_hand = {chosen_id: reason} if chosen_id else {}
        agreement, why = pick(
            self.bench, kind, self.facts, versions, by_hand, ticket_id=self.ticket_id
        )
        if regimes and agreement is held:
            return
        if _id_of(agreement) != _id_of(held):
            self.changed_us[kind] = at
        trigger = self._trigger(kind, held, agreement, key)
        regimes.append(Regime(at, agreement, f"{trigger}: {why}{self.note}"))

    def _version(
        self, agreement_id: str, kind: Kind, at: int, held: ServiceLevelAgreement | None
    ) -> ServiceLevelAgreement | None:
        """Return the version of an agreement that would hold now, by its own rule (law S13)."""
        bench, rule = self.bench, self.rules[agreement_id]
        if rule == "latest":
            return bench.version_at(agreement_id, at)
        if rule == "at_change":
            stays = held is not None and held.agreement_id == agreement_id
            return bench.version_at(agreement_id, self.changed_us[kind] if stays else at)
        found = bench.version_at(agreement_id, self.opened_us)
        chosen_id, _, since = self.by_hand.get(kind, ("", "", 0))
        if found is None and chosen_id == agreement_id:
            return bench.version_at(agreement_id, since)
        return found

    def _trigger(
        self,
        kind: Kind,
        held: ServiceLevelAgreement | None,
        agreement: ServiceLevelAgreement | None,
        key: tuple[str, ...],
    ) -> str:
        """Return what happened, in words."""
        if not self.key:
            return "opened"
        if kind in self.assigned:
            return "agreement assigned"
        changes = [
            f"{name} {before or 'missing'} -> {after or 'missing'}"
            for name, before, after in zip(self.bench.fields, self.key, key, strict=True)
            if before != after
        ]
        if changes:
            return ", ".join(changes)
        if held is not None and _id_of(agreement) != _id_of(held) and self.is_turn_of(held):
            return f"{named(held)} ended"
        return f"{'no agreement' if agreement is None else named(agreement)} came into force"

    def is_turn_of(self, held: ServiceLevelAgreement) -> bool:
        """Tell whether a version has ended by now."""
        return held.valid_until_us is not None and held.valid_until_us <= self.at


def _id_of(agreement: ServiceLevelAgreement | None) -> str | None:
    return None if agreement is None else agreement.agreement_id
