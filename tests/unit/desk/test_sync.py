"""The service desk: load, fold, decide, append, and nothing half done."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterable
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import cast

import attrs
import pytest

from itsm_core.adapters.async_threads import in_threads
from itsm_core.adapters.clocks import CountingIds, ManualClock
from itsm_core.adapters.memory import MemoryStore
from itsm_core.adapters.sqlite import SqliteStore
from itsm_core.calendars import ALWAYS
from itsm_core.commands import (
    Actor,
    AssignTicket,
    Command,
    EndPriorityOverride,
    HoldTicket,
    OpenTicket,
    OverridePriority,
    ReceiveContact,
    ResolveTicket,
    ResumeTicket,
    SendAnswer,
    StartWork,
    TriggerTransition,
)
from itsm_core.conditions import field
from itsm_core.desk import ServiceDesk
from itsm_core.errors import (
    CommandRefused,
    Conflict,
    InvalidValue,
    KeyReused,
    NotFound,
)
from itsm_core.events import TicketAssigned, TicketEvent, TicketOpened, in_order
from itsm_core.ids import AgreementId, GroupId, PersonId, TicketId
from itsm_core.lifecycle import INCIDENT, Ticket, fold
from itsm_core.ports import ANY, AppendResult, EventStore, ExpectedVersion
from itsm_core.priority import (
    ITIL_MATRIX,
    PriorityModifier,
    PriorityPolicy,
    PriorityRules,
    Raise,
)
from itsm_core.sla import ClockState, ServiceLevelAgreement, ServiceLevelTarget
from itsm_core.spans import hours

NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)
INC = TicketId("INC-1")
ANN = Actor(person_id=PersonId("ann"), roles=("analyst", "lead"))
BOB = Actor(person_id=PersonId("bob"), roles=("requester",))
OPENING = OpenTicket(ticket_id=INC, title="No mail", impact="high", urgency="high")
GOLD = ServiceLevelAgreement(
    agreement_id=AgreementId("gold"),
    calendar=ALWAYS,
    targets=(ServiceLevelTarget(metric="resolution", goals={"P1": hours(4)}),),
)


@attrs.frozen(kw_only=True)
class Promises:
    """A catalogue in three fields."""

    lifecycle: str = "incident"
    matrix: PriorityRules = ITIL_MATRIX
    agreement: ServiceLevelAgreement | None = GOLD

    def agreement_for(self, _ticket: Ticket, /) -> ServiceLevelAgreement | None:
        """Return the one agreement."""
        return self.agreement


class Rival(MemoryStore):
    """A store in which somebody else assigns the ticket just before each of some appends."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.times = times
        self.appends = 0

    def append(
        self,
        stream: str,
        events: Iterable[TicketEvent],
        *,
        expected_version: ExpectedVersion,
        key: str | None = None,
        intent: str | None = None,
    ) -> AppendResult:
        """Let the rival in first, except before a ticket's first event."""
        if expected_version != 0:
            self.appends += 1
            if self.times > 0:
                self.times -= 1
                rival = TicketAssigned(
                    ticket_id=TicketId(stream),
                    occurred_at=NINE + timedelta(minutes=self.times),
                    group=GroupId(f"rival {self.times}"),
                )
                super().append(stream, (rival,), expected_version=ANY)
        return super().append(
            stream, events, expected_version=expected_version, key=key, intent=intent
        )


@pytest.fixture
def clock() -> ManualClock:
    """Return a clock that stands at nine."""
    return ManualClock(NINE)


@pytest.fixture
def store() -> MemoryStore:
    """Return an empty store."""
    return MemoryStore()


def desk_on(store: EventStore, clock: ManualClock, promises: Promises | None = None) -> ServiceDesk:
    """Return a desk that knows incidents."""
    return ServiceDesk(store=store, catalogue=promises or Promises(), clock=clock)


@pytest.fixture
def desk(store: MemoryStore, clock: ManualClock) -> ServiceDesk:
    """Return a desk with one ticket."""
    made = desk_on(store, clock)
    made.handle(OPENING, BOB)
    return made


# --- commands ------------------------------------------------------------------------------------


def test_ticket_is_open_with_its_derived_priority_when_opened(
    store: MemoryStore, clock: ManualClock
) -> None:
    """High impact and high urgency are P1 in the catalogue's matrix; it happens now."""
    handled = desk_on(store, clock).handle(OPENING, BOB)
    assert (handled.ticket.state, handled.ticket.priority) == ("new", "P1")
    assert [(type(one), one.occurred_at, one.actor) for one in handled.events] == [
        (TicketOpened, NINE, "bob")
    ]
    assert handled.repeated is False


def test_events_are_in_the_store_when_handled(desk: ServiceDesk, store: MemoryStore) -> None:
    """The ticket that is returned is the fold of what was written."""
    handled = desk.handle(StartWork(ticket_id=INC), ANN)
    stored = tuple(one.event for one in store.read(INC))
    assert stored == desk.history(INC)
    assert stored[1:] == handled.events
    assert handled.ticket == fold(stored) == desk.ticket(INC)


def test_events_are_named_after_their_place_when_no_ids_are_given(desk: ServiceDesk) -> None:
    """Ticket and version: unique as long as ticket ids are (law S14)."""
    desk.handle(StartWork(ticket_id=INC), ANN)
    desk.handle(HoldTicket(ticket_id=INC, reason="awaiting_requester"), ANN)
    desk.handle(ReceiveContact(ticket_id=INC, channel="mail"), BOB)
    assert [one.event_id for one in desk.history(INC)] == [f"INC-1#{n}" for n in range(1, 6)]


def test_events_are_named_by_the_source_when_ids_are_given(
    store: MemoryStore, clock: ManualClock
) -> None:
    """The source of ids is a port (law T4)."""
    desk = ServiceDesk(store=store, catalogue=Promises(), clock=clock, ids=CountingIds("e"))
    assert [one.event_id for one in desk.handle(OPENING, BOB).events] == ["e1"]


def test_refusal_is_raised_with_every_reason_when_the_answer_is_no(
    desk: ServiceDesk, store: MemoryStore
) -> None:
    """Nothing is written by a command that is refused (law L2)."""
    with pytest.raises(CommandRefused) as refused:
        desk.handle(ResolveTicket(ticket_id=INC), Actor(person_id=PersonId("eve")))
    assert refused.value.ticket_id == "INC-1"
    assert len(refused.value.reasons) >= 2
    assert len(store.read(INC)) == 1


def test_command_is_refused_when_there_is_no_such_ticket(desk: ServiceDesk) -> None:
    """Only opening makes a ticket."""
    with pytest.raises(CommandRefused):
        desk.handle(StartWork(ticket_id=TicketId("INC-9")), ANN)
    with pytest.raises(CommandRefused):
        desk.handle(TriggerTransition(ticket_id=TicketId("INC-9"), name="close"), ANN)


def test_nothing_is_written_when_the_command_asks_for_what_is_so(
    desk: ServiceDesk, store: MemoryStore
) -> None:
    """Deciding the same twice adds nothing."""
    assign = AssignTicket(ticket_id=INC, group=GroupId("first"), assignee=PersonId("ann"))
    desk.handle(assign, ANN)
    again = desk.handle(assign, ANN)
    assert (again.events, again.ticket.assignee, len(store.read(INC))) == ((), "ann", 2)


# --- the clock -----------------------------------------------------------------------------------


def test_history_stays_in_order_when_the_clock_is_put_back(
    desk: ServiceDesk, clock: ManualClock
) -> None:
    """Nothing happens before what has been seen; the verdict's order is the order written."""
    clock.set(NINE - timedelta(hours=1))
    desk.handle(StartWork(ticket_id=INC), ANN)
    desk.handle(HoldTicket(ticket_id=INC, reason="awaiting_supplier"), ANN)
    desk.handle(ResumeTicket(ticket_id=INC), ANN)
    desk.handle(HoldTicket(ticket_id=INC, reason="awaiting_supplier"), ANN)
    history = desk.history(INC)
    assert {one.occurred_at for one in history} == {NINE}
    assert in_order(history) == history


def test_clock_is_asked_anew_when_the_next_command_comes(
    desk: ServiceDesk, clock: ManualClock
) -> None:
    """A desk remembers no time."""
    clock.advance(hours(2))
    (event,) = desk.handle(SendAnswer(ticket_id=INC), ANN).events
    assert event.occurred_at == NINE + hours(2)


# --- conflicts -----------------------------------------------------------------------------------


def test_command_is_decided_again_when_somebody_else_wrote_first(clock: ManualClock) -> None:
    """The second decision is made on the ticket as the rival left it."""
    store = Rival(times=1)
    desk = desk_on(store, clock)
    desk.handle(OPENING, BOB)
    handled = desk.handle(StartWork(ticket_id=INC), ANN)
    assert (handled.ticket.group, handled.ticket.version) == ("rival 0", 3)
    assert handled.ticket == desk.ticket(INC)


def test_conflict_is_raised_when_others_write_first_twice(clock: ManualClock) -> None:
    """The retry is bounded: two appends were tried, none of ours is there."""
    store = Rival(times=5)
    desk = desk_on(store, clock)
    desk.handle(OPENING, BOB)
    with pytest.raises(Conflict):
        desk.handle(StartWork(ticket_id=INC), ANN)
    assert store.appends == 2
    assert [type(one.event) for one in store.read(INC)] == [
        TicketOpened,
        TicketAssigned,
        TicketAssigned,
    ]


def test_one_command_wins_when_threads_open_one_ticket(
    store: MemoryStore, clock: ManualClock
) -> None:
    """The others are told that the ticket exists, or repeat nothing."""
    desk = desk_on(store, clock)

    def handle(number: int) -> bool:
        opening = attrs.evolve(OPENING, title=f"caller {number}")
        try:
            return bool(desk.handle(opening, BOB).events)
        except CommandRefused:
            return False

    with ThreadPoolExecutor(4) as pool:
        won = list(pool.map(handle, range(8)))
    assert (won.count(True), store.version(INC)) == (1, 1)


def test_command_is_not_decided_when_the_ticket_is_at_another_version(
    desk: ServiceDesk, store: MemoryStore
) -> None:
    """Who has seen version 1 does not decide on version 2, though the command would be legal."""
    desk.handle(SendAnswer(ticket_id=INC), ANN, expected_version=1)
    with pytest.raises(Conflict) as conflict:
        desk.handle(StartWork(ticket_id=INC), ANN, expected_version=1)
    assert (conflict.value.expected, conflict.value.actual) == ("1", 2)
    assert store.version(INC) == 2
    assert desk.handle(StartWork(ticket_id=INC), ANN, expected_version=2).ticket.version == 3


def test_rival_is_noticed_when_he_comes_between_reading_and_writing(clock: ManualClock) -> None:
    """The second try finds the version gone; nothing of ours is written."""
    store = Rival(times=1)
    desk = desk_on(store, clock)
    desk.handle(OPENING, BOB, expected_version=0)
    with pytest.raises(Conflict):
        desk.handle(StartWork(ticket_id=INC), ANN, expected_version=1)
    assert [type(one.event) for one in store.read(INC)] == [TicketOpened, TicketAssigned]


def test_repeated_call_is_known_when_the_ticket_went_on(desk: ServiceDesk) -> None:
    """A lost answer is sent again with the version of the first time."""
    answer = SendAnswer(ticket_id=INC)
    desk.handle(answer, ANN, "k", expected_version=1)
    assert desk.handle(answer, ANN, "k", expected_version=1).repeated


@pytest.mark.parametrize("version", [-1, True, 1.0, "1"], ids=repr)
def test_expected_version_is_refused_when_it_is_none(desk: ServiceDesk, version: object) -> None:
    """A text from a header must be read as a number first."""
    with pytest.raises(InvalidValue, match="expected version"):
        desk.handle(StartWork(ticket_id=INC), ANN, expected_version=cast("int", version))


# --- keys ----------------------------------------------------------------------------------------


def test_command_is_carried_out_once_when_its_key_comes_again(
    desk: ServiceDesk, store: MemoryStore, clock: ManualClock
) -> None:
    """A lost answer is asked for again, later; an answer sent twice would be two."""
    answer = SendAnswer(ticket_id=INC, channel="mail")
    first = desk.handle(answer, ANN, "k")
    clock.advance(hours(1))
    desk.handle(StartWork(ticket_id=INC), ANN)
    again = desk.handle(answer, ANN, "k")
    assert (again.events, again.repeated) == (first.events, True)
    assert again.ticket == desk.ticket(INC)
    assert len(store.read(INC)) == 3


def test_opening_is_carried_out_once_when_its_key_comes_again(
    store: MemoryStore, clock: ManualClock
) -> None:
    """Without the key the second call would be refused, because the ticket exists."""
    desk = desk_on(store, clock)
    first = desk.handle(OPENING, BOB, "k")
    assert desk.handle(OPENING, BOB, "k").events == first.events


@pytest.mark.parametrize(
    ("command", "actor"),
    [
        (SendAnswer(ticket_id=INC, channel="phone"), ANN),
        (ReceiveContact(ticket_id=INC, channel="mail"), ANN),
        (SendAnswer(ticket_id=INC, channel="mail"), BOB),
        (SendAnswer(ticket_id=INC, channel="mail"), attrs.evolve(ANN, automatic=True)),
    ],
    ids=["another field", "another command", "another person", "a program"],
)
def test_key_is_refused_when_it_stood_for_something_else(
    desk: ServiceDesk, store: MemoryStore, command: Command, actor: Actor
) -> None:
    """A key is one wish of one person."""
    desk.handle(SendAnswer(ticket_id=INC, channel="mail"), ANN, "k")
    with pytest.raises(KeyReused):
        desk.handle(command, actor, "k")
    assert len(store.read(INC)) == 2


def test_key_is_good_when_the_roles_have_changed_between_two_tries(desk: ServiceDesk) -> None:
    """The wish is the same; the first call has been carried out."""
    desk.handle(SendAnswer(ticket_id=INC), ANN, "k")
    assert desk.handle(SendAnswer(ticket_id=INC), attrs.evolve(ANN, roles=("lead",)), "k").repeated


def test_key_is_kept_when_the_command_changed_nothing(desk: ServiceDesk) -> None:
    """An assignment that was so already does not come back after the ticket moved on."""
    first = AssignTicket(ticket_id=INC, group=GroupId("first"), assignee=PersonId("ann"))
    desk.handle(first, ANN)
    desk.handle(first, ANN, "k")
    second = AssignTicket(ticket_id=INC, group=GroupId("second"), assignee=PersonId("cy"))
    desk.handle(second, ANN)
    again = desk.handle(first, ANN, "k")
    assert (again.repeated, again.events, again.ticket.group) == (True, (), "second")


def test_key_is_free_when_the_command_was_refused(desk: ServiceDesk) -> None:
    """A refusal is decided anew: what was wrong may have been put right."""
    resume = ResumeTicket(ticket_id=INC)
    with pytest.raises(CommandRefused):
        desk.handle(resume, ANN, "k")
    desk.handle(StartWork(ticket_id=INC), ANN)
    desk.handle(HoldTicket(ticket_id=INC, reason="awaiting_supplier"), ANN)
    assert desk.handle(resume, ANN, "k").ticket.state == "in_progress"


def test_command_is_carried_out_once_when_threads_bring_one_key(
    desk: ServiceDesk, store: MemoryStore
) -> None:
    """Eight impatient clicks are one answer."""

    def click(_: int) -> bool:
        return desk.handle(SendAnswer(ticket_id=INC), ANN, "k").repeated

    with ThreadPoolExecutor(8) as pool:
        repeated = list(pool.map(click, range(8)))
    assert (repeated.count(False), store.version(INC)) == (1, 2)


def test_first_result_is_returned_when_the_same_call_was_faster(
    desk: ServiceDesk, store: MemoryStore, clock: ManualClock, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Between looking up the key and appending, the same call came through elsewhere."""
    monkeypatch.setattr(store, "recall", lambda *_, **__: None)
    first = desk.handle(SendAnswer(ticket_id=INC), ANN, "k")
    clock.advance(hours(1))
    again = desk.handle(SendAnswer(ticket_id=INC), ANN, "k")
    assert (again.repeated, again.events) == (True, first.events)


# --- questions -----------------------------------------------------------------------------------


def test_ticket_is_not_found_when_there_is_none(desk: ServiceDesk) -> None:
    """Every question about an unknown ticket has the same answer."""
    questions: tuple[Callable[[str], object], ...] = (
        desk.ticket,
        desk.history,
        desk.evaluate,
        lambda ticket_id: desk.allowed(ticket_id, ANN),
    )
    for question in questions:
        with pytest.raises(NotFound, match="INC-9"):
            question("INC-9")


def test_question_is_refused_when_the_id_is_empty(desk: ServiceDesk) -> None:
    """An empty id is no id."""
    with pytest.raises(InvalidValue):
        desk.ticket("")


def test_allowed_lists_what_the_actor_may_do_when_asked(desk: ServiceDesk) -> None:
    """An analyst may start work on a new ticket; handling it then works."""
    triggers = {one.trigger for one in desk.allowed(INC, ANN)}
    assert "start" in triggers


def test_clocks_are_judged_under_the_catalogues_agreement_when_evaluated(
    desk: ServiceDesk, clock: ManualClock
) -> None:
    """Opened at nine, four hours round the clock: due at one; now is the clock's now."""
    assert desk.evaluate(INC)["resolution"].state is ClockState.RUNNING
    assert desk.evaluate(INC)["resolution"].due_at == NINE + hours(4)
    clock.advance(hours(4) + timedelta(microseconds=1))
    assert desk.evaluate(INC)["resolution"].state is ClockState.BREACHED


def test_clocks_are_judged_as_of_an_instant_when_given(
    desk: ServiceDesk, clock: ManualClock
) -> None:
    """The same history, another instant (law T4: as_of is an argument)."""
    clock.advance(hours(9))
    evaluation = desk.evaluate(INC, as_of=NINE + hours(1))
    assert evaluation.as_of == NINE + hours(1)
    assert evaluation["resolution"].state is ClockState.RUNNING


def test_evaluation_is_refused_when_nothing_was_promised(
    store: MemoryStore, clock: ManualClock
) -> None:
    """No agreement is a legal state of affairs, and said in words."""
    desk = desk_on(store, clock, Promises(agreement=None))
    desk.handle(OPENING, BOB)
    with pytest.raises(NotFound, match="nothing was promised"):
        desk.evaluate(INC)


# --- lifecycles ----------------------------------------------------------------------------------


def test_new_ticket_follows_the_newest_version_when_several_are_given(
    store: MemoryStore, clock: ManualClock
) -> None:
    """An old ticket keeps the version that it has pinned (law L4)."""
    desk_on(store, clock).handle(OPENING, BOB)
    both = (attrs.evolve(INCIDENT, version=INCIDENT.version + 1), INCIDENT)
    desk = ServiceDesk(store=store, catalogue=Promises(), clock=clock, lifecycles=both)
    new = desk.handle(attrs.evolve(OPENING, ticket_id=TicketId("INC-2")), BOB).ticket
    old = desk.handle(StartWork(ticket_id=INC), ANN).ticket
    assert new.lifecycle_version == INCIDENT.version + 1
    assert old.lifecycle_version == INCIDENT.version


def test_command_is_refused_when_the_lifecycle_was_not_given(
    store: MemoryStore, clock: ManualClock
) -> None:
    """A desk that does not know a ticket's rules does not touch it."""
    desk_on(store, clock).handle(OPENING, BOB)
    desk = ServiceDesk(store=store, catalogue=Promises(), clock=clock, lifecycles=())
    with pytest.raises(NotFound, match=f"incident version {INCIDENT.version}.*lifecycles="):
        desk.handle(StartWork(ticket_id=INC), ANN)
    with pytest.raises(NotFound, match="lifecycle 'incident' does not exist"):
        desk.handle(attrs.evolve(OPENING, ticket_id=TicketId("INC-2")), BOB)


# --- on a disk -----------------------------------------------------------------------------------


def test_ticket_is_the_same_when_the_desk_is_opened_again(
    tmp_path: Path, clock: ManualClock
) -> None:
    """Nothing about a ticket lives in the desk (law R3)."""
    path = tmp_path / "desk.db"
    with SqliteStore(path) as store:
        desk = desk_on(store, clock)
        desk.handle(OPENING, BOB)
        before = desk.handle(SendAnswer(ticket_id=INC), ANN, "k")
    with SqliteStore(path) as store:
        desk = desk_on(store, clock)
        assert desk.ticket(INC) == before.ticket
        assert desk.handle(SendAnswer(ticket_id=INC), ANN, "k").events == before.events


# --- priorities ----------------------------------------------------------------------------------

LOUD = OverridePriority(
    ticket_id=INC, priority="P1", reason="board meeting", expires_at=NINE + hours(2)
)


def test_override_is_over_when_the_desk_is_asked_after_its_expiry() -> None:
    """P3: it ends by itself, without an event; the derived priority was visible all the time."""
    clock = ManualClock(NINE)
    desk = ServiceDesk(store=MemoryStore(), catalogue=Promises(), clock=clock)
    desk.handle(attrs.evolve(OPENING, impact="low"), ANN)
    assert desk.handle(LOUD, ANN).ticket.priority == "P1"
    clock.advance(hours(1))
    assert (desk.ticket(INC).priority, desk.ticket(INC).derived_priority) == ("P1", "P3")
    clock.advance(hours(1))
    assert (desk.ticket(INC).priority, desk.ticket(INC).override) == ("P3", None)
    again = desk.handle(EndPriorityOverride(ticket_id=INC), ANN)
    assert (again.events, again.ticket.priority) == ((), "P3")


def test_override_is_done_once_when_its_key_comes_again() -> None:
    """R1: an expiry is part of what a key stands for, and survives the way to the store."""
    clock = ManualClock(NINE)
    desk = ServiceDesk(store=MemoryStore(), catalogue=Promises(), clock=clock)
    desk.handle(OPENING, ANN)
    desk.handle(LOUD, ANN, key="k")
    clock.advance(hours(3))
    again = desk.handle(LOUD, ANN, key="k")
    assert (again.repeated, again.ticket.priority, again.ticket.override) == (True, "P1", None)
    with pytest.raises(KeyReused):
        desk.handle(attrs.evolve(LOUD, expires_at=NINE + hours(9)), ANN, key="k")


def test_priority_is_derived_by_a_policy_when_the_catalogue_has_one() -> None:
    """P1, P2: a catalogue may hold a matrix or a policy."""
    vip = PriorityModifier(name="vip", when=field("requester").is_("boss"), effect=Raise())
    rules = PriorityPolicy(matrix=ITIL_MATRIX, modifiers=(vip,))
    desk = ServiceDesk(
        store=MemoryStore(), catalogue=Promises(matrix=rules), clock=ManualClock(NINE)
    )
    boss = attrs.evolve(OPENING, impact="low", requester=PersonId("boss"))
    assert desk.handle(boss, ANN).ticket.priority == "P2"


# --- stores that must be awaited -----------------------------------------------------------------


def test_store_is_refused_when_it_must_be_awaited() -> None:
    """A coroutine that nobody awaits would look like an answer."""
    store = in_threads(MemoryStore())
    with pytest.raises(InvalidValue, match="use AsyncServiceDesk"):
        desk_on(cast("EventStore", store), ManualClock(NINE))
    asyncio.run(store.close())
