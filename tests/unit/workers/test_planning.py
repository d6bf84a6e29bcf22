"""A store that plans with each event, and the switch between handlers of timers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from datetime import UTC, datetime, timedelta

import pytest

from itsm_core.adapters.memory import MemoryStore
from itsm_core.errors import Conflict, InvalidValue
from itsm_core.events import AnswerSent, TicketAssigned, TicketEvent, TicketOpened
from itsm_core.ids import PersonId, TicketId
from itsm_core.ports import ANY, NO_STREAM, AppendResult, Batch, Timer
from itsm_core.workers import PlannedStore, TimerSwitch

pytestmark = pytest.mark.usefixtures("form")

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
ID = TicketId("INC-1")
OPENED = TicketOpened(ticket_id=ID, occurred_at=AT)


def answer(minutes: int) -> TicketEvent:
    """Return an answer so long after the opening."""
    return AnswerSent(
        ticket_id=ID, occurred_at=AT + timedelta(minutes=minutes), actor=PersonId("ana")
    )


class Hourly:
    """Plan one look an hour after the last event; remember what was asked."""

    def __init__(self) -> None:
        self.asked: list[tuple[int, datetime]] = []

    def timers(self, history: Sequence[TicketEvent], as_of: datetime) -> Iterable[Timer]:
        """Return the one timer."""
        self.asked.append((len(history), as_of))
        due = as_of + timedelta(hours=1)
        return [Timer(key=f"look {len(history)}", stream=ID, due_at=due)]


def test_timers_are_written_with_the_events_when_appended() -> None:
    """The plan is made of the whole history, as of its last event."""
    store, planner = MemoryStore(), Hourly()
    planned = PlannedStore(store, planner)
    planned.append(ID, [OPENED], expected_version=NO_STREAM)
    planned.append(ID, [answer(5), answer(10)], expected_version=1)
    assert planner.asked == [(1, AT), (3, AT + timedelta(minutes=10))]
    assert [timer.key for timer in store.waiting()] == ["look 1", "look 3"]


def test_nothing_is_planned_when_the_append_is_refused() -> None:
    """Events and timers, or neither (R2)."""
    store = MemoryStore()
    planned = PlannedStore(store, Hourly())
    planned.append(ID, [OPENED], expected_version=NO_STREAM)
    with pytest.raises(Conflict):
        planned.append(ID, [answer(5)], expected_version=7)
    assert [timer.key for timer in store.waiting()] == ["look 1"]


def test_timers_of_the_batch_stay_when_it_has_some() -> None:
    """What the writer schedules itself goes along; of one key, the writer's counts."""
    store = MemoryStore()
    own = Timer(key="look 1", stream=ID, due_at=AT)
    other = Timer(key="own", stream=ID, due_at=AT)
    batch = Batch(stream=ID, events=[OPENED], expected_version=NO_STREAM, schedule=[own, other])
    PlannedStore(store, Hourly()).append_many([batch])
    assert {timer.key: timer.due_at for timer in store.waiting()} == {"look 1": AT, "own": AT}


def test_batches_of_one_stream_are_planned_in_turn_when_appended_together() -> None:
    """The second sees the first."""
    store, planner = MemoryStore(), Hourly()
    PlannedStore(store, planner).append_many(
        [
            Batch(stream=ID, events=[OPENED], expected_version=NO_STREAM),
            Batch(stream=ID, events=[answer(5)], expected_version=1),
        ]
    )
    assert [number for number, _ in planner.asked] == [1, 2]


def test_stream_that_is_no_ticket_is_written_without_a_plan() -> None:
    """What was never opened has no history to plan by."""
    store, planner = MemoryStore(), Hourly()
    PlannedStore(store, planner).append("log", [answer(5)], expected_version=ANY)
    assert (planner.asked, store.version("log")) == ([], 1)


def test_batch_without_events_is_passed_on() -> None:
    """A key that is remembered, or a version that is checked, changes no plan."""
    store, planner = MemoryStore(), Hourly()
    planned = PlannedStore(store, planner)
    planned.append(ID, (), expected_version=ANY, key="k", intent="i")
    assert planned.recall(ID, "k", intent="i") is not None
    assert planner.asked == []


class Racing(MemoryStore):
    """Let somebody else write first, so many times."""

    def __init__(self, times: int) -> None:
        super().__init__()
        self.times = times

    def append_many(self, batches: Iterable[Batch]) -> tuple[AppendResult, ...]:
        """Write somebody else's event, then what was asked for."""
        if self.times:
            self.times -= 1
            told = TicketAssigned(ticket_id=ID, occurred_at=AT)
            super().append_many([Batch(stream=ID, events=[told], expected_version=ANY)])
        return super().append_many(batches)


def test_plan_is_made_anew_when_somebody_wrote_meanwhile_and_any_version_will_do() -> None:
    """No plan rests on a history that is over."""
    store, planner = Racing(0), Hourly()
    planned = PlannedStore(store, planner)
    planned.append(ID, [OPENED], expected_version=NO_STREAM)
    store.times = 2
    planned.append(ID, [answer(5)], expected_version=ANY)
    assert [number for number, _ in planner.asked] == [1, 2, 3, 4]
    assert store.version(ID) == 4


def test_crowd_is_told_when_somebody_always_wrote_before() -> None:
    """Five conflicts in a row are no accident."""
    store = Racing(0)
    planned = PlannedStore(store, Hourly())
    planned.append(ID, [OPENED], expected_version=NO_STREAM)
    store.times = 9
    with pytest.raises(Conflict):
        planned.append(ID, [answer(5)], expected_version=ANY)


def test_tickets_are_planned_anew_when_nothing_was_told_of_them() -> None:
    """After a new roster or ladder: timers alone, as of now; what is no ticket has none."""
    store, planner = MemoryStore(), Hourly()
    planned = PlannedStore(store, planner)
    planned.append(ID, [OPENED], expected_version=NO_STREAM)
    store.append("log", [answer(5)], expected_version=NO_STREAM)
    now = AT + timedelta(hours=5)
    assert planned.replan([ID, "log", "nothing"], as_of=now) == 1
    assert planner.asked[-1] == (1, now)
    assert [timer.due_at for timer in store.waiting()] == [now + timedelta(hours=1)]
    assert store.version(ID) == 1


def test_replanning_is_tried_again_when_somebody_wrote_meanwhile() -> None:
    """Up to five times, as an append is."""
    store, planner = Racing(0), Hourly()
    planned = PlannedStore(store, planner)
    planned.append(ID, [OPENED], expected_version=NO_STREAM)
    store.times = 2
    assert planned.replan([ID], as_of=AT) == 1
    assert planner.asked[-1][0] == store.version(ID) == 3
    store.times = 9
    with pytest.raises(Conflict):
        planned.replan([ID], as_of=AT)


def test_questions_are_answered_by_the_store_itself() -> None:
    """Reading is the same with and without plans; closing closes the store."""
    store = MemoryStore()
    planned = PlannedStore(store)
    planned.append(ID, [OPENED], expected_version=NO_STREAM)
    assert planned.read(ID) == store.read(ID)
    assert planned.read_all() == store.read_all()
    assert planned.version(ID) == 1
    planned.close()
    with pytest.raises(Exception, match="closed"):
        store.version(ID)


class TestSwitch:
    """One worker, several handlers."""

    def test_timer_goes_to_its_handler_when_the_prefix_is_known(self) -> None:
        """The other is not asked."""
        asked: list[str] = []

        def first(timer: Timer, _: datetime) -> Iterable[Batch]:
            asked.append(f"first {timer.key}")
            return ()

        def second(timer: Timer, _: datetime) -> Iterable[Batch]:
            asked.append(f"second {timer.key}")
            return ()

        switch = TimerSwitch({"a:": first, "b:": second})
        for key in ("b:1", "a:2"):
            assert tuple(switch(Timer(key=key, stream=ID, due_at=AT), AT)) == ()
        assert asked == ["second b:1", "first a:2"]

    def test_timer_is_refused_when_nobody_knows_it(self) -> None:
        """It is kept by its worker, and told."""
        switch = TimerSwitch({})
        with pytest.raises(InvalidValue, match="no handler for a timer: 'x'; known prefixes: none"):
            switch(Timer(key="x", stream=ID, due_at=AT), AT)

    @pytest.mark.parametrize("prefixes", [("",), ("a", "ab")])
    def test_prefixes_are_refused_when_they_tell_nothing_apart(
        self, prefixes: tuple[str, ...]
    ) -> None:
        """Otherwise the order of a mapping would decide."""
        with pytest.raises(InvalidValue, match="prefix"):
            TimerSwitch({prefix: lambda *_: () for prefix in prefixes})
