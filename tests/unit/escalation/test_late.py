"""A step that is found late is for whoever is to be told now (laws E3, E5)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from itsm_core.calendars import ALWAYS, WorkingTime
from itsm_core.escalation import (
    FIRE_ALL,
    Coverage,
    EscalateToGroup,
    EscalateToRole,
    EscalationRule,
    Ladder,
    Notify,
    OwnerAbsent,
    RaisePriority,
    ShareUsed,
    due,
    plan,
)
from itsm_core.events import EscalationAcknowledged, TicketAssigned, TicketEvent, TicketOpened
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
