"""Windows: where what a trigger is about goes on, and from when it may act (E2)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import attrs
import pytest

from itsm_core.calendars import ALWAYS, NEVER, BusinessCalendar, WeeklyHours, WorkingTime
from itsm_core.conditions import field
from itsm_core.escalation import (
    Bounced,
    Breached,
    CommitmentMissed,
    Coverage,
    EscalationRequested,
    OffsetFromDue,
    OwnerAbsent,
    PriorityReached,
    Reopened,
    ShareUsed,
    Silence,
    Storm,
    Trigger,
)
from itsm_core.escalation._triggers import Silent
from itsm_core.escalation._world import Window, World
from itsm_core.events import (
    AnswerSent,
    CommitmentKept,
    CommitmentMade,
    EscalationAskedFor,
    PriorityChanged,
    PriorityOverridden,
    TicketAssigned,
    TicketCancelled,
    TicketClosed,
    TicketEvent,
    TicketOpened,
    TicketPutOnHold,
    TicketReopened,
    TicketResolved,
    TicketResumed,
)
from itsm_core.ids import AgreementId, GroupId, PersonId, TicketId
from itsm_core.rosters import Absence, Roster
from itsm_core.sla import AgreementCatalogue, ServiceLevelAgreement, ServiceLevelTarget
from itsm_core.spans import END_OF_TIME, hours, micros

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
TICKET = TicketId("INC-1")
NINE, HOUR = micros(AT), 3_600_000_000
OPENED = TicketOpened(
    ticket_id=TICKET, occurred_at=AT, priority="P2", group=GroupId("a"), assignee=PersonId("ana")
)
AWAY = Absence(person="ana", start=AT + hours(2), end=AT + hours(6))
COVERAGE = Coverage(rosters=(Roster(name="desk", absences=(AWAY,)),))
AGREEMENT = ServiceLevelAgreement(
    agreement_id=AgreementId("gold"),
    calendar=ALWAYS,
    targets=(
        ServiceLevelTarget(
            metric="resolution", goals={"P1": WorkingTime(hours(1)), "*": WorkingTime(hours(4))}
        ),
    ),
)


def windows(trigger: Trigger, *events: TicketEvent) -> dict[str, list[tuple[float, float, float]]]:
    """Return subjects with their windows: from, to and reached, in hours after nine."""
    world = World((OPENED, *events), AGREEMENT, COVERAGE, NINE + 48 * HOUR)
    return {
        cause.subject: [
            tuple(  # type: ignore[misc]
                float("inf") if at == END_OF_TIME else (at - NINE) / HOUR
                for at in (each.low_us, each.high_us, each.reached_us)
            )
            for each in cause.windows
        ]
        for cause in world.causes(trigger)
    }


FOR_EVER = float("inf")


@pytest.mark.parametrize(
    ("at", "first"), [(0, 5), (5, 5), (10, 10), (20, 30), (29, 30), (40, None)]
)
def test_window_gives_the_first_instant_outside_its_blocks_when_asked(
    at: int, first: int | None
) -> None:
    """Half-open: the end of a block is free, the end of the window is not in it."""
    assert Window(5, 40, 5, ((20, 25), (25, 30))).first(at) == first


def test_clock_has_a_window_for_each_epoch_when_its_goal_changes() -> None:
    """What an epoch reaches is judged by what was known in it (E3)."""
    urgent = PriorityChanged(ticket_id=TICKET, occurred_at=AT + hours(2), priority="P1")
    found = windows(ShareUsed(clock="resolution", ratio=0.5), urgent)
    assert found == {"resolution.1": [(0, 2, 2), (2, FOR_EVER, 2)]}


def test_breach_is_reached_a_microsecond_after_due_when_the_goal_came_in_time() -> None:
    """At the due instant the promise can still be kept (S4)."""
    found = windows(Breached(clock="resolution"))
    assert found == {"resolution.1": [(0, FOR_EVER, 4 + 1 / HOUR)]}


def test_clock_has_no_window_when_nothing_was_promised() -> None:
    """Without an agreement there is no clock."""
    world = World((OPENED,), None, COVERAGE, NINE)
    assert list(world.causes(Breached(clock="resolution"))) == []
    assert world.calendar_at(NINE) is ALWAYS


def test_share_is_never_reached_when_the_calendar_has_not_so_much_time() -> None:
    """The end of time, not an error in the middle of a plan."""
    never = ServiceLevelAgreement(
        agreement_id=AgreementId("x"),
        calendar=NEVER,
        targets=(
            ServiceLevelTarget(
                metric="resolution", goals={"*": WorkingTime(hours(1))}, calendar=ALWAYS
            ),
        ),
    )
    world = World((OPENED,), never, COVERAGE, NINE + HOUR)
    (cause,) = world.causes(OwnerAbsent(after=timedelta(hours=1)))
    assert [each.reached_us for each in cause.windows] == [END_OF_TIME]


@pytest.mark.parametrize(
    ("before", "reached"), [(9, 11), (8, 11), (8 - 1 / HOUR, 23 + 1 / HOUR), (7, 24), (0, 31)]
)
def test_offset_is_reached_at_the_start_when_the_whole_target_lies_before_it(
    before: float, reached: float
) -> None:
    """Opened at 20:00, eight hours at a desk of 8 to 16: due at closing time on Tuesday.

    What is as long as the target, or longer, is reached when the clock starts; what is a
    microsecond shorter, a microsecond after eight on Tuesday; seven hours before are nine o'clock.
    """
    desk = BusinessCalendar(zone="UTC", hours=WeeklyHours.parse("Mo-Fr 08:00-16:00"))
    target = ServiceLevelTarget(metric="resolution", goals={"*": WorkingTime(hours(8))})
    agreed = ServiceLevelAgreement(
        agreement_id=AgreementId("desk"), calendar=desk, targets=(target,)
    )
    opened = attrs.evolve(OPENED, occurred_at=AT + hours(11))
    world = World((opened,), agreed, COVERAGE, NINE + 48 * HOUR)
    (cause,) = world.causes(OffsetFromDue(clock="resolution", offset=hours(-before)))
    assert [(each.reached_us - NINE) / HOUR for each in cause.windows] == [reached]


def silences(by: Silent, *events: TicketEvent) -> dict[float, list[tuple[float, float, float]]]:
    """Return the windows of two hours' silence by the hour of the sign that began it."""
    found = windows(Silence(after=hours(2), by=by), *events)
    return {(int(subject.rsplit(".", 1)[1]) - NINE) / HOUR: each for subject, each in found.items()}


def test_silence_has_a_window_from_each_sign_to_the_next_while_work_goes_on() -> None:
    """The desk opened at nine and answered at noon; the requester never wrote again."""
    answer = AnswerSent(ticket_id=TICKET, occurred_at=AT + hours(3), actor=PersonId("ana"))
    assert silences("desk", answer) == {0: [(0, 3, 2)], 3: [(3, FOR_EVER, 5)]}
    assert silences("requester", answer) == {0: [(0, FOR_EVER, 2)]}
    (subject, _) = windows(Silence(after=hours(2), by="anyone"), answer)
    assert subject == f"silence.anyone.{NINE}"


def test_silence_has_no_window_while_the_ticket_rests_or_is_done() -> None:
    """On hold from one to two, solved at four: there nobody owes a word."""
    hold = TicketPutOnHold(
        ticket_id=TICKET, occurred_at=AT + hours(1), state="h", reason="awaiting_requester"
    )
    back = TicketResumed(
        ticket_id=TICKET, occurred_at=AT + hours(2), state="x", actor=PersonId("ana")
    )
    solved = TicketResolved(
        ticket_id=TICKET, occurred_at=AT + hours(4), state="resolved", actor=PersonId("ana")
    )
    assert silences("desk", hold, back, solved) == {0: [(0, 1, 2)], 2: [(2, 4, 4)]}


def test_priority_has_a_window_while_it_is_in_force_and_the_ticket_is_open() -> None:
    """P1 from two to four, and again from six until it is solved at eight."""
    story = [
        PriorityChanged(ticket_id=TICKET, occurred_at=AT + hours(hour), priority=priority)
        for hour, priority in ((2, "P1"), (4, "P3"), (6, "P1"))
    ]
    solved = TicketResolved(ticket_id=TICKET, occurred_at=AT + hours(8), state="resolved")
    assert windows(PriorityReached(priorities="P1"), *story, solved) == {
        f"priority.{NINE + 2 * HOUR}": [(2, 4, 2)],
        f"priority.{NINE + 6 * HOUR}": [(6, 8, 6)],
    }


def test_cause_says_what_is_told_of_it_when_asked() -> None:
    """A priority, a number, a person, a promise, a clock."""
    made = CommitmentMade(
        ticket_id=TICKET, occurred_at=AT, commitment_id="c1", due_at=AT + hours(1)
    )
    asked = EscalationAskedFor(ticket_id=TICKET, occurred_at=AT + hours(1), reason="slow")
    world = World((OPENED, made, asked), AGREEMENT, COVERAGE, NINE + 48 * HOUR)
    told = {
        str(trigger): [(cause.subject, cause.what) for cause in world.causes(trigger)]
        for trigger in (
            PriorityReached(priorities="P2"),
            EscalationRequested(),
            OwnerAbsent(),
            CommitmentMissed(),
            Breached(clock="resolution"),
        )
    }
    assert list(told.values()) == [
        [(f"priority.{NINE}", "P2")],
        [("asked.1", "1")],
        [(f"absence.ana.{NINE + 2 * HOUR}", "ana")],
        [("commitment.c1", "c1")],
        [("resolution.1", "resolution")],
    ]


def test_bounce_is_a_subject_of_its_own_when_the_group_gets_it_back() -> None:
    """Given away and back, twice."""
    moves = [
        TicketAssigned(ticket_id=TICKET, occurred_at=AT + hours(hour), group=GroupId(group))
        for hour, group in ((1, "b"), (2, "a"), (3, "b"))
    ]
    assert windows(Bounced(times=1), *moves) == {
        "bounced.1": [(2, FOR_EVER, 2)],
        "bounced.2": [(3, FOR_EVER, 3)],
    }


def test_offset_is_never_reached_when_the_desk_closes_for_good_before_it() -> None:
    """Open on one day, 09:00 to 17:00: an hour is due at ten, twelve more there are not."""
    fair = BusinessCalendar(
        zone="UTC", hours=WeeklyHours.parse(""), exceptions={AT.date(): "09:00-17:00"}
    )
    target = ServiceLevelTarget(metric="resolution", goals={"*": WorkingTime(hours(1))})
    agreed = ServiceLevelAgreement(
        agreement_id=AgreementId("fair"), calendar=fair, targets=(target,)
    )
    world = World((OPENED,), agreed, COVERAGE, NINE)
    (cause,) = world.causes(OffsetFromDue(clock="resolution", offset=hours(12)))
    assert [each.reached_us for each in cause.windows] == [END_OF_TIME]


def test_hours_are_those_of_the_agreement_in_force_when_a_catalogue_says() -> None:
    """The desk's until eleven, round the clock from the rise to P1 on."""
    desk = BusinessCalendar(zone="UTC", hours=WeeklyHours.parse("Mo-Fr 09:00-17:00"))
    urgent = attrs.evolve(AGREEMENT, applies_to=field("priority").is_("P1"), precedence=2)
    plain = attrs.evolve(AGREEMENT, agreement_id=AgreementId("plain"), calendar=desk)
    raised = PriorityChanged(ticket_id=TICKET, occurred_at=AT + hours(2), priority="P1")
    catalogue = AgreementCatalogue(agreements=(urgent, plain))
    world = World((OPENED, raised), catalogue, COVERAGE, NINE + 9 * HOUR)
    assert [world.calendar_at(NINE + number * HOUR) for number in (1, 2)] == [desk, ALWAYS]


def test_hours_are_none_when_no_agreement_is_in_force_before_or_after() -> None:
    """Round the clock, but for the two hours in which the ticket is P1 and an agreement holds."""
    desk = BusinessCalendar(zone="UTC", hours=WeeklyHours.parse("Mo-Fr 09:00-17:00"))
    urgent = attrs.evolve(AGREEMENT, applies_to=field("priority").is_("P1"), calendar=desk)
    story = [
        PriorityChanged(ticket_id=TICKET, occurred_at=AT + hours(hour), priority=priority)
        for hour, priority in ((2, "P1"), (4, "P3"))
    ]
    world = World(
        (OPENED, *story), AgreementCatalogue(agreements=(urgent,)), COVERAGE, NINE + 9 * HOUR
    )
    found = [world.calendar_at(NINE + number * HOUR) for number in (1, 2, 3, 4)]
    assert found == [ALWAYS, desk, desk, ALWAYS]


@pytest.mark.parametrize("is_catalogue", [False, True])
def test_clock_has_a_window_after_an_override_when_it_expires_by_itself(
    *, is_catalogue: bool
) -> None:
    """P1 for a quarter of an hour, of whose goal half was not used up; then half of four hours."""
    raised = PriorityOverridden(
        ticket_id=TICKET,
        occurred_at=AT,
        priority="P1",
        reason="vip",
        expires_at=AT + timedelta(minutes=15),
    )
    agreed = AgreementCatalogue(agreements=(AGREEMENT,)) if is_catalogue else AGREEMENT
    world = World((OPENED, raised), agreed, COVERAGE, NINE + 48 * HOUR)
    (cause,) = world.causes(ShareUsed(clock="resolution", ratio=0.5))
    quarter = NINE + HOUR // 4
    assert [each[:3] for each in cause.windows] == [
        (NINE, quarter, NINE + HOUR // 2),
        (quarter, END_OF_TIME, NINE + 2 * HOUR),
    ]


@pytest.mark.parametrize("is_catalogue", [False, True])
def test_epoch_begins_at_the_last_instant_when_the_priority_changes_there(
    *, is_catalogue: bool
) -> None:
    """Raised at eleven, looked at until eleven: what is late by it is late from eleven on (E3)."""
    raised = PriorityChanged(ticket_id=TICKET, occurred_at=AT + hours(2), priority="P1")
    agreed = AgreementCatalogue(agreements=(AGREEMENT,)) if is_catalogue else AGREEMENT
    world = World((OPENED, raised), agreed, COVERAGE, NINE + 2 * HOUR)
    (cause,) = world.causes(Breached(clock="resolution"))
    assert [each[:3] for each in cause.windows] == [
        (NINE, NINE + 2 * HOUR, NINE + 4 * HOUR + 1),
        (NINE + 2 * HOUR, END_OF_TIME, NINE + 2 * HOUR),
    ]


def test_promise_has_a_window_until_it_is_kept_when_it_is_made() -> None:
    """Late a microsecond after its deadline; also on a ticket that is solved."""
    made = CommitmentMade(
        ticket_id=TICKET, occurred_at=AT, commitment_id="c1", due_at=AT + hours(1)
    )
    solved = TicketResolved(ticket_id=TICKET, occurred_at=AT, state="resolved")
    kept = CommitmentKept(ticket_id=TICKET, occurred_at=AT + hours(3), commitment_id="c1")
    found = windows(CommitmentMissed(), made, solved, kept)
    assert found == {"commitment.c1": [(0, 3, 1 + 1 / HOUR)]}


def test_promise_is_that_of_the_ledger_when_its_id_was_told_before() -> None:
    """An end of before it ends nothing, and a second promise of its id is none."""
    kept = CommitmentKept(ticket_id=TICKET, occurred_at=AT, commitment_id="c1")
    made = CommitmentMade(
        ticket_id=TICKET, occurred_at=AT + hours(1), commitment_id="c1", due_at=AT + hours(3)
    )
    again = attrs.evolve(made, occurred_at=AT + hours(2), due_at=AT + hours(2))
    found = windows(CommitmentMissed(), kept, made, again)
    assert found == {"commitment.c1": [(1, FOR_EVER, 3 + 1 / HOUR)]}


def test_absence_goes_on_when_another_group_gets_the_ticket_and_its_owner_keeps_it() -> None:
    """Ana has been away for three hours at noon, whatever group her ticket is in by then."""
    moved = TicketAssigned(
        ticket_id=TICKET, occurred_at=AT + hours(3), group=GroupId("b"), assignee=PersonId("ana")
    )
    found = windows(OwnerAbsent(after=hours(3)), moved)
    assert found == {f"absence.ana.{NINE + 2 * HOUR}": [(2, 6, 5)]}


def test_absence_has_a_window_while_its_owner_holds_the_ticket_when_away() -> None:
    """From the later of holding and leaving, to the earlier of giving away and coming back."""
    moved = TicketAssigned(ticket_id=TICKET, occurred_at=AT + hours(4), assignee=PersonId("ben"))
    found = windows(OwnerAbsent(after=hours(1)), moved)
    assert found == {f"absence.ana.{NINE + 2 * HOUR}": [(2, 4, 3)]}


def test_absence_has_a_window_when_an_earlier_one_was_before_the_owner_got_the_ticket() -> None:
    """Ana is away at eleven and at five; she gets the ticket at four."""
    later = attrs.evolve(AWAY, start=AT + hours(8), end=AT + hours(9))
    coverage = Coverage(rosters=(Roster(name="desk", absences=(AWAY, later)),))
    opened = attrs.evolve(OPENED, assignee=PersonId("ben"))
    moved = TicketAssigned(ticket_id=TICKET, occurred_at=AT + hours(7), assignee=PersonId("ana"))
    world = World((opened, moved), AGREEMENT, coverage, NINE + 48 * HOUR)
    (cause,) = world.causes(OwnerAbsent())
    assert [each[:2] for each in cause.windows] == [(NINE + 8 * HOUR, NINE + 9 * HOUR)]


@pytest.mark.parametrize(
    "end",
    [
        TicketResolved(ticket_id=TICKET, occurred_at=AT + hours(3), state="x"),
        TicketClosed(ticket_id=TICKET, occurred_at=AT + hours(3), state="x"),
        TicketCancelled(ticket_id=TICKET, occurred_at=AT + hours(3), state="x"),
    ],
    ids=lambda event: type(event).__name__,
)
def test_nothing_but_a_promise_goes_on_when_the_ticket_is_done(end: TicketEvent) -> None:
    """Solved, closed or called off: its priority, its owner, the silence are nobody's matter."""
    for trigger in (PriorityReached(priorities="P2"), OwnerAbsent(), Silence(after=hours(1))):
        (found,) = windows(trigger, end).values()
        assert [high for _, high, _ in found] == [3]


def test_each_count_is_a_subject_of_its_own_when_it_is_high_enough() -> None:
    """Twice, and again the third time: a rule is not used up (E1)."""
    events = [
        event
        for number in range(3)
        for event in (
            TicketResolved(
                ticket_id=TICKET, occurred_at=AT + hours(2 * number + 1), state="resolved"
            ),
            TicketReopened(ticket_id=TICKET, occurred_at=AT + hours(2 * number + 2), state="x"),
        )
    ]
    found = windows(Reopened(times=2), *events)
    assert found == {"reopened.2": [(4, 5, 4)], "reopened.3": [(6, FOR_EVER, 6)]}


def test_storm_has_no_window_when_one_ticket_is_looked_at() -> None:
    """It is about many."""
    assert windows(Storm(tickets=5, within=hours(1))) == {}
    assert windows(Bounced()) == {}


def test_holder_is_nobody_when_the_ticket_was_not_opened_yet() -> None:
    """Asked about a time before."""
    world = World((OPENED,), AGREEMENT, COVERAGE, NINE)
    assert world.holder(NINE - 1) == ("", "")
    assert world.holder(NINE) == ("a", "ana")


def test_next_change_is_a_handing_over_or_an_absence_when_there_is_one() -> None:
    """Else the end that was given."""
    moved = TicketAssigned(ticket_id=TICKET, occurred_at=AT + hours(4), assignee=PersonId("ben"))
    world = World((OPENED, moved), AGREEMENT, COVERAGE, NINE)
    assert world.next_change(NINE, NINE + 9 * HOUR) == NINE + 2 * HOUR
    assert world.next_change(NINE + 2 * HOUR, NINE + 9 * HOUR) == NINE + 4 * HOUR
    assert world.next_change(NINE + 7 * HOUR, NINE + 9 * HOUR) == NINE + 9 * HOUR
