"""What may be done with a ticket now, by whom, and why not (law L2)."""

# What is known of a lifecycle is kept with it; the modules of the room share it.
# pyright: reportPrivateUsage=false

from __future__ import annotations

from collections.abc import Callable, Sequence
from datetime import datetime
from operator import attrgetter
from typing import Final, TypeAlias, cast

import attrs

from itsm_core.commands import Actor
from itsm_core.errors import Fault
from itsm_core.lifecycle._fields import PERSON_FIELDS, TICKET_FIELDS
from itsm_core.lifecycle._gates import (
    approval_faults,
    author_faults,
    fields_of,
    guard_faults,
    is_authored,
    separation_faults,
)
from itsm_core.lifecycle._graph import APPROVE
from itsm_core.lifecycle._reasons import check_asked, is_filled, role_fault
from itsm_core.lifecycle._ticket import Ticket
from itsm_core.lifecycle._timed import TimedRules, window_faults
from itsm_core.lifecycle._values import Lifecycle, StateCategory, Transition
from itsm_core.spans import micros


@attrs.frozen(kw_only=True)
class Allowed:
    """Hold one transition that starts where the ticket is, and whether the actor may fire it.

    `target` is the state that it leads to, the present one where the ticket stays.
    `needs` are the fields that the command must bring, because the ticket does not have them.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.commands import Actor
    >>> from itsm_core.events import TicketOpened
    >>> from itsm_core.lifecycle import TASK, allowed, fold
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> ticket = fold(
    ...     [TicketOpened(ticket_id="T-1", occurred_at=at, lifecycle="task", state="new")]
    ... )
    >>> for each in allowed(TASK, ticket, Actor(person_id="rob", roles={"requester"})):
    ...     if each.is_allowed:
    ...         print(f"{each.trigger} -> {each.target}, needs {each.needs}")
    contact -> new, needs ()
    ask_escalation -> new, needs ('reason',)
    cancel -> cancelled, needs ('reason',)
    """

    trigger: str
    target: str
    needs: tuple[str, ...] = ()
    reasons: tuple[Fault, ...] = ()

    @property
    def is_allowed(self) -> bool:
        """Return whether nothing speaks against it but the fields still to be filled."""
        return not self.reasons


def allowed(
    lifecycle: Lifecycle,
    ticket: Ticket | None,
    actor: Actor,
    *,
    at: datetime | None = None,
    timed: TimedRules | None = None,
) -> tuple[Allowed, ...]:
    """Return every transition out of the ticket's state, allowed or refused with its reasons.

    In the order in which the lifecycle defines them; where guards choose between transitions of
    one trigger, each is listed with its own reasons. Without a ticket, the answer is about
    opening one. A ticket in a state that the lifecycle does not have gets an empty answer;
    `decide` says why.

    `at` and `timed` are those of `decide`: with an instant the priority is the one in force then,
    with timed rules as well a reopening after its window is refused. What depends on other tickets
    is told by `itsm_core.links.allowed_linked`.

    Raises:
        InvalidValue: an argument is of another type than it should be.
        NaiveDatetime: `at` has no time zone.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.events import TicketOpened
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> opened = TicketOpened(ticket_id="INC-1", occurred_at=at, priority="P1")
    >>> from itsm_core.commands import Actor
    >>> from itsm_core.lifecycle import INCIDENT, fold
    >>> ann = Actor(person_id="ann", roles={"analyst"})
    >>> ways = allowed(INCIDENT, fold([opened]), ann, at=at)
    >>> sorted({each.trigger for each in ways})[:2]
    ['accept_major', 'acknowledge']
    """
    if at is not None or timed is not None:
        return _allowed_at(lifecycle, ticket, actor, at=at, timed=timed)
    if not (type(ticket) is Ticket and type(actor) is Actor and type(lifecycle) is Lifecycle):
        check_asked(lifecycle, ticket, actor)
    state = "" if ticket is None else ticket.state
    known = lifecycle._memory.answers  # noqa: SLF001
    answers = known.get((state, actor.roles))
    if answers is None:
        if len(known) >= _MOST_KNOWN:
            known.clear()
        answers = known[state, actor.roles] = Answers.of(lifecycle, state, actor)
    if ticket is None or answers.look is None:
        return answers.settled
    try:
        seen = answers.look(ticket, actor)
        told = answers.told.get(seen)
    except TypeError:  # a value that cannot be looked up
        return answers.judged(lifecycle, ticket, actor)
    if told is None:
        if len(answers.told) >= _MOST_KNOWN:
            answers.told.clear()
        told = answers.told[seen] = answers.judged(lifecycle, ticket, actor)
    return told


def _allowed_at(
    lifecycle: Lifecycle,
    ticket: Ticket | None,
    actor: Actor,
    *,
    at: datetime | None,
    timed: TimedRules | None,
) -> tuple[Allowed, ...]:
    """Return what is allowed at an instant; without one time has no say."""
    check_asked(lifecycle, ticket, actor, timed=timed)
    if ticket is None or at is None:
        return allowed(lifecycle, ticket, actor)
    found = allowed(lifecycle, ticket.as_of(at), actor)
    if timed is None or ticket.category.is_open:
        return found
    over = window_faults(timed, ticket, micros(at))
    return tuple(_in_window(lifecycle, each, over) for each in found) if over else found


def _in_window(lifecycle: Lifecycle, answer: Allowed, over: tuple[Fault, ...]) -> Allowed:
    """Add that the window is over to the ways back into work."""
    if lifecycle.categories.get(answer.target) is not StateCategory.ACTIVE:
        return answer
    return attrs.evolve(answer, reasons=(*answer.reasons, *over))


_MOST_KNOWN: Final = 1_024
"""How many answers are remembered: a desk has far fewer states and sets of roles, and what is seen
of a ticket is mostly that its guards hold and its fields are filled."""

Seen: TypeAlias = tuple[object, ...]
Look: TypeAlias = Callable[[Ticket, Actor], Seen]


@attrs.frozen(kw_only=True)
class Answers:
    """Hold what some roles may do in a state, by all that it depends on in ticket and actor."""

    ways: tuple[tuple[Transition, Allowed, bool], ...]
    settled: tuple[Allowed, ...]
    look: Look | None
    """Sees all that the answers depend on; None where they depend on state and roles alone."""
    told: dict[Seen, tuple[Allowed, ...]] = attrs.field(init=False, factory=dict)

    @classmethod
    def of(cls, lifecycle: Lifecycle, state: str, actor: Actor) -> Answers:
        """Return the answers of a state, as far as the roles of an actor decide them."""
        ways = tuple(
            (each, _bare(lifecycle, each, state, actor), _depends(lifecycle, each))
            for trigger in lifecycle.triggers
            for each in lifecycle.choices(trigger, state)
        )
        is_open = [each for each, _, depends in ways if depends]
        return cls(
            ways=ways,
            settled=tuple(answer for _, answer, _ in ways),
            look=_look(lifecycle, is_open) if is_open else None,
        )

    def judged(self, lifecycle: Lifecycle, ticket: Ticket, actor: Actor) -> tuple[Allowed, ...]:
        """Return the answers for one ticket, judged by the plain rules."""
        return tuple(
            _judged(lifecycle, transition, ticket, actor) if depends else answer
            for transition, answer, depends in self.ways
        )


def _types(values: object) -> tuple[type, ...]:
    return tuple(map(type, cast("tuple[object, ...]", values)))


def _look(lifecycle: Lifecycle, transitions: Sequence[Transition]) -> Look:
    """Return what sees all of ticket and actor on which these transitions depend.

    Of a guard that holds only that; of one that does not the values, because they are told. Of a
    field whether it is filled. The people as they are, where people are told apart or counted.
    """
    guards = tuple(
        (each.condition.for_class(Ticket), attrgetter(*dict.fromkeys(fields_of(guard))))
        for each in transitions
        if each.condition is not None and (guard := each.guard) is not None
    )
    required = {field: None for each in transitions for field in each.required}
    fields = tuple(attrgetter(field) for field in required if field in TICKET_FIELDS)
    is_personal = any(
        each.approvals
        or each.separate_from
        or each.trigger == APPROVE
        or is_authored(lifecycle, each)
        for each in transitions
    )

    people = attrgetter("approvers", "endorsers", *PERSON_FIELDS)

    def look(ticket: Ticket, actor: Actor) -> Seen:
        seen: list[object] = []
        for test, read in guards:
            if test(ticket):
                seen.append(None)
            else:
                # One value, or a tuple of them; 1 and True are told apart.
                values: object = read(ticket)
                kind = type(values)
                seen.append((values, _types(values) if kind is tuple else kind))
        for read in fields:
            text: object = read(ticket)
            seen.append(isinstance(text, str) and text.strip() != "")
        if is_personal:
            is_resolved = ticket.resolved_us is not None
            seen += (actor.person_id, actor.automatic, people(ticket), is_resolved)
        return tuple(seen)

    return look


def _depends(lifecycle: Lifecycle, transition: Transition) -> bool:
    """Return whether the answer needs a look at the ticket or the person."""
    return bool(
        transition.condition is not None
        or transition.approvals
        or transition.separate_from
        or transition.trigger == APPROVE
        or is_authored(lifecycle, transition)
        or any(field in TICKET_FIELDS for field in transition.required)
    )


def _needs(lifecycle: Lifecycle, transition: Transition) -> tuple[str, ...]:
    """Return the fields that are asked for, whatever the ticket; a hold always says why."""
    is_hold = lifecycle.categories.get(transition.target) is StateCategory.ON_HOLD
    return tuple(dict.fromkeys((*transition.required, *(("reason",) if is_hold else ()))))


def _bare(lifecycle: Lifecycle, transition: Transition, state: str, actor: Actor) -> Allowed:
    role = role_fault(transition.trigger, transition.roles, actor)
    return Allowed(
        trigger=transition.trigger,
        target=transition.target or state,
        needs=_needs(lifecycle, transition),
        reasons=() if role is None else (role,),
    )


def _judged(lifecycle: Lifecycle, transition: Transition, ticket: Ticket, actor: Actor) -> Allowed:
    role = role_fault(transition.trigger, transition.roles, actor)
    reasons = [] if role is None else [role]
    reasons += separation_faults(transition, ticket, actor)
    reasons += author_faults(lifecycle, transition, ticket, actor)
    reasons += guard_faults(transition, ticket)
    reasons += approval_faults(lifecycle, transition, ticket)
    return Allowed(
        trigger=transition.trigger,
        target=transition.target or ticket.state,
        needs=tuple(
            field
            for field in _needs(lifecycle, transition)
            if field not in TICKET_FIELDS or not is_filled(ticket, field)
        ),
        reasons=tuple(reasons),
    )
