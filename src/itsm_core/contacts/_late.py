"""Register afterwards what was done first: an emergency, a call in the corridor (law D2)."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import datetime

import attrs

from itsm_core.commands import Actor, Command, OpenTicket
from itsm_core.contacts._guarantee import anchored_at_registration
from itsm_core.errors import CommandRefused, InvalidValue
from itsm_core.events import TicketEvent
from itsm_core.lifecycle import INCIDENT, Decision, Lifecycle, Ticket, decide, evolve
from itsm_core.priority import ITIL_MATRIX, PriorityRules
from itsm_core.sla import Evaluation, ServiceLevelAgreement, evaluate
from itsm_core.spans import instant, micros

__all__ = ["Views", "both_views", "register_late"]


def register_late(
    story: Iterable[tuple[datetime, Command, Actor]],
    *,
    registered_at: datetime,
    lifecycle: Lifecycle = INCIDENT,
    matrix: PriorityRules = ITIL_MATRIX,
) -> Decision:
    """Return the events of a ticket that is written down after the work, at its true instants.

    `story` says what happened when and by whom, the opening at the instant of the report first, by
    whoever registers it. Every step is decided as if it had been told then, and is recorded at
    `registered_at`: nothing may be written down late that would have been refused in time. A
    refusal is that of the first step refused.

    Raises:
        InvalidValue: the story is empty, does not begin with `OpenTicket`, or is not in order; or a
            step lies after its registration.
        NaiveDatetime: an instant has no time zone.

    >>> from itsm_core.commands import Actor, OpenTicket, ResolveTicket
    >>> from itsm_core.contacts import register_late
    >>> from itsm_core.spans import EPOCH, hours
    >>> ann = Actor(person_id="ann", roles={"analyst"})
    >>> story = [
    ...     (
    ...         EPOCH,
    ...         OpenTicket(ticket_id="INC-1", requester="rob", impact="high", urgency="high"),
    ...         ann,
    ...     ),
    ...     (EPOCH + hours(1), ResolveTicket(ticket_id="INC-1", resolution_code="restarted"), ann),
    ... ]
    >>> events = register_late(story, registered_at=EPOCH + hours(5))
    >>> for each in events:
    ...     print(type(each).__name__, each.occurred_at.hour, each.recorded_at.hour)
    TicketOpened 0 5
    TicketResolved 1 5
    """
    told = tuple(story)
    told_us = micros(registered_at)
    if not told or not isinstance(told[0][1], OpenTicket):
        remedy = "begin with OpenTicket at the instant of the report"
        raise InvalidValue("a late story without its opening", len(told), remedy)
    events: list[TicketEvent] = []
    ticket: Ticket | None = None
    last_us = micros(told[0][0])
    for at, command, actor in told:
        at_us = micros(at)
        if not last_us <= at_us <= told_us:
            remedy = "tell the steps in their order, none after the registration"
            raise InvalidValue("a step of a late story out of order", at, remedy)
        last_us = at_us
        decided = decide(lifecycle, ticket, command, actor=actor, at=at, matrix=matrix)
        if isinstance(decided, CommandRefused):
            return decided
        for event in decided:
            ticket = evolve(ticket, event)
            events.append(attrs.evolve(event, recorded_at=told_us))
    return tuple(events)


@attrs.frozen(kw_only=True)
class Views:
    """Hold a ticket judged twice: from its report, and from its registration.

    Neither is the truth alone. The first is what the requester lived through, the second what the
    desk could know.

    >>> from itsm_core.calendars import ALWAYS
    >>> from itsm_core.contacts import both_views
    >>> from itsm_core.events import TicketOpened
    >>> from itsm_core.sla import ServiceLevelAgreement, ServiceLevelTarget
    >>> from itsm_core.spans import EPOCH, hours
    >>> promise = ServiceLevelTarget(metric="resolution", goals={"P1": hours(4)})
    >>> agreement = ServiceLevelAgreement(agreement_id="a", calendar=ALWAYS, targets=(promise,))
    >>> opened = TicketOpened(
    ...     ticket_id="INC-1", occurred_at=EPOCH, recorded_at=EPOCH + hours(3), priority="P1"
    ... )
    >>> views = both_views([opened], agreement, as_of=EPOCH + hours(5))
    >>> views.reported.clocks[0].state.value, views.registered.clocks[0].state.value
    ('breached', 'running')
    """

    reported: Evaluation
    registered: Evaluation

    def explain(self) -> str:
        """Return both views of every clock in words, a line each.

        Before the registration nothing runs from it.
        """
        lines: list[str] = []
        for name, view in (("reported", self.reported), ("registered", self.registered)):
            for clock in view.clocks:
                due = "no due instant" if clock.due_us is None else f"due {instant(clock.due_us)}"
                lines.append(f"{clock.name} from its {name} instant: {clock.state.value}, {due}")
            if not view.clocks:
                lines.append(f"no clock from its {name} instant yet")
        return "\n".join(lines)


def both_views(
    history: Iterable[TicketEvent], agreement: ServiceLevelAgreement, *, as_of: datetime
) -> Views:
    """Return how an agreement judges a ticket from the report and from the registration.

    Raises:
        NotFound: no event opens the ticket up to `as_of`.
        NaiveDatetime: `as_of` has no time zone.

    >>> from itsm_core.calendars import ALWAYS
    >>> from itsm_core.contacts import both_views
    >>> from itsm_core.events import TicketOpened
    >>> from itsm_core.sla import ServiceLevelAgreement, ServiceLevelTarget
    >>> from itsm_core.spans import EPOCH, hours
    >>> promise = ServiceLevelTarget(metric="resolution", goals={"P1": hours(4)})
    >>> agreement = ServiceLevelAgreement(agreement_id="a", calendar=ALWAYS, targets=(promise,))
    >>> opened = TicketOpened(
    ...     ticket_id="INC-1", occurred_at=EPOCH, recorded_at=EPOCH + hours(3), priority="P1"
    ... )
    >>> print(both_views([opened], agreement, as_of=EPOCH + hours(5)).explain())
    resolution from its reported instant: breached, due 1970-01-01 04:00:00+00:00
    resolution from its registered instant: running, due 1970-01-01 07:00:00+00:00
    """
    told = tuple(history)
    return Views(
        reported=evaluate(told, agreement, as_of=as_of),
        registered=evaluate(told, anchored_at_registration(agreement), as_of=as_of),
    )
