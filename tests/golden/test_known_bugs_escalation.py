"""Bugs and requests that other systems had about escalation and absence, as tests of ours.

A test is named after the reference it answers. Those about rosters stand in
`test_known_bugs_rosters`, which also sees to it that none is left out.
"""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from itsm_core.calendars import (
    ALWAYS,
    BusinessCalendar,
    Calendar,
    Goal,
    WeeklyHours,
    WorkingDays,
    WorkingTime,
)
from itsm_core.commitments import handover
from itsm_core.escalation import (
    FIRE_ALL,
    Breached,
    Coverage,
    EscalateToGroup,
    EscalateToRole,
    EscalationRule,
    Ladder,
    Notify,
    OffsetFromDue,
    Reopened,
    ShareUsed,
    Silence,
    Step,
    due,
    plan,
)
from itsm_core.events import (
    EscalationAcknowledged,
    TicketAssigned,
    TicketEvent,
    TicketOpened,
    TicketPutOnHold,
    TicketReopened,
    TicketResolved,
    TicketResumed,
)
from itsm_core.ids import AgreementId, GroupId, PersonId, TicketId
from itsm_core.rosters import Absence, Roster
from itsm_core.sla import ServiceLevelAgreement, ServiceLevelTarget
from itsm_core.spans import hours, minutes

TICKET = TicketId("INC-1")
MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
AT = MONDAY + hours(9)
OFFICE = BusinessCalendar(zone="UTC", hours=WeeklyHours.parse("Mo-Fr 08:00-18:00"))
MANAGER = EscalateToRole(role="manager")
MICRO = timedelta(microseconds=1)


def agreement(
    calendar: Calendar = ALWAYS, resolution: Goal | None = None, response: Goal | None = None
) -> ServiceLevelAgreement:
    """Return an answer within an hour and a solution within four, unless said otherwise."""
    return ServiceLevelAgreement(
        agreement_id=AgreementId("gold"),
        calendar=calendar,
        targets=(
            ServiceLevelTarget(metric="response", goals={"*": response or WorkingTime(hours(1))}),
            ServiceLevelTarget(
                metric="resolution",
                goals={"*": resolution or WorkingTime(hours(4))},
                pause_on=("awaiting_requester",),
            ),
        ),
    )


def opened(at: datetime = AT) -> TicketOpened:
    """Return the opening of a ticket that ana holds."""
    return TicketOpened(
        ticket_id=TICKET,
        occurred_at=at,
        priority="P2",
        group=GroupId("first line"),
        assignee=PersonId("ana"),
    )


def rule(name: str, trigger: object, *actions: object, **given: object) -> EscalationRule:
    """Return a rung that tells the manager unless said otherwise."""
    return EscalationRule(name=name, trigger=trigger, actions=actions or (MANAGER,), **given)  # type: ignore[arg-type]


def steps(
    *rules: EscalationRule,
    events: tuple[TicketEvent, ...] = (),
    terms: ServiceLevelAgreement | None = None,
    coverage: Coverage | None = None,
    at: datetime = AT,
) -> list[Step]:
    """Return every step of a fortnight."""
    found = due(
        (opened(at), *events),
        Ladder(name="desk", rules=rules),
        terms or agreement(),
        coverage or Coverage(),
        until=at + timedelta(days=14),
        catch_up=FIRE_ALL,
    )
    return [each.step for each in found]


BEFORE = OffsetFromDue(clock="resolution", offset=-hours(1))


def test_glpi_project_glpi_15429_level_before_due_does_not_fire_at_creation() -> None:
    """An hour before due, on a calendar of its own, is not at once (E1)."""
    start = MONDAY + hours(17)
    (step,) = steps(rule("early", BEFORE), terms=agreement(OFFICE), at=start)
    assert step.at == MONDAY + hours(24 + 10)


def test_glpi_project_glpi_22678_hour_before_due_is_ten_and_not_midnight() -> None:
    """Opened Monday at 17:00 with four hours: due Tuesday 11:00, told at 10:00 (E1)."""
    start = MONDAY + hours(17)
    (step,) = plan(
        (opened(start),),
        Ladder(name="desk", rules=(rule("early", BEFORE),)),
        agreement(OFFICE),
        as_of=start,
    )
    assert step.text() == "Tue 10:00: escalate to the manager, because resolution is due in 1 h"


def test_glpi_project_glpi_7946_nothing_is_sent_while_the_ticket_is_pending() -> None:
    """On hold from ten to twenty: the notice comes ten hours later (E2)."""
    pending = TicketPutOnHold(
        ticket_id=TICKET, occurred_at=AT + hours(1), state="on_hold", reason="awaiting_requester"
    )
    resumed = TicketResumed(ticket_id=TICKET, occurred_at=AT + hours(11), state="in_progress")
    (step,) = steps(rule("early", BEFORE), events=(pending, resumed))
    assert step.at == AT + hours(13)
    assert steps(rule("early", BEFORE), events=(pending,)) == []


def test_glpi_project_glpi_5319_every_level_fires_in_order_and_once() -> None:
    """Not only the first (E2)."""
    levels = [rule(f"level {n}", ShareUsed(clock="resolution", ratio=n / 4)) for n in (1, 2, 3, 4)]
    assert [step.rule for step in steps(*levels)] == [f"level {n}" for n in (1, 2, 3, 4)]


def test_glpi_project_glpi_4170_levels_of_the_response_clock_fire() -> None:
    """Both clocks have their own (E1)."""
    late = [rule(clock, Breached(clock=clock)) for clock in ("response", "resolution")]
    assert [step.at for step in steps(*late)] == [AT + hours(1) + MICRO, AT + hours(4) + MICRO]


def test_glpi_project_glpi_2765_level_of_one_clock_is_not_one_of_the_other() -> None:
    """The key says about which clock it is (E2)."""
    (step,) = steps(rule("own", ShareUsed(clock="response", ratio=0.5)))
    assert step.at == AT + minutes(30)
    assert ":response.1:" in step.key


def test_glpi_project_glpi_15357_offset_in_days_is_not_the_due_date_itself() -> None:
    """Two working days of ten hours before a due date ten working days away (E1)."""
    threshold = OffsetFromDue(clock="resolution", offset=-hours(20))
    terms = agreement(OFFICE, resolution=WorkingDays(10))
    (step,) = steps(rule("days", threshold), terms=terms, at=MONDAY + hours(9))
    assert step.at == MONDAY + timedelta(days=10, hours=9)


def test_frappe_helpdesk_2050_second_reopening_goes_to_the_manager() -> None:
    """And the third again; the first does not (E1)."""
    events = tuple(
        event
        for number in range(3)
        for event in (
            TicketResolved(
                ticket_id=TICKET, occurred_at=AT + hours(2 * number), state="resolved", sequence=1
            ),
            TicketReopened(ticket_id=TICKET, occurred_at=AT + hours(2 * number + 1), state="x"),
        )
    )
    found = steps(rule("again", Reopened(times=2)), events=events)
    assert [step.at for step in found] == [AT + hours(3), AT + hours(5)]


def test_frappe_helpdesk_2051_second_level_has_its_own_target() -> None:
    """First line's lead, then second line, then the manager (E1)."""
    found = steps(
        rule("1", ShareUsed(clock="resolution", ratio=0.5), Notify(target="role", name="lead")),
        rule(
            "2",
            ShareUsed(clock="resolution", ratio=0.75),
            EscalateToGroup(group=GroupId("second line")),
        ),
        rule("3", Breached(clock="resolution")),
    )
    assert [str(step.action) for step in found] == [
        "notify role lead",
        "assign to second line",
        "escalate to the manager",
    ]


def test_osticket_osticket_5197_levels_have_their_own_delays() -> None:
    """A ladder of three, each with its own offset from due (E1)."""
    delays = (-hours(1), timedelta(0), hours(2))
    found = steps(
        *(rule(f"{n}", OffsetFromDue(clock="resolution", offset=d)) for n, d in enumerate(delays))
    )
    assert [step.at for step in found] == [AT + hours(3), AT + hours(4), AT + hours(6)]


def test_osticket_osticket_5955_reopening_past_due_warns_not_again() -> None:
    """The breach was told; a clock that goes on after a reopening has the same key (E2)."""
    solved = TicketResolved(ticket_id=TICKET, occurred_at=AT + hours(5), state="resolved")
    again = TicketReopened(ticket_id=TICKET, occurred_at=AT + hours(30), state="in_progress")
    (step,) = steps(rule("late", Breached(clock="resolution")), events=(solved, again))
    assert step.at == AT + hours(4) + MICRO


def test_osticket_osticket_5955_reopening_past_due_leaves_the_rest_of_the_time() -> None:
    """Solved with an hour left and reopened a day later: an hour is left (S8)."""
    solved = TicketResolved(ticket_id=TICKET, occurred_at=AT + hours(3), state="resolved")
    again = TicketReopened(ticket_id=TICKET, occurred_at=AT + hours(30), state="in_progress")
    (step,) = steps(rule("late", Breached(clock="resolution")), events=(solved, again))
    assert step.at == AT + hours(31) + MICRO


def test_freescout_help_desk_freescout_2674_rule_acts_each_time_and_not_once_a_ticket() -> None:
    """Each silence is its own; asking twice gives the same keys (E3)."""
    answers = tuple(
        TicketAssigned(
            ticket_id=TICKET, occurred_at=AT + hours(n), actor=PersonId("ana"), group=GroupId("1")
        )
        for n in (3, 6)
    )
    silent = rule("silent", Silence(after=hours(2)))
    found = steps(silent, events=answers)
    assert [step.at for step in found] == [AT + hours(n) for n in (2, 5, 8)]
    assert [step.key for step in steps(silent, events=answers)] == [step.key for step in found]


def acknowledged(after: timedelta) -> EscalationAcknowledged:
    """Return that somebody took it up."""
    return EscalationAcknowledged(ticket_id=TICKET, occurred_at=AT + after, actor=PersonId("ben"))


HALF = ShareUsed(clock="resolution", ratio=0.5)


def test_grafana_cold_storage_oncall_4654_acknowledging_stops_the_escalation() -> None:
    """No repeat and no next level after it (E2)."""
    found = steps(
        rule("half", HALF, repeat_every=minutes(10), repeat_times=5, acknowledge_within=hours(1)),
        rule("late", Breached(clock="resolution")),
        events=(acknowledged(hours(2) + minutes(15)),),
    )
    assert [step.at for step in found] == [AT + hours(2), AT + hours(2) + minutes(10)]


def test_grafana_cold_storage_oncall_3111_nothing_comes_months_after_an_acknowledgement() -> None:
    """Repeats are bounded, so that the last is known when the first is (E2)."""
    found = steps(
        rule("half", HALF, repeat_every=hours(1), repeat_times=2, acknowledged_for=hours(4)),
        events=(acknowledged(hours(2.5)),),
    )
    assert [step.at for step in found] == [AT + hours(2), AT + hours(6.5), AT + hours(7.5)]


def test_grafana_cold_storage_oncall_1792_acknowledged_alert_is_told_again_after_its_time() -> None:
    """As the rule says, through any channel: it is a step like any other (E1)."""
    found = steps(
        rule(
            "half",
            HALF,
            Notify(target="assignee"),
            repeat_every=minutes(30),
            repeat_times=1,
            acknowledged_for=hours(3),
        ),
        events=(acknowledged(hours(2.25)),),
    )
    assert [(step.at, step.target) for step in found] == [
        (AT + hours(2), "person ana"),
        (AT + hours(5.25), "person ana"),
    ]


def test_grafana_cold_storage_oncall_1931_waiting_between_steps_is_kept() -> None:
    """Fifteen minutes to acknowledge are fifteen minutes (E2)."""
    found = steps(
        rule("half", HALF, acknowledge_within=minutes(15)), rule("next", Breached(clock="response"))
    )
    later = [step for step in found if step.subject == "resolution.1"]
    assert later[1].at_us - later[0].at_us == 15 * 60 * 1_000_000


def test_grafana_cold_storage_oncall_1206_step_goes_on_when_its_window_opens() -> None:
    """Held until eight on Tuesday, and then it comes (E2)."""
    night = Coverage(hours={"second line": OFFICE})
    tell = Notify(target="group", name="second line")
    (step,) = steps(rule("half", HALF, tell), coverage=night, at=MONDAY + hours(19))
    assert step.at == MONDAY + hours(24 + 8)


def test_grafana_cold_storage_oncall_558_days_of_the_week_are_a_calendar() -> None:
    """Due on Saturday morning, told on Monday: the group's hours are Monday to Friday (E2)."""
    friday = MONDAY + timedelta(days=4, hours=23)
    weekdays = Coverage(hours={"second line": OFFICE})
    tell = Notify(target="group", name="second line")
    (step,) = steps(rule("half", HALF, tell), coverage=weekdays, at=friday)
    assert step.at == MONDAY + timedelta(days=7, hours=8)


def absent(substitute: str = "") -> Coverage:
    """Return that ana is away for the week."""
    gone = Absence(
        person="ana", substitute=substitute, start=MONDAY, end=MONDAY + timedelta(days=7)
    )
    return Coverage(rosters=(Roster(name="desk", absences=(gone,)),))


def test_osticket_osticket_852_tickets_of_staff_on_vacation_are_handed_over() -> None:
    """In one step, to whoever stands in (E5)."""
    moves = handover([(opened(),)], "ana", absent("ben"), at=AT, fallback="lea")
    assert [getattr(each, "assignee", "") for each in moves[TICKET]] == ["ben"]


def test_abhinavxd_libredesk_44_ticket_of_an_away_agent_returns_to_the_team() -> None:
    """Nobody stands in: the group has it, and no assignee (E5)."""
    moves = handover([(opened(),)], "ana", absent(), at=AT, fallback="lea")
    (moved,) = moves[TICKET]
    assert isinstance(moved, TicketAssigned)
    assert (moved.group, moved.assignee) == ("first line", "")


def test_servicenow_reminders_come_before_the_next_level() -> None:
    """A notification and two reminders ten minutes apart: the next level after thirty (snow-05)."""
    found = steps(
        rule(
            "first", HALF, repeat_every=minutes(10), repeat_times=2, acknowledge_within=minutes(30)
        ),
        rule("second", ShareUsed(clock="resolution", ratio=1.0)),
    )
    after = [step.at_us - found[0].at_us for step in found[:4]]
    assert [each // 60_000_000 for each in after] == [0, 10, 20, 30]
    assert found[3].rule == "second"
