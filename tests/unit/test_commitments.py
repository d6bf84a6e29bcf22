"""Promises: what became of them, whom to remind, who inherits; and handing over (D4, E5)."""

from __future__ import annotations

import random
from collections import Counter
from datetime import UTC, datetime, timedelta
from pathlib import Path

import attrs
import pytest

from itsm_core.adapters.clocks import ManualClock
from itsm_core.adapters.erasure import Erasure, is_erased
from itsm_core.adapters.memory import MemoryStore
from itsm_core.adapters.sqlite import SqliteStore
from itsm_core.calendars import ALWAYS, BusinessCalendar, WeeklyHours, WorkingTime
from itsm_core.commands import Actor, KeepCommitment, MakeCommitment, MergeTicket, OpenTicket
from itsm_core.commitments import (
    Commitment,
    CommitmentTally,
    commitments_of,
    handover,
    reminders,
    tally,
)
from itsm_core.desk import ServiceDesk
from itsm_core.errors import InvalidValue
from itsm_core.escalation import Coverage
from itsm_core.events import (
    CommitmentHandedOver,
    CommitmentKept,
    CommitmentMade,
    CommitmentWithdrawn,
    TicketAssigned,
    TicketClosed,
    TicketEvent,
    TicketOpened,
    TicketResolved,
    in_order,
)
from itsm_core.ids import AgreementId, GroupId, PersonId, TicketId
from itsm_core.lifecycle import fold
from itsm_core.policy import Policy
from itsm_core.ports import NO_STREAM
from itsm_core.priority import ITIL_MATRIX
from itsm_core.rosters import Absence, Roster
from itsm_core.sla import ServiceLevelAgreement, ServiceLevelTarget, evaluate
from itsm_core.spans import hours, minutes
from itsm_core.testing.escalation_cases import EscalationCase, random_case

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
TICKET = TicketId("INC-1")
ANA, BEN, LEA = PersonId("ana"), PersonId("ben"), PersonId("lea")
OFFICE = BusinessCalendar(zone="UTC", hours=WeeklyHours.parse("Mo-Fr 08:00-18:00"))
FOUR, TEN = hours(4), hours(10)
OPENED = TicketOpened(ticket_id=TICKET, occurred_at=AT, group=GroupId("1"), assignee=ANA)


def made(name: str = "c1", due: timedelta = FOUR, owner: PersonId = ANA) -> CommitmentMade:
    """Return a promise made at nine."""
    return CommitmentMade(
        ticket_id=TICKET,
        occurred_at=AT,
        commitment_id=name,
        owner=owner,
        beneficiary=PersonId("rob"),
        due_at=AT + due,
        text="call back",
    )


def kept(after: timedelta, name: str = "c1") -> CommitmentKept:
    """Return that a promise was kept so long after nine."""
    return CommitmentKept(ticket_id=TICKET, occurred_at=AT + after, commitment_id=name)


def withdrawn(after: timedelta, name: str = "c1") -> CommitmentWithdrawn:
    """Return that a promise was taken back so long after nine."""
    return CommitmentWithdrawn(ticket_id=TICKET, occurred_at=AT + after, commitment_id=name)


def given(after: timedelta, owner: str, name: str = "c1") -> CommitmentHandedOver:
    """Return that a promise went to somebody so long after nine."""
    return CommitmentHandedOver(
        ticket_id=TICKET, occurred_at=AT + after, commitment_id=name, owner=PersonId(owner)
    )


def only(*events: TicketEvent, after: timedelta = TEN) -> Commitment:
    """Return the one promise of a ticket."""
    (found,) = commitments_of((OPENED, *events), AT + after)
    return found


def away(person: str, substitute: str = "") -> Absence:
    """Return an absence of the first week of January 2026."""
    return Absence(person=person, substitute=substitute, start=AT - hours(24), end=AT + hours(48))


def cover(*absences: Absence) -> Coverage:
    """Return a coverage with these absences."""
    return Coverage(rosters=(Roster(name="desk", absences=absences),))


@pytest.mark.parametrize(
    ("end", "state"),
    [
        (kept(hours(4)), "kept"),
        (kept(hours(4) + timedelta(microseconds=1)), "broken"),
        (withdrawn(hours(4)), "withdrawn"),
        (withdrawn(hours(5)), "broken"),
    ],
)
def test_commitment_has_its_state_when_it_ends(end: TicketEvent, state: str) -> None:
    """In time is at the deadline or before; what was late stays broken (S4)."""
    assert only(made(), end).state == state


def test_commitment_is_open_until_its_deadline_when_nothing_is_told() -> None:
    """The deadline belongs to it; a microsecond later it is broken, without any event."""
    assert only(made(), after=hours(4)).state == "open"
    late = only(made(), after=hours(4) + timedelta(microseconds=1))
    assert (late.state, late.broken_us, late.is_pending) == ("broken", late.due_us, True)


def test_commitment_keeps_its_deadline_when_it_is_handed_over() -> None:
    """Another owner, the same promise (D4)."""
    found = only(made(), given(hours(1), "ben"))
    assert (found.owner, found.due_at) == ("ben", AT + hours(4))
    assert [each.owner for each in found.holdings] == ["ana", "ben"]


def test_handing_over_changes_nothing_when_the_promise_had_ended() -> None:
    """What was kept stays who kept it."""
    assert only(made(), kept(hours(1)), given(hours(2), "ben")).owner == "ana"


def test_first_end_counts_when_two_are_told() -> None:
    """Kept, then withdrawn: kept."""
    assert only(made(), kept(hours(1)), withdrawn(hours(2))).state == "kept"


def test_end_is_ignored_when_nothing_was_promised() -> None:
    """A log may tell of an end alone."""
    assert commitments_of((OPENED, kept(hours(1))), AT + hours(2)) == ()


def test_commitment_is_readable_when_printed() -> None:
    """Who, to whom, what, and how it stands."""
    assert str(only(made(), after=hours(1))) == "ana to rob: call back (open)"


def test_tally_counts_every_state_when_asked_for_the_desk() -> None:
    """Five promises, one of each state but two kept."""
    events = [made(name) for name in "abcde"]
    ends = [kept(hours(1), "a"), kept(hours(2), "b"), withdrawn(hours(1), "c"), kept(hours(9), "d")]
    found = tally(commitments_of((OPENED, *events, *ends), AT + hours(3)))
    assert found == CommitmentTally(made=5, kept=2, withdrawn=1, open=2)
    later = tally(commitments_of((OPENED, *events, *ends), AT + hours(10)))
    assert later == CommitmentTally(made=5, kept=2, withdrawn=1, broken=2)
    assert later.kept_ratio == 0.5


def test_tally_counts_what_was_inherited_when_asked_for_a_person() -> None:
    """Who gave it away has it as handed over, who took it answers for it."""
    found = commitments_of((OPENED, made(), given(hours(1), "ben"), kept(hours(2))), AT + hours(3))
    assert tally(found, "ana") == CommitmentTally(made=1, handed_over=1)
    assert tally(found, "ben") == CommitmentTally(made=1, kept=1)
    assert tally(found, "ana").kept_ratio is None


def test_promise_is_broken_by_whom_it_was_with_when_it_is_given_away_too_late() -> None:
    """D4: a broken promise cannot be handed over; who inherits the work has broken nothing."""
    ended = kept(hours(6))
    found = commitments_of((OPENED, made(), given(hours(5), "ben"), ended), AT + hours(7))
    assert tally(found, "ana") == CommitmentTally(made=1, broken=1)
    assert tally(found, "ben") == CommitmentTally()
    (one,) = found
    assert (one.owner, one.broken_by) == ("ben", "ana")
    assert only(made(), given(hours(3), "ben")).broken_by == "ben"
    assert only(made(), given(hours(4), "ben")).broken_by == "ben"
    assert only(made(), kept(hours(3))).broken_by is None
    before = attrs.evolve(made(), due_at=AT - hours(1))
    assert only(before, given(hours(1), "ben")).broken_by == "ana"


def test_ledger_is_refused_when_the_events_are_of_several_tickets() -> None:
    """Two tickets may have promises of one name, and one of them would be lost."""
    other = attrs.evolve(made(), ticket_id=TicketId("INC-2"))
    with pytest.raises(InvalidValue, match=r"several tickets.*INC-1, INC-2.*ticket by ticket"):
        commitments_of((OPENED, made(), other), AT + TEN)


def test_counts_stay_when_a_person_is_erased(tmp_path: Path) -> None:
    """Their name goes, what they promised and what came of it does not (D4, R8)."""
    told = (
        OPENED,
        made("a"),
        made("b"),
        made("c"),
        given(hours(1), "ben", "b"),
        kept(hours(2), "a"),
    )
    as_of = AT + TEN
    store = SqliteStore(tmp_path / "desk.db")
    store.append(TICKET, told, expected_version=NO_STREAM)
    store.erase(Erasure(person=ANA, texts_of=[TICKET], at=as_of, author="lea", reason="asked"))
    before = commitments_of(told, as_of)
    after = commitments_of((each.event for each in store.read(TICKET)), as_of)
    store.close()
    (nobody,) = {each.owner for each in after} - {"ben"}
    assert is_erased(nobody)
    assert tally(after) == tally(before) == CommitmentTally(made=3, kept=1, broken=2)
    assert tally(after, nobody) == tally(before, "ana")


def test_promise_is_kept_on_its_ticket_when_that_was_merged() -> None:
    """Whoever promised still can: the merged ticket is closed, and its promise is not."""
    clock, store = ManualClock(AT), MemoryStore()
    agreement = ServiceLevelAgreement(
        agreement_id=AgreementId("gold"),
        calendar=ALWAYS,
        targets=(ServiceLevelTarget(metric="resolution", goals={"*": WorkingTime(TEN)}),),
    )
    policy = Policy(name="p", calendars={}, matrix=ITIL_MATRIX, agreements=(agreement,))
    desk = ServiceDesk(store=store, catalogue=policy, clock=clock)
    ana = Actor(person_id=ANA, roles={"analyst"})
    other = TicketId("INC-2")
    for name in (TICKET, other):
        desk.handle(OpenTicket(ticket_id=name, impact="high", urgency="high", assignee=ANA), ana)
        promise = MakeCommitment(
            ticket_id=name, commitment_id="c1", text="call back", due_at=AT + FOUR
        )
        desk.handle(promise, ana)
    desk.handle(MergeTicket(ticket_id=TICKET, into=other), ana)
    assert [tally(commitments_of(desk.history(name), AT)).open for name in (TICKET, other)] == [
        1,
        1,
    ]
    clock.advance(hours(1))
    desk.handle(KeepCommitment(ticket_id=TICKET, commitment_id="c1"), ana)
    found = [
        each for name in (TICKET, other) for each in commitments_of(desk.history(name), AT + TEN)
    ]
    assert tally(found) == CommitmentTally(made=2, kept=1, broken=1)


def random_promises(rng: random.Random) -> list[TicketEvent]:
    """Return promises, ends and handings over in any order, some of them senseless."""
    events: list[TicketEvent] = [OPENED]
    for number in range(rng.randrange(20)):
        name, after = rng.choice("abcd"), minutes(rng.randrange(600))
        event = rng.choice(
            (
                made(name, minutes(rng.randrange(600))),
                kept(after, name),
                withdrawn(after, name),
                given(after, rng.choice(("ana", "ben", "chi")), name),
            )
        )
        events.append(attrs.evolve(event, occurred_at=AT + after, sequence=number))
    return events


def test_states_add_up_to_what_was_made_when_histories_are_random() -> None:
    """D4: kept + broken + withdrawn + handed over + open = made, of the desk and of each person."""
    seen: Counter[str] = Counter()
    for seed in range(3_000):
        rng = random.Random(seed)
        history = random_promises(rng)
        as_of = AT + minutes(rng.randrange(700))
        found = commitments_of(history, as_of)
        names = {
            each.commitment_id
            for each in history
            if isinstance(each, CommitmentMade) and each.occurred_at <= as_of
        }
        assert {each.commitment_id for each in found} == names
        for owner in (None, "ana", "ben", "chi"):
            one = tally(found, owner)
            parts = attrs.asdict(one)
            total = parts.pop("made")
            assert total == sum(parts.values())
            seen.update({name: count for name, count in parts.items() if count})
        # What the desk has is what its people have, but for what went from one to another.
        people = [tally(found, owner) for owner in ("ana", "ben", "chi")]
        desk = attrs.asdict(tally(found))
        given_away = sum(each.handed_over for each in people)
        assert sum(each.made for each in people) - given_away == desk.pop("made")
        del desk["handed_over"]
        for name, count in desk.items():
            assert sum(getattr(each, name) for each in people) == count
    assert min(seen[each] for each in ("kept", "broken", "withdrawn", "handed_over", "open")) > 50


def test_reminder_is_working_time_ahead_when_the_deadline_is_next_morning() -> None:
    """Two hours before nine on Tuesday is five on Monday: the desk opens at eight."""
    (found,) = reminders(
        (OPENED, made(due=hours(24))), [hours(2)], OFFICE, since=AT, until=AT + hours(24)
    )
    assert (found.at, found.owner) == (datetime(2026, 1, 5, 17, tzinfo=UTC), "ana")
    assert found.key == "INC-1:commitment.c1:reminder:120"


def test_reminders_have_names_of_their_own_when_they_are_seconds_apart() -> None:
    """Ninety seconds and a hundred ahead: one key for both would be one reminder."""
    before = [timedelta(seconds=90), timedelta(seconds=100), minutes(1)]
    found = reminders((OPENED, made()), before, ALWAYS, since=AT, until=AT + hours(9))
    assert [each.key.rpartition(":")[2] for each in found] == ["100000000us", "90000000us", "1"]


@pytest.mark.parametrize("end", [kept(hours(3)), withdrawn(hours(2))])
def test_nobody_is_reminded_when_the_promise_has_ended(end: TicketEvent) -> None:
    """An end at the instant of the reminder comes first."""
    events = (OPENED, made(), end)
    assert reminders(events, [hours(1)], ALWAYS, since=AT, until=AT + hours(9)) == ()


def test_new_owner_is_reminded_when_the_promise_was_handed_over() -> None:
    """Reminders follow the owner at their instant."""
    events = (OPENED, made(), given(hours(1), "ben"))
    found = reminders(events, [hours(1), hours(3.5)], ALWAYS, since=AT, until=AT + hours(9))
    assert [each.owner for each in found] == ["ana", "ben"]


def test_reminder_is_left_out_when_it_lies_before_the_promise() -> None:
    """Who promises for in ten minutes needs no reminder an hour ahead."""
    events = (OPENED, made(due=minutes(10)))
    assert reminders(events, [hours(1)], ALWAYS, since=AT - hours(2), until=AT + hours(9)) == ()


def test_reminders_are_the_same_when_asked_in_parts() -> None:
    """E3, for reminders: polling times do not matter."""
    events = (OPENED, made("a"), made("b", hours(6)), kept(hours(5.5), "b"))
    before = [minutes(30), hours(1), hours(2)]
    whole = reminders(events, before, OFFICE, since=AT, until=AT + hours(8))
    parts = [
        each
        for n in range(16)
        for each in reminders(
            [event for event in events if event.occurred_at <= AT + minutes(30 * n + 30)],
            before,
            OFFICE,
            since=AT + minutes(30 * n),
            until=AT + minutes(30 * n + 30),
        )
    ]
    assert [each.key for each in parts] == [each.key for each in whole]
    assert len(whole) == 5


def test_reminders_are_refused_when_lengths_or_instants_are_wrong() -> None:
    """A length of nothing, and a span that runs backward."""
    with pytest.raises(InvalidValue, match="not a length before a deadline"):
        reminders((OPENED,), [timedelta(0)], ALWAYS, since=AT, until=AT)
    with pytest.raises(InvalidValue, match="until is before since"):
        reminders((OPENED,), [hours(1)], ALWAYS, since=AT, until=AT - hours(1))


# --- handing over ---------------------------------------------------------------------------------


def test_handover_gives_tickets_and_promises_to_the_end_of_the_chain_when_away() -> None:
    """Ana names ben, who is away and names chi: chi gets all of it in one step (E5)."""
    coverage = cover(away("ana", "ben"), away("ben", "chi"))
    moves = handover([(OPENED, made())], "ana", coverage, at=AT + hours(1), fallback="lea")
    (moved, promise) = moves[TICKET]
    assert isinstance(moved, TicketAssigned)
    assert (moved.group, moved.assignee) == ("1", "chi")
    assert isinstance(promise, CommitmentHandedOver)
    assert promise.owner == "chi"


def test_ticket_goes_back_to_its_group_when_nobody_stands_in() -> None:
    """The group owns it; the promise, which is a person's, goes to the fallback."""
    moves = handover([(OPENED, made())], "ana", cover(away("ana")), at=AT, fallback="lea")
    (moved, promise) = moves[TICKET]
    assert isinstance(moved, TicketAssigned)
    assert (moved.group, moved.assignee) == ("1", "")
    assert isinstance(promise, CommitmentHandedOver)
    assert promise.owner == "lea"


def test_ticket_goes_to_the_fallback_when_it_has_no_group() -> None:
    """Somebody owns it."""
    alone = attrs.evolve(OPENED, group=GroupId(""))
    (moved,) = handover([(alone,)], "ana", cover(away("ana")), at=AT, fallback="lea")[TICKET]
    assert isinstance(moved, TicketAssigned)
    assert moved.assignee == "lea"


def test_handover_leaves_out_tickets_when_they_are_closed_or_of_others() -> None:
    """What is done with, and what others hold, stays as it is."""
    closed = (
        OPENED,
        TicketResolved(ticket_id=TICKET, occurred_at=AT, state="resolved"),
        TicketClosed(ticket_id=TICKET, occurred_at=AT, state="closed"),
    )
    others = (attrs.evolve(OPENED, ticket_id=TicketId("INC-2"), assignee=BEN),)
    assert handover([closed, others], "ana", cover(away("ana")), at=AT, fallback="lea") == {}


@pytest.mark.parametrize("fallback", ["", "ana", "lea"])
def test_handover_is_refused_when_nobody_is_there_to_fall_back_on(fallback: str) -> None:
    """Nobody, the person, or somebody who is away."""
    coverage = cover(away("ana"), away("lea"))
    with pytest.raises(InvalidValue, match="nobody to fall back on"):
        handover([(OPENED,)], "ana", coverage, at=AT, fallback=fallback)


def test_handover_is_refused_when_a_history_has_no_opening() -> None:
    """Half a history would hand over half."""
    with pytest.raises(InvalidValue, match="a history without its opening"):
        handover([(made(),)], "ana", cover(), at=AT, fallback="lea")


def test_handover_is_refused_when_it_is_from_nobody() -> None:
    """Tickets that nobody has would all be written to, and none of them would change."""
    with pytest.raises(InvalidValue, match="nobody to hand over from"):
        handover([(OPENED,)], "", cover(), at=AT, fallback="lea")


def test_nothing_is_left_when_another_clock_was_ahead() -> None:
    """Ana got ticket and promise three seconds from now, as the clock of another worker has it."""
    ahead = AT + timedelta(seconds=3)
    opened = attrs.evolve(OPENED, assignee=BEN)
    moved = TicketAssigned(
        ticket_id=TICKET,
        occurred_at=ahead,
        recorded_at=ahead + timedelta(seconds=1),
        group=GroupId("1"),
        assignee=ANA,
        sequence=7,
    )
    promised = attrs.evolve(made(), occurred_at=ahead)
    history = (opened, promised, moved)
    events = handover([history], "ana", cover(away("ana", "chi")), at=AT, fallback="lea")[TICKET]
    assert [event.occurred_at for event in events] == [ahead, ahead]
    after = in_order((*events, *history))
    assert fold(after).assignee == "chi"
    assert [each.owner for each in commitments_of(after, ahead)] == ["chi"]


def clock_words(case: EscalationCase, history: tuple[TicketEvent, ...]) -> list[object]:
    """Return what every clock of a ticket says at the end of a case."""
    evaluation = evaluate(history, case.agreement, as_of=case.until + hours(100))
    return [
        (each.name, each.cycle, each.state, each.due_us, each.started_us, each.elapsed_us)
        for each in evaluation
    ]


def test_nothing_is_left_without_an_owner_when_histories_are_random() -> None:
    """E5: after handing over, everything active has an owner who is there; no clock was reset."""
    moved = 0
    for seed in range(1_500):
        case = random_case(random.Random(seed))
        at = case.until
        person = ("ana", "ben", "chi")[seed % 3]
        moves = handover([case.history], person, case.coverage, at=at, fallback="lea")
        events = moves.get(TICKET, ())
        after = in_order((*case.history, *events))
        ticket = fold(after)
        assert ticket.assignee != person or ticket.category.is_terminal
        assert ticket.assignee or ticket.group
        for each in commitments_of(after, at):
            assert not each.is_pending or each.owner != person
        assert handover([after], person, case.coverage, at=at, fallback="lea") == {}
        assert clock_words(case, case.history) == clock_words(case, after)
        moved += bool(events)
    assert moved > 100
