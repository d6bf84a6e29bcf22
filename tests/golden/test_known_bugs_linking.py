"""What users asked of other systems about linking and recurrence, as tests of ours.

A test is named after the reference it answers; the last one sees to it that none is left out.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from itsm_core.commands import Actor, LinkTicket, OpenTicket, ResolveTicket
from itsm_core.errors import CommandRefused
from itsm_core.ids import PersonId, TicketId
from itsm_core.lifecycle import SHIPPED, Ticket, decide, evolve, fold
from itsm_core.linking import (
    GroupStarted,
    RecurrenceWatch,
    TicketGrouped,
    TicketText,
    find_candidates,
)
from itsm_core.linking import Occurrence as Occurred
from itsm_core.links import Step, decide_linked
from tests.golden.field import items, load, record, text

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
ANN = Actor(
    person_id=PersonId("ann"),
    roles={"analyst", "lead", "problem_manager", "change_manager", "change_owner"},
)


def opened(name: str, kind: str) -> Ticket:
    """Return a new ticket of a shipped lifecycle."""
    lifecycle = next(each for each in SHIPPED if each.name == kind)
    command = OpenTicket(
        ticket_id=TicketId(name),
        ticket_type=kind,
        requester=PersonId("bob"),
        impact="medium",
        urgency="medium",
    )
    events = decide(lifecycle, None, command, actor=ANN, at=AT)
    assert not isinstance(events, CommandRefused), events
    return fold(events)


def everyday() -> list[TicketText]:
    """Return two hundred tickets about everything else, by which rare words are known."""
    things = ("mouse", "phone", "browser", "printer", "scanner", "headset", "licence", "badge")
    faults = ("broken", "slow", "missing", "not charging", "expired")
    return [
        TicketText(
            ticket_id=TicketId(f"X-{number}"),
            at=AT - timedelta(hours=number + 1),
            title=f"{things[number % 8]} {faults[number % 5]} in room {number}",
            configuration_item_id=f"item {number % 37}",
        )
        for number in range(200)
    ]


def fingerprinted(name: str, day: int, title: str = "disk /data full on srv042") -> TicketText:
    """Return an alert, worded by a monitor."""
    return TicketText(
        ticket_id=TicketId(name),
        at=AT + timedelta(days=day),
        title=title,
        body=f"{title}, 97 percent",
        configuration_item_id="srv042",
    )


def test_glpi_project_glpi_1745_an_incident_is_caused_by_a_change() -> None:
    """The incident says what caused it, the change what it caused; a second incident, too."""
    names = ("INC-1", "INC-2", "CHG-1")
    kinds = ("incident", "incident", "normal_change")
    tickets: dict[TicketId, Ticket | None] = {
        TicketId(name): opened(name, kind) for name, kind in zip(names, kinds, strict=True)
    }
    for incident in ("INC-1", "INC-2"):
        command = LinkTicket(
            ticket_id=TicketId(incident), link="caused_by", other=TicketId("CHG-1")
        )
        step = decide_linked(SHIPPED, tickets, command, actor=ANN, at=AT)
        assert isinstance(step, Step), step
        for name, events in step.events.items():
            for event in events:
                tickets[name] = evolve(tickets[name], event)
    change = tickets[TicketId("CHG-1")]
    assert change is not None
    assert sorted(change.links) == [("caused", "INC-1"), ("caused", "INC-2")]


def test_rother_oss_otobo_2501_similar_and_recurring_tickets_are_shown() -> None:
    """The third alert finds the two before it, each with its evidence, and makes a candidate."""
    watch = RecurrenceWatch()
    alerts = [fingerprinted(f"INC-{number}", 7 * number) for number in range(3)]
    watch.observe(*everyday(), *alerts)
    group = watch.group_of(TicketId("INC-2"))
    assert group.members == ("INC-0", "INC-1", "INC-2")
    assert any("disk" in each.terms for link in group.links for each in link.evidence)
    occurred = [
        Occurred(
            ticket_id=each.ticket_id, at=each.at, configuration_item_id=each.configuration_item_id
        )
        for each in (*everyday(), *alerts)
    ]
    (found,) = find_candidates(occurred, watch.groups, as_of=AT + timedelta(days=20))
    assert found.members == group.members


def test_keephq_keep_3315_a_new_incident_is_linked_to_the_earlier_one() -> None:
    """Half a year later the same fingerprint still finds its first ticket, closed or not."""
    watch = RecurrenceWatch()
    watch.observe(*everyday(), fingerprinted("INC-1", 0))
    (event,) = watch.observe(fingerprinted("INC-9", 170))
    assert isinstance(event, TicketGrouped)
    assert event.group_id == "INC-1"
    # And a link by it changes nothing about the closed one.
    tickets: dict[TicketId, Ticket | None] = {
        TicketId(name): opened(name, "incident") for name in ("INC-1", "INC-9")
    }
    resolve = ResolveTicket(ticket_id=TicketId("INC-1"), resolution_code="cleaned up")
    for command in (
        resolve,
        LinkTicket(ticket_id=TicketId("INC-9"), link="related_to", other=TicketId("INC-1")),
    ):
        step = decide_linked(SHIPPED, tickets, command, actor=ANN, at=AT)
        assert isinstance(step, Step), step
        for name, events in step.events.items():
            for told in events:
                tickets[name] = evolve(tickets[name], told)
    first = tickets[TicketId("INC-1")]
    assert first is not None
    assert first.state == "resolved"


def test_every_known_bug_of_the_area_has_a_test_when_the_list_is_there() -> None:
    """A reference is answered by a test whose name holds it."""
    bugs = load("known_bugs.json")
    own = Path(__file__).read_text(encoding="utf-8")
    refs = [text(bug["ref"]) for bug in map(record, items(bugs)) if bug["area"] == "E"]
    assert refs
    for ref in refs:
        plain = "".join(mark if mark.isalnum() else "_" for mark in _snake(ref))
        assert f"def test_{plain}_" in own, ref


def _snake(ref: str) -> str:
    """Return a reference in small letters, words apart: `RotherOSS` is `rother_oss`."""
    return ref.replace("RotherOSS", "rother_oss").lower()


@pytest.mark.parametrize("days", [0, 400])
def test_fingerprint_is_not_linked_when_it_is_another_or_too_long_ago(days: int) -> None:
    """Another disk of another host is another matter; after more than a year nobody asks."""
    watch = RecurrenceWatch()
    watch.observe(fingerprinted("INC-1", 0))
    later = (
        fingerprinted("INC-2", 400)
        if days
        else fingerprinted("INC-2", 1, "licence of the scanner expired")
    )
    (event,) = watch.observe(later)
    assert isinstance(event, GroupStarted)
