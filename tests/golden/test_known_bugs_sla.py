"""Bugs and requests that other systems had about the clocks of a ticket, each as a test of ours.

A test is named after the reference it answers, provokes what went wrong there, and shows that it
does not here. Agreements, their changes and reopenings stand in `test_known_bugs_agreements`,
business time in `test_known_bugs_calendars`, priority in `test_known_bugs_priority`.
"""

from __future__ import annotations

import re
from collections.abc import Sequence
from datetime import datetime
from pathlib import Path
from zoneinfo import ZoneInfo

import attrs
import pytest

from itsm_core.calendars import ALWAYS, WorkingDays
from itsm_core.commands import Actor, OpenTicket, ReceiveContact, SendAnswer
from itsm_core.conditions import field
from itsm_core.errors import CommandRefused
from itsm_core.events import CommitmentMade, TicketEvent
from itsm_core.lifecycle import INCIDENT, decide, fold
from itsm_core.sla import (
    METRICS,
    ClockRules,
    ClockState,
    Evaluation,
    LedgerKind,
    ServiceLevelTarget,
    SlaClock,
    evaluate,
    held_by,
    next_event,
)
from tests.golden.field import ABSENT, items, load, record, text
from tests.golden.field_story import AGENT, REQUESTER, TICKET, judged, promise
from tests.golden.small_desk import (
    FRIDAY,
    HOUR,
    NEXT_MONDAY,
    OFFICE,
    TUESDAY,
    answered,
    assigned,
    at,
    cancelled,
    changed,
    closed,
    contact,
    held,
    hours,
    opened,
    resolved,
    resumed,
    started,
    target,
)

WAITS = {"awaiting_requester"}


def judge(history: Sequence[TicketEvent], hour: float, *targets: ServiceLevelTarget) -> Evaluation:
    """Return the clocks of a ticket at an hour, in office hours, verified."""
    return judged(history, promise(OFFICE, *targets), at(hour))


def one(history: Sequence[TicketEvent], hour: float, only: ServiceLevelTarget) -> SlaClock:
    """Return the last cycle of a clock that is alone."""
    return judge(history, hour, only)[only.name]


# --- answers, contacts, updates -------------------------------------------------------------------


def test_zammad_zammad_5177_update_clocks_do_not_exist_before_the_first_response() -> None:
    """Goals of an hour for replies and updates do not overrule four for the response (S5)."""
    evaluation = judge(
        [opened(9)], 9, target("response", 4), target("next_reply"), target("update")
    )
    assert evaluation.state("next_reply") is ClockState.NOT_STARTED
    assert evaluation.state("update") is ClockState.NOT_STARTED
    assert [clock.due_at for clock in evaluation] == [at(13)]
    later = judge([opened(9), contact(10)], 12, target("response", 4), target("next_reply"))
    assert [clock.name for clock in later] == ["response"]


def test_zammad_zammad_3140_nothing_is_due_while_the_requester_has_to_answer() -> None:
    """The agent wrote last: no reply is due, and the update clock stands still on hold (S5)."""
    history = [opened(9), answered(10), contact(11), answered(11.5), held(11.5)]
    evaluation = judge(history, FRIDAY + 12, target("next_reply"), target("update", 2))
    assert evaluation["next_reply"].state is ClockState.MET
    assert evaluation["update"].state is ClockState.PAUSED
    assert evaluation["update"].due_at is None
    assert next_event(evaluation) is None


def test_zammad_zammad_2082_due_is_right_after_every_single_event() -> None:
    """What is due next follows from the log: at once after the first reply, not the second (S1)."""
    history = [opened(9), answered(10), contact(11), answered(11.5), contact(12), resolved(13)]
    due_next = [at(13), None, at(12), None, at(13), None]
    targets = (target("response", 4), target("next_reply"))
    for n, expected in enumerate(due_next, start=1):
        hour = [9, 10, 11, 11.5, 12, 13][n - 1]
        known = judge(history[:n], hour, *targets)
        assert min((c.due_at for c in known if c.due_at and c.is_live), default=None) == expected
        assert list(judge(history, hour, *targets)) == list(known)


@pytest.mark.parametrize("channel", ["web", "note", "mail", ""])
def test_zammad_zammad_1322_contact_on_any_channel_starts_the_reply_clock(channel: str) -> None:
    """A note that the customer writes on the web is a contact like a mail (S5)."""
    history = [opened(9), answered(10), contact(11, channel=channel)]
    assert one(history, 11, target("next_reply")).due_at == at(12)


def test_zammad_zammad_2091_channel_of_a_contact_decides_nothing() -> None:
    """The lifecycle gives the same events for every channel, and the clocks are the same (S5)."""
    requester = Actor(person_id=REQUESTER, roles={"requester"})
    agent = Actor(person_id=AGENT, roles={"analyst"})
    opening = OpenTicket(ticket_id=TICKET, impact="low", urgency="low", requester=REQUESTER)
    seen = set[tuple[object, ...]]()
    for channel in ("portal", "mail", "phone", "chat", "walk-up"):
        told: tuple[TicketEvent, ...] = ()
        for hour, actor, command in (
            (9, requester, opening),
            (10, agent, SendAnswer(ticket_id=TICKET)),
            (11, requester, ReceiveContact(ticket_id=TICKET, channel=channel)),
        ):
            ticket = fold(told) if told else None
            decision = decide(INCIDENT, ticket, command, actor=actor, at=at(hour))
            assert not isinstance(decision, CommandRefused)
            told += decision
        clock = one(told, 11, target("next_reply"))
        seen.add((*map(type, told), clock.state, clock.due_at))
        assert clock.state is ClockState.RUNNING
    assert len(seen) == 1


def test_zammad_zammad_1620_public_note_is_the_first_response() -> None:
    """Every human answer counts, whatever its channel; an automatic one does not (S5)."""
    response = target("response", 4)
    assert one([opened(9), answered(10, channel="note")], 10, response).state is ClockState.MET
    auto = [opened(9), answered(10, channel="note", automatic=True)]
    assert one(auto, 10, response).state is ClockState.RUNNING


def test_zammad_zammad_1620_desk_declares_what_counts_as_response() -> None:
    """A desk for which taking the ticket over is a response says so (S6)."""
    taken = attrs.evolve(METRICS["response"], stop=field("assignee").is_present())
    history = [opened(9), assigned(10, "desk")]
    assert one(history, 11, target("response", 4, rules=taken)).stopped_at == at(10)
    assert one(history, 11, target("response", 4)).state is ClockState.RUNNING


def test_zammad_zammad_3642_correction_of_an_article_is_undone_when_it_is_corrected_back() -> None:
    """An answer taken out of the log leaves no trace; put back, all is as it was (S1)."""
    response = target("response", 4)
    history = [opened(9), answered(10), resolved(16)]
    private = [opened(9), resolved(16)]
    before, without = one(history, 16, response), one(private, 16, response)
    assert before.stopped_at == at(10)
    assert without.stopped_at == at(16)
    assert without.state is ClockState.BREACHED
    assert one(sorted([*private, answered(10)]), 16, response) == before


def test_osticket_osticket_407_update_clock_starts_again_with_every_update() -> None:
    """Every answer keeps one update promise and begins the next (S5)."""
    history = [opened(9), answered(10), answered(11.5), answered(14)]
    cycles = judge(history, 15, target("update", 2)).cycles("update")
    assert [cycle.due_at for cycle in cycles] == [at(12), at(13.5), at(16)]
    states = [cycle.state for cycle in cycles]
    assert states == [ClockState.MET, ClockState.BREACHED, ClockState.RUNNING]


# --- starts and stops -----------------------------------------------------------------------------


def test_zammad_zammad_2579_stopped_clock_has_elapsed_remaining_and_a_verdict() -> None:
    """Nothing has to be filled in later (S2)."""
    clock = one([opened(9), closed(12)], 12, target("resolution", 4))
    assert (clock.elapsed, clock.remaining, clock.state) == (3 * HOUR, HOUR, ClockState.MET)
    assert clock.stopped_at == at(12)


@pytest.mark.parametrize(
    "path",
    [
        [resolved(12)],
        [closed(12)],
        [resolved(12), closed(13)],
        [resolved(12, automatic=True)],
        [closed(12, automatic=True)],
        [started(10), resolved(12)],
        [held(12), resolved(12)],
    ],
)
def test_zammad_zammad_4777_every_path_to_the_end_gives_the_same_result(
    path: list[TicketEvent],
) -> None:
    """By hand, in bulk, by a trigger, with or without a resolution before: the same (S1)."""
    clock = one([opened(9), *path], 16, target("resolution", 4, pause_on=WAITS))
    assert clock.state is ClockState.MET
    assert (clock.stopped_at, clock.elapsed) == (at(12), 3 * HOUR)


@pytest.mark.parametrize("hour", [12, 15])
def test_zammad_zammad_4516_solution_time_is_part_of_every_verdict(hour: int) -> None:
    """Kept or not, the verdict as data holds the solution time and what was allowed (S3)."""
    evaluation = judge([opened(9), resolved(hour)], 16, target("resolution", 4))
    (clock,) = evaluation.verdict().clocks
    assert clock.elapsed_us == (hour - 9) * 3_600_000_000
    assert clock.allowance_us == 4 * 3_600_000_000
    assert clock.stopped_us is not None


def test_zammad_zammad_3837_due_is_the_same_to_the_second_wherever_it_is_shown() -> None:
    """The clock, the verdict, the next event and the words speak of one instant (T2)."""
    start = 9 + 36 / 3600
    evaluation = judge([opened(start)], 9.1, target("resolution", 19 / 60))
    due = at(start) + 19 / 60 * HOUR
    following = next_event(evaluation)
    assert evaluation["resolution"].due_at == due
    assert evaluation.verdict().clocks[0].due_us == evaluation["resolution"].due_us
    assert following is not None
    assert following.at == due + datetime.resolution
    assert "09:19:36" in evaluation["resolution"].explain()


def test_zammad_zammad_904_merged_ticket_is_never_late() -> None:
    """Merging ends the ticket, and with it its clocks; what is due is that of the other one."""
    history = [opened(9), cancelled(10, "merged into INC-2"), contact(11)]
    clocks = judge(history, FRIDAY, target("response"), target("resolution", 2))
    assert [clock.state for clock in clocks] == [ClockState.CANCELLED] * 2
    assert next_event(clocks) is None


def test_glpi_project_glpi_1911_group_is_judged_from_the_moment_it_got_the_ticket() -> None:
    """An operational level starts at the assignment, the promise to the requester at opening."""
    network = target("ola", 4, rules=held_by("network"))
    history = [opened(9), assigned(14, "network"), resolved(TUESDAY + 10)]
    clocks = judge(history, TUESDAY + 10, target("resolution", 16), network)
    assert clocks["ola"].started_at == at(14)
    assert clocks["ola"].elapsed == 4 * HOUR
    assert clocks["ola"].state is ClockState.MET
    assert clocks["resolution"].elapsed == 9 * HOUR


def test_znuny_znuny_514_process_ticket_has_a_response_clock() -> None:
    """A ticket that a process opened has one, and a desk may start it with another event (S6)."""
    history = [opened(9, automatic=True), started(11)]
    assert one(history, 11, target("response", 4)).due_at == at(13)
    from_work = attrs.evolve(METRICS["response"], start=field("event").is_("WorkStarted"))
    assert one(history, 11, target("response", 4, rules=from_work)).due_at == at(15)


def test_oca_helpdesk_436_start_and_stop_are_chosen_by_the_agreement() -> None:
    """From the assignment to the start of work, or whatever else: conditions as data (S6)."""
    own = ClockRules(start=field("group").is_("second"), stop=field("category").is_("active"))
    history = [opened(9), assigned(10, "second"), started(12)]
    pickup = target("response", 4, rules=own, name="pick-up")
    clock = one(history, 13, pickup)
    assert (clock.started_at, clock.stopped_at) == (at(10), at(12))
    early = one(history, 13, attrs.evolve(pickup, anchor="opened"))
    assert (early.started_at, early.due_at) == (at(9), at(13))


@pytest.mark.parametrize("end", [resolved(12), closed(12), cancelled(12)])
def test_oca_helpdesk_157_deadline_of_a_finished_ticket_is_frozen(end: TicketEvent) -> None:
    """A change of priority after the end judges nothing again, nor does time (S4)."""
    goals = {"P3": hours(4), "P1": hours(1), "P4": hours(40)}
    resolution = target("resolution", goals)
    before = one([opened(9), end], 12, resolution)
    for priority in ("P1", "P4", "unknown"):
        history = [opened(9), end, changed(13, priority)]
        after = one(history, FRIDAY, resolution)
        assert (after.state, after.due_at) == (before.state, before.due_at)
        assert after.ledger == before.ledger


@pytest.mark.parametrize("end", [resolved(9.5), closed(9.5), cancelled(9.5)])
def test_abhinavxd_libredesk_70_finished_ticket_warns_of_nothing(end: TicketEvent) -> None:
    """No breach and no warning is to come on a finished ticket, and none came after (S4)."""
    warned = {"warn_at_ratios": (0.5, 0.9)}
    targets = (target("resolution", 2, **warned), target("update", 2), target("next_reply", 2))
    evaluation = judge([opened(9), answered(9.25), contact(9.4), end], FRIDAY, *targets)
    assert next_event(evaluation) is None
    assert all(clock.warnings == () for clock in evaluation)
    assert not any(clock.is_live for clock in evaluation)


def test_rotheross_otobo_490_judging_again_changes_nothing() -> None:
    """An evaluation is an answer: events are not touched, asking twice gives the same (S1)."""
    history = [opened(9), held(10), resumed(11), resolved(15)]
    told = repr(history)
    agreement = promise(OFFICE, target("resolution", 4))
    first = evaluate(history, agreement, as_of=at(16))
    assert list(evaluate(history, agreement, as_of=at(16))) == list(first)
    assert first.history_hash == evaluate(history, agreement, as_of=at(17)).history_hash
    assert repr(history) == told


# --- pauses ---------------------------------------------------------------------------------------


def test_glpi_project_glpi_24481_nothing_is_violated_while_pending() -> None:
    """An operational level on hold is paused for as long as it takes, and has no due date (S4)."""
    network = target("ola", 4, rules=held_by("network"), pause_on=WAITS)
    history = [opened(9), assigned(9, "network"), held(12.99)]
    clock = one(history, NEXT_MONDAY * 10, network)
    assert clock.state is ClockState.PAUSED
    assert (clock.due_at, clock.breached_at) == (None, None)


def test_glpi_project_glpi_17186_date_promised_by_hand_is_not_moved_by_a_hold() -> None:
    """A commitment keeps its date; the resolution beside it is moved (D4)."""
    made = CommitmentMade(ticket_id=TICKET, occurred_at=at(9), commitment_id="c", due_at=at(15))
    history = [opened(9), made, held(10), resumed(12)]
    commitment = ServiceLevelTarget(metric="commitment")
    clocks = judge(history, 13, commitment, target("resolution", 4, pause_on=WAITS))
    assert clocks["commitment"].due_at == at(15)
    assert clocks["resolution"].due_at == at(15)
    longer = judge([*history, held(13), resumed(14)], 14, commitment)
    assert longer["commitment"].due_at == at(15)


def test_glpi_project_glpi_8710_each_clock_counts_on_its_own_calendar() -> None:
    """Taking over is promised round the clock, resolving in office hours (C7)."""
    history = [opened(TUESDAY - 4)]
    evaluation = judge(
        history, TUESDAY, target("response", 2, calendar=ALWAYS), target("resolution", 2)
    )
    assert evaluation["response"].due_at == at(TUESDAY - 2)
    assert evaluation["resolution"].due_at == at(TUESDAY + 11)


def test_glpi_project_glpi_1912_time_is_told_with_and_without_pending() -> None:
    """Elapsed, paused and wall time are all in the answer, and add up (S2)."""
    history = [opened(9), held(10), resumed(12), resolved(14)]
    clock = one(history, 14, target("resolution", 8, pause_on=WAITS))
    assert (clock.elapsed, clock.paused, clock.wall_elapsed) == (3 * HOUR, 2 * HOUR, 5 * HOUR)


def test_frappe_helpdesk_1675_pause_moves_what_is_due() -> None:
    """After the pause the due date is later by it; within it there is a projection (S4)."""
    resolution = target("resolution", 4, pause_on=WAITS)
    paused = one([opened(9), held(10)], 11, resolution)
    assert (paused.due_at, paused.projected_due_at) == (None, at(14))
    assert one([opened(9), held(10), resumed(12)], 12, resolution).due_at == at(15)


def test_frappe_helpdesk_3776_resolution_ends_a_hold_of_months_first() -> None:
    """On hold from Monday to the end of June, then resolved: two hours counted, no weeks (S6)."""
    history = [opened(9), held(11), resolved(24 * 176 + 12)]
    clock = one(history, 24 * 176 + 13, target("resolution", 8, pause_on=WAITS))
    assert (clock.elapsed, clock.state) == (2 * HOUR, ClockState.MET)
    assert clock.ledger[-1].kind is LedgerKind.PAUSED
    assert clock.ledger[-1].end == clock.stopped_at


@pytest.mark.parametrize("zone", ["Asia/Kolkata", "America/Los_Angeles", "Pacific/Chatham"])
def test_frappe_helpdesk_3776_agent_in_another_zone_sees_the_same_verdict(zone: str) -> None:
    """The zone in which instants are told, or in which is asked, changes nothing (T1)."""
    history = [opened(9), held(11), resumed(12)]
    agreement = promise(OFFICE, target("resolution", 8, pause_on=WAITS))
    away = ZoneInfo(zone)
    moved = [
        attrs.evolve(event, occurred_at=event.occurred_at.astimezone(away)) for event in history
    ]
    seen = evaluate(moved, agreement, as_of=at(13).astimezone(away))
    assert list(seen) == list(evaluate(history, agreement, as_of=at(13)))
    assert seen["resolution"].due_at == at(TUESDAY + 10)


def test_frappe_erpnext_47172_goal_and_hold_are_counted_in_one_pass() -> None:
    """Friday 15:00, five hours of goal, four hours of hold over the weekend (S16).

    An hour counts before the hold, four after it: from Monday 12:00 to 16:00.
    """
    history = [opened(FRIDAY + 15), held(FRIDAY + 16), resumed(NEXT_MONDAY + 12)]
    clock = one(history, NEXT_MONDAY + 12, target("resolution", 5, pause_on=WAITS))
    assert clock.due_at == at(NEXT_MONDAY + 16)


def test_frappe_erpnext_52489_hold_moves_due_once_by_its_working_time() -> None:
    """due(hold) - due(no hold) is the working time of the hold (S16)."""
    resolution = target("resolution", 12, pause_on=WAITS)
    steady = one([opened(9)], 9, resolution)
    assert steady.due_at == at(TUESDAY + 13)
    for begin, end in ((10, 12), (16, TUESDAY + 10), (18, 20), (9, NEXT_MONDAY)):
        clock = one([opened(9), held(begin), resumed(end)], end, resolution)
        assert clock.due_at is not None
        moved = OFFICE.between(at(TUESDAY + 13), clock.due_at)
        assert moved == OFFICE.between(at(begin), at(end))


def test_frappe_helpdesk_1554_hold_overnight_counts_its_working_hours_only() -> None:
    """On hold from 16:00 to 10:00: two hours, not eighteen (C5)."""
    history = [opened(9), held(16), resumed(TUESDAY + 10)]
    clock = one(history, TUESDAY + 10, target("resolution", 8, pause_on=WAITS))
    assert clock.due_at == at(TUESDAY + 11)


def test_glpi_project_glpi_10594_goal_in_days_is_moved_by_working_time() -> None:
    """Two days from Thursday, on hold from Friday noon to Monday noon: eight hours (C9)."""
    history = [opened(FRIDAY - 12), held(FRIDAY + 12), resumed(NEXT_MONDAY + 12)]
    days = target("resolution", WorkingDays(days=2), pause_on=WAITS)
    clock = one(history, NEXT_MONDAY + 12, days)
    assert one([opened(FRIDAY - 12)], FRIDAY, days).due_at == at(NEXT_MONDAY + 12)
    assert clock.due_at == at(NEXT_MONDAY + TUESDAY + 12)


def test_osticket_osticket_3034_status_pauses_the_clock_that_says_so() -> None:
    """Which reasons stop which clock is said by each target (S6)."""
    history = [opened(9), held(10, "awaiting_supplier"), resumed(12)]
    clocks = judge(
        history,
        12,
        target("resolution", 4, pause_on={"awaiting_supplier"}, name="ours"),
        target("resolution", 4, pause_on=WAITS, name="other"),
        target("agent_work", 4),
    )
    assert clocks["ours"].due_at == at(15)
    assert clocks["other"].due_at == at(13)
    assert clocks["agent_work"].due_at == at(15)


# --- nothing is left out --------------------------------------------------------------------------


def slug(ref: str) -> str:
    """Return a reference as the stem of a test's name."""
    return "test_" + re.sub(r"[^a-z0-9]+", "_", ref.lower()) + "_"


def test_every_known_bug_of_priority_and_clocks_has_a_test_when_the_list_is_there() -> None:
    """Areas B and C: each reference names a test of one of the modules of known bugs."""
    data = load("known_bugs.json")
    if data is None:
        pytest.skip(ABSENT)
    bugs = [record(entry) for entry in items(data)]
    refs = [text(bug["ref"]) for bug in bugs if bug["area"] in ("B", "C")]
    names = {
        name
        for path in Path(__file__).parent.glob("test_known_bugs_*.py")
        for name in re.findall(r"^def (test_\w+)\(", path.read_text(encoding="utf-8"), re.MULTILINE)
    }
    missing = [ref for ref in refs if not any(name.startswith(slug(ref)) for name in names)]
    assert missing == []
