"""The agreements of a desk: which of them holds for a ticket, when, and why (laws S11, S13)."""

# Arguments are validated at run time, although their types promise them.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

import hashlib
from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from functools import cached_property
from itertools import combinations
from typing import get_args

import attrs

from itsm_core.calendars import Finding
from itsm_core.errors import (
    DefinitionError,
    Fault,
    InvalidValue,
    NotFound,
    did_you_mean,
    shown,
)
from itsm_core.events import TicketEvent, in_order
from itsm_core.sla._advice import catalogue_advice
from itsm_core.sla._agreement import Kind, ServiceLevelAgreement
from itsm_core.sla._arguments import events_of, not_a_catalogue, refuse_history
from itsm_core.sla._clock import Evaluation
from itsm_core.sla._evaluate import evaluate, evaluate_regimes
from itsm_core.sla._fields import is_many
from itsm_core.sla._pick import Bench, explained, overlap_in_time, versions_of
from itsm_core.sla._program import fields_of
from itsm_core.sla._regimes import regimes_of
from itsm_core.sla._rules import EVENT_FACTS
from itsm_core.sla._selection import Regime, Selection, named, validity
from itsm_core.spans import micros, optional_micros


def _agreements(value: Iterable[ServiceLevelAgreement]) -> tuple[ServiceLevelAgreement, ...]:
    if not is_many(value):
        remedy = "write agreements=(agreement,)"
        raise InvalidValue("a catalogue holds a list of agreements", value, remedy)
    return tuple(value)


# Without slots, so that what is compiled is kept.
@attrs.frozen(kw_only=True, slots=False)
class AgreementCatalogue:
    """Hold every agreement of a desk, in any number of kinds and versions.

    Versions of one agreement share its id; each is in force from its `valid_from` until before
    its `valid_until`. Of each kind the applicable agreement of the highest precedence holds. A
    catalogue without agreements is legal: nothing is promised.

    Raises:
        DefinitionError: two versions of one number or in force at once, versions of two kinds, a
            condition about a single event; every fault is listed.

    >>> from itsm_core import hours
    >>> from itsm_core.calendars import ALWAYS
    >>> from itsm_core.sla import ServiceLevelAgreement, ServiceLevelTarget
    >>> gold = ServiceLevelAgreement(
    ...     agreement_id="gold",
    ...     calendar=ALWAYS,
    ...     targets=[ServiceLevelTarget(metric="resolution", goals=hours(4))],
    ... )
    >>> AgreementCatalogue(agreements=[gold]).agreements[0].agreement_id
    'gold'
    """

    agreements: tuple[ServiceLevelAgreement, ...] = attrs.field(converter=_agreements)

    def __attrs_post_init__(self) -> None:
        faults = [*_kind_of_value_faults(self.agreements)]
        if not faults:
            faults = [*_version_faults(self.agreements), *_condition_faults(self.agreements)]
        if faults:
            raise DefinitionError("agreement catalogue", tuple(faults))

    @property
    def kinds(self) -> tuple[Kind, ...]:
        """Return the kinds of which there are agreements, in the order sla, ola, uc."""
        there = {agreement.kind for agreement in self.agreements}
        return tuple(kind for kind in get_args(Kind) if kind in there)

    def versions(self, agreement_id: str) -> tuple[ServiceLevelAgreement, ...]:
        """Return the versions of an agreement, the earliest first; empty if it is unknown."""
        return self._bench.versions.get(agreement_id, ())

    def select(
        self, facts: object, at: datetime, *, by_hand: Mapping[str, str] | None = None
    ) -> Selection:
        """Return which agreement of each kind holds for a ticket, and why (law S11).

        `facts` is a mapping, or an object, with the fields of `FACTS` that the conditions read.
        Versions are those in force at `at`; for the life of a ticket, and its agreements' own
        `version_rule`, see `regimes`. `by_hand` maps agreement ids that somebody chose to the
        reason given: a chosen one holds whatever its condition says, as long as it is in force.

        Raises:
            AmbiguousAgreement: two agreements of a kind apply with the highest precedence.
            InvalidValue: a fact does not fit `FACTS`, or `by_hand` maps no ids to reasons.
            NotFound: an agreement chosen by hand is not in the catalogue.
            NaiveDatetime: `at` has no time zone.
        """
        at_us = micros(at)
        chosen = _choices(by_hand)
        for agreement_id in chosen:
            if not self.versions(agreement_id):
                known = self._bench.versions
                remedy = f"the catalogue has: {', '.join(known) or 'none'}"
                near = did_you_mean(agreement_id, known)
                raise NotFound("agreement", agreement_id, f"{remedy}{near}")
        kinds = tuple(explained(self._bench, kind, facts, at_us, chosen) for kind in self.kinds)
        return Selection(at_us=at_us, kinds=kinds)

    def regimes(
        self,
        history: Iterable[TicketEvent],
        as_of: datetime,
        known_at: datetime | None = None,
        *,
        kinds: tuple[Kind, ...] | None = None,
    ) -> Mapping[Kind, tuple[Regime, ...]]:
        """Return since when which agreement of each kind holds for a ticket, up to `as_of`.

        The first regime begins at the opening; each is an agreement, or None, with the reason.
        It changes when a fact that a condition reads changes, when somebody chooses by hand, and
        with versions as the `version_rule` of the agreement says: of the version in force at the
        opening, else of its first one. `at_creation` keeps the version of the opening.
        `at_change` takes the version in force when the priority or the agreement changes.
        `latest` goes over to each version when it comes into force. While a ticket is resolved,
        closed or cancelled nothing changes: what came meanwhile takes effect at its reopening.
        With `kinds` only those are looked at.

        Raises:
            NotFound: no event up to `as_of` opens a ticket.
            AmbiguousAgreement: two agreements of a kind apply with the highest precedence.
            InvalidValue: events of several tickets.
            NaiveDatetime: an instant has no time zone.
        """
        now, known = micros(as_of), optional_micros(known_at)
        told = events_of(history)
        try:
            return regimes_of(self._bench, known_events(told, now, known), now, kinds)
        except (AttributeError, TypeError) as error:
            refuse_history(history, told, error)
            raise

    def turns_after(self, at: datetime) -> tuple[int, ...]:
        """Return the instants at which versions take over by time alone, in microseconds."""
        at_us = micros(at)
        return tuple(turn for turn in self._bench.turns_us if turn > at_us)

    def check(self) -> tuple[Finding, ...]:
        """Return what is legal but probably not meant.

        Two agreements that could tie, with facts for which they would; one that another always
        beats; a time between two versions in which neither is in force.
        """
        return catalogue_advice(self._bench)

    @cached_property
    def content_hash(self) -> str:
        """Return the SHA-256 of all definitions; their order is no part of it (law C10)."""
        hashes = sorted(each.content_hash for each in self.agreements)
        return hashlib.sha256("\n".join(hashes).encode()).hexdigest()

    def __getstate__(self) -> dict[str, object]:
        # What is compiled holds closures, which do not pickle; it is made again.
        return {name: value for name, value in self.__dict__.items() if name != "_bench"}

    @cached_property
    def _bench(self) -> Bench:
        return Bench(self.agreements, self.kinds)


def evaluate_all(
    history: Iterable[TicketEvent],
    catalogue: AgreementCatalogue,
    *,
    as_of: datetime,
    known_at: datetime | None = None,
) -> tuple[Evaluation, ...]:
    """Return a ticket's evaluation under each kind of agreement that it has or had.

    The catalogue says which agreement and version held when: see `AgreementCatalogue.regimes`.
    A ticket without any agreement has no evaluation.

    Raises:
        NotFound: no event up to `as_of` opens a ticket.
        AmbiguousAgreement: two agreements of a kind apply with the highest precedence.
        InvalidValue: events of several tickets, no catalogue, or no list of events.
        NaiveDatetime: an instant has no time zone.

    >>> from datetime import UTC, datetime
    >>> from itsm_core import hours
    >>> from itsm_core.calendars import ALWAYS
    >>> from itsm_core.events import TicketOpened
    >>> from itsm_core.sla import AgreementCatalogue, ServiceLevelAgreement, ServiceLevelTarget
    >>> from itsm_core.sla import evaluate_all
    >>> slow = ServiceLevelTarget(metric="resolution", goals=hours(8))
    >>> base = ServiceLevelAgreement(agreement_id="base", calendar=ALWAYS, targets=[slow])
    >>> fast = ServiceLevelTarget(metric="resolution", goals=hours(4))
    >>> gold = ServiceLevelAgreement(
    ...     agreement_id="gold", calendar=ALWAYS, targets=[fast], precedence=1
    ... )
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> opened = TicketOpened(ticket_id="INC-1", occurred_at=at)
    >>> catalogue = AgreementCatalogue(agreements=[base, gold])
    >>> for found in evaluate_all([opened], catalogue, as_of=at.replace(hour=10)):
    ...     print(found.agreement_id, found["resolution"].due_at)
    gold 2026-05-12 13:00:00+00:00
    """
    if not isinstance(catalogue, AgreementCatalogue):
        raise not_a_catalogue(catalogue)
    told = events_of(history)
    regimes = catalogue.regimes(told, as_of, known_at)
    turning = catalogue.turns_after(as_of)
    return tuple(
        attrs.evolve(judged_under(told, found, as_of, known_at), turning_us=turning)
        for found in regimes.values()
        if any(each.agreement is not None for each in found)
    )


def judged_under(
    told: tuple[TicketEvent, ...],
    regimes: tuple[Regime, ...],
    as_of: datetime,
    known_at: datetime | None = None,
) -> Evaluation:
    """Return the evaluation under the regimes of one kind, one of which has an agreement."""
    only = regimes[0].agreement if len(regimes) == 1 else None
    if only is not None:  # the rule: what was compiled for the agreement serves every ticket
        return evaluate(told, only, as_of=as_of, known_at=known_at)
    spans = [(each.since_us, each.agreement) for each in regimes]
    return evaluate_regimes(told, spans, as_of=as_of, known_at=known_at)


def known_events(
    history: Iterable[TicketEvent], as_of_us: int, known_us: int | None
) -> tuple[TicketEvent, ...]:
    """Return the events that had happened, as far as they were known, in order (law S14)."""
    if known_us is not None:
        # What was not known then cannot be the first telling of an event that was.
        history = [event for event in history if event.recorded_us <= known_us]
    events = in_order(history)
    if known_us is None and events and events[-1].occurred_us <= as_of_us:
        return events
    return tuple(
        event
        for event in events
        if event.occurred_us <= as_of_us and (known_us is None or event.recorded_us <= known_us)
    )


# -- what is refused -------------------------------------------------------------------------------


def _choices(by_hand: Mapping[str, str] | None) -> dict[str, str]:
    remedy = "write by_hand={'gold': 'the reason'}"
    if by_hand is None:
        return {}
    if not isinstance(by_hand, Mapping):
        raise InvalidValue("by_hand does not map agreement ids to reasons", by_hand, remedy)
    for agreement_id, reason in by_hand.items():
        if not isinstance(agreement_id, str) or not isinstance(reason, str):
            what = f"by_hand[{shown(agreement_id)}]: an id or a reason is no text"
            raise InvalidValue(what, reason, remedy)
    return dict(by_hand)


def _kind_of_value_faults(agreements: tuple[object, ...]) -> Iterator[Fault]:
    for n, each in enumerate(agreements):
        if not isinstance(each, ServiceLevelAgreement):
            text = shown(each)
            remedy = "use a ServiceLevelAgreement"
            message = f"{text} is no agreement"
            yield Fault("not-an-agreement", message, f"agreements[{n}]", text, remedy)


def _version_faults(agreements: tuple[ServiceLevelAgreement, ...]) -> Iterator[Fault]:
    for agreement_id, versions in versions_of(agreements).items():
        where = f"agreements[{agreement_id}]"
        numbers = [each.version for each in versions]
        for number in sorted(set(numbers)):
            if numbers.count(number) > 1:
                message = f"version {number} is there {numbers.count(number)} times"
                remedy = "number each version once"
                yield Fault("version-twice", message, where, str(number), remedy)
        for one, other in combinations(versions, 2):
            if overlap_in_time(one, other):
                message = (
                    f"version {one.version} ({validity(one)}) and version {other.version} "
                    f"({validity(other)}) are in force at the same time"
                )
                remedy = "let the one end, valid_until, where the other begins, valid_from"
                yield Fault("versions-overlap", message, where, str(other.version), remedy)
        kinds = sorted({each.kind for each in versions})
        if len(kinds) > 1:
            message = f"its versions are of the kinds {', '.join(kinds)}"
            remedy = "give another kind of agreement an id of its own"
            yield Fault("version-kind", message, where, ", ".join(kinds), remedy)


def _condition_faults(agreements: tuple[ServiceLevelAgreement, ...]) -> Iterator[Fault]:
    for each in agreements:
        if each.applies_to is None:
            continue
        pulses = sorted(fields_of(each.applies_to) & EVENT_FACTS)
        if pulses:
            message = f"looks at {', '.join(pulses)}, which are about one event"
            remedy = "say which tickets it is for: service, priority, requester, group ..."
            where = f"{named(each)}.applies_to"
            yield Fault("applies-to-event", message, where, ", ".join(pulses), remedy)
