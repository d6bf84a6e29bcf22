"""Judging a whole log: counts by hand on small histories."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import attrs
import pytest

from itsm_core.calendars import ALWAYS
from itsm_core.errors import InvalidValue, NaiveDatetime
from itsm_core.events import (
    AnswerSent,
    PriorityChanged,
    TicketAssigned,
    TicketCancelled,
    TicketEvent,
    TicketOpened,
    TicketReopened,
    TicketResolved,
)
from itsm_core.ids import AgreementId, GroupId, ServiceId, TicketId
from itsm_core.lifecycle import Ticket
from itsm_core.priority import ITIL_MATRIX, PriorityMatrix
from itsm_core.report import build_report
from itsm_core.report.judged import Judged, Tally, judge_log
from itsm_core.sla import ServiceLevelAgreement, ServiceLevelTarget
from itsm_core.spans import hours, micros
from tests.unit.report.cases import MONDAY, story
from tests.unit.report.cases import judged as judged_stories

START = datetime(2026, 1, 5, tzinfo=UTC)
AS_OF = START + timedelta(days=2)
GOLD = ServiceLevelAgreement(
    agreement_id=AgreementId("gold"),
    title="Gold",
    calendar=ALWAYS,
    targets=(
        ServiceLevelTarget(metric="response", goals={"P1": hours(1), "P3": hours(8)}),
        ServiceLevelTarget(metric="resolution", goals={"P1": hours(4), "P3": hours(72)}),
    ),
)


@attrs.frozen
class Promised:
    """Promise gold for everything but the service `free`."""

    name: str = "test"

    @property
    def matrix(self) -> PriorityMatrix:
        """Return the sample matrix."""
        return ITIL_MATRIX

    def agreement_for(self, ticket: Ticket | TicketOpened, /) -> ServiceLevelAgreement | None:
        """Return gold, or None for `free`."""
        return None if ticket.service == "free" else GOLD


def at(hour: float) -> datetime:
    """Return an instant so many hours after the start."""
    return START + timedelta(hours=hour)


def opened(name: str, hour: float = 0, priority: str = "P1", group: str = "a") -> TicketOpened:
    """Return an opening."""
    return TicketOpened(
        ticket_id=TicketId(name), occurred_at=at(hour), priority=priority, group=GroupId(group)
    )


def resolved(name: str, hour: float) -> TicketResolved:
    """Return a resolving."""
    return TicketResolved(ticket_id=TicketId(name), occurred_at=at(hour), state="resolved")


def judged(*events: TicketEvent, as_of: datetime = AS_OF, most_worst: int = 10) -> Judged:
    """Judge these events, grouped by ticket."""
    histories: dict[TicketId, tuple[TicketEvent, ...]] = {}
    for event in events:
        histories[event.ticket_id] = (*histories.get(event.ticket_id, ()), event)
    return judge_log(histories, Promised(), as_of, most_worst=most_worst)


def tallies(found: Judged) -> Mapping[tuple[str, str], Tally]:
    """Return the tallies by metric and priority."""
    return {(tally.metric, tally.priority): tally for tally in found.tallies}


def test_judge_log_counts_promises_when_decided_and_not() -> None:
    """Kept within 4 h, broken after it, broken while open, undecided within 72 h, cancelled."""
    found = judged(
        opened("kept"),
        resolved("kept", 4),
        opened("late"),
        resolved("late", 5),
        opened("open"),
        opened("running", priority="P3"),
        opened("gone", 40),
        TicketCancelled(ticket_id=TicketId("gone"), occurred_at=at(40.5), state="cancelled"),
    )
    assert tallies(found)["resolution", "P1"] == Tally(
        metric="resolution", priority="P1", kept=1, broken=2, undecided=0, cancelled=1
    )
    assert tallies(found)["resolution", "P3"].undecided == 1


def test_judge_log_orders_tallies_when_there_are_several() -> None:
    """Responses first, priorities in the order of the matrix."""
    found = judged(opened("a", priority="P3"), opened("b"))
    assert [(tally.metric, tally.priority) for tally in found.tallies] == [
        ("response", "P1"),
        ("response", "P3"),
        ("resolution", "P1"),
        ("resolution", "P3"),
    ]


def test_judge_log_keeps_the_latest_when_many_are_broken() -> None:
    """Only so many worst breaches are kept, the latest first."""
    events = [
        event
        for n, late in enumerate((3, 9, 1, 7))
        for event in (opened(f"T{n}"), resolved(f"T{n}", 4 + late))
    ]
    found = judged(*events, most_worst=2)
    worst = [breach for breach in found.worst if breach.clock.name == "resolution"]
    assert [(breach.ticket_id, breach.late) for breach in worst] == [
        ("T1", hours(9)),
        ("T3", hours(7)),
    ]


def test_judge_log_ranks_by_goals_overrun_when_priorities_differ() -> None:
    """Nine hours past a goal of four are worse than twenty past a goal of 72."""
    found = judged(
        opened("slow", priority="P3"),
        resolved("slow", 92),
        opened("urgent"),
        resolved("urgent", 13),
        as_of=at(100),
    )
    worst = [breach for breach in found.worst if breach.clock.name == "resolution"]
    assert [(each.ticket_id, each.late, each.overrun_ratio) for each in worst] == [
        ("urgent", hours(9), 9 / 4),
        ("slow", hours(20), 20 / 72),
    ]


def test_judge_log_keeps_none_when_no_worst_is_wanted() -> None:
    """Zero is a legal number of breaches to show."""
    assert judged(opened("a"), most_worst=0).worst == ()


def test_judge_log_counts_tickets_when_nothing_was_promised() -> None:
    """A ticket without agreement is counted, not judged."""
    free = attrs.evolve(opened("a"), service=ServiceId("free"))
    found = judged(free)
    assert (found.tickets, found.without_agreement, found.tallies) == (1, 1, ())


def test_judge_log_counts_tickets_when_priority_is_missing() -> None:
    """A ticket without priority earns no clock, and is told."""
    found = judged(opened("a", priority=""))
    assert (found.without_priority, found.tallies) == (1, ())


def test_judge_log_names_agreements_when_they_are_used() -> None:
    """How many tickets each agreement judged, and its title."""
    found = judged(opened("a"), opened("b"))
    assert (found.agreements, found.agreement_titles) == ({"gold": 2}, {"gold": "Gold"})


def test_backlog_holds_what_is_open_when_the_log_ends() -> None:
    """Resolved tickets are not backlog."""
    found = judged(opened("a", 1), opened("b"), resolved("b", 2))
    assert [ticket.ticket_id for ticket in found.backlog] == ["a"]
    assert found.backlog[0].opened_us == opened("a", 1).occurred_us


def test_judge_log_knows_nothing_when_it_happens_after_as_of() -> None:
    """Later events are unknown, and tickets opened later do not exist."""
    found = judged(opened("a"), resolved("a", 30), opened("b", 30), as_of=at(24))
    assert found.tickets == 1
    assert [ticket.ticket_id for ticket in found.backlog] == ["a"]
    assert found.resolved_us == ()


def test_bounces_are_counted_when_a_group_gets_it_back() -> None:
    """a, b, a, b: twice back to a group that had given it away to one other."""
    moves = [
        TicketAssigned(ticket_id=TicketId("T"), occurred_at=at(n), group=GroupId(group))
        for n, group in enumerate(("b", "b", "a", "b"), 1)
    ]
    assert judged(opened("T"), *moves).bounced == {"T": 2}


def test_bounces_are_none_when_it_only_wanders_on() -> None:
    """a, b, c is no bounce, neither is a return by way of two."""
    moves = [
        TicketAssigned(ticket_id=TicketId("T"), occurred_at=at(n), group=GroupId(group))
        for n, group in enumerate(("b", "c", "a"), 1)
    ]
    assert judged(opened("T"), *moves).bounced == {}


def test_reopenings_are_counted_when_it_comes_back() -> None:
    """Each way back from resolved counts, and each resolving."""
    back = [
        TicketReopened(ticket_id=TicketId("T"), occurred_at=at(hour), state="in_progress")
        for hour in (2, 4)
    ]
    found = judged(opened("T"), resolved("T", 1), back[0], resolved("T", 3), back[1])
    assert (found.reopened, len(found.resolved_us)) == ({"T": 2}, 2)


def test_judge_log_is_empty_when_the_log_is() -> None:
    """Nothing comes of nothing."""
    found = judged()
    assert (found.tickets, found.tallies, found.worst) == (0, (), ())


def test_judge_log_tells_progress_when_asked() -> None:
    """The last word is that all is done."""
    told: list[tuple[int, int]] = []
    histories = {TicketId("a"): (opened("a"),)}
    judge_log(histories, Promised(), AS_OF, progress=lambda done, all_: told.append((done, all_)))
    assert told[-1] == (1, 1)


def test_judge_log_refuses_when_a_history_is_empty() -> None:
    """A ticket without events is a fault of whoever made the mapping."""
    with pytest.raises(InvalidValue, match="without history"):
        judge_log({TicketId("a"): ()}, Promised(), AS_OF)


def test_judge_log_refuses_when_a_history_does_not_begin() -> None:
    """The ticket is named."""
    answer = AnswerSent(ticket_id=TicketId("a"), occurred_at=START)
    with pytest.raises(InvalidValue, match="begin with TicketOpened: 'a'"):
        judge_log({TicketId("a"): (answer,)}, Promised(), AS_OF)


def test_judge_log_refuses_when_as_of_is_naive() -> None:
    """Every instant has a zone (law T1)."""
    with pytest.raises(NaiveDatetime):
        judge_log({}, Promised(), AS_OF.replace(tzinfo=None))


def test_unpromised_counts_each_reason_when_a_priority_has_no_goal() -> None:
    """Unknown, empty and left out are three reasons; each names its priority."""
    found = judged_stories(
        story(1), story(2, priority="Prio1"), story(3, priority=""), story(4, priority="P1")
    )

    assert {
        (each.metric, each.priority, each.reason, each.tickets) for each in found.unpromised
    } == {
        (metric, priority, reason, 1)
        for metric in ("response", "resolution")
        for priority, reason in (
            ("Prio1", "unknown-priority"),
            ("", "no-priority"),
            ("P1", "no-goal"),
        )
    }


def test_unpromised_counts_a_ticket_when_its_priority_changes_to_an_unknown_one() -> None:
    """Its clocks are cancelled and in no rate: it would be lost without a word."""
    history = story(1, resolved_after=timedelta(days=2))
    change = PriorityChanged(
        ticket_id=history[0].ticket_id,
        occurred_at=MONDAY + timedelta(minutes=10),
        priority="Prio9",
    )
    found = judged_stories((history[0], change, *history[1:]))

    assert {each.priority for each in found.unpromised} == {"Prio9"}
    assert not any(tally.kept or tally.broken for tally in found.tallies)


@attrs.frozen
class AnyPriority(Promised):
    """Promise the same for whatever priority, and commitments, which bring their own goals."""

    def agreement_for(self, _ticket: Ticket | TicketOpened, /) -> ServiceLevelAgreement | None:
        """Return one agreement for all."""
        targets = (
            ServiceLevelTarget(metric="resolution", goals=hours(8)),
            ServiceLevelTarget(metric="commitment"),
        )
        return attrs.evolve(GOLD, targets=targets)


def test_unpromised_is_empty_when_a_goal_is_for_any_priority() -> None:
    """An unlisted priority has a promise, and a commitment needs none."""
    history = story(1, priority="Prio1")
    found = judge_log({history[0].ticket_id: history}, AnyPriority(), MONDAY + timedelta(days=9))

    assert found.unpromised == ()
    assert [(tally.metric, tally.priority, tally.kept) for tally in found.tallies] == [
        ("resolution", "Prio1", 1)
    ]


def test_later_tickets_and_events_are_counted_when_judged_within_the_log() -> None:
    """What lies after the instant is left out, and said to be."""
    found = judged_stories(story(1), story(2, opened=MONDAY + timedelta(days=1)), as_of=MONDAY)

    assert (found.tickets, found.later_tickets, found.later_events) == (1, 1, 7)


def test_promises_are_decided_when_kept_or_due() -> None:
    """Answered at 09:30; one resolution at 11:00, the other due at 17:00 and four days late."""
    found = judged_stories(story(1), story(2, resolved_after=timedelta(days=4)))

    assert found.kept_us["response"] == (micros(MONDAY + timedelta(minutes=30)),) * 2
    assert found.kept_us["resolution"] == (micros(MONDAY + timedelta(hours=2)),)
    assert found.broken_us["resolution"] == (micros(MONDAY + timedelta(hours=8)),)
    assert "response" not in found.broken_us


def test_backlog_knows_since_when_and_the_last_touch() -> None:
    """On hold since 10:00; the answer at 09:30 was earlier."""
    held = story(1, hold=True, resolved_after=None)[:-1]
    (found,) = judged_stories(held).backlog

    assert found.since_us == found.touched_us == micros(MONDAY + timedelta(hours=1))
    assert found.is_on_hold
    assert (found.title, found.assignee) == ("Printer", "ann")


def test_clocks_are_unanswered_when_the_log_records_no_answer() -> None:
    """Solutions, and answers of a machine, are none that a person wrote down."""
    answered = story(1)
    silent = tuple(each for each in answered if not isinstance(each, AnswerSent))
    robot = AnswerSent(
        ticket_id=silent[0].ticket_id, occurred_at=silent[-1].occurred_at, automatic=True
    )

    assert judged_stories(silent, story(2, resolved_after=None)).unanswered == ()
    assert judged_stories(silent).unanswered == ("response",)
    assert judged_stories((*silent, robot)).unanswered == ("response",)
    assert build_report(judged_stories(silent)).unanswered == ("response",)
    late = silent[0].occurred_at + timedelta(minutes=10)
    assert judged_stories(silent, as_of=late).unanswered == ()


def test_number_to_keep_is_refused_when_it_is_negative() -> None:
    """None at all is 0."""
    with pytest.raises(InvalidValue, match="most_worst is a whole number from 0: -1"):
        judge_log({}, Promised(), AS_OF, most_worst=-1)
