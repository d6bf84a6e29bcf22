"""The desk among linked tickets: one atomic step, two writers, timers, migration (L4 to L6)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path

import attrs
import pytest

from itsm_core.adapters.clocks import ManualClock
from itsm_core.adapters.memory import MemoryStore
from itsm_core.adapters.sqlite import SqliteStore
from itsm_core.calendars import ALWAYS, WallTime
from itsm_core.commands import (
    Actor,
    AssignTicket,
    HoldTicket,
    LinkTicket,
    MergeTicket,
    MigrateTicket,
    OpenTicket,
    ReceiveContact,
    ReopenTicket,
    ResolveTicket,
    SplitTicket,
    StartWork,
)
from itsm_core.desk import ServiceDesk
from itsm_core.errors import CommandRefused, Conflict, KeyReused, NotFound
from itsm_core.ids import GroupId, PersonId, TicketId
from itsm_core.lifecycle import (
    INCIDENT,
    SHIPPED,
    Lifecycle,
    Migration,
    Nudge,
    Silence,
    Ticket,
    TimedRules,
)
from itsm_core.links import LINK_RULES, LinkRules
from itsm_core.ports import AppendResult, Batch, EventStore
from itsm_core.priority import ITIL_MATRIX, PriorityMatrix

NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)
A, B, C, D = map(TicketId, "ABCD")
ANN = Actor(person_id=PersonId("ann"), roles=("analyst", "lead", "problem_manager"))
DAY = timedelta(days=1)
TIMED = TimedRules(
    calendar=ALWAYS,
    reopen_within=WallTime(DAY),
    close_after=WallTime(2 * DAY),
    nudges=[
        Nudge(reason="awaiting_requester", after=WallTime(DAY), every=WallTime(DAY), at_most=3)
    ],
)


class Bare:
    """A catalogue that promises nothing."""

    matrix: PriorityMatrix = ITIL_MATRIX

    def __init__(self, lifecycle: str = "incident") -> None:
        self.lifecycle = lifecycle

    def agreement_for(self, _: Ticket, /) -> None:
        """Promise nothing."""


@pytest.fixture(params=["memory", "sqlite"])
def store(request: pytest.FixtureRequest, tmp_path: Path) -> Iterable[EventStore]:
    """Return a store of each kind."""
    made: EventStore = (
        MemoryStore() if request.param == "memory" else SqliteStore(tmp_path / "desk.db")
    )
    yield made
    made.close()


def desk(
    store: EventStore,
    *names: TicketId,
    lifecycle: str = "incident",
    clock: ManualClock | None = None,
    lifecycles: Iterable[Lifecycle] = SHIPPED,
    migrations: Iterable[Migration] = (),
) -> ServiceDesk:
    """Return a desk with open tickets."""
    made = ServiceDesk(
        store=store,
        catalogue=Bare(lifecycle),
        clock=clock or ManualClock(NINE),
        lifecycles=lifecycles,
        timed=TIMED,
        migrations=migrations,
    )
    for name in names:
        made.handle(OpenTicket(ticket_id=name, impact="high", urgency="low"), ANN)
    return made


def link(made: ServiceDesk, one: TicketId, other: TicketId, name: str = "child_of") -> None:
    """Link two tickets."""
    made.handle(LinkTicket(ticket_id=one, link=name, other=other), ANN)


def resolve(name: TicketId) -> ResolveTicket:
    """Return the command that resolves a ticket."""
    return ResolveTicket(ticket_id=name, resolution_code="fixed")


def test_step_is_written_to_every_ticket_when_children_follow(store: EventStore) -> None:
    """The answer tells what happened to whom; each event has the id of its place."""
    made = desk(store, A, B, C)
    link(made, B, A)
    link(made, C, A)
    handled = made.handle(resolve(A), ANN)
    assert {name: made.ticket(name).state for name in "ABC"} == dict.fromkeys("ABC", "resolved")
    assert sorted(handled.linked) == ["B", "C"]
    (event,) = handled.linked[B]
    assert event.event_id == "B#3"
    assert made.history(B)[-1] == event


def test_nothing_is_written_when_a_follower_may_not(store: EventStore) -> None:
    """All of it or nothing."""
    made = desk(store, A, B, C)
    link(made, B, A)
    link(made, C, B)
    before = store.read_all()
    with pytest.raises(CommandRefused, match="B: links"):
        made.handle(resolve(A), ANN)
    assert store.read_all() == before


def test_new_ticket_and_link_are_written_together_when_split(store: EventStore) -> None:
    """A stream that did not exist is begun in the same step."""
    made = desk(store, A)
    handled = made.handle(SplitTicket(ticket_id=A, into=B), ANN)
    assert [type(each).__name__ for each in handled.linked[B]] == ["TicketOpened", "TicketLinked"]
    assert [each.event_id for each in made.history(B)] == ["B#1", "B#2"]
    assert handled.ticket.links == (("split_into", "B"),)


def test_call_with_a_key_is_done_once_when_repeated(store: EventStore) -> None:
    """The key stands for the whole step, what was asked for included."""
    made = desk(store, A, B)
    link(made, B, A)
    first = made.handle(resolve(A), ANN, "k")
    again = made.handle(resolve(A), ANN, "k")
    assert (again.repeated, again.events, again.linked) == (True, first.events, {})
    assert made.ticket(B).version == 3
    with pytest.raises(KeyReused):
        made.handle(resolve(A), ANN, "k", ask={"problem"})


def test_step_is_never_before_the_events_of_a_follower_when_the_clock_went_back(
    store: EventStore,
) -> None:
    """Every history stays in its order."""
    clock = ManualClock(NINE)
    made = desk(store, A, B, clock=clock)
    link(made, B, A)
    clock.set(NINE + timedelta(hours=5))
    made.handle(StartWork(ticket_id=B), ANN)
    clock.set(NINE + timedelta(hours=1))
    handled = made.handle(resolve(A), ANN)
    assert {each.occurred_at for each in (*handled.events, *handled.linked[B])} == {
        NINE + timedelta(hours=5)
    }


class Rival(MemoryStore):
    """Let somebody else write first, as often as told."""

    def __init__(self, rival: Callable[[EventStore], None], times: int) -> None:
        super().__init__()
        self.rival, self.times = rival, times

    def append_many(self, batches: Iterable[Batch]) -> tuple[AppendResult, ...]:
        """Be second."""
        told = tuple(batches)
        if len(told) > 1 and self.times:
            self.times -= 1
            self.rival(self)
        return super().append_many(told)


def test_step_is_decided_again_when_a_follower_changed_meanwhile() -> None:
    """The child was resolved by somebody else: it is left alone the second time."""
    store = Rival(lambda _: None, 0)
    made = desk(store, A, B)
    link(made, B, A)
    other = desk(store)

    def rival(_: EventStore) -> None:
        other.handle(resolve(B), ANN)

    store.rival, store.times = rival, 1
    handled = made.handle(resolve(A), ANN)
    assert (handled.linked, made.ticket(B).version) == ({}, 3)


def test_conflict_is_raised_when_a_follower_changes_twice() -> None:
    """Who loses twice is told so, and nothing was written."""
    store = Rival(lambda _: None, 0)
    made = desk(store, A, B)
    link(made, B, A)
    other = desk(store)
    groups = iter("xyz")

    def rival(_: EventStore) -> None:
        command = AssignTicket(ticket_id=B, group=GroupId(next(groups)))
        other.handle(command, ANN)

    store.rival, store.times = rival, 2
    with pytest.raises(Conflict):
        made.handle(resolve(A), ANN)
    assert (made.ticket(A).state, made.ticket(B).state) == ("new", "new")


def test_unchanged_ticket_is_checked_when_the_decision_rests_on_it() -> None:
    """Two links that together close a circle share no ticket; one of the two must lose."""
    store = Rival(lambda _: None, 0)
    made = desk(store, A, B, C, D)
    link(made, B, C)
    link(made, D, A)
    other = desk(store)

    def rival(_: EventStore) -> None:
        link(other, C, D)

    store.rival, store.times = rival, 1
    with pytest.raises(CommandRefused, match="A -> B -> C -> D -> A"):
        link(made, A, B)


def test_no_circle_comes_to_be_when_two_writers_link_at_once(store: EventStore) -> None:
    """Whoever is first: of links that close a circle, one is refused, on a real store too."""
    made = desk(store, A, B, C, D)
    link(made, B, C)
    link(made, D, A)

    def attempt(pair: tuple[TicketId, TicketId]) -> str:
        while True:
            try:
                link(desk(store), *pair)
            except Conflict:
                continue
            except CommandRefused as refused:
                return refused.reasons[0].code
            return "linked"

    with ThreadPoolExecutor(2) as pool:
        found = sorted(pool.map(attempt, [(A, B), (C, D)]))
    assert found == ["link-cycle", "linked"]


def test_contact_is_redirected_when_the_ticket_was_merged(store: EventStore) -> None:
    """In the same step, on both streams."""
    made = desk(store, A, B)
    made.handle(MergeTicket(ticket_id=B, into=A), ANN)
    handled = made.handle(ReceiveContact(ticket_id=B), ANN)
    assert [type(each).__name__ for each in made.history(A)][-1] == "ContactReceived"
    assert [type(each).__name__ for each in handled.events] == ["ContactRedirected"]


def test_incidents_are_resolved_with_their_problem_when_asked(store: EventStore) -> None:
    """On demand."""
    desk(store, A)
    problems = desk(store, B, lifecycle="problem")
    problems.handle(StartWork(ticket_id=B), ANN)
    link(problems, A, B, "problem")
    handled = problems.handle(resolve(B), ANN, ask={"problem"})
    kinds = [type(each).__name__ for each in handled.linked[A]]
    assert kinds == ["TicketInformed", "TicketResolved"]


# --- time ---------------------------------------------------------------------------------------


def test_timer_does_each_step_once_when_run_again(store: EventStore) -> None:
    """One reminder a day; after downtime one, not three."""
    clock = ManualClock(NINE)
    made = desk(store, A, clock=clock)
    made.handle(HoldTicket(ticket_id=A, reason="awaiting_requester"), ANN)
    assert made.run_timed(A, NINE) == ()
    clock.set(NINE + DAY)
    (handled,) = made.run_timed(A, NINE)
    assert [type(each).__name__ for each in handled.events] == ["NudgeSent"]
    assert (handled.events[0].automatic, handled.events[0].actor) == (True, "")
    assert made.run_timed(A, NINE) == ()
    clock.set(NINE + 9 * DAY)
    (handled,) = made.run_timed(A, NINE)
    assert getattr(handled.events[0], "number", 0) == 3


class Interrupted(MemoryStore):
    """Let something happen between finding out what is due and doing it."""

    def __init__(self) -> None:
        super().__init__()
        self.then: list[Callable[[], object]] = []

    def recall(self, stream: str, key: str, *, intent: str | None = None) -> AppendResult | None:
        """Answer; then it happens."""
        found = super().recall(stream, key, intent=intent)
        if self.then:
            self.then.pop(0)()
        return found


def test_silence_ends_nothing_when_the_requester_answers_at_the_last_moment() -> None:
    """L5: a step holds for the history in which it was found, and for no other."""
    store, clock = Interrupted(), ManualClock(NINE)
    quiet = TimedRules(
        calendar=ALWAYS, silences=[Silence(reason="awaiting_requester", after=WallTime(DAY))]
    )
    made = ServiceDesk(store=store, catalogue=Bare(), clock=clock, timed=quiet)
    made.handle(OpenTicket(ticket_id=A, impact="high", urgency="low"), ANN)
    made.handle(HoldTicket(ticket_id=A, reason="awaiting_requester"), ANN)
    clock.set(NINE + DAY)
    rob = Actor(person_id=PersonId("rob"), roles=("requester",))
    store.then.append(lambda: made.handle(ReceiveContact(ticket_id=A), rob))
    assert made.run_timed(A, NINE) == ()
    kinds = [type(each).__name__ for each in made.history(A)]
    assert kinds[-2:] == ["ContactReceived", "TicketResumed"]
    assert made.ticket(A).state == "in_progress"


def test_step_is_done_when_something_else_came_between() -> None:
    """What is still due on the fresh history is done on it."""
    store, clock = Interrupted(), ManualClock(NINE)
    made = desk(store, A, clock=clock)
    made.handle(HoldTicket(ticket_id=A, reason="awaiting_requester"), ANN)
    clock.set(NINE + DAY)
    store.then.append(lambda: made.handle(AssignTicket(ticket_id=A, group=GroupId("x")), ANN))
    (handled,) = made.run_timed(A, NINE)
    assert [type(each).__name__ for each in handled.events] == ["NudgeSent"]
    assert [type(each).__name__ for each in made.history(A)][-2:] == ["TicketAssigned", "NudgeSent"]


def test_conflict_is_raised_when_the_timer_loses_twice_in_a_row() -> None:
    """As for any command: who meets a crowd is told so."""
    store, clock = Interrupted(), ManualClock(NINE)
    made = desk(store, A, clock=clock)
    made.handle(HoldTicket(ticket_id=A, reason="awaiting_requester"), ANN)
    clock.set(NINE + DAY)
    groups = iter(("g1", "g2", "g3"))

    def meddle() -> None:
        made.handle(AssignTicket(ticket_id=A, group=GroupId(next(groups))), ANN)

    # The second and the third answer are those of the attempts to handle the first step.
    store.then = [meddle, lambda: None, lambda: None, meddle]
    with pytest.raises(Conflict):
        made.run_timed(A, NINE)
    assert made.ticket(A).group == "g2"


def test_hold_ends_when_it_was_led_over_too_late() -> None:
    """L5: six days waited without rules, then under one of five: it does not wait for ever."""
    old = attrs.evolve(
        INCIDENT,
        version=1,
        hold_reasons=("awaiting_user", "awaiting_supplier"),
        resume_on_contact=("awaiting_user",),
    )
    new = attrs.evolve(INCIDENT, version=2)
    migration = Migration(
        lifecycle_from=old,
        lifecycle_to=new,
        states={each.name: each.name for each in old.states},
        hold_reasons={
            "awaiting_user": "awaiting_requester",
            "awaiting_supplier": "awaiting_supplier",
        },
    )
    quiet = TimedRules(
        calendar=ALWAYS, silences=[Silence(reason="awaiting_requester", after=WallTime(5 * DAY))]
    )
    store, clock = MemoryStore(), ManualClock(NINE)
    first = ServiceDesk(store=store, catalogue=Bare(), clock=clock, lifecycles=(old,))
    first.handle(OpenTicket(ticket_id=A, impact="high", urgency="low"), ANN)
    first.handle(HoldTicket(ticket_id=A, reason="awaiting_user"), ANN)
    made = ServiceDesk(
        store=store,
        catalogue=Bare(),
        clock=clock,
        lifecycles=(old, new),
        timed=quiet,
        migrations=(migration,),
    )
    clock.set(NINE + 6 * DAY)
    made.handle(MigrateTicket(ticket_id=A, lifecycle="incident", lifecycle_version=2), ANN)
    clock.set(NINE + 7 * DAY)
    (handled,) = made.run_timed(A, NINE + 6 * DAY)
    assert (handled.ticket.state, handled.ticket.resolution_code) == ("resolved", "no_answer")


def test_button_is_lit_when_the_command_would_go_and_only_then(store: EventStore) -> None:
    """The window that is over, the child that is open: `allowed` says what `handle` says."""
    clock = ManualClock(NINE)
    made = ServiceDesk(
        store=store,
        catalogue=Bare(),
        clock=clock,
        timed=TIMED,
        links=LinkRules(blocks=LINK_RULES.blocks),
    )
    for name in (A, B):
        made.handle(OpenTicket(ticket_id=name, impact="high", urgency="low"), ANN)
    link(made, B, A)

    def told(trigger: str) -> list[str]:
        (way,) = [each for each in made.allowed(A, ANN) if each.trigger == trigger]
        return [each.code for each in way.reasons]

    assert told("resolve") == ["open-followers"]
    made.handle(resolve(B), ANN)
    assert told("resolve") == []
    made.handle(resolve(A), ANN)
    assert told("reopen") == []
    clock.set(NINE + DAY + timedelta.resolution)
    assert told("reopen") == ["reopen-window-over"]


def test_ticket_is_closed_and_stays_closed_when_the_time_has_come(store: EventStore) -> None:
    """Two days after the solution; a day after it, it could have been reopened."""
    clock = ManualClock(NINE)
    made = desk(store, A, clock=clock)
    made.handle(resolve(A), ANN)
    clock.set(NINE + DAY + timedelta(microseconds=1))
    with pytest.raises(CommandRefused, match="open a follow-up"):
        made.handle(ReopenTicket(ticket_id=A, reason="again"), ANN)
    clock.set(NINE + 2 * DAY)
    (handled,) = made.run_timed(A, NINE)
    assert handled.ticket.state == "closed"


def test_timer_does_nothing_when_there_are_no_rules(store: EventStore) -> None:
    """Data or nothing."""
    desk(store, A)
    bare = ServiceDesk(store=store, catalogue=Bare(), clock=ManualClock(NINE))
    assert bare.run_timed(A, NINE) == ()


# --- migration ----------------------------------------------------------------------------------

STATES = {state.name: state.name for state in INCIDENT.states}
REASONS = {reason: reason for reason in INCIDENT.hold_reasons}
SECOND = attrs.evolve(INCIDENT, version=2)
MIGRATION = Migration(
    lifecycle_from=INCIDENT, lifecycle_to=SECOND, states=STATES, hold_reasons=REASONS
)
MIGRATE = MigrateTicket(ticket_id=A, lifecycle="incident", lifecycle_version=2)


def test_ticket_is_migrated_once_when_the_desk_knows_the_way(store: EventStore) -> None:
    """From then on it follows the new version; again does nothing."""
    desk(store, A)
    made = desk(store, lifecycles=(INCIDENT, SECOND), migrations=[MIGRATION])
    assert made.handle(MIGRATE, ANN).ticket.lifecycle_version == 2
    assert made.handle(MIGRATE, ANN).events == ()
    assert made.handle(StartWork(ticket_id=A), ANN).ticket.state == "in_progress"


def test_migration_is_not_found_when_the_desk_was_not_given_it(store: EventStore) -> None:
    """The remedy says where to pass it."""
    made = desk(store, A)
    with pytest.raises(NotFound, match="pass it to ServiceDesk in migrations="):
        made.handle(MIGRATE, ANN)
