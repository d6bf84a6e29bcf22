"""A step that is found late is for whoever is to be told now (laws E3, E5)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

from itsm_core.calendars import ALWAYS, WorkingTime
from itsm_core.escalation import (
    FIRE_ALL,
    CatchUp,
    Coverage,
    EscalateToGroup,
    EscalateToRole,
    EscalationRequested,
    EscalationRule,
    Ladder,
    Notify,
    OwnerAbsent,
    RaisePriority,
    ShareUsed,
    due,
    plan,
)
from itsm_core.events import (
    EscalationAcknowledged,
    EscalationAskedFor,
    EscalationStepPassed,
    EscalationStepTaken,
    TicketAssigned,
    TicketEvent,
    TicketOpened,
    TicketResolved,
)
from itsm_core.ids import AgreementId, GroupId, PersonId, TicketId
from itsm_core.rosters import Absence, Roster, Rotation
from itsm_core.sla import ServiceLevelAgreement, ServiceLevelTarget
from itsm_core.spans import hours

EVENING = datetime(2026, 1, 5, 20, tzinfo=UTC)
TICKET = TicketId("INC-1")
GOLD = ServiceLevelAgreement(
    agreement_id=AgreementId("gold"),
    calendar=ALWAYS,
    targets=(ServiceLevelTarget(metric="resolution", goals={"*": WorkingTime(hours(4))}),),
)
NIGHTS = Rotation(
    name="days",
    people=("ana", "ben"),
    zone="UTC",
    start_on="2026-01-05",
    hand_off="08:00",
    unit="days",
)
OPENED = TicketOpened(
    ticket_id=TICKET, occurred_at=EVENING, group=GroupId("first line"), assignee=PersonId("zoe")
)


def ladder(*actions: Notify) -> Ladder:
    """Return a ladder that tells somebody at ten in the evening."""
    half = ShareUsed(clock="resolution", ratio=0.5)
    return Ladder(name="desk", rules=(EscalationRule(name="half", trigger=half, actions=actions),))


def told(
    rungs: Ladder, *events: TicketEvent, after: timedelta, coverage: Coverage | None = None
) -> list[tuple[str, str]]:
    """Return for each step for whom it was when it came due, and for whom it is now."""
    found = due(
        (OPENED, *events),
        rungs,
        GOLD,
        coverage or Coverage(),
        until=EVENING + after,
        catch_up=FIRE_ALL,
    )
    return [(each.step.target, each.current.target) for each in found]


def test_message_goes_to_who_is_on_call_now_when_it_is_found_in_the_morning() -> None:
    """Ana's turn ended at eight; at nine nobody wakes her any more."""
    coverage = Coverage(rosters=(Roster(name="nights", layers=(NIGHTS,)),))
    rungs = ladder(Notify(target="roster", name="nights"))
    ana, ben = "person ana", "person ben"
    assert told(rungs, after=hours(2), coverage=coverage) == [(ana, ana)]
    assert told(rungs, after=hours(13), coverage=coverage) == [(ana, ben)]


def test_message_goes_to_the_holder_of_now_when_the_ticket_moved_meanwhile() -> None:
    """Whoever gave it away at eleven has nothing to do with it."""
    moved = TicketAssigned(
        ticket_id=TICKET,
        occurred_at=EVENING + hours(3),
        group=GroupId("second line"),
        assignee=PersonId("yan"),
    )
    rungs = ladder(Notify(target="assignee"))
    assert told(rungs, moved, after=hours(13)) == [("person zoe", "person yan")]


def test_message_goes_to_the_substitute_when_its_reader_has_left_meanwhile() -> None:
    """And says for whom."""
    away = Absence(
        person="zoe", substitute="yan", start=EVENING + hours(4), end=EVENING + hours(90)
    )
    (found,) = due(
        (OPENED,),
        ladder(Notify(target="assignee")),
        GOLD,
        Coverage(rosters=(Roster(name="desk", absences=(away,)),)),
        until=EVENING + hours(13),
    )
    assert found.current.target == "person yan"
    assert found.current.note == "for zoe, who is away"
    assert found.current.key == found.key


def test_step_is_the_one_that_was_planned_when_it_is_found_in_time() -> None:
    """Nothing is asked again at its own instant."""
    rungs = ladder(Notify(target="assignee"))
    (planned,) = plan((OPENED,), rungs, GOLD, as_of=EVENING)
    (found,) = due((OPENED,), rungs, GOLD, until=planned.at)
    assert found.current is found.step
    assert found.step == planned


def test_acknowledgement_ends_when_its_author_goes_away() -> None:
    """Zoe took it up at eleven and is ill from six on: the lead hears of it at six, and not never.

    What she had taken up before an earlier absence of hers stays taken up after it.
    """
    rungs = Ladder(
        name="desk",
        rules=(
            EscalationRule(
                name="half",
                trigger=ShareUsed(clock="resolution", ratio=0.5),
                actions=[Notify(target="group", name="first line")],
            ),
            EscalationRule(
                name="away", trigger=OwnerAbsent(), actions=[EscalateToRole(role="lead")]
            ),
        ),
    )
    taken = EscalationAcknowledged(
        ticket_id=TICKET, occurred_at=EVENING + hours(3), actor=PersonId("zoe")
    )

    def planned(start: timedelta, end: timedelta) -> list[datetime]:
        away = Absence(person="zoe", start=EVENING + start, end=EVENING + end)
        coverage = Coverage(rosters=(Roster(name="desk", absences=(away,)),))
        steps = plan((OPENED, taken), rungs, GOLD, coverage, as_of=taken.occurred_at)
        return [step.at for step in steps]

    assert planned(hours(10), hours(90)) == [EVENING + hours(10)]
    assert planned(hours(3), hours(90)) == []
    assert planned(hours(1), hours(2)) == []


def test_acknowledgement_ends_at_the_first_of_its_ends_when_there_are_several() -> None:
    """Zoe gives the ticket away at midnight; what comes after that ends nothing any more."""
    half = EscalationRule(
        name="half",
        trigger=ShareUsed(clock="resolution", ratio=0.5),
        actions=[Notify(target="group", name="first line")],
    )
    asked = EscalationRule(
        name="asked", trigger=EscalationRequested(), actions=[EscalateToRole(role="lead")]
    )
    rungs = Ladder(name="desk", rules=(half, asked))

    def at(after: float) -> datetime:
        return EVENING + hours(after)

    def given(after: float, name: str) -> TicketAssigned:
        group = GroupId("first line")
        return TicketAssigned(
            ticket_id=TICKET, occurred_at=at(after), group=group, assignee=PersonId(name)
        )

    taken = EscalationAcknowledged(ticket_id=TICKET, occurred_at=at(2.5), actor=PersonId("zoe"))
    ask = EscalationAskedFor(ticket_id=TICKET, occurred_at=at(3), reason="slow")
    moves = (given(4, "yan"), given(5, "zoe"), given(6, "yan"))
    found = due((OPENED, taken, ask, *moves), rungs, GOLD, until=at(9), catch_up=FIRE_ALL)
    assert [(each.step.rule, each.step.at) for each in found] == [
        ("half", at(2)),
        ("asked", at(4)),
    ]


def test_step_is_overtaken_when_its_clock_stops_at_the_very_instant_of_the_question() -> None:
    """What is solved at ten is not held at ten: nothing is left to wait for."""
    solved = TicketResolved(ticket_id=TICKET, occurred_at=EVENING + hours(5), state="resolved")
    found = due(
        (OPENED, solved),
        ladder(Notify(target="assignee")),
        GOLD,
        until=EVENING + hours(5),
    )
    assert [(each.outcome, each.again_us) for each in found] == [("overtaken", None)]


def test_step_that_came_due_at_since_is_left_out_when_polled() -> None:
    """After `since`, up to and including `until`: the poll before had it."""
    rungs = ladder(Notify(target="assignee"))
    ten = EVENING + hours(2)
    for since, count in ((ten - hours(1), 1), (ten, 0), (None, 1)):
        found = due((OPENED,), rungs, GOLD, since=since, until=EVENING + hours(3))
        assert len(found) == count
    assert len(due((OPENED,), rungs, GOLD, until=ten)) == 1
    assert due((OPENED,), rungs, GOLD, until=ten - timedelta(microseconds=1)) == ()


def test_step_is_planned_no_more_when_its_instant_has_come() -> None:
    """A plan is what comes after `as_of`; what a history says was done is in neither."""
    rungs = ladder(Notify(target="assignee"))
    ten = EVENING + hours(2)
    (step,) = plan((OPENED,), rungs, GOLD, as_of=ten - timedelta(microseconds=1))
    assert plan((OPENED,), rungs, GOLD, as_of=ten) == ()
    given: dict[str, Any] = {
        "ticket_id": TICKET,
        "occurred_at": EVENING,
        "key": step.key,
        "rule": "half",
        "due_at": ten,
    }
    for told in (
        EscalationStepTaken(**given, action="notify"),
        EscalationStepPassed(**given, outcome="skipped"),
    ):
        assert due((OPENED, told), rungs, GOLD, until=ten) == ()
        assert plan((OPENED, told), rungs, GOLD, as_of=EVENING) == ()


def test_plan_looks_a_year_ahead_when_it_has_no_end() -> None:
    """366 days: what is due a microsecond later is not in it, unless it is asked for."""
    year = timedelta(days=366)
    for length, count in ((year, 1), (year + timedelta(microseconds=1), 0)):
        slow = ServiceLevelAgreement(
            agreement_id=AgreementId("slow"),
            calendar=ALWAYS,
            targets=(
                ServiceLevelTarget(metric="resolution", goals={"*": WorkingTime(2 * length)}),
            ),
        )
        rungs = ladder(Notify(target="assignee"))
        assert len(plan((OPENED,), rungs, slow, as_of=EVENING)) == count
        assert len(plan((OPENED,), rungs, slow, as_of=EVENING, until=EVENING + 2 * length)) == 1


def test_skipping_takes_what_is_just_old_enough_when_caught_up() -> None:
    """Older than an hour is skipped, an hour old is taken."""
    rungs = ladder(Notify(target="assignee"))
    ten = EVENING + hours(2)
    for limit, outcome in ((hours(1), "act"), (hours(1) - timedelta(microseconds=1), "skipped")):
        catch_up = CatchUp(mode="skip", older_than=limit)
        (found,) = due((OPENED,), rungs, GOLD, until=ten + hours(1), catch_up=catch_up)
        assert found.outcome == outcome


def test_owner_is_away_once_when_absences_touch() -> None:
    """On leave, then ill without a day between: nobody is told of it twice."""
    rule = EscalationRule(name="away", trigger=OwnerAbsent(), actions=[EscalateToRole(role="lead")])
    leave = Absence(person="zoe", start=EVENING + hours(1), end=EVENING + hours(5))
    ill = Absence(person="zoe", start=EVENING + hours(4), end=EVENING + hours(9))
    again = Absence(person="zoe", start=EVENING + hours(20), end=EVENING + hours(21))
    coverage = Coverage(rosters=(Roster(name="desk", absences=(leave, ill, again)),))
    steps = plan((OPENED,), Ladder(name="desk", rules=(rule,)), None, coverage, as_of=EVENING)
    assert [step.at for step in steps] == [EVENING + hours(1), EVENING + hours(20)]


def test_priority_is_raised_as_often_as_in_time_when_caught_up() -> None:
    """Two raises by a level are two levels; of two assignments the last one counts."""
    half, full = (ShareUsed(clock="resolution", ratio=ratio) for ratio in (0.5, 1.0))
    rules = [
        EscalationRule(
            name=name,
            trigger=trigger,
            actions=[RaisePriority(levels=1), EscalateToGroup(group=GroupId(name))],
        )
        for name, trigger in (("second line", half), ("third line", full))
    ]
    found = due((OPENED,), Ladder(name="desk", rules=rules), GOLD, until=EVENING + hours(13))
    assert [(each.outcome, str(each.step.action)) for each in found] == [
        ("act", "raise the priority by one level"),
        ("collapsed", "assign to second line"),
        ("act", "raise the priority by one level"),
        ("act", "assign to third line"),
    ]
