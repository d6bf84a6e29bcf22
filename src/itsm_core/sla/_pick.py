"""Choosing one agreement of a kind: what is compiled once, and the choice itself (law S11)."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from operator import attrgetter
from typing import Final, Protocol

import attrs

from itsm_core.conditions import Condition, Explanation
from itsm_core.errors import AmbiguousAgreement
from itsm_core.events import (
    EVENT_TYPES,
    AgreementAssigned,
    AnswerSent,
    ContactReceived,
    PriorityChanged,
    PriorityOverridden,
    PriorityOverrideEnded,
    TicketAssigned,
    TicketCancelled,
    TicketClosed,
    TicketEvent,
    TicketPutOnHold,
    TicketReclassified,
    TicketReopened,
    TicketResolved,
    TicketResumed,
    WorkStarted,
)
from itsm_core.sla._agreement import Kind, ServiceLevelAgreement, VersionRule
from itsm_core.sla._program import fields_of
from itsm_core.sla._rules import FACTS
from itsm_core.sla._selection import Candidate, KindSelection, is_valid, named, validity

Versions = Mapping[str, ServiceLevelAgreement | None]
"""Which version of each agreement is looked at; None is none."""

_MOST_NAMED: Final = 3


class Asked(Protocol):
    """Say what an agreement asks of a ticket; a `Condition` is one."""

    def holds(self, values: object, /) -> bool:
        """Return whether the facts fit."""
        ...

    def explain(self, values: object, /) -> Explanation:
        """Return why they do, or do not."""
        ...


_PRIORITY: Final = (PriorityChanged, PriorityOverridden, PriorityOverrideEnded)
_WORK: Final = (
    WorkStarted,
    TicketPutOnHold,
    TicketResumed,
    TicketResolved,
    TicketReopened,
    TicketClosed,
    TicketCancelled,
)
_ANSWERS: Final = (AnswerSent, ContactReceived, TicketResolved)
_MOVED_BY: Final[Mapping[str, tuple[type[TicketEvent], ...]]] = {
    "category": _WORK,
    "hold_reason": _WORK,
    "priority": _PRIORITY,
    "impact": _PRIORITY,
    "urgency": _PRIORITY,
    "service": (TicketReclassified,),
    "category_name": (TicketReclassified,),
    "configuration_item_id": (TicketReclassified,),
    "group": (TicketAssigned,),
    "assignee": (TicketAssigned,),
    "requester_is_assignee": (TicketAssigned,),
    "answered": _ANSWERS,
    "awaiting_answer": _ANSWERS,
    "reopen_count": (TicketReopened,),
    "channel": (),
    "ticket_type": (),
    "requester": (),
}
"""Which events can change a fact; a fact that is not here may be changed by any."""


class Bench:
    """Hold a catalogue made ready for choosing: conditions compiled, versions in order."""

    def __init__(
        self,
        agreements: tuple[ServiceLevelAgreement, ...],
        kinds: tuple[Kind, ...],
        *,
        asked: Mapping[tuple[str, int], tuple[Asked, frozenset[str]]] | None = None,
        first_holds: frozenset[Kind] = frozenset(),
    ) -> None:
        """Compile every condition once.

        `asked` stands in the place of `applies_to`, by id and version, with the facts that it
        reads. Of the kinds in `first_holds` the first of equals holds; of others there is none.
        """
        self.agreements = agreements
        self.kinds = kinds
        self.first_holds = first_holds
        instead: Mapping[tuple[str, int], tuple[Asked, frozenset[str]]] = asked or {}
        self.versions = versions_of(agreements)
        self.ids_of: dict[Kind, tuple[str, ...]] = {
            kind: tuple(
                dict.fromkeys(each.agreement_id for each in agreements if each.kind == kind)
            )
            for kind in kinds
        }
        self._conditions: dict[tuple[str, int], Asked | None] = {}
        read = set[str]()
        self.places: dict[tuple[str, int], int] = {}
        for place, each in enumerate(agreements):
            key = each.agreement_id, each.version
            self.places[key] = place
            self._conditions[key] = None
            if key in instead:
                self._conditions[key], fields = instead[key]
                read |= fields
            elif each.applies_to is not None:
                self._conditions[key] = Condition(schema=FACTS, rule=each.applies_to)
                read |= fields_of(each.applies_to)
        # Two names at least, so that the key is a tuple whatever is read.
        self.fields = tuple(sorted({"priority", "ticket_type", *read}))
        self.key: Callable[[object], tuple[str, ...]] = attrgetter(*self.fields)
        self.turns_us = _turns(agreements)
        follows = any(each.version_rule == "at_change" for each in agreements)
        self.still = _unmoving(read | {"priority"} if follows else read)

    def condition(self, agreement: ServiceLevelAgreement) -> Asked | None:
        """Return the compiled condition of one of the agreements; None if it has none."""
        return self._conditions[agreement.agreement_id, agreement.version]

    def place(self, agreement: ServiceLevelAgreement) -> int:
        """Return which of the agreements it is, in the order in which they were given."""
        return self.places[agreement.agreement_id, agreement.version]

    def version_at(self, agreement_id: str, at_us: int) -> ServiceLevelAgreement | None:
        """Return the version in force at an instant, if there is one."""
        versions = self.versions[agreement_id]
        return next((each for each in versions if is_valid(each, at_us)), None)

    def rule_of(self, agreement_id: str, opened_us: int) -> VersionRule:
        """Return how an agreement goes over to its next version, for a ticket opened then."""
        version = self.version_at(agreement_id, opened_us) or self.versions[agreement_id][0]
        return version.version_rule


def _turns(agreements: Iterable[ServiceLevelAgreement]) -> tuple[int, ...]:
    """Return the instants at which a version takes over by time alone."""
    found = set[int]()
    lasting = {each.agreement_id for each in agreements if each.version_rule == "latest"}
    for each in agreements:
        if each.agreement_id in lasting:
            bounds = (each.valid_from_us, each.valid_until_us)
            found.update(at for at in bounds if at is not None)
    return tuple(sorted(found))


def _unmoving(fields: Iterable[str]) -> frozenset[type[TicketEvent]]:
    """Return the event classes that change none of these facts, nor a choice by hand."""
    moving = {kind for name in fields for kind in _MOVED_BY.get(name, EVENT_TYPES)}
    return frozenset(EVENT_TYPES) - moving - {AgreementAssigned}


def pick(
    bench: Bench,
    kind: Kind,
    facts: object,
    versions: Versions,
    by_hand: Mapping[str, str],
    *,
    ticket_id: str = "",
) -> tuple[ServiceLevelAgreement | None, str]:
    """Return the agreement of a kind that holds, or None, and why.

    Raises:
        AmbiguousAgreement: two apply with the highest precedence.
    """
    by_choice = [(versions[each], by_hand[each]) for each in by_hand if each in bench.ids_of[kind]]
    for agreement, reason in reversed(by_choice):
        if agreement is not None:
            return agreement, f"chosen by hand: {reason}" if reason else "chosen by hand"
    best = best_of(bench, kind, facts, versions)
    if best:
        precedence = best[0].precedence
        first = ", the first of these" if len(best) > 1 else ""
        if first and kind not in bench.first_holds:
            names = tuple(named(each) for each in best)
            raise AmbiguousAgreement(kind, precedence, names, ticket_id)
        return best[0], f"it applies, with the highest precedence ({precedence}){first}"
    return None, _why_none(bench, kind, versions)


def best_of(
    bench: Bench, kind: Kind, facts: object, versions: Versions
) -> list[ServiceLevelAgreement]:
    """Return those that apply with the highest precedence, in the order of the catalogue."""
    best: list[ServiceLevelAgreement] = []
    for agreement_id in bench.ids_of[kind]:
        version = versions[agreement_id]
        if version is None or (best and version.precedence < best[0].precedence):
            continue
        condition = bench.condition(version)
        if condition is not None and not condition.holds(facts):
            continue
        if best and version.precedence > best[0].precedence:
            best.clear()
        best.append(version)
    if len(best) > 1:
        best.sort(key=bench.place)
    return best


def _why_none(bench: Bench, kind: Kind, versions: Versions) -> str:
    ids = bench.ids_of[kind]
    reasons: list[str] = []
    for agreement_id in ids[:_MOST_NAMED]:
        version = versions[agreement_id]
        if version is None:
            reasons.append(f"{agreement_id!r} is not in force")
        else:
            reasons.append(f"{agreement_id!r} is only for {bench.condition(version)}")
    more = len(ids) - len(reasons)
    return f"no {kind} applies: {'; '.join(reasons)}" + (f"; and {more} more" if more else "")


def explained(
    bench: Bench, kind: Kind, facts: object, at_us: int, by_hand: Mapping[str, str]
) -> KindSelection:
    """Return the choice among the versions in force at an instant, with every candidate."""
    ids = bench.ids_of[kind]
    versions = {agreement_id: bench.version_at(agreement_id, at_us) for agreement_id in ids}
    chosen, reason = pick(bench, kind, facts, versions, by_hand)
    weighed = [
        _weighed(
            each, bench, facts, at_us, by_hand=agreement_id in by_hand, chosen=chosen, reason=reason
        )
        for agreement_id in ids
        for each in bench.versions[agreement_id]
    ]
    weighed.sort(key=lambda each: each[0])
    candidates = tuple(attrs.evolve(each, rank=n) for n, (_, each) in enumerate(weighed, 1))
    return KindSelection(kind=kind, chosen=chosen, reason=reason, candidates=candidates)


def _weighed(
    agreement: ServiceLevelAgreement,
    bench: Bench,
    facts: object,
    at_us: int,
    *,
    by_hand: bool,
    chosen: ServiceLevelAgreement | None,
    reason: str,
) -> tuple[tuple[int, int], Candidate]:
    """Return a candidate without its rank, and what to sort it by."""
    is_chosen = agreement is chosen
    tree: Explanation | None = None
    if not is_valid(agreement, at_us):
        group, why = 3, f"not in force then, but {validity(agreement)}"
        if by_hand:
            why = f"chosen by hand, but {why}"
    else:
        condition = bench.condition(agreement)
        tree = None if condition is None else condition.explain(facts)
        if is_chosen:
            group, why = 0, reason
        elif chosen is None or (tree is not None and not tree.result):
            # One that applies would have been chosen.
            group, why = 2, "its condition does not hold"
        else:
            group, why = 1, _beaten(agreement, chosen, reason)
    candidate = Candidate(
        rank=0, agreement=agreement, is_chosen=is_chosen, reason=why, explanation=tree
    )
    return (group, -agreement.precedence), candidate


def _beaten(agreement: ServiceLevelAgreement, chosen: ServiceLevelAgreement, reason: str) -> str:
    if reason.startswith("chosen by hand"):
        return f"it applies, but {named(chosen)} was chosen by hand"
    if agreement.precedence == chosen.precedence:
        return f"it applies, but {named(chosen)} of the same precedence comes before it"
    return (
        f"it applies, but its precedence {agreement.precedence} is lower than "
        f"{chosen.precedence} of {named(chosen)}"
    )


def overlap_in_time(one: ServiceLevelAgreement, other: ServiceLevelAgreement) -> bool:
    """Tell whether two agreements are in force together at some instant."""
    ends_before = one.valid_until_us is not None and (
        other.valid_from_us is not None and one.valid_until_us <= other.valid_from_us
    )
    starts_after = other.valid_until_us is not None and (
        one.valid_from_us is not None and other.valid_until_us <= one.valid_from_us
    )
    return not ends_before and not starts_after


def versions_of(
    agreements: Iterable[ServiceLevelAgreement],
) -> dict[str, tuple[ServiceLevelAgreement, ...]]:
    """Return the versions of each agreement, the earliest first."""
    found: dict[str, list[ServiceLevelAgreement]] = {}
    for each in agreements:
        found.setdefault(each.agreement_id, []).append(each)
    return {
        agreement_id: tuple(
            sorted(
                versions, key=lambda each: (each.valid_from_us is not None, each.valid_from_us or 0)
            )
        )
        for agreement_id, versions in found.items()
    }
