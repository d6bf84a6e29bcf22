"""Strategies of lifecycles and tickets: what they draw holds what they promise."""

from __future__ import annotations

from collections import Counter

from hypothesis import HealthCheck, given, settings

from itsm_core.events import TicketEvent, TicketOpened
from itsm_core.lifecycle import INCIDENT, SHIPPED, Lifecycle, Ticket, fold
from itsm_core.testing import strategies as own

FEW = settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.too_slow])


@FEW
@given(events=own.stories(INCIDENT))
def test_story_follows_its_lifecycle_when_drawn(events: tuple[TicketEvent, ...]) -> None:
    """It begins with the opening and can be folded."""
    assert isinstance(events[0], TicketOpened)
    assert fold(events).version == len(events)


def test_stories_lead_somewhere_when_many_are_drawn() -> None:
    """Not all commands are refused: tickets wait, are solved, and more."""
    kinds: Counter[str] = Counter()

    @settings(max_examples=60, deadline=None, derandomize=True, database=None)
    @given(events=own.stories(INCIDENT, longest=12))
    def rule(events: tuple[TicketEvent, ...]) -> None:
        kinds.update(type(event).__name__ for event in events)

    rule()
    assert {"TicketPutOnHold", "TicketResolved"} <= kinds.keys()
    assert len(kinds) >= 8


@FEW
@given(lifecycle=own.lifecycles())
def test_lifecycle_is_named_when_drawn(lifecycle: Lifecycle) -> None:
    """It is one of those shipped, or a small one made up."""
    assert lifecycle in SHIPPED or lifecycle.name in ("small", "it's odd")


@FEW
@given(ticket=own.tickets())
def test_ticket_has_a_version_when_drawn(ticket: Ticket) -> None:
    """A ticket is what its events add up to."""
    assert ticket.version >= 1
