"""Plans, what is due, and catching up: one rule a test (laws E2, E3)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import attrs
import pytest

from itsm_core.calendars import ALWAYS, BusinessCalendar, Calendar, WeeklyHours, WorkingTime
from itsm_core.conditions import field
from itsm_core.errors import DefinitionError, InvalidValue
from itsm_core.escalation import (
    COLLAPSE,
    FIRE_ALL,
    Breached,
    CatchUp,
    Coverage,
    EscalateToGroup,
    EscalateToRole,
    EscalationRule,
    Ladder,
    Notify,
    OffsetFromDue,
    PriorityReached,
    ShareUsed,
    Silence,
    due,
    next_look,
    plan,
)
from itsm_core.events import (
    AnswerSent,
    EscalationAcknowledged,
    PriorityChanged,
    TicketAssigned,
    TicketEvent,
    TicketOpened,
    TicketPutOnHold,
    TicketReopened,
    TicketResolved,
    TicketResumed,
)
from itsm_core.ids import AgreementId, GroupId, PersonId, TicketId
from itsm_core.rosters import Responder, Roster, Rotation
from itsm_core.sla import ServiceLevelAgreement, ServiceLevelTarget
from itsm_core.spans import hours, minutes

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)  # a Monday
TICKET = TicketId("INC-1")
ANA = PersonId("ana")
OFFICE = BusinessCalendar(zone="UTC", hours=WeeklyHours.parse("Mo-Fr 08:00-18:00"))
OPENED = TicketOpened(
    ticket_id=TICKET, occurred_at=AT, priority="P2", group=GroupId("first line"), assignee=ANA
)
HALF = ShareUsed(clock="resolution", ratio=0.5)
MANAGER = EscalateToRole(role="manager")
TELL = Notify(target="group", name="second line")


def agreement(calendar: Calendar = ALWAYS) -> ServiceLevelAgreement:
    """Return four hours to resolve, eight for what is less urgent; one to answer."""
    return ServiceLevelAgreement(
        agreement_id=AgreementId("gold"),
        calendar=calendar,
        targets=(
            ServiceLevelTarget(metric="response", goals={"*": WorkingTime(hours(1))}),
            ServiceLevelTarget(
                metric="resolution",
                goals={"P2": WorkingTime(hours(4)), "P3": WorkingTime(hours(8))},
                pause_on=("awaiting_requester",),
            ),
        ),
    )


def ladder(*rules: EscalationRule) -> Ladder:
    """Return a ladder of these rungs."""
    return Ladder(name="desk", rules=rules)


def rule(name: str = "half", **given: object) -> EscalationRule:
    """Return a rung: at half of the time, tell second line, unless said otherwise."""
    values: dict[str, object] = {"trigger": HALF, "actions": [TELL], **given}
    return EscalationRule(name=name, **values)  # type: ignore[arg-type]


def acknowledged(after: timedelta, by: str = "ben") -> EscalationAcknowledged:
    """Return that somebody took it up so long after nine."""
    return EscalationAcknowledged(ticket_id=TICKET, occurred_at=AT + after, actor=PersonId(by))


def held(after: timedelta) -> TicketPutOnHold:
    """Return that the requester is waited for from then on."""
    return TicketPutOnHold(
        ticket_id=TICKET, occurred_at=AT + after, state="on_hold", reason="awaiting_requester"
    )


def resumed(after: timedelta) -> TicketResumed:
    """Return that work goes on."""
    return TicketResumed(ticket_id=TICKET, occurred_at=AT + after, state="in_progress", actor=ANA)


def times(rungs: Ladder, *events: TicketEvent, coverage: Coverage | None = None) -> list[timedelta]:
    """Return when the steps of two days come due, after nine."""
    found = due(
        (OPENED, *events),
        rungs,
        agreement(),
        coverage or Coverage(),
        until=AT + hours(48),
        catch_up=FIRE_ALL,
    )
    return [timedelta(microseconds=each.step.at_us) - (AT - EPOCH) for each in found]


EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


# --- plans ----------------------------------------------------------------------------------------


def test_step_is_readable_when_planned() -> None:
    """When, what, for whom and why, in one line (E2)."""
    (step,) = plan((OPENED,), ladder(rule()), agreement(), as_of=AT)
    assert str(step) == "Mon 11:00: notify second line, because 50 % of the resolution time is used"
    assert step.text("Europe/Berlin").startswith("Mon 12:00: ")


def test_key_names_ticket_rule_subject_occurrence_and_action_when_planned() -> None:
    """The version of the rule is in it, so that another rule has another key."""
    first = ladder(rule())
    (step,) = plan((OPENED,), first, agreement(), as_of=AT)
    assert step.key == f"INC-1:{first.versions[0]}:resolution.1:1:1"
    (other,) = plan((OPENED,), ladder(rule(actions=[MANAGER])), agreement(), as_of=AT)
    assert other.key != step.key


def test_plan_has_every_rung_when_the_ladder_has_several() -> None:
    """In their order, by their own clocks."""
    rungs = ladder(
        rule("late", trigger=Breached(clock="resolution")),
        rule("answer", trigger=ShareUsed(clock="response", ratio=0.5)),
        rule("half"),
    )
    found = plan((OPENED,), rungs, agreement(), as_of=AT)
    assert [step.rule for step in found] == ["answer", "half", "late"]
    assert found[-1].at_us - found[-2].at_us == (2 * 3_600_000_000) + 1


def test_plan_ends_at_until_when_given() -> None:
    """Nothing beyond it, and no end before its beginning."""
    assert plan((OPENED,), ladder(rule()), agreement(), as_of=AT, until=AT + hours(1)) == ()
    with pytest.raises(InvalidValue, match="an end before its beginning"):
        plan((OPENED,), ladder(rule()), agreement(), as_of=AT, until=AT - hours(1))


def test_plan_is_empty_when_the_ticket_is_not_opened_yet() -> None:
    """Events after `as_of` are not there yet."""
    assert plan((OPENED,), ladder(rule()), agreement(), as_of=AT - hours(1)) == ()


def test_nothing_is_due_when_the_ticket_is_not_opened_yet() -> None:
    """An import may hold tickets of tomorrow; their ladders wait."""
    assert due((OPENED,), ladder(rule()), agreement(), until=AT - hours(1)) == ()


def test_plan_is_refused_when_there_is_no_opening() -> None:
    """Half a history would make half a plan."""
    with pytest.raises(InvalidValue, match="a history without TicketOpened"):
        plan((resumed(hours(1)),), ladder(rule()), agreement(), as_of=AT)


def test_plan_is_refused_when_a_roster_is_unknown() -> None:
    """Also if the rule would never speak: a name that leads nowhere is told at once."""
    rungs = ladder(rule(actions=[Notify(target="roster", name="nights")]))
    with pytest.raises(InvalidValue, match="no such roster"):
        plan((OPENED,), rungs, agreement(), as_of=AT)


def test_clock_rules_plan_nothing_when_nothing_was_promised() -> None:
    """No agreement is a legal answer; rules without a clock speak on."""
    rungs = ladder(rule(), rule("silent", trigger=Silence(after=hours(1))))
    assert [step.rule for step in plan((OPENED,), rungs, as_of=AT)] == ["silent"]


def test_step_waits_for_office_hours_when_its_clock_does() -> None:
    """Half of four hours from five on Monday is nine on Tuesday."""
    late = attrs.evolve(OPENED, occurred_at=AT + hours(8))
    (step,) = plan((late,), ladder(rule()), agreement(OFFICE), as_of=AT + hours(8))
    assert step.at == datetime(2026, 1, 6, 9, tzinfo=UTC)


# --- pauses, ends, conditions ---------------------------------------------------------------------


def test_step_moves_by_the_pause_when_there_is_one() -> None:
    """An hour on hold is an hour later; nothing happens inside it."""
    assert times(ladder(rule()), held(hours(1)), resumed(hours(2))) == [hours(3)]
    assert times(ladder(rule()), held(hours(1))) == []


def test_step_is_not_due_when_the_clock_stops_at_its_instant() -> None:
    """An event of the same instant comes first."""
    solved = TicketResolved(ticket_id=TICKET, occurred_at=AT + hours(2), state="resolved")
    assert times(ladder(rule()), solved) == []


def test_step_is_due_at_once_when_a_priority_makes_it_late() -> None:
    """From eight hours to four: half of four went by two hours ago."""
    mild = attrs.evolve(OPENED, priority="P3")
    urgent = PriorityChanged(ticket_id=TICKET, occurred_at=AT + hours(3), priority="P2")
    found = due((mild, urgent), ladder(rule()), agreement(), until=AT + hours(9))
    assert [each.step.at for each in found] == [AT + hours(3)]


def test_step_is_not_repeated_when_a_priority_moves_it_behind_itself() -> None:
    """Half of four hours was said; half of eight, of the same clock, is no news."""
    mild = PriorityChanged(ticket_id=TICKET, occurred_at=AT + hours(3), priority="P3")
    assert times(ladder(rule()), mild) == [hours(2)]


def test_step_waits_for_its_condition_when_it_does_not_hold() -> None:
    """It comes when the condition comes to hold, if its clock still runs."""
    moved = TicketAssigned(ticket_id=TICKET, occurred_at=AT + hours(3), group=GroupId("network"))
    rungs = ladder(rule(when=field("group").is_("network")))
    assert times(rungs, moved) == [hours(3)]
    assert times(rungs) == []


def test_offset_before_due_opens_in_the_morning_when_it_falls_on_a_closing() -> None:
    """Due at ten on Tuesday, two hours ahead: at eight, not at Monday's closing."""
    late = attrs.evolve(OPENED, occurred_at=AT + hours(7))
    rungs = ladder(rule(trigger=OffsetFromDue(clock="resolution", offset=-hours(2))))
    (step,) = plan((late,), rungs, agreement(OFFICE), as_of=AT + hours(7))
    assert step.at == datetime(2026, 1, 6, 8, tzinfo=UTC)


def test_offset_after_due_is_working_time_when_given() -> None:
    """An hour beyond four."""
    rungs = ladder(rule(trigger=OffsetFromDue(clock="resolution", offset=hours(1))))
    assert times(rungs) == [hours(5)]


def test_offset_is_the_start_of_the_clock_when_it_is_longer_than_the_goal() -> None:
    """Five hours ahead of four is at once."""
    rungs = ladder(rule(trigger=OffsetFromDue(clock="resolution", offset=-hours(5))))
    assert times(rungs) == [timedelta(0)]


def test_silence_begins_anew_when_somebody_is_heard_or_a_hold_ends() -> None:
    """Two hours after the answer at one, and after the hold that ended at ten."""
    answer = AnswerSent(ticket_id=TICKET, occurred_at=AT + hours(1), actor=ANA)
    rungs = ladder(rule(trigger=Silence(after=hours(2))))
    found = times(rungs, answer, held(hours(4)), resumed(hours(10)))
    assert found == [hours(3), hours(6) + hours(6)]


def test_priority_speaks_at_the_opening_when_it_is_reached_there() -> None:
    """A step of the opening's own instant is due, though not after it."""
    assert times(ladder(rule(trigger=PriorityReached(priorities="P2")))) == [timedelta(0)]


# --- repeats and acknowledgements -----------------------------------------------------------------


def test_repeats_are_bounded_when_nobody_does_anything() -> None:
    """Once and two more times, half an hour apart."""
    rungs = ladder(rule(repeat_every=minutes(30), repeat_times=2))
    assert times(rungs) == [hours(2), hours(2.5), hours(3)]


def test_repeats_pause_with_their_clock_when_it_is_on_hold() -> None:
    """What would come in the hold comes once when it ends."""
    rungs = ladder(rule(repeat_every=minutes(30), repeat_times=2))
    found = times(rungs, held(hours(2) + minutes(10)), resumed(hours(6)))
    assert found == [hours(2), hours(6), hours(6.5)]


def test_next_rung_acts_early_when_nobody_acknowledges() -> None:
    """After ten minutes, although only half of the time is used; and only once."""
    rungs = ladder(
        rule(acknowledge_within=minutes(10)),
        rule("late", trigger=Breached(clock="resolution"), actions=[MANAGER]),
    )
    assert times(rungs) == [hours(2), hours(2) + minutes(10)]
    (_, second) = plan((OPENED,), rungs, agreement(), as_of=AT)
    assert second.why == "nobody acknowledged 'half' within 10 min"


def test_next_rung_waits_for_its_own_trigger_when_somebody_acknowledges_in_time() -> None:
    """An acknowledgement at the last instant is in time; bounded, it lets the breach through."""
    rungs = ladder(
        rule(acknowledge_within=minutes(10), acknowledged_for=hours(1)),
        rule("late", trigger=Breached(clock="resolution"), actions=[MANAGER]),
    )
    found = times(rungs, acknowledged(hours(2) + minutes(10)))
    assert found == [hours(2), hours(4) + timedelta(microseconds=1)]


def test_acknowledgement_holds_the_ladder_back_for_good_when_unbounded() -> None:
    """Somebody is at it: no breach, no repeat; until the ticket is reopened."""
    rungs = ladder(
        rule(repeat_every=minutes(30), repeat_times=3),
        rule("late", trigger=Breached(clock="resolution"), actions=[MANAGER]),
    )
    assert times(rungs, acknowledged(hours(2.25))) == [hours(2)]
    again = TicketReopened(ticket_id=TICKET, occurred_at=AT + hours(6), state="in_progress")
    assert times(rungs, acknowledged(hours(2.25)), again)[1] == hours(6)


def test_acknowledgement_ends_when_its_author_gives_the_ticket_away() -> None:
    """Ana took it up and held it; ben, who has it now, has acknowledged nothing (E5)."""
    rungs = ladder(rule("late", trigger=Breached(clock="resolution")), rule())
    moved = TicketAssigned(
        ticket_id=TICKET, occurred_at=AT + hours(3), group=GroupId("1"), assignee=PersonId("ben")
    )
    late = hours(4) + timedelta(microseconds=1)
    assert times(rungs, acknowledged(hours(2.5), "ana"), moved) == [hours(2), late]
    assert times(rungs, acknowledged(hours(2.5), "chi"), moved) == [hours(2)]


def test_acknowledgement_is_ignored_when_nothing_had_been_said() -> None:
    """Nobody can take up what was not told."""
    assert times(ladder(rule()), acknowledged(hours(1))) == [hours(2)]


# --- whom, and when they may be disturbed ---------------------------------------------------------


def desk(**given: object) -> Coverage:
    """Return a desk with a roster by day, where ana sleeps until noon."""
    day = Rotation(
        name="day",
        people=("ana", "ben"),
        zone="UTC",
        start_on="2026-01-05",
        hand_off="08:00",
        unit="days",
        restriction=WeeklyHours.parse("Mo-Fr 08:00-10:00"),
    )
    asleep = Responder(person="ana", zone="UTC", quiet=WeeklyHours.parse("Mo-Su 22:00-12:00"))
    roster = Roster(name="day", layers=(day,), responders=(asleep,))
    return Coverage(rosters=(roster,), **given)  # type: ignore[arg-type]


def test_reminder_waits_for_the_end_of_quiet_hours_when_it_may() -> None:
    """Ana is left alone until noon; what may not wait reaches her at eleven."""
    quietly = ladder(rule(actions=[Notify(target="assignee")]))
    assert times(quietly, coverage=desk()) == [hours(3)]
    loudly = ladder(rule(actions=[Notify(target="assignee", respect_quiet_hours=False)]))
    assert times(loudly, coverage=desk()) == [hours(2)]


def test_step_says_for_what_it_waits_when_nobody_is_on_call() -> None:
    """It is deferred to the next who is on call, and says so (E2)."""
    rungs = ladder(rule(actions=[Notify(target="roster", name="day")]))
    (step,) = plan((OPENED,), rungs, agreement(), desk(), as_of=AT)
    assert (step.at, step.target) == (datetime(2026, 1, 6, 8, tzinfo=UTC), "person ben")
    assert step.note == "nobody is on call in day before"
    assert step.reached_at == AT + hours(2)


def test_message_waits_for_the_opening_when_its_group_has_hours() -> None:
    """Second line opens at eight on Tuesday."""
    hours_of = {
        "second line": BusinessCalendar(zone="UTC", hours=WeeklyHours.parse("Tu 08:00-9:00"))
    }
    (step,) = plan((OPENED,), ladder(rule()), agreement(), desk(hours=hours_of), as_of=AT)
    assert (step.at, step.note) == (
        datetime(2026, 1, 6, 8, tzinfo=UTC),
        "when second line opens",
    )


def test_waiting_message_is_dropped_when_its_clock_stops_meanwhile() -> None:
    """Due at eleven, waiting for noon; solved at half past eleven."""
    rungs = ladder(rule(actions=[Notify(target="assignee")]))
    solved = TicketResolved(ticket_id=TICKET, occurred_at=AT + hours(2.5), state="resolved")
    assert times(rungs, solved, coverage=desk()) == []


def test_waiting_message_goes_to_the_new_holder_when_the_ticket_moves() -> None:
    """Ana sleeps; at half past eleven ben has the ticket, and is awake."""
    rungs = ladder(rule(actions=[Notify(target="assignee")]))
    moved = TicketAssigned(
        ticket_id=TICKET, occurred_at=AT + hours(2.5), group=GroupId("1"), assignee=PersonId("ben")
    )
    assert times(rungs, moved, coverage=desk()) == [hours(2.5)]


# --- catching up ----------------------------------------------------------------------------------

RUNGS = ladder(
    rule("half"),
    rule(
        "most",
        trigger=ShareUsed(clock="resolution", ratio=0.75),
        actions=[EscalateToGroup(group=GroupId("second line")), TELL],
    ),
    rule("late", trigger=Breached(clock="resolution"), actions=[MANAGER]),
)


def outcomes(
    until: timedelta, *events: TicketEvent, catch_up: CatchUp = COLLAPSE
) -> list[tuple[str, str]]:
    """Return rules and outcomes of what came due up to then."""
    found = due((OPENED, *events), RUNGS, agreement(), until=AT + until, catch_up=catch_up)
    return [(each.step.rule, each.outcome) for each in found]


def test_messages_collapse_to_the_highest_when_caught_up() -> None:
    """The assignment is no message: it is made (E3)."""
    assert outcomes(hours(5)) == [
        ("half", "collapsed"),
        ("most", "act"),
        ("most", "collapsed"),
        ("late", "act"),
    ]


def test_collapsed_step_names_the_higher_one_when_told() -> None:
    """The record says into which."""
    found = due((OPENED,), RUNGS, agreement(), until=AT + hours(5))
    assert found[0].into == found[-1].key


def test_every_step_is_taken_when_all_shall_be() -> None:
    """In order."""
    assert [each for _, each in outcomes(hours(5), catch_up=FIRE_ALL)] == ["act"] * 4


def test_old_steps_are_skipped_when_they_shall_be() -> None:
    """At three in the afternoon, what is older than three hours and a half is skipped."""
    found = outcomes(hours(6), catch_up=CatchUp(mode="skip", older_than=hours(3.5)))
    assert [each for _, each in found] == ["skipped", "act", "act", "act"]


def test_steps_are_overtaken_when_the_ticket_was_solved_meanwhile() -> None:
    """Late by then, but nobody needs to hear of it any more."""
    solved = TicketResolved(ticket_id=TICKET, occurred_at=AT + hours(5), state="resolved")
    assert {each for _, each in outcomes(hours(6), solved)} == {"overtaken"}


def test_steps_are_held_when_the_clock_is_paused_now() -> None:
    """Nothing is done inside a pause, also not what was due before it."""
    assert outcomes(hours(6), held(hours(2.5))) == [("half", "held")]


def test_late_reminder_is_held_when_it_is_found_in_quiet_hours() -> None:
    """Found at eleven in the night; asked again when ana wakes."""
    rungs = ladder(rule(actions=[Notify(target="assignee")]))
    (found,) = due((OPENED,), rungs, agreement(), desk(), until=AT + hours(14))
    noon = AT + hours(27)
    assert (found.outcome, found.again_us) == ("held", (noon - EPOCH) // timedelta(microseconds=1))


def test_rules_act_in_one_call_when_they_were_due_at_one_instant() -> None:
    """Two rungs of one instant are no backlog: both speak."""
    rungs = ladder(
        rule("first"), rule("second", trigger=OffsetFromDue(clock="resolution", offset=-hours(2)))
    )
    found = due((OPENED,), rungs, agreement(), until=AT + hours(2))
    assert [each.outcome for each in found] == ["act", "act"]


@pytest.mark.parametrize(
    "given", [{"mode": "never"}, {"mode": "skip"}, {"mode": "all", "older_than": hours(1)}]
)
def test_catch_up_is_refused_when_its_parts_do_not_fit(given: dict[str, object]) -> None:
    """An unknown mode, or an age where there is none to be."""
    with pytest.raises((DefinitionError, InvalidValue)):
        CatchUp(**given)  # type: ignore[arg-type]


def test_next_look_is_the_next_step_when_nothing_is_due() -> None:
    """Nobody polls (S15): the instant is known."""
    assert next_look((OPENED,), RUNGS, agreement(), as_of=AT) == AT + hours(2)


def test_next_look_is_now_when_something_is_due() -> None:
    """What is overdue is done at once."""
    now = AT + hours(3)
    assert next_look((OPENED,), RUNGS, agreement(), as_of=now) == now


def test_next_look_is_the_end_of_quiet_hours_when_a_step_is_held() -> None:
    """Not now, and not never."""
    rungs = ladder(rule(actions=[Notify(target="assignee")]))
    at = AT + hours(14)
    assert next_look((OPENED,), rungs, agreement(), desk(), as_of=at) == AT + hours(27)


def test_next_look_is_never_when_nothing_is_to_come() -> None:
    """A solved ticket needs no timer."""
    solved = TicketResolved(ticket_id=TICKET, occurred_at=AT + hours(1), state="resolved")
    assert next_look((OPENED, solved), RUNGS, agreement(), as_of=AT + hours(1)) is None
