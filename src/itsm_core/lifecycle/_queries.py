"""What may be done with a ticket now, by whom, and why not (law L2)."""

# What is known of a lifecycle is kept with it; the modules of the room share it.
# pyright: reportPrivateUsage=false

from __future__ import annotations

from collections.abc import Callable, Sequence
from operator import attrgetter
from typing import Final, TypeAlias, cast

import attrs

from itsm_core.commands import Actor
from itsm_core.errors import Fault
from itsm_core.lifecycle._fields import PERSON_FIELDS, TICKET_FIELDS
from itsm_core.lifecycle._gates import approval_faults, fields_of, guard_faults, separation_faults
from itsm_core.lifecycle._graph import APPROVE
from itsm_core.lifecycle._reasons import check_asked, is_filled, role_fault
from itsm_core.lifecycle._ticket import Ticket
from itsm_core.lifecycle._values import Lifecycle, Transition


@attrs.frozen(kw_only=True)
class Allowed:
    """Hold one transition that starts where the ticket is, and whether the actor may fire it.

    `target` is the state that it leads to, the present one where the ticket stays.
    `needs` are the fields that the command must bring, because the ticket does not have them.
    """

    trigger: str
    target: str
    needs: tuple[str, ...] = ()
    reasons: tuple[Fault, ...] = ()

    @property
    def is_allowed(self) -> bool:
        """Return whether nothing speaks against it but the fields still to be filled."""
        return not self.reasons


def allowed(lifecycle: Lifecycle, ticket: Ticket | None, actor: Actor) -> tuple[Allowed, ...]:
    """Return every transition out of the ticket's state, allowed or refused with its reasons.

    In the order in which the lifecycle defines them; where guards choose between transitions of
    one trigger, each is listed with its own reasons. Without a ticket, the answer is about
    opening one. A ticket in a state that the lifecycle does not have gets an empty answer;
    `decide` says why.

    Raises:
        InvalidValue: an argument is of another type than it should be.
    """
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
            (each, _bare(each, state, actor), _depends(each))
            for trigger in lifecycle.triggers
            for each in lifecycle.choices(trigger, state)
        )
        is_open = [each for each, _, depends in ways if depends]
        return cls(
            ways=ways,
            settled=tuple(answer for _, answer, _ in ways),
            look=_look(is_open) if is_open else None,
        )

    def judged(self, lifecycle: Lifecycle, ticket: Ticket, actor: Actor) -> tuple[Allowed, ...]:
        """Return the answers for one ticket, judged by the plain rules."""
        return tuple(
            _judged(lifecycle, transition, ticket, actor) if depends else answer
            for transition, answer, depends in self.ways
        )


def _types(values: object) -> tuple[type, ...]:
    return tuple(map(type, cast("tuple[object, ...]", values)))


def _look(transitions: Sequence[Transition]) -> Look:
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
        each.approvals or each.separate_from or each.trigger == APPROVE for each in transitions
    )

    people = attrgetter("approvers", *PERSON_FIELDS)

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
            seen += (actor.person_id, actor.automatic, people(ticket))
        return tuple(seen)

    return look


def _depends(transition: Transition) -> bool:
    """Return whether the answer needs a look at the ticket or the person."""
    return bool(
        transition.condition is not None
        or transition.approvals
        or transition.separate_from
        or transition.trigger == APPROVE
        or any(field in TICKET_FIELDS for field in transition.required)
    )


def _bare(transition: Transition, state: str, actor: Actor) -> Allowed:
    role = role_fault(transition.trigger, transition.roles, actor)
    return Allowed(
        trigger=transition.trigger,
        target=transition.target or state,
        needs=transition.required,
        reasons=() if role is None else (role,),
    )


def _judged(lifecycle: Lifecycle, transition: Transition, ticket: Ticket, actor: Actor) -> Allowed:
    role = role_fault(transition.trigger, transition.roles, actor)
    reasons = [] if role is None else [role]
    reasons += separation_faults(transition, ticket, actor)
    reasons += guard_faults(transition, ticket)
    reasons += approval_faults(lifecycle, transition, ticket)
    return Allowed(
        trigger=transition.trigger,
        target=transition.target or ticket.state,
        needs=tuple(
            field
            for field in transition.required
            if field not in TICKET_FIELDS or not is_filled(ticket, field)
        ),
        reasons=tuple(reasons),
    )
