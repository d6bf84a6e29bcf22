"""When timed rules act: reminders, silences, closings, on a calendar and in closed form (L5)."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Literal

import attrs
import pytest

from itsm_core.calendars import (
    BusinessCalendar,
    Goal,
    PlainDates,
    WallTime,
    WeeklyHours,
    WorkingDays,
)
from itsm_core.commands import CancelTicket, CloseTicket, ResolveTicket, SendNudge
from itsm_core.errors import InvalidValue, NaiveDatetime
from itsm_core.events import (
    AnswerSent,
    ContactReceived,
    NudgeSent,
    TicketClosed,
    TicketEvent,
    TicketMigrated,
    TicketMoved,
    TicketOpened,
    TicketPutOnHold,
    TicketReopened,
    TicketResolved,
    TicketResumed,
    WorkStarted,
)
from itsm_core.ids import TicketId
from itsm_core.lifecycle import Nudge, Silence, TimedRules, TimedStep, next_timed, timed_due

ID = TicketId("INC-1")
# Monday 2026-01-05 to Friday 2026-01-09 and on; Tuesday the 13th is a holiday. Hours in UTC.
OFFICE = BusinessCalendar(
    zone="UTC",
    hours=WeeklyHours.parse("Mo-Fr 09:00-17:00"),
    holidays=PlainDates({datetime(2026, 1, 13, tzinfo=UTC).date(): "Founders"}),
)
FAR = datetime(2027, 1, 1, tzinfo=UTC)


def on(day: int, hour: float = 10) -> datetime:
    """Return an hour of a day in January 2026."""
    return datetime(2026, 1, 1, tzinfo=UTC) + timedelta(days=day - 1, hours=hour)


def rules(
    *, nudge: Nudge | None = None, silence: Silence | None = None, close: Goal | None = None
) -> TimedRules:
    """Return rules on office hours."""
    return TimedRules(
        calendar=OFFICE,
        close_after=close,
        nudges=[nudge] if nudge else [],
        silences=[silence] if silence else [],
    )


OPENED = TicketOpened(ticket_id=ID, occurred_at=on(5, 9))
STARTED = WorkStarted(ticket_id=ID, occurred_at=on(5, 9.5), state="in_progress")
HELD = TicketPutOnHold(
    ticket_id=ID, occurred_at=on(8), state="on_hold", reason="awaiting_requester"
)
WAITING = (OPENED, STARTED, HELD)
RESOLVED = TicketResolved(ticket_id=ID, occurred_at=on(8), state="resolved")
NUDGE = Nudge(reason="awaiting_requester", after=WorkingDays(1), every=WorkingDays(2), at_most=3)
SILENCE = Silence(reason="awaiting_requester", after=WorkingDays(3))


def steps(history: Sequence[TicketEvent], timed: TimedRules) -> list[tuple[datetime, str]]:
    """Return when what is due, as far as anybody can see."""
    found = timed_due(history, timed, on(1), FAR)
    return [(each.at, type(each.command).__name__) for each in found]


def test_reminders_come_on_working_days_when_a_hold_lasts() -> None:
    """Thursday 10:00: Friday, then every two working days, over a weekend and a holiday."""
    assert steps(WAITING, rules(nudge=NUDGE)) == [
        (on(9), "SendNudge"),
        (on(14), "SendNudge"),
        (on(16), "SendNudge"),
    ]


def test_reminder_says_which_and_why_when_it_is_due() -> None:
    """A step can be read, and is done once by its key."""
    step = next_timed(WAITING, rules(nudge=NUDGE), on(9))
    assert step is not None
    assert step.command == SendNudge(ticket_id=ID, number=2)
    assert step.reason == "on hold for 'awaiting_requester': reminder 2 of 3"
    assert step.key == f"INC-1:nudge:{HELD.occurred_us}:2"


def test_reminder_comes_once_when_no_distance_is_given() -> None:
    """A working day after Thursday the 8th, and never again."""
    once = Nudge(reason="awaiting_requester", after=WorkingDays(1))
    assert steps(WAITING, rules(nudge=once)) == [(on(9), "SendNudge")]


def test_nothing_is_due_when_the_desk_answers_in_work() -> None:
    """Nobody is waited for: an answer begins a wait only in a hold."""
    answer = AnswerSent(ticket_id=ID, occurred_at=on(8))
    assert steps((OPENED, STARTED, answer), rules(nudge=NUDGE, silence=SILENCE)) == []


def test_no_reminder_is_due_when_the_hold_has_another_reason() -> None:
    """Rules are per reason."""
    other = (*WAITING[:2], attrs.evolve(HELD, reason="awaiting_supplier"))
    assert steps(other, rules(nudge=NUDGE, silence=SILENCE)) == []


def test_reminders_stop_when_the_hold_ends_or_is_for_something_else() -> None:
    """An event of the same instant comes first."""
    resumed = TicketResumed(ticket_id=ID, occurred_at=on(14), state="in_progress")
    assert steps((*WAITING, resumed), rules(nudge=NUDGE)) == [(on(9), "SendNudge")]
    later = attrs.evolve(HELD, occurred_at=on(9, 12), reason="awaiting_supplier")
    assert steps((*WAITING, later), rules(nudge=NUDGE)) == [(on(9), "SendNudge")]


def test_hold_goes_on_when_it_is_told_twice_or_renamed() -> None:
    """A log repeats itself; a migration gives a reason another name and begins nothing anew."""
    again = attrs.evolve(HELD, occurred_at=on(9, 9))
    assert steps((*WAITING, again), rules(nudge=NUDGE))[0] == (on(9), "SendNudge")
    moved = TicketMigrated(
        ticket_id=ID,
        occurred_at=on(9, 9),
        lifecycle="incident",
        lifecycle_version=2,
        state="waiting",
        hold_reason="awaiting_customer",
    )
    renamed = attrs.evolve(NUDGE, reason="awaiting_customer")
    assert steps((*WAITING, moved), rules(nudge=renamed))[0] == (on(9), "SendNudge")
    early = attrs.evolve(moved, occurred_at=on(7))
    assert steps((*WAITING[:2], early, RESOLVED), rules(nudge=renamed)) == []


def test_silence_ends_the_wait_when_nobody_answers() -> None:
    """Three working days from Thursday: Friday, Monday, Wednesday, for Tuesday is a holiday."""
    step = next_timed(WAITING, rules(silence=SILENCE), on(8))
    assert step == TimedStep(
        at=on(14),
        command=ResolveTicket(ticket_id=ID, resolution_code="no_answer"),
        reason="no answer within 3 working days",
        key=f"INC-1:silence:{HELD.occurred_us}",
    )


@pytest.mark.parametrize(("trigger", "kind"), [("close", CloseTicket), ("cancel", CancelTicket)])
def test_silence_ends_as_the_rule_says_when_it_is_not_resolved(
    trigger: Literal["close", "cancel"], kind: type
) -> None:
    """For lifecycles that allow it."""
    rule = attrs.evolve(SILENCE, trigger=trigger)
    step = next_timed(WAITING, rules(silence=rule), on(8))
    assert step is not None
    assert type(step.command) is kind


def test_silence_counts_anew_when_a_person_of_the_desk_got_in_touch() -> None:
    """FreeScout's wish: N days after the last contact of the desk."""
    asked = AnswerSent(ticket_id=ID, occurred_at=on(9))
    assert steps((*WAITING, asked), rules(silence=SILENCE)) == [(on(15), "ResolveTicket")]


def test_silence_counts_on_when_only_a_program_wrote() -> None:
    """Neither reminders nor auto-replies, of either side, reset what is counted."""
    robots = (
        NudgeSent(ticket_id=ID, occurred_at=on(9), reason="awaiting_requester", automatic=True),
        AnswerSent(ticket_id=ID, occurred_at=on(9, 11), automatic=True),
        ContactReceived(ticket_id=ID, occurred_at=on(9, 12), automatic=True),
    )
    assert steps((*WAITING, *robots), rules(silence=SILENCE)) == [(on(14), "ResolveTicket")]


def test_step_is_told_once_when_something_else_happens_after_it() -> None:
    """An event that ends no wait repeats no step that was due before it."""
    later = NudgeSent(ticket_id=ID, occurred_at=on(10), reason="awaiting_requester", automatic=True)
    assert steps((*WAITING, later), rules(nudge=NUDGE)) == steps(WAITING, rules(nudge=NUDGE))


def test_silence_is_broken_when_the_requester_answers() -> None:
    """Also where the contact does not resume the work by itself."""
    contact = ContactReceived(ticket_id=ID, occurred_at=on(9, 9))
    assert steps((*WAITING, contact), rules(nudge=NUDGE, silence=SILENCE)) == []


def test_waiting_begins_anew_when_the_desk_asks_again() -> None:
    """Reminders and silence count from the new question."""
    more = (
        ContactReceived(ticket_id=ID, occurred_at=on(9, 9)),
        AnswerSent(ticket_id=ID, occurred_at=on(9, 12)),
    )
    found = steps((*WAITING, *more), rules(nudge=NUDGE, silence=SILENCE))
    assert found == [
        (on(12, 12), "SendNudge"),
        (on(15, 12), "SendNudge"),
        (on(15, 12), "ResolveTicket"),
        (on(19, 12), "SendNudge"),
    ]


def test_supplier_is_reminded_still_when_the_requester_gets_in_touch() -> None:
    """Whose answer is waited for is data: a supplier's hold ends by no word of the requester."""
    held = attrs.evolve(HELD, reason="awaiting_supplier")
    contact = ContactReceived(ticket_id=ID, occurred_at=on(9, 9))
    rule = attrs.evolve(NUDGE, reason="awaiting_supplier", at_most=1)
    answer = AnswerSent(ticket_id=ID, occurred_at=on(9, 9.5))
    told = (OPENED, STARTED, held, contact, answer)
    assert steps(told, rules(nudge=rule)) == [(on(9), "SendNudge")]


def test_ticket_is_closed_when_it_stayed_resolved() -> None:
    """Five working days from Thursday the 8th: the 9th, 12th, 14th, 15th, 16th."""
    step = next_timed((OPENED, RESOLVED), rules(close=WorkingDays(5)), on(8))
    assert step is not None
    assert (step.at, step.command) == (on(16), CloseTicket(ticket_id=ID))
    assert (step.reason, step.key) == (
        "resolved for 5 working days",
        f"INC-1:close:{RESOLVED.occurred_us}",
    )


def test_closing_counts_from_the_standing_solution_when_reopened() -> None:
    """Reopened in between, it is resolved anew; resolved twice, the first one stands."""
    more = (
        TicketReopened(ticket_id=ID, occurred_at=on(9), state="in_progress"),
        attrs.evolve(RESOLVED, occurred_at=on(12)),
        attrs.evolve(RESOLVED, occurred_at=on(14)),
        TicketMoved(ticket_id=ID, occurred_at=on(14), state="checked"),
    )
    history = (OPENED, RESOLVED, *more)
    assert steps(history, rules(close=WorkingDays(1))) == [(on(14), "CloseTicket")]


def test_nothing_is_due_when_the_ticket_is_closed() -> None:
    """The end is the end."""
    closed = TicketClosed(ticket_id=ID, occurred_at=on(9), state="closed")
    timed = rules(nudge=NUDGE, silence=SILENCE, close=WorkingDays(1))
    assert next_timed((OPENED, RESOLVED, closed), timed, on(9)) is None
    assert steps((OPENED, RESOLVED, closed), timed) == []


def test_wall_time_works_when_a_rule_wants_it() -> None:
    """Any goal will do."""
    found = steps((OPENED, RESOLVED), rules(close=WallTime(timedelta(hours=72))))
    assert found == [(on(11), "CloseTicket")]


def test_polls_give_the_same_steps_when_they_come_at_other_times() -> None:
    """Independent of polling: cut the time anywhere, also at the instant of a step."""
    timed = rules(nudge=NUDGE, silence=SILENCE)
    whole = timed_due(WAITING, timed, on(1), on(31))
    for cuts in ([on(9)], [on(9, 9.99), on(14)], [on(8) + timedelta(hours=n) for n in range(99)]):
        ends = [on(1), *cuts, on(31)]
        parts = [
            step
            for since, until in pairwise(ends)
            for step in timed_due(WAITING, timed, since, until)
        ]
        assert [each.key for each in parts] == [each.key for each in whole]


def test_step_is_overtaken_when_its_wait_has_ended_since() -> None:
    """Who comes late on Wednesday must not resolve by the silence of another wait."""
    more = (
        TicketResumed(ticket_id=ID, occurred_at=on(15), state="in_progress"),
        attrs.evolve(HELD, occurred_at=on(15, 11)),
    )
    timed = rules(silence=SILENCE)
    (step,) = timed_due((*WAITING, *more), timed, on(1), on(16))
    assert (step.at, step.is_overtaken) == (on(14), True)
    (step,) = timed_due(WAITING, timed, on(1), on(16))
    assert (step.at, step.is_overtaken) == (on(14), False)


def test_last_step_alone_stands_when_several_came_due() -> None:
    """After downtime nobody gets three reminders at once."""
    steps = timed_due(WAITING, rules(nudge=NUDGE), on(1), on(20))
    assert [each.is_overtaken for each in steps] == [True, True, False]


def test_future_is_not_known_when_asked_as_of_an_instant() -> None:
    """Events after `as_of` are not there yet."""
    resumed = TicketResumed(ticket_id=ID, occurred_at=on(9, 9), state="in_progress")
    timed = rules(nudge=NUDGE)
    assert next_timed((*WAITING, resumed), timed, on(8)) == next_timed(WAITING, timed, on(8))
    assert next_timed((*WAITING, resumed), timed, on(9, 9)) is None


def test_order_of_telling_does_not_matter_when_events_come_late() -> None:
    """S14 holds here too."""
    timed = rules(nudge=NUDGE)
    assert steps(WAITING[::-1], timed) == steps((*WAITING, *WAITING), timed)


def test_question_is_refused_when_it_makes_no_sense() -> None:
    """An interval backwards, a naive instant, a history without an opening."""
    timed = rules(nudge=NUDGE)
    with pytest.raises(InvalidValue, match="until is before since"):
        timed_due(WAITING, timed, on(9), on(8))
    with pytest.raises(NaiveDatetime):
        next_timed(WAITING, timed, on(9).replace(tzinfo=None))
    for history in ((), (HELD,)):
        with pytest.raises(InvalidValue, match="without TicketOpened"):
            next_timed(history, timed, on(9))


def test_nothing_is_due_when_the_ticket_is_not_opened_yet() -> None:
    """Who polls early finds nothing."""
    timed = rules(nudge=NUDGE)
    assert next_timed(WAITING, timed, on(4)) is None
    assert timed_due(WAITING, timed, on(1), on(4)) == ()


def led_over(at: datetime, reason: str = "awaiting_requester") -> tuple[TicketEvent, ...]:
    """Return a wait without rules that is led over into one that has them."""
    held = attrs.evolve(HELD, reason="awaiting_user")
    moved = TicketMigrated(
        ticket_id=ID,
        occurred_at=at,
        lifecycle="incident",
        lifecycle_version=2,
        state="on_hold",
        hold_reason=reason,
    )
    return (*WAITING[:2], held, moved)


@pytest.mark.parametrize("polled", [on(15), on(20)])
def test_silence_ends_the_wait_when_its_time_was_over_before_the_migration(
    polled: datetime,
) -> None:
    """Three working days ended on Wednesday the 14th; led over on the 20th it ends there."""
    history, timed = led_over(on(20)), rules(silence=SILENCE)
    (step,) = timed_due(history, timed, polled, FAR)
    assert step.at == on(20) + timedelta.resolution
    assert type(step.command) is ResolveTicket
    assert next_timed(history, timed, on(20)) == step


def test_silence_counts_from_the_hold_when_its_time_is_not_over_at_the_migration() -> None:
    """A migration begins no wait anew."""
    assert steps(led_over(on(9)), rules(silence=SILENCE)) == [(on(14), "ResolveTicket")]


def test_last_reminder_alone_stands_when_several_were_due_before_the_migration() -> None:
    """Nobody gets three at once, and the one that is sent is of the new rules."""
    found = timed_due(led_over(on(20)), rules(nudge=NUDGE), on(1), FAR)
    assert [each.is_overtaken for each in found] == [True, True, False]
    assert {each.at for each in found} == {on(20) + timedelta.resolution}


def test_steps_are_others_when_the_rules_came_with_a_migration() -> None:
    """What was done by the rules of the former reason is not done by those of the new one."""
    first = attrs.evolve(NUDGE, reason="awaiting_user")
    timed = TimedRules(calendar=OFFICE, nudges=[first, NUDGE])
    keys = [each.key for each in timed_due(led_over(on(12)), timed, on(1), FAR)]
    assert len(keys) == len(set(keys)) == 4
    assert keys[0] == f"INC-1:nudge:{HELD.occurred_us}:1"


def test_keys_stay_when_a_migration_keeps_the_reason() -> None:
    """The same wait by the same rules; a step that was done is done."""
    before = [each.key for each in timed_due(WAITING, rules(nudge=NUDGE), on(1), FAR)]
    moved = TicketMigrated(
        ticket_id=ID,
        occurred_at=on(12),
        lifecycle="incident",
        lifecycle_version=2,
        state="on_hold",
        hold_reason=HELD.reason,
    )
    history = (*WAITING, moved)
    assert [each.key for each in timed_due(history, rules(nudge=NUDGE), on(1), FAR)] == before


# --- the edges of an interval ---------------------------------------------------------------------


def test_nothing_is_due_when_the_interval_is_empty() -> None:
    """From an instant to itself is no time, and no mistake: a poller may come twice."""
    assert timed_due(WAITING, rules(nudge=NUDGE), on(9), on(9)) == ()


def test_step_at_the_end_of_the_interval_stands_when_it_is_the_last() -> None:
    """The second reminder falls on `until` itself: it is due, and the first is overtaken."""
    found = timed_due(WAITING, rules(nudge=NUDGE), on(1), on(14))
    assert [(each.at, each.is_overtaken) for each in found] == [(on(9), True), (on(14), False)]


def test_step_is_due_when_another_event_is_of_its_instant() -> None:
    """What ends no wait takes nothing away, also in the very microsecond."""
    told = NudgeSent(ticket_id=ID, occurred_at=on(9), reason="awaiting_requester", automatic=True)
    assert steps((*WAITING, told), rules(nudge=NUDGE)) == [
        (on(9), "SendNudge"),
        (on(14), "SendNudge"),
        (on(16), "SendNudge"),
    ]


def test_nothing_beyond_the_interval_is_counted_when_steps_lie_past_the_end_of_time() -> None:
    """The third reminder of this rule would be in the year 11026, which no calendar has."""
    long = WallTime(timedelta(days=3_000 * 365))
    rule = Nudge(reason="awaiting_requester", after=long, every=long, at_most=3)
    assert steps(WAITING, rules(nudge=rule)) == []


def test_step_stands_when_nobody_says_that_it_is_overtaken() -> None:
    """A step of one's own is to be done."""
    step = TimedStep(at=on(9), command=CloseTicket(ticket_id=ID), reason="x", key="k")
    assert (step.is_overtaken, step.at) == (False, on(9))


def test_cancelling_tells_why_when_a_silence_ends_so() -> None:
    """Whoever reads the ticket later sees the reason; the other commands have none of their own."""
    rule = attrs.evolve(SILENCE, trigger="cancel")
    step = next_timed(WAITING, rules(silence=rule), on(8))
    assert step is not None
    assert step.command == CancelTicket(ticket_id=ID, reason="no answer within 3 working days")
    closing = next_timed(WAITING, rules(silence=attrs.evolve(rule, trigger="close")), on(8))
    assert closing is not None
    assert closing.command == CloseTicket(ticket_id=ID)


def test_refusal_tells_value_and_remedy_when_a_question_makes_no_sense() -> None:
    """What is wrong, what was given, what to do."""
    with pytest.raises(InvalidValue) as caught:
        timed_due(WAITING, rules(), on(9), on(8))
    assert str(caught.value).startswith("until is before since: ")
    assert str(caught.value).endswith("; give them in their order")
    with pytest.raises(InvalidValue) as caught:
        next_timed((STARTED, HELD), rules(), on(9))
    assert str(caught.value) == (
        "a history without TicketOpened: 2; pass the whole history of one ticket"
    )
