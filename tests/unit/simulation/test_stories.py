"""The stories hidden in the desk are there, and are what the truth says they are."""

from __future__ import annotations

from collections import Counter
from datetime import timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from itsm_core.events import (
    ContactReceived,
    TicketAssigned,
    TicketEvent,
    TicketOpened,
    TicketPutOnHold,
    TicketReopened,
    TicketResolved,
    TicketResumed,
    WorkStarted,
)
from itsm_core.ids import TicketId
from itsm_core.simulation import SimulatedDesk, simulate

BERLIN = ZoneInfo("Europe/Berlin")


@pytest.fixture(scope="module")
def desk() -> SimulatedDesk:
    """Return the desk of the demo."""
    return simulate(seed=1)


def opened(desk: SimulatedDesk, ticket_id: TicketId) -> TicketOpened:
    """Return how the ticket began."""
    first = desk.histories[ticket_id][0]
    assert isinstance(first, TicketOpened)
    return first


def holders(history: tuple[TicketEvent, ...]) -> list[str]:
    """Return who held the ticket, one after another."""
    return [e.assignee for e in history if isinstance(e, TicketAssigned) and e.assignee]


def test_weekly_failure_happens_once_a_week_when_half_a_year_passes(desk: SimulatedDesk) -> None:
    """Twenty-six weeks, twenty-six failures, each in another week."""
    days = [opened(desk, key).occurred_at.date() for key in desk.story.weekly_failure]

    assert len(days) == 26
    assert len({day.isocalendar().week for day in days}) == 26


def test_weekly_failure_happens_at_the_same_local_hour_when_clocks_change(
    desk: SimulatedDesk,
) -> None:
    """In the night to Thursday between half past one and three in Berlin, winter and summer."""
    local = [opened(desk, key).occurred_at.astimezone(BERLIN) for key in desk.story.weekly_failure]

    assert {at.weekday() for at in local} == {3}
    assert all(1.5 <= at.hour + at.minute / 60 < 3 for at in local)


def test_weekly_failure_is_seen_by_each_analyst_once_in_eight_weeks(desk: SimulatedDesk) -> None:
    """Whoever is on call holds it; nobody holds two within eight weeks (law K2)."""
    seen: dict[str, list[int]] = {}
    for place, key in enumerate(desk.story.weekly_failure):
        (holder,) = holders(desk.histories[key])
        seen.setdefault(holder, []).append(place)

    assert len(seen) == 8
    assert all(
        later - sooner == 8 for places in seen.values() for sooner, later in pairwise(places)
    )


def test_weekly_failure_is_held_by_whoever_is_on_call(desk: SimulatedDesk) -> None:
    """The published rotation and the tickets agree."""
    for key in desk.story.weekly_failure:
        at = opened(desk, key).occurred_at
        (on_call,) = [w.person_id for w in desk.on_call if w.start_at <= at < w.end_at]
        assert holders(desk.histories[key]) == [on_call]


def test_weekly_failure_reads_differently_when_another_person_writes(
    desk: SimulatedDesk,
) -> None:
    """Eight people, eight wordings: no title search finds them all."""
    titles = Counter(opened(desk, key).title for key in desk.story.weekly_failure)

    assert len(titles) == 8
    assert max(titles.values()) <= 4


def test_bypass_is_direct_and_held_by_one_specialist(desk: SimulatedDesk) -> None:
    """One requester, one specialist, no desk in between (law D3)."""
    first = [opened(desk, key) for key in desk.story.bypass]

    assert len(first) >= 20
    assert {e.channel for e in first} == {"direct"}
    assert {e.requester for e in first} == {desk.story.bypasser}
    assert {e.actor for e in first} == {desk.story.specialist}
    assert all(
        holders(desk.histories[key])[0] == desk.story.specialist for key in desk.story.bypass
    )


def test_nobody_else_is_direct_when_the_bypasser_is_left_out(desk: SimulatedDesk) -> None:
    """The channel marks the truth: all direct tickets are in it."""
    direct = [key for key in desk.histories if opened(desk, key).channel == "direct"]

    assert direct == list(desk.story.bypass)


def test_late_registration_tells_the_desk_after_the_work_began(desk: SimulatedDesk) -> None:
    """Occurred before recorded, for exactly the tickets that the truth names (law D2)."""
    late = [
        key
        for key in desk.histories
        if opened(desk, key).recorded_us > opened(desk, key).occurred_us
    ]

    assert late == list(desk.story.registered_late)
    assert len(late) >= 30
    assert all(
        any(
            isinstance(e, WorkStarted) and e.recorded_us > e.occurred_us
            for e in desk.histories[key]
        )
        for key in desk.story.weekly_failure
        if key in late
    )


def test_absence_leaves_the_ticket_idle_when_the_owner_is_ill(desk: SimulatedDesk) -> None:
    """Each such ticket was held by somebody who was away for part of it (law E5)."""
    assert len(desk.story.idle_while_away) >= 3
    for key in desk.story.idle_while_away:
        history = desk.histories[key]
        ill = [a for a in desk.absences if a.person_id in holders(history)]
        assert any(
            a.start_at < history[-1].occurred_at + timedelta(days=30)
            and a.end_at > history[0].occurred_at
            for a in ill
        )


def test_automatic_reply_does_not_resume_when_it_arrives(desk: SimulatedDesk) -> None:
    """A mailbox answers within seconds and ends no wait (law L5)."""
    assert len(desk.story.auto_replied) >= 20
    for key in desk.story.auto_replied:
        history = desk.histories[key]
        resumed = {e.occurred_us for e in history if isinstance(e, TicketResumed)}
        replies = [e for e in history if isinstance(e, ContactReceived) and e.automatic]
        assert all(reply.occurred_us not in resumed for reply in replies)


def test_bounce_returns_to_the_first_group_when_told(desk: SimulatedDesk) -> None:
    """Groups read A, B, A, B at some place of each bounced ticket that came that far."""
    full = 0
    for key in desk.story.bounced:
        history = desk.histories[key]
        groups = [opened(desk, key).group]
        groups += [e.group for e in history if isinstance(e, TicketAssigned)]
        moves = [g for n, g in enumerate(groups) if n == 0 or g != groups[n - 1]]
        full += any(moves[n] == moves[n + 2] for n in range(len(moves) - 2))

    assert full >= len(desk.story.bounced) * 0.95


def test_outage_is_told_by_many_when_one_thing_breaks(desk: SimulatedDesk) -> None:
    """At least twenty people report within three hours, all about one service."""
    first = [opened(desk, key) for key in desk.story.outage]

    assert len(first) >= 20
    assert {e.service for e in first} == {"remote-access"}
    assert max(e.occurred_us for e in first) - min(e.occurred_us for e in first) < 3 * 3_600e6


def test_ordinary_things_happen_when_a_desk_works(desk: SimulatedDesk) -> None:
    """Both hold reasons, reopenings, both suppliers, three desks and every channel occur."""
    events = [e for history in desk.histories.values() for e in history]
    groups = {e.group for e in events if isinstance(e, TicketAssigned)}
    channels = {opened(desk, key).channel for key in desk.histories}

    assert {e.reason for e in events if isinstance(e, TicketPutOnHold)} == {
        "awaiting_requester",
        "awaiting_supplier",
    }
    assert sum(isinstance(e, TicketReopened) for e in events) >= 40
    assert {"supplier-erp", "supplier-carrier"} <= groups
    assert {"service-desk-berlin", "service-desk-lisbon", "service-desk-sao-paulo"} <= groups
    assert channels == {"portal", "mail", "call", "chat", "walk-up", "direct"}


def test_arrivals_follow_working_hours_when_counted(desk: SimulatedDesk) -> None:
    """At least nine of ten of Berlin's requests come on working days between seven and eight."""
    site = desk.sites[0]
    mine = [e for e in (opened(desk, key) for key in desk.histories) if e.group == site.desk]
    at_work = [
        e
        for e in mine
        if site.calendar.is_working_day(e.occurred_at.astimezone(BERLIN).date())
        and 7 <= e.occurred_at.astimezone(BERLIN).hour < 20
    ]

    assert len(at_work) / len(mine) > 0.9
    assert len(at_work) < len(mine)


def test_nobody_works_while_ill_when_resolving(desk: SimulatedDesk) -> None:
    """No first or second line analyst resolves an ordinary ticket in the midst of an absence."""
    shifts = {*desk.story.weekly_failure, *desk.story.outage}
    for key, history in desk.histories.items():
        for e in history:
            if isinstance(e, TicketResolved) and key not in shifts:
                away = [
                    a
                    for a in desk.absences
                    if a.person_id == e.actor
                    and a.start_at + timedelta(hours=1) < e.occurred_at < a.end_at
                ]
                assert away == [], f"{key}: {e!r}"
