"""What must hold after every command, read from a lifecycle's JSON and from classes of events."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping
from typing import Any, Final, cast

import attrs

from itsm_core.commands import Actor
from itsm_core.errors import CommandRefused, Fault
from itsm_core.events import PriorityOverridden, TicketEvent
from itsm_core.lifecycle import Allowed, Decision, Lifecycle, Ticket, allowed
from itsm_core.priority import ITIL_MATRIX
from itsm_core.testing.lifecycle_alphabet import NINE, TICKET, Letter

__all__ = ["Again", "Rules", "Tried", "Ways", "broken_by", "ways_of"]

_OPEN: Final = frozenset({"new", "active", "on_hold"})
_PRIORITIES: Final = frozenset(ITIL_MATRIX.priorities)
_ABOUT_THE_WAY: Final = frozenset(
    {
        "automatic-approver",
        "guard-false",
        "illegal-transition",
        "missing-approval",
        "missing-person",
        "missing-role",
        "person-not-known",
        "same-person",
        "ticket-missing",
        "unknown-trigger",
    }
)
"""Reasons that `allowed` knows as well; the others are about what a command brings."""


@attrs.frozen
class Rules:
    """Hold what the JSON of a lifecycle says about states and ways between them.

    >>> from itsm_core.lifecycle import INCIDENT
    >>> rules = Rules.of(INCIDENT)
    >>> sorted(rules.ways["reopen", "resolved"]), rules.categories["in_progress"]
    (['in_progress'], 'active')
    """

    categories: Mapping[str, str]
    hold_reasons: frozenset[str]
    ways: Mapping[tuple[str, str], frozenset[str]]
    approving: frozenset[str]
    resuming: Mapping[str, frozenset[str]]
    name: str
    version: int

    @classmethod
    def of(cls, lifecycle: Lifecycle) -> Rules:
        """Read the rules of a lifecycle from what it writes down."""
        document = cast("Mapping[str, Any]", lifecycle.to_json())
        ways: dict[tuple[str, str], set[str]] = defaultdict(set)
        for each in document["transitions"]:
            for source in each["sources"] or [""]:
                ways[each["trigger"], source].add(each["target"] or source)
        return cls(
            categories={each["name"]: each["category"] for each in document["states"]},
            hold_reasons=frozenset(document["hold_reasons"]),
            ways={place: frozenset(targets) for place, targets in ways.items()},
            approving=frozenset(source for trigger, source in ways if trigger == "approve"),
            resuming={
                source: frozenset(targets)
                for (trigger, source), targets in ways.items()
                if trigger == "resume"
            },
            name=document["name"],
            version=document["version"],
        )


@attrs.define
class Tried:
    """Hold one command that was tried; `before` is what the ticket held before it was.

    >>> from itsm_core.lifecycle import INCIDENT, decide
    >>> from itsm_core.testing.lifecycle_alphabet import letters_of
    >>> letter = letters_of(INCIDENT)[-1]
    >>> refused = decide(INCIDENT, None, letter.command, actor=letter.actor, at=NINE)
    >>> tried = Tried(INCIDENT, letter, None, None, refused, None)
    >>> tried.letter.trigger, [reason.code for reason in tried.decision.reasons]
    ('fly', ['unknown-trigger', 'ticket-missing'])
    """

    lifecycle: Lifecycle
    letter: Letter
    ticket: Ticket | None
    before: Mapping[str, object] | None
    decision: Decision
    after: Ticket | None


Again = Callable[[Ticket | None, Letter], Decision]
"""What decides a letter once more: the answer must be the same."""
Ways = Mapping[str, tuple[Allowed, ...]]
"""What `allowed` tells of a ticket, by trigger."""


def broken_by(rules: Rules, tried: Tried, ways: Ways, again: Again | None = None) -> Iterator[str]:
    """Yield the names of the rules that a command broke.

    `ways` is what `allowed` says of the ticket and the actor, by trigger. `again` decides once
    more, where that is to be compared.

    >>> from itsm_core.lifecycle import INCIDENT
    >>> from itsm_core.testing.lifecycle_alphabet import letters_of
    >>> letter = letters_of(INCIDENT)[0]
    >>> tried = Tried(INCIDENT, letter, None, None, (), None)  # the opening made nothing happen
    >>> ways = ways_of(INCIDENT, None, letter.actor)
    >>> "what is decided leads to a ticket" in broken_by(Rules.of(INCIDENT), tried, ways)
    True
    """
    if tried.ticket is not None and tried.ticket.__dict__ != tried.before:
        yield "deciding changes no ticket"
    if again is not None and _said(again(tried.ticket, tried.letter)) != _said(tried.decision):
        yield "deciding twice gives the same"
    if not _agrees(tried, ways):
        yield "what may be done is what allowed says"
    if isinstance(tried.decision, CommandRefused):
        if not tried.decision.reasons or not all(each.code for each in tried.decision.reasons):
            yield "a refusal has reasons with codes"
        return
    if tried.after is None:
        yield "what is decided leads to a ticket"
        return
    yield from _of_events(tried, tried.decision, tried.after)
    yield from _of_state(rules, tried.after)
    yield from _of_priority(tried.decision, tried.after)
    if not _is_legal(rules, tried, tried.after):
        yield "a ticket goes only where a transition of the trigger leads"
    yield from _of_counts(tried, tried.after)
    moved = tried.ticket is not None and tried.after.state != tried.ticket.state
    # A contact is a new fact each time, whatever it resumed.
    is_once = moved and tried.letter.trigger != "contact"
    if is_once and again is not None and not _is_over(rules, tried, again):
        yield "a move that was made is not made again"


def _is_over(rules: Rules, tried: Tried, again: Again) -> bool:
    """Return whether a move that was made gives nothing more.

    Where another trigger leads to the same state, it may be refused: events do not say which of
    them fired. Whether a ticket was merged can be seen.
    """
    after, trigger = tried.after, tried.letter.trigger
    decision = again(after, tried.letter)
    if not isinstance(decision, CommandRefused):
        return decision == ()
    others = {name for name, _ in rules.ways} - {"merge", trigger}
    return trigger != "merge" and any(
        after is not None and after.state in targets
        for (name, _), targets in rules.ways.items()
        if name in others
    )


def _said(decision: Decision) -> tuple[object, ...]:
    """Return what a decision says; a refusal is an error, and errors are equal to none."""
    return decision.reasons if isinstance(decision, CommandRefused) else decision


def _of_events(tried: Tried, events: tuple[TicketEvent, ...], after: Ticket) -> Iterator[str]:
    was = 0 if tried.ticket is None else tried.ticket.version
    if after.version != was + len(events):
        yield "the version counts the events"
    sequences = [event.sequence for event in events]
    if sequences != list(range(was, was + len(events))):
        yield "events of one instant are in their order"
    actor = tried.letter.actor
    if any(
        event.ticket_id != TICKET
        or event.occurred_at != NINE
        or (event.actor, event.automatic) != (actor.person_id, actor.automatic)
        for event in events
    ):
        yield "an event says which ticket, when and by whom"


def _of_state(rules: Rules, ticket: Ticket) -> Iterator[str]:
    category = rules.categories.get(ticket.state)
    if category != ticket.category.value:
        yield "the state is one of the lifecycle's, with its category"
    if (ticket.lifecycle, ticket.lifecycle_version) != (rules.name, rules.version):
        yield "a ticket pins its lifecycle"
    held = category == "on_hold"
    if bool(ticket.hold_reason) is not held or (
        held and ticket.hold_reason not in rules.hold_reasons
    ):
        yield "a hold reason stands while on hold and only then"
    if (ticket.closed_us is not None) is not (category == "closed"):
        yield "the closing stands while closed and only then"
    if category in _OPEN and (ticket.resolved_us is not None or ticket.resolution_code):
        yield "no solution stands while open"
    if category == "resolved" and ticket.resolved_us is None:
        yield "a solution stands while resolved"
    if ticket.approvers and ticket.state not in rules.approving:
        yield "approvals stand only where they can be given"
    if len(set(ticket.approvers)) != len(ticket.approvers) or not all(ticket.approvers):
        yield "each approver counts once and has a name"


def _of_priority(events: tuple[TicketEvent, ...], ticket: Ticket) -> Iterator[str]:
    if not {ticket.priority, ticket.derived_priority} <= _PRIORITIES:
        yield "the priority is one of the matrix"
    if ticket.derived_priority != ITIL_MATRIX.priority(ticket.impact, ticket.urgency):
        yield "the derived priority follows from impact and urgency"
    if ticket.override is None and ticket.priority != ticket.derived_priority:
        yield "without an override the derived priority is in force"
    if any(isinstance(event, PriorityOverridden) and not event.reason for event in events):
        yield "an override has a reason"


def _is_legal(rules: Rules, tried: Tried, after: Ticket) -> bool:
    came = "" if tried.ticket is None else tried.ticket.state
    if came == after.state:
        return True
    if after.state in rules.ways.get((tried.letter.trigger, came), ()):
        return True
    # A human who gets in touch ends a wait for them (law L5).
    return (
        tried.letter.trigger == "contact"
        and not tried.letter.actor.automatic
        and after.state in rules.resuming.get(came, ())
    )


def _of_counts(tried: Tried, after: Ticket) -> Iterator[str]:
    before = tried.ticket
    if before is None:
        if after.reopen_count or after.reassignment_count or after.version != 1:
            yield "counts begin at nothing"
        return
    came_back = before.category.value not in _OPEN and after.category.value in _OPEN
    if after.reopen_count - before.reopen_count != int(came_back):
        yield "reopenings count the ways back into work, and nothing else"
    if after.reassignment_count - before.reassignment_count not in (0, 1):
        yield "one command gives a ticket away at most once"
    is_sent = tried.letter.trigger in ("answer", "contact")
    if is_sent and tried.letter.actor.automatic and after.state != before.state:
        yield "what a program sends moves no ticket"
    if before.first_response_us is not None and after.first_response_us is None:
        yield "the first response stays"
    if tried.letter.actor.automatic and after.first_response_us != before.first_response_us:
        yield "no program gives the first response"


# --- allowed -------------------------------------------------------------------------------------


def ways_of(lifecycle: Lifecycle, ticket: Ticket | None, actor: Actor) -> Ways:
    """Return what `allowed` says, by trigger.

    >>> from itsm_core.commands import Actor
    >>> from itsm_core.lifecycle import INCIDENT
    >>> ways = ways_of(INCIDENT, None, Actor(person_id="ann", roles={"analyst"}))
    >>> [(trigger, way.is_allowed) for trigger in ways for way in ways[trigger]]
    [('open', True)]
    """
    found: dict[str, tuple[Allowed, ...]] = {}
    for each in allowed(lifecycle, ticket, actor):
        found[each.trigger] = (*found.get(each.trigger, ()), each)
    return found


def _agrees(tried: Tried, ways: Ways) -> bool:
    """Return whether `allowed` promised what `decide` did."""
    letter = tried.letter
    listed = ways.get(letter.trigger, ())
    is_open = any(
        each.is_allowed and (set(each.needs) - {"impact", "urgency"}) <= letter.filled
        for each in listed
    )
    if not isinstance(tried.decision, CommandRefused):
        return is_open or (not listed and tried.decision == ())
    return not (is_open and any(map(_is_about_the_way, tried.decision.reasons)))


def _is_about_the_way(reason: Fault) -> bool:
    if reason.code == "approver-at-work":
        return reason.where == "actor.person_id"  # else it is about who is to get the ticket
    return reason.code in _ABOUT_THE_WAY
