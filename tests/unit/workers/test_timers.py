"""The worker over timers: what is due is done once, what fails is tried again (law R2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

import pytest

from itsm_core.adapters.clocks import ManualClock
from itsm_core.adapters.memory import MemoryStore
from itsm_core.errors import Conflict, InvalidValue, StoreUnavailable
from itsm_core.ports import ANY, NO_STREAM, AppendResult, Batch, Timer, TimerClaim
from itsm_core.testing.event_samples import sample
from itsm_core.workers import Retry, TimerWorker, timer_failures, try_again

pytestmark = pytest.mark.usefixtures("form")

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
MINUTE = timedelta(minutes=1)
RETRY = Retry(first=MINUTE, longest=timedelta(minutes=4), attempts=3)

Handler = Callable[[Timer, datetime], Iterable[Batch]]


def timer(key: str, minutes: int = 0, data: str = "") -> Timer:
    """Return a timer that is due some minutes after nine."""
    return Timer(key=key, stream="INC-1", due_at=AT + minutes * MINUTE, data=data)


def effect(one: Timer, _as_of: datetime) -> tuple[Batch, ...]:
    """Write one event to the stream that is called like the timer."""
    batch = Batch(stream=one.key, events=sample(one.key, 1), expected_version=ANY, key="done")
    return (batch,)


def fails(_one: Timer, _as_of: datetime) -> tuple[Batch, ...]:
    """Raise what a handler may raise."""
    raise RuntimeError("the pager is broken")


class Desk:
    """A store, a clock and a worker whose handler can be exchanged."""

    def __init__(self, *timers: Timer, handle: Handler = effect, batch: int = 100) -> None:
        self.store, self.clock, self.handle = MemoryStore(), ManualClock(AT), handle
        self.store.schedule(timers)
        self.batch = batch
        self.worker = self.another()

    def another(self) -> TimerWorker:
        """Return one more worker on the same store."""
        return TimerWorker(
            store=self.store,
            handle=self._handle,
            clock=self.clock,
            lease=MINUTE,
            retry=RETRY,
            batch=self.batch,
        )

    def _handle(self, one: Timer, as_of: datetime) -> Iterable[Batch]:
        return self.handle(one, as_of)

    def after(self, minutes: int) -> None:
        """Let time go by."""
        self.clock.advance(minutes * MINUTE)


def test_run_once_does_what_is_due_when_it_is() -> None:
    """The due one takes effect and is done; the other waits."""
    desk = Desk(timer("now"), timer("later", 1))
    assert desk.worker.run_once().done == 1
    assert [desk.store.version(key) for key in ("now", "later")] == [1, 0]
    assert [one.key for one in desk.store.waiting()] == ["later"]


def test_run_once_does_everything_overdue_when_it_was_down_for_a_week() -> None:
    """Nothing is dropped after downtime; the handler is told by how much each is late."""
    late: list[timedelta] = []

    def note(one: Timer, as_of: datetime) -> tuple[Batch, ...]:
        late.append(as_of - one.due_at)
        return ()

    desk = Desk(*(timer(f"t{n}", n) for n in range(5)), handle=note)
    desk.after(7 * 24 * 60)
    assert desk.worker.run_once().done == 5
    assert late == [timedelta(days=7) - n * MINUTE for n in range(5)]


def test_run_once_takes_the_rest_later_when_a_batch_is_full() -> None:
    """A herd is done in bounded steps, what waits longest first."""
    desk = Desk(timer("b", -1), timer("a"), timer("c", -2), batch=2)
    assert desk.worker.run_once().done == 2
    assert [one.key for one in desk.store.waiting()] == ["a"]


def test_failed_timer_waits_longer_each_time_when_it_goes_on() -> None:
    """One minute, then two: tried when the wait is over, and not before."""
    desk = Desk(timer("t"), handle=fails)
    tried = []
    for minute in range(5):
        tried += [minute] * desk.worker.run_once().claimed
        desk.after(1)
    assert tried == [0, 1, 3]


def test_failed_timer_takes_effect_when_its_reason_is_gone() -> None:
    """A try that works ends the matter: it is done, and its record is gone."""
    desk = Desk(timer("t"), handle=fails)
    (failure,) = desk.worker.run_once().failures
    assert (failure.failures, failure.is_set_aside) == (1, False)
    assert failure.error == "RuntimeError: the pager is broken"
    assert timer_failures(desk.store) == (failure,)
    desk.handle = effect
    desk.after(1)
    assert desk.worker.run_once().done == 1
    assert timer_failures(desk.store) == ()
    assert desk.store.waiting() == ()


def test_failed_timer_is_set_aside_when_its_attempts_are_used_up() -> None:
    """It is neither tried for ever nor dropped: it waits, and is listed with the reason."""
    desk = Desk(timer("t"), handle=fails)
    for _ in range(60):
        desk.worker.run_once()
        desk.after(1)
    (failure,) = timer_failures(desk.store)
    assert (failure.timer, failure.failures, failure.is_set_aside) == (timer("t"), 3, True)
    assert desk.worker.run_once().claimed == 0


def test_other_timers_are_done_when_one_is_poisoned() -> None:
    """One bad timer in a batch of five blocks nobody."""

    def handle(one: Timer, as_of: datetime) -> tuple[Batch, ...]:
        return fails(one, as_of) if one.key == "t2" else effect(one, as_of)

    desk = Desk(*(timer(f"t{n}", -n) for n in range(5)), handle=handle)
    report = desk.worker.run_once()
    assert (report.done, [each.timer.key for each in report.failures]) == (4, ["t2"])


def test_timer_is_tried_again_when_somebody_asks_for_it() -> None:
    """After the repair: all its attempts anew, due now."""
    desk = Desk(timer("t"), handle=fails)
    for _ in range(60):
        desk.worker.run_once()
        desk.after(1)
    desk.handle = effect
    assert try_again(desk.store, ["t"], as_of=desk.clock.now()) == 1
    assert desk.worker.run_once().done == 1
    assert desk.store.version("t") == 1


def test_timer_is_set_aside_when_it_ends_its_worker_again_and_again() -> None:
    """A handler that kills the process cannot say so; the record is written before it starts."""
    done: list[str] = []

    def handle(one: Timer, as_of: datetime) -> tuple[Batch, ...]:
        if one.key == "deadly":
            raise KeyboardInterrupt  # as near to a kill as a test can come: nothing is cleaned up
        done.append(one.key)
        return effect(one, as_of)

    desk = Desk(timer("deadly", -1), timer("t1"), timer("t2"), handle=handle)
    died = 0
    for _ in range(10):
        try:
            desk.another().run_once()  # a new process after each death
        except KeyboardInterrupt:
            died += 1
        desk.after(1)
    assert sorted(done) == ["t1", "t2"]
    assert died == 1 + RETRY.attempts
    (failure,) = timer_failures(desk.store)
    assert (failure.timer.key, failure.is_set_aside) == ("deadly", True)
    assert "ended while it was at it" in failure.error


def test_effect_fails_its_timer_when_no_store_could_write_it() -> None:
    """An effect without a key would not be known again: refused, recorded, tried again."""

    def handle(one: Timer, _as_of: datetime) -> tuple[Batch, ...]:
        return (Batch(stream=one.key, events=sample(one.key, 1), expected_version=ANY),)

    (failure,) = Desk(timer("t"), handle=handle).worker.run_once().failures
    assert failure.error.startswith("InvalidValue: the effect of a timer has no key")


def test_effect_is_decided_again_when_somebody_else_wrote_first() -> None:
    """A conflict is no failure of the timer: its handler reads again, at once."""
    tries: list[int] = []
    desk = Desk(timer("t"))

    def handle(one: Timer, _as_of: datetime) -> tuple[Batch, ...]:
        version = desk.store.version("INC-1")
        tries.append(version)
        if len(tries) == 1:
            desk.store.append("INC-1", sample("INC-1", 1), expected_version=NO_STREAM)
        events = sample("INC-1", 2)
        return (Batch(stream="INC-1", events=events, expected_version=version, key="done"),)

    desk.handle = handle
    assert desk.worker.run_once().done == 1
    assert tries == [0, 1]


def test_timer_fails_when_every_try_meets_another_writer() -> None:
    """A crowd is waited for as after any failure, instead of trying for ever."""

    def handle(one: Timer, _as_of: datetime) -> tuple[Batch, ...]:
        return (Batch(stream="x", events=sample("x", 1), expected_version=7, key="done"),)

    (failure,) = Desk(timer("t"), handle=handle).worker.run_once().failures
    assert failure.error.startswith(Conflict.__name__)


def test_timer_is_left_to_others_when_the_lease_ran_out_before_it_began() -> None:
    """The first took longer than the lease: the second is not begun, and another worker has it."""
    desk = Desk(timer("slow", -1), timer("next"))

    def slow(one: Timer, as_of: datetime) -> tuple[Batch, ...]:
        desk.after(2)
        return effect(one, as_of)

    desk.handle = slow
    report = desk.worker.run_once()
    assert (report.done, report.lost) == (1, 1)
    desk.handle = effect
    assert desk.another().run_once().done == 1
    assert (desk.store.version("slow"), desk.store.version("next")) == (1, 1)


def test_timer_takes_effect_once_when_two_workers_have_it() -> None:
    """Another worker takes over while the first is still at it: the late one writes nothing."""
    desk = Desk(timer("t"))
    second = desk.another()
    names = iter(("first", "second"))

    def handle(one: Timer, _as_of: datetime) -> tuple[Batch, ...]:
        name = next(names)
        if name == "first":
            desk.after(2)
            assert second.run_once().done == 1
        return (Batch(stream="t", events=sample("t", 1), expected_version=ANY, key=name),)

    desk.handle = handle
    report = desk.worker.run_once()
    assert (report.done, report.lost) == (0, 1)
    assert desk.store.version("t") == 1


def test_rest_of_a_batch_is_given_back_when_the_worker_is_stopped() -> None:
    """What it is at is finished; others may have the rest at once, not after the lease."""
    desk = Desk(timer("a", -1), timer("b"), timer("c"))

    def stops(one: Timer, as_of: datetime) -> tuple[Batch, ...]:
        desk.worker.stop()
        return effect(one, as_of)

    desk.handle = stops
    report = desk.worker.run_once()
    assert (report.done, report.returned) == (1, 2)
    assert desk.another().run_once().done == 2


def test_record_is_void_when_the_timer_was_scheduled_anew() -> None:
    """A new due instant is a new timer: the failures of the old one do not count."""
    desk = Desk(timer("t"), handle=fails)
    desk.worker.run_once()
    desk.store.schedule([timer("t", 1)])
    assert timer_failures(desk.store) == ()
    desk.after(1)
    (failure,) = desk.worker.run_once().failures
    assert failure.failures == 1


def test_time_does_not_go_back_when_the_clock_does() -> None:
    """A timer that was due stays due."""
    desk = Desk(timer("t"), timer("u", 5))
    desk.after(5)
    desk.worker.run_once()
    desk.store.schedule([timer("v", 4)])
    desk.clock.set(AT)
    assert desk.worker.run_once().done == 1


def test_rest_lasts_until_the_next_timer_when_one_waits() -> None:
    """Nobody polls: the store says when something will be due (law S15)."""
    desk = Desk(timer("t", 1))
    seconds = desk.worker._rest(desk.worker.run_once()).total_seconds()
    assert seconds == 10  # the longest sleep: another process may schedule what is due sooner
    desk.clock.advance(timedelta(seconds=55))
    assert desk.worker._rest(desk.worker.run_once()).total_seconds() == 5


def test_rest_is_short_and_not_nothing_when_another_worker_is_about_to_have_it() -> None:
    """Due, and not to be had: a loop without rest would keep the other one from working."""
    desk = Desk()
    empty = desk.worker.run_once()
    desk.store.schedule([timer("t")])
    assert timedelta(0) < desk.worker._rest(empty) < timedelta(seconds=1)


def test_run_does_timers_until_stopped_when_iterated() -> None:
    """Two batches, two reports."""
    desk = Desk(timer("a", -1), timer("b"), batch=1)
    seen = []
    for report in desk.worker.run():
        seen.append(report.done)
        if len(seen) == 2:
            desk.worker.stop()
    assert seen == [1, 1]


class Broken(MemoryStore):
    """A store that cannot complete anything now."""

    def complete(
        self, claim: TimerClaim, *, batches: Iterable[Batch] = ()
    ) -> tuple[AppendResult, ...]:
        """Refuse."""
        del claim, batches
        raise StoreUnavailable("in memory", "is full", "free some space")


def test_run_once_raises_when_the_store_cannot_answer() -> None:
    """That is no failure of a timer: it is not counted, and the timer is free after its lease."""
    store, clock = Broken(), ManualClock(AT)
    store.schedule([timer("t")])
    worker = TimerWorker(store=store, handle=effect, clock=clock, lease=MINUTE)
    with pytest.raises(StoreUnavailable, match="is full"):
        worker.run_once()
    assert timer_failures(store) == ()
    assert store.next_due_at() == AT + MINUTE


@pytest.mark.parametrize("lease", [timedelta(0), timedelta(days=2)])
def test_worker_is_refused_when_its_lease_is_not_usable(lease: timedelta) -> None:
    """A fault of the set-up is told before the first timer."""
    with pytest.raises(InvalidValue, match="lease"):
        TimerWorker(store=MemoryStore(), handle=effect, clock=ManualClock(AT), lease=lease)
