"""Detectors: who acted before the desk had seen a ticket, by which way, and who is innocent (D3).

A small desk: ann and al answer at the service desk from nine to five, ben and bea know the network,
max is a manager and no part of the desk, rob and eve ask for things.
"""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pytest

from itsm_core.bypass import (
    BypassReport,
    BypassRules,
    DeskMap,
    Duty,
    Membership,
    find_bypasses,
)
from itsm_core.calendars import BusinessCalendar, WeeklyHours
from itsm_core.contacts import Channel, Channels, Contact
from itsm_core.errors import InvalidValue
from itsm_core.events import (
    AnswerSent,
    ContactReceived,
    PriorityChanged,
    TicketAssigned,
    TicketCancelled,
    TicketEvent,
    TicketLinked,
    TicketOpened,
    TicketReopened,
    WorkStarted,
)
from itsm_core.ids import GroupId, PersonId, TicketId
from itsm_core.routing import Side

MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
TEN, NIGHT = MONDAY + timedelta(hours=10), MONDAY + timedelta(hours=2)
KEY = TicketId("INC-1")
DESK, NETWORK = GroupId("service desk"), GroupId("network")
ANN, AL, BEN, BEA = PersonId("ann"), PersonId("al"), PersonId("ben"), PersonId("bea")
MAX, ROB, EVE = PersonId("max"), PersonId("rob"), PersonId("eve")
OFFICE = BusinessCalendar(zone="UTC", hours=WeeklyHours.parse("Mo-Fr 09:00-17:00"))
MAP = DeskMap(
    channels=Channels(
        channels=[
            Channel(name="phone"),
            Channel(name="portal"),
            Channel(name="direct", official=False),
            Channel(name="inbox", official=False),
        ]
    ),
    sides=[Side(group=DESK, tier="first line", hours=OFFICE), Side(group=NETWORK, tier="second")],
    members=[
        Membership(person_id=ANN, group=DESK),
        Membership(person_id=AL, group=DESK),
        Membership(person_id=BEN, group=NETWORK),
        Membership(person_id=BEA, group=NETWORK),
    ],
    duties=[Duty(person_id=BEN, start_at=MONDAY, end_at=MONDAY + timedelta(days=7))],
)


def opened(
    at: datetime = TEN,
    *,
    by: PersonId = ROB,
    channel: str = "portal",
    group: GroupId = DESK,
    late: float = 0,
    requester: PersonId = ROB,
    priority: str = "P3",
    automatic: bool = False,
    key: TicketId = KEY,
) -> TicketOpened:
    """Return an opening, by rob in the portal unless told otherwise; `late` is in minutes."""
    return TicketOpened(
        ticket_id=key,
        occurred_at=at,
        recorded_at=at + timedelta(minutes=late),
        actor=by,
        requester=requester,
        channel=channel,
        group=group,
        priority=priority,
        automatic=automatic,
    )


def assigned(
    minute: float,
    to: str,
    by: str,
    *,
    at: datetime = TEN,
    group: GroupId = NETWORK,
    automatic: bool = False,
) -> TicketAssigned:
    """Return an assignment, minutes after the opening."""
    return TicketAssigned(
        ticket_id=KEY,
        occurred_at=at + timedelta(minutes=minute),
        actor=PersonId(by),
        group=group,
        assignee=PersonId(to),
        automatic=automatic,
    )


def worked(minute: float, by: str, *, at: datetime = TEN, late: float = 0) -> WorkStarted:
    """Return a start of work, minutes after the opening."""
    when = at + timedelta(minutes=minute)
    return WorkStarted(
        ticket_id=KEY,
        occurred_at=when,
        recorded_at=when + timedelta(minutes=late),
        state="in_progress",
        actor=PersonId(by),
    )


def answered(minute: float, by: str) -> AnswerSent:
    """Return an answer, minutes after the opening."""
    return AnswerSent(
        ticket_id=KEY, occurred_at=TEN + timedelta(minutes=minute), actor=PersonId(by)
    )


def report(*history: TicketEvent, desk: DeskMap = MAP, **more: object) -> BypassReport:
    """Return what is found in one history."""
    return find_bypasses([history], desk, **more)  # type: ignore[arg-type]


def ways(*history: TicketEvent, **more: object) -> tuple[str, ...]:
    """Return the ways of the one bypass in a history; none if it is no bypass."""
    found = report(*history, **more).bypasses  # type: ignore[arg-type]
    return found[0].ways if found else ()


# --- bypasses ------------------------------------------------------------------------------------


def test_ticket_is_self_assigned_when_a_specialist_takes_it_before_the_desk_saw_it() -> None:
    """It came by the portal, and nobody looked at it."""
    (found,) = report(opened(), assigned(2, "ben", "ben"), worked(3, "ben")).bypasses
    assert (found.way, found.specialist, found.team) == ("self_assigned", BEN, NETWORK)
    assert (found.requester, found.channel, found.passed_by) == (ROB, "portal", "")
    assert found.at == TEN + timedelta(minutes=2)
    assert found.explain().splitlines() == [
        "INC-1: self assigned, 2026-01-05 10:02:00 UTC",
        "  ben of network took it himself",
        "  nobody of the first line, and no rule of routing, had seen it before",
    ]


def test_ticket_is_self_assigned_when_a_specialist_only_works_on_it() -> None:
    """Without taking it: the first act counts, whatever it is."""
    assert ways(opened(), answered(2, "ben")) == ("self_assigned",)
    assert ways(opened(), worked(2, "bea")) == ("self_assigned",)


def test_contact_was_direct_when_the_channel_is_not_official() -> None:
    """Ben admits it, and writes it down at once."""
    told = (opened(by=BEN, channel="direct", group=NETWORK), worked(0, "ben"))
    assert ways(*told) == ("direct_contact", "no_contact")
    (found,) = report(*told).bypasses
    assert "it came by 'direct', which is no official channel" in found.evidence


def test_contact_is_missing_when_a_specialist_registers_a_call_of_somebody_else() -> None:
    """It says telephone; no telephone knows of it."""
    told = (opened(by=BEN, channel="phone"), worked(1, "ben"))
    assert ways(*told) == ("no_contact",)
    (found,) = report(*told).bypasses
    assert "ben registered it for rob, and no contact is on file" in found.evidence


def test_ticket_is_afterwards_when_the_first_line_registers_what_was_done() -> None:
    """Ann writes down at eleven what ben began at two past ten."""
    told = (opened(by=ANN, channel="phone", late=60), worked(2, "ben", late=58))
    assert ways(*told) == ("afterwards",)
    (found,) = report(*told).bypasses
    assert "it was registered 58 minutes after work on it had begun" in found.evidence


def test_ticket_is_passed_down_when_a_stranger_gives_it_to_a_specialist() -> None:
    """A manager; a requester who knows how; a specialist who lends a hand to the queue."""
    for stranger in (MAX, ROB, BEA):
        (found,) = report(opened(), assigned(2, "ben", stranger)).bypasses
        assert (found.way, found.passed_by, found.specialist) == ("passed_down", stranger, BEN)
        told = f"{stranger}, who is not of the first line, gave it to ben of network"
        assert found.evidence[0] == told


def test_inbox_of_a_manager_is_told_when_a_ticket_comes_from_it() -> None:
    """Two ways at once, what says most first."""
    told = (opened(by=MAX, channel="inbox"), assigned(1, "ben", "max"))
    assert ways(*told) == ("passed_down", "direct_contact")


def test_mailbox_of_a_team_is_a_way_past_when_a_machine_passes_it_on() -> None:
    """A robot opens the ticket and a rule assigns it: both belong to the side door."""
    told = (
        opened(by=PersonId(""), channel="inbox", group=NETWORK, automatic=True),
        assigned(0, "", "", automatic=True),
        assigned(9, "ben", "ben"),
    )
    assert ways(*told) == ("direct_contact",)
    assert ways(*told[:2], assigned(3, "ben", "ann")) == ()
    unknown = opened(by=PersonId(""), channel="nagios", group=NETWORK, automatic=True)
    assert report(unknown, *told[1:]).requests == ()


def test_record_tells_of_a_direct_contact_when_the_ticket_does_not() -> None:
    """The ticket says portal; ben's own record says the corridor."""
    contact = Contact(
        contact_id=TicketId("C-1"),
        channel="corridor",
        official=False,
        requester=ROB,
        handler=BEN,
        offered_at=TEN,
        answered_at=TEN,
        registered_as=KEY,
    )
    told = (opened(), assigned(2, "ben", "ben"))
    assert ways(*told, contacts=[contact]) == ("direct_contact",)


def test_grace_is_for_clocks_and_not_for_the_desk_to_look_later() -> None:
    """Five minutes after the specialist's act the desk's look still counts; six, no more."""
    early = (opened(), assigned(2, "ben", "ben"))
    assert ways(*early, answered(7, "ann")) == ()
    assert ways(*early, answered(8, "ann")) == ("self_assigned",)
    assert ways(*early, answered(8, "ann"), rules=BypassRules(grace=timedelta(minutes=6))) == ()


# --- the innocent --------------------------------------------------------------------------------


@pytest.mark.parametrize(
    "history",
    [
        (opened(), assigned(2, "ann", "ann", group=DESK), worked(3, "ann")),
        (opened(), assigned(2, "", "ann"), assigned(30, "ben", "ben"), worked(31, "ben")),
        (opened(), assigned(2, "ben", "ann"), worked(3, "ben")),
        (opened(), answered(2, "ann"), assigned(9, "ben", "ben")),
        (opened(by=ANN, channel="phone"), assigned(1, "ben", "ben")),
        (opened(), assigned(1, "", "", automatic=True), assigned(9, "ben", "ben")),
        (opened(), assigned(1, "", ""), assigned(9, "ben", "ben")),
        (opened(), assigned(1, "ben", "robot", automatic=True), worked(9, "ben")),
    ],
    ids=[
        "first line alone",
        "passed on to the group",
        "passed on to the person",
        "looked at, then taken",
        "registered by the first line",
        "a rule assigned it",
        "the system assigned it",
        "a rule assigned the person",
    ],
)
def test_nothing_is_found_when_the_desk_saw_it_first(history: Sequence[TicketEvent]) -> None:
    """What a specialist does afterwards is the work he is there for."""
    assert ways(*history) == ()


def test_nothing_is_found_when_the_first_line_registered_its_own_work_late() -> None:
    """Help at the counter, written down an hour later, then passed on within that hour."""
    told = (
        opened(by=ANN, channel="phone", late=60),
        assigned(1, "ann", "ann", group=DESK),
        assigned(20, "ben", "ben"),
    )
    assert ways(*told) == ()


def test_nobody_is_bypassed_when_nobody_asked() -> None:
    """An alarm, a note without a requester, a specialist's own machine; they are no requests."""
    alarm = (opened(by=PersonId(""), requester=PersonId(""), automatic=True), worked(1, "ben"))
    machine = (opened(automatic=True), worked(1, "ben"))
    note = (opened(by=BEN, requester=PersonId("")), worked(1, "ben"))
    own = (opened(by=BEN, requester=BEN), worked(1, "ben"))
    for told in (alarm, machine, note, own):
        assert report(*told).bypasses == ()
        assert report(*told).requests == ()


def test_colleague_bypasses_too_when_he_asks_another_specialist() -> None:
    """Knowing the way does not make it the way."""
    assert ways(opened(by=BEN, requester=BEN), assigned(1, "bea", "bea")) == ("self_assigned",)


@pytest.mark.parametrize(
    ("link", "other", "minute", "found"),
    [
        ("follow_up_of", "INC-0", 0, False),
        ("split_from", "INC-0", 4, False),
        ("child_of", "INC-0", 1, False),
        ("related", "INC-0", 0, True),
        ("follow_up_of", "INC-999", 0, True),
        ("follow_up_of", "INC-0", 30, True),
    ],
)
def test_follow_up_is_none_when_the_earlier_ticket_is_there(
    link: str, other: str, minute: float, found: bool
) -> None:
    """Merely related, unknown, or thought of half an hour later: that explains nothing."""
    linked = TicketLinked(
        ticket_id=KEY,
        occurred_at=TEN + timedelta(minutes=minute),
        actor=BEN,
        link=link,
        other=TicketId(other),
    )
    history = [opened(by=BEN), linked, worked(1, "ben")]
    earlier = [opened(TEN - timedelta(days=1), key=TicketId("INC-0"))]
    told = find_bypasses([history, earlier], MAP)
    assert bool(told.bypasses) is found


def helper(**more: object) -> Contact:
    """Return a call that ben answered on the desk's telephone."""
    fields: dict[str, object] = {"requester": ROB, "handler": BEN, "channel": "phone"}
    instants = {"offered_at": TEN - timedelta(minutes=2), "answered_at": TEN - timedelta(minutes=1)}
    return Contact(contact_id=TicketId("C-1"), **(fields | instants | more))  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("contact", "found"),
    [
        (helper(registered_as=KEY), False),
        (helper(), False),
        (helper(requester="sam", on_behalf_of=ROB), False),
        (helper(requester=EVE), True),
        (helper(handler=ANN), True),
        (helper(handler=ANN, registered_as=KEY), False),
        (helper(registered_as=TicketId("INC-7")), True),
        (helper(offered_at=TEN - timedelta(hours=2), answered_at=TEN - timedelta(hours=2)), True),
        (helper(answered_at=None), True),
        (helper(automatic=True), True),
        (helper(channel="direct"), True),
        (helper(official=False), True),
    ],
)
def test_helper_is_innocent_when_the_telephone_knows_of_the_call(
    contact: Contact, found: bool
) -> None:
    """His call, of this requester, at that time, answered, on an official channel; or by its id."""
    told = (opened(by=BEN, channel="phone"), worked(1, "ben"))
    assert bool(ways(*told, contacts=[contact])) is found


def test_person_on_call_stands_in_when_the_first_line_is_closed() -> None:
    """At two at night ben is the way to the desk; bea, who is not on call, is none."""
    told = (opened(NIGHT, by=BEN, channel="phone", group=NETWORK), worked(1, "ben", at=NIGHT))
    assert ways(*told) == ()
    other = (opened(NIGHT, by=BEA, channel="phone", group=NETWORK), worked(1, "bea", at=NIGHT))
    assert ways(*other) == ("no_contact",)


def test_person_on_call_is_no_way_when_the_first_line_is_open() -> None:
    """At ten in the morning he is a specialist like any other."""
    assert ways(opened(by=BEN, channel="phone", group=NETWORK), worked(1, "ben")) == ("no_contact",)


def test_person_on_call_goes_on_when_the_desk_opens_meanwhile() -> None:
    """It came at ten to nine; ben took it at ten past."""
    came = MONDAY + timedelta(hours=8, minutes=50)
    assert ways(opened(came), assigned(20, "ben", "ben", at=came)) == ()


def test_group_of_then_counts_when_somebody_has_moved() -> None:
    """Ben was lent to the first line until noon (law M1)."""
    lent = DeskMap(
        channels=MAP.channels,
        sides=MAP.sides,
        members=[
            Membership(person_id=BEN, group=DESK, end_at=MONDAY + timedelta(hours=12)),
            Membership(person_id=BEN, group=NETWORK, start_at=MONDAY + timedelta(hours=12)),
        ],
    )
    noon = MONDAY + timedelta(hours=13)
    assert ways(opened(by=BEN, channel="phone"), worked(1, "ben"), desk=lent) == ()
    told = (opened(noon, by=BEN, channel="phone"), worked(1, "ben", at=noon))
    assert ways(*told, desk=lent) == ("no_contact",)


def test_emergency_is_excused_when_it_was_registered_afterwards() -> None:
    """Listed, and not counted; without the rule, or in time, it counts."""
    rules = BypassRules(emergencies=frozenset({"P1"}))
    late = (opened(by=BEN, channel="phone", late=60, priority="P1"), worked(1, "ben", late=59))
    told = report(*late, rules=rules)
    assert (len(told.bypasses), len(told.excused)) == (0, 1)
    assert ways(*late) == ("no_contact", "afterwards")
    in_time = (opened(by=BEN, channel="phone", priority="P1"), worked(1, "ben"))
    assert ways(*in_time, rules=rules) == ("no_contact",)


@pytest.mark.parametrize(
    "event",
    [
        ContactReceived(ticket_id=KEY, occurred_at=TEN, actor=BEN),
        TicketCancelled(ticket_id=KEY, occurred_at=TEN, actor=BEN, state="cancelled"),
        TicketReopened(ticket_id=KEY, occurred_at=TEN, actor=BEN, state="in_progress"),
    ],
    ids=["contact", "cancelled", "reopened"],
)
def test_requesters_events_are_no_work_when_a_specialist_writes_them(event: TicketEvent) -> None:
    """To note that somebody called is not yet to help."""
    assert ways(opened(), event) == ()


def test_machine_does_no_work_when_it_acts_in_the_name_of_a_specialist() -> None:
    """An automatic answer of ben's mailbox."""
    auto = AnswerSent(ticket_id=KEY, occurred_at=TEN, actor=BEN, automatic=True)
    assert ways(opened(), auto) == ()


# --- the report ----------------------------------------------------------------------------------


def test_order_changes_nothing_when_events_or_histories_are_shuffled() -> None:
    """A log is a set of facts (law S14)."""
    history = [opened(), assigned(2, "ben", "ben"), worked(3, "ben"), answered(9, "ann")]
    expected = report(*history)
    assert expected.bypasses
    assert all(report(*order) == expected for order in permutations(history))
    other = [opened(key=TicketId("INC-2"), by=BEN)]
    assert find_bypasses([history, other], MAP) == find_bypasses([other, history], MAP)


def test_future_is_not_known_when_asked_as_of() -> None:
    """Not yet taken, not yet opened."""
    history = (opened(), assigned(20, "ben", "ben"))
    assert report(*history, as_of=TEN + timedelta(minutes=10)).bypasses == ()
    assert len(report(*history, as_of=TEN + timedelta(minutes=10)).requests) == 1
    assert report(*history, as_of=TEN - timedelta(minutes=10)).requests == ()


def test_records_of_contacts_are_counted_when_they_are_given() -> None:
    """Those of other tickets as well: how much there was to go by."""
    told = report(opened(), contacts=[helper(), helper(registered_as=TicketId("INC-7"))])
    assert told.contact_count == 2
    assert report(opened()).contact_count == 0


def test_people_nobody_knows_are_named_when_they_act() -> None:
    """Max is not in the map, and asks for nothing himself: is somebody missing there?"""
    told = report(opened(), assigned(2, "ben", "max"))
    assert told.unknown == (MAX,)


def test_requests_tell_who_acted_when_they_are_counted() -> None:
    """Every specialist once, with the team of then."""
    told = report(
        opened(),
        assigned(1, "", "ann"),
        assigned(9, "ben", "ben"),
        PriorityChanged(
            ticket_id=KEY, occurred_at=TEN + timedelta(minutes=10), actor=BEA, priority="P2"
        ),
        answered(20, "ben"),
    )
    (request,) = told.requests
    assert request.specialists == ((BEN, NETWORK), (BEA, NETWORK))
    assert request.at_us == opened().occurred_us


def test_history_is_refused_when_it_opens_no_ticket() -> None:
    """Contacts have streams of their own."""
    with pytest.raises(InvalidValue, match="without its opening"):
        report(worked(1, "ben"))
    contact = helper().event()
    with pytest.raises(InvalidValue, match="contacts_of"):
        report(contact)
