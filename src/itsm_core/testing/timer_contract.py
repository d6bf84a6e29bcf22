"""The rules of timers as tests, from 201 on (law R2)."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from datetime import timedelta
from functools import partial
from typing import cast

from itsm_core.errors import (
    Conflict,
    InvalidValue,
    LeaseLost,
    NaiveDatetime,
    StoreUnavailable,
)
from itsm_core.ports import (
    ANY,
    Batch,
    Timer,
    TimerClaim,
)
from itsm_core.spans import minutes
from itsm_core.testing.contract import AT, refusal, timer
from itsm_core.testing.event_samples import sample
from itsm_core.testing.timer_rules import LEASE, TICK, TimerRules

__all__ = ["DurableTimerContract", "TimerContract"]


class TimerContract(TimerRules):
    """Hold what every store of timers must do: nothing dropped, every effect once.

    >>> from itsm_core.adapters.memory import MemoryStore
    >>> from itsm_core.testing.certify import certify
    >>> class DropsOverdue(MemoryStore):
    ...     def claim_due(self, *, as_of, lease, limit=100):
    ...         found = super().claim_due(as_of=as_of, lease=lease, limit=limit)
    ...         return tuple(one for one in found if as_of - one.timer.due_at < 5 * lease)
    >>> class TestDropsOverdue(TimerContract):
    ...     def open_store(self):
    ...         return DropsOverdue()
    >>> for rule in certify(TestDropsOverdue).broken:
    ...     print(rule)
    test_rule_210_instants_are_exact_when_extreme
    test_rule_213_timer_is_lent_when_it_is_long_overdue
    """

    # --- completing --------------------------------------------------------------------------

    def test_rule_219_timer_is_gone_when_completed(self) -> None:
        """Rule 219: what is done is neither listed nor lent again."""
        self.timers.schedule([timer()])
        assert self.timers.complete(self.claim()) == ()
        assert (self.keys(), self.claims(AT + timedelta(days=9))) == ([], ())

    def test_rule_220_effect_is_written_when_completed(self) -> None:
        """Rule 220: the events of the effect are there when the timer is done."""
        self.timers.schedule([timer()])
        (result,) = self.timers.complete(self.claim(), batches=[self.effect(1, 2)])
        assert self.figures(result) == (1, 2, 2, False)
        assert self.timers.version("a") == 2

    def test_rule_221_timer_stays_lent_when_its_effect_is_a_conflict(self) -> None:
        """Rule 221: both or neither; the worker decides again and completes."""
        self.timers.schedule([timer()])
        claim = self.claim()
        wrong, right = self.effect(1, expected=4), self.effect(1, expected=0)
        refusal(Conflict, lambda: self.timers.complete(claim, batches=[wrong]))
        assert (self.keys(), self.everything()) == (["t"], ())
        assert self.timers.complete(claim, batches=[right])[0].last_version == 1
        assert self.keys() == []

    def test_rule_222_effect_is_whole_when_its_last_batch_is_a_conflict(self) -> None:
        """Rule 222: an effect on several streams is all or nothing."""
        self.timers.schedule([timer()])
        claim = self.claim()
        batches = [self.effect(1), self.effect(1, stream="b", expected=4)]
        refusal(Conflict, lambda: self.timers.complete(claim, batches=batches))
        assert (self.keys(), self.everything()) == (["t"], ())

    def test_rule_223_lease_is_lost_when_another_worker_has_claimed(self) -> None:
        """Rule 223: the slow worker's effect is not written."""
        self.timers.schedule([timer()])
        slow, quick = self.claim(), self.claim(AT + LEASE)
        refusal(LeaseLost, lambda: self.timers.complete(slow, batches=[self.effect(1)]))
        assert self.everything() == ()
        self.timers.complete(quick, batches=[self.effect(2)])
        assert self.timers.version("a") == 1

    def test_rule_224_lease_is_lost_when_another_worker_has_completed(self) -> None:
        """Rule 224: and it stays so afterwards, with an effect of another key too."""
        self.timers.schedule([timer()])
        slow, quick = self.claim(), self.claim(AT + LEASE)
        self.timers.complete(quick, batches=[self.effect(2)])
        late = self.effect(1, key="another")
        refusal(LeaseLost, lambda: self.timers.complete(slow, batches=[late]))
        assert self.timers.version("a") == 1

    def test_rule_225_worker_completes_late_when_nobody_else_has_claimed(self) -> None:
        """Rule 225: a lease that ran out years ago counts: a store reads no clock (law T4)."""
        past = timer("t", -60 * 24 * 3650)
        self.timers.schedule([past])
        claim = self.claim(past.due_at)
        assert len(self.timers.complete(claim, batches=[self.effect(1)])) == 1

    def test_rule_226_first_result_comes_back_when_completed_again(self) -> None:
        """Rule 226: a worker that got no answer may ask again."""
        self.timers.schedule([timer()])
        claim = self.claim()
        self.timers.complete(claim, batches=[self.effect(1)])
        (again,) = self.timers.complete(claim, batches=[self.effect(1)])
        assert self.figures(again) == (1, 1, 1, True)
        assert self.timers.complete(claim) == ()

    def test_rule_227_nothing_is_added_when_completed_again_with_another_effect(self) -> None:
        """Rule 227: what is done has had its effect."""
        self.timers.schedule([timer()])
        claim = self.claim()
        self.timers.complete(claim, batches=[self.effect(1)])
        more = self.effect(2, key="more")
        refusal(LeaseLost, lambda: self.timers.complete(claim, batches=[more]))
        assert self.timers.version("a") == 1

    def test_rule_228_effect_is_refused_when_it_has_no_key(self) -> None:
        """Rule 228: an effect that cannot be known again could happen twice."""
        self.timers.schedule([timer()])
        claim, effect = self.claim(), self.effect(1, key=None)
        refusal(InvalidValue, lambda: self.timers.complete(claim, batches=[effect]))
        assert (self.keys(), self.everything()) == (["t"], ())

    def test_rule_229_timer_stays_done_when_scheduled_again(self) -> None:
        """Rule 229: a plan that is made again does not do again what is done."""
        self.timers.schedule([timer()])
        self.timers.complete(self.claim())
        assert self.timers.schedule([timer("t", 5, data="x")]) == 0
        assert (self.keys(), self.claims(AT + timedelta(days=9))) == ([], ())

    def test_rule_230_effect_schedules_the_next_timer_when_it_says_so(self) -> None:
        """Rule 230: a chain of timers has no gap."""
        self.timers.schedule([timer("level 1")])
        effect = self.effect(1, schedule=(timer("level 2", 30),))
        self.timers.complete(self.claim(), batches=[effect])
        assert self.timers.waiting() == (timer("level 2", 30),)

    def test_rule_231_nothing_is_scheduled_when_the_effect_is_refused(self) -> None:
        """Rule 231: the next timer belongs to the effect."""
        self.timers.schedule([timer("level 1")])
        effect = self.effect(1, expected=4, schedule=(timer("level 2", 30),))
        claim = self.claim()
        refusal(Conflict, lambda: self.timers.complete(claim, batches=[effect]))
        assert self.keys() == ["level 1"]

    # --- cancelling --------------------------------------------------------------------------

    def test_rule_232_timer_is_gone_when_cancelled(self) -> None:
        """Rule 232: what is cancelled is not done; it is counted once."""
        self.timers.schedule([timer("t"), timer("u")])
        assert (self.timers.cancel(["t", "t"]), self.timers.cancel(["t"])) == (1, 0)
        assert [one.timer.key for one in self.claims()] == ["u"]

    def test_rule_233_nothing_happens_when_there_is_nothing_to_cancel(self) -> None:
        """Rule 233: unknown keys and done timers are ignored."""
        self.timers.schedule([timer()])
        self.timers.complete(self.claim())
        assert self.timers.cancel(["t", "unknown"]) == 0

    def test_rule_234_lease_is_lost_when_the_timer_was_cancelled(self) -> None:
        """Rule 234: a pause wins against the worker that holds the timer."""
        self.timers.schedule([timer()])
        claim = self.claim()
        assert self.timers.cancel(["t"]) == 1
        refusal(LeaseLost, lambda: self.timers.complete(claim, batches=[self.effect(1)]))
        assert self.everything() == ()

    def test_rule_235_old_claim_is_void_when_a_cancelled_timer_comes_back(self) -> None:
        """Rule 235: a timer that was cancelled may wait again, for new workers only."""
        self.timers.schedule([timer()])
        old = self.claim()
        self.timers.cancel(["t"])
        assert self.timers.schedule([timer()]) == 1
        new = self.claim()
        refusal(LeaseLost, lambda: self.timers.complete(old, batches=[self.effect(1)]))
        assert new.attempt == 1
        assert len(self.timers.complete(new, batches=[self.effect(1)])) == 1

    def test_rule_236_lease_is_lost_when_the_timer_was_moved(self) -> None:
        """Rule 236: a new due instant takes it from its worker, and it can be claimed then."""
        self.timers.schedule([timer()])
        claim = self.claim()
        self.timers.schedule([timer("t", 5)])
        refusal(LeaseLost, lambda: self.timers.complete(claim, batches=[self.effect(1)]))
        assert self.claims(AT + minutes(4)) == ()
        assert self.claim(AT + minutes(5)).attempt == 1

    def test_rule_237_lease_stays_when_the_same_is_scheduled_again(self) -> None:
        """Rule 237: a plan that is made again takes nothing from a worker."""
        self.timers.schedule([timer()])
        claim = self.claim()
        self.timers.schedule([timer()])
        assert self.claims() == ()
        assert self.timers.complete(claim) == ()

    # --- giving back -------------------------------------------------------------------------

    def test_rule_238_timer_is_lent_at_once_when_given_back(self) -> None:
        """Rule 238: a worker that stops leaves no lease behind; the attempt counts."""
        self.timers.schedule([timer()])
        self.timers.release(self.claim())
        assert self.claim().attempt == 2

    def test_rule_239_timer_rests_when_given_back_for_a_retry(self) -> None:
        """Rule 239: not before the retry, and still due when it was due."""
        self.timers.schedule([timer()])
        self.timers.release(self.claim(), retry_at=AT + minutes(3))
        assert self.claims(AT + minutes(3) - TICK) == ()
        assert self.timers.waiting() == (timer(),)
        assert self.claim(AT + minutes(3)).timer == timer()

    def test_rule_240_lease_is_lost_when_the_timer_was_given_back(self) -> None:
        """Rule 240: who gave it back has no right to it, whether it was claimed since or not."""
        self.timers.schedule([timer()])
        claim = self.claim()
        self.timers.release(claim)
        refusal(LeaseLost, lambda: self.timers.complete(claim, batches=[self.effect(1)]))
        refusal(LeaseLost, lambda: self.timers.release(claim))

    def test_rule_241_lease_is_lost_when_somebody_else_gives_it_back(self) -> None:
        """Rule 241: only the present worker may give a timer back, and only undone."""
        self.timers.schedule([timer()])
        slow, quick = self.claim(), self.claim(AT + LEASE)
        refusal(LeaseLost, lambda: self.timers.release(slow))
        self.timers.complete(quick)
        refusal(LeaseLost, lambda: self.timers.release(quick))

    # --- with events -------------------------------------------------------------------------

    def test_rule_245_timer_waits_when_its_events_are_written(self) -> None:
        """Rule 245: `Batch.schedule` belongs to the transaction of the events."""
        self.timers.append_many([self.effect(1, schedule=(timer(),))])
        assert (self.keys(), self.timers.version("a")) == (["t"], 1)

    def test_rule_246_no_timer_waits_when_its_events_are_refused(self) -> None:
        """Rule 246: neither of the batch nor of those before it."""
        batches = [self.effect(1, schedule=(timer(),)), self.effect(1, stream="b", expected=4)]
        refusal(Conflict, lambda: self.timers.append_many(batches))
        assert (self.keys(), self.timers.next_due_at()) == ([], None)

    def test_rule_247_timer_is_cancelled_when_the_events_say_so(self) -> None:
        """Rule 247: a resolution and the end of its reminders are one."""
        self.timers.schedule([timer("t"), timer("u")])
        batch = Batch(stream="a", events=sample("a"), expected_version=ANY, cancel=("t", "none"))
        self.timers.append_many([batch])
        assert self.keys() == ["u"]

    def test_rule_248_timer_stays_when_the_events_are_refused(self) -> None:
        """Rule 248: no resolution, no end of reminders; the lease stays as well."""
        self.timers.schedule([timer()])
        claim = self.claim()
        batch = Batch(stream="a", events=sample("a"), expected_version=4, cancel=("t",))
        refusal(Conflict, lambda: self.timers.append_many([batch]))
        assert self.keys() == ["t"]
        assert self.timers.complete(claim) == ()

    def test_rule_249_timer_waits_anew_when_a_batch_cancels_and_schedules_it(self) -> None:
        """Rule 249: cancelled first, scheduled then."""
        self.timers.schedule([timer()])
        batch = Batch(
            stream="a", events=(), expected_version=ANY, cancel=("t",), schedule=(timer("t", 5),)
        )
        self.timers.append_many([batch])
        assert self.timers.waiting() == (timer("t", 5),)

    def test_rule_250_timers_are_left_out_when_the_append_is_repeated(self) -> None:
        """Rule 250: a key that is known writes nothing, timers included."""
        self.timers.append_many([self.effect(1, schedule=(timer(),))])
        self.timers.append_many([self.effect(1, schedule=(timer("u"),))])
        assert self.keys() == ["t"]

    # --- arguments, threads, the end ---------------------------------------------------------

    def test_rule_251_argument_is_refused_when_it_is_not_usable(self) -> None:
        """Rule 251: leases, limits and what is no timer, key or claim."""
        store = self.timers
        calls: list[Callable[[], object]] = [
            partial(store.claim_due, as_of=AT, lease=lease)
            for lease in (timedelta(0), -TICK, timedelta(days=2), cast("timedelta", 60))
        ]
        calls += [
            partial(store.claim_due, as_of=AT, lease=LEASE, limit=0),
            partial(store.waiting, limit=0),
            partial(store.waiting, stream=""),
            partial(store.schedule, cast("list[Timer]", ["t"])),
            partial(store.schedule, cast("list[Timer]", None)),
            partial(store.cancel, "t"),
            partial(store.cancel, cast("list[str]", [1])),
            partial(store.complete, cast("TimerClaim", timer())),
            partial(store.release, cast("TimerClaim", None)),
        ]
        for call in calls:
            refusal(InvalidValue, call)
        naive = AT.replace(tzinfo=None)
        refusal(NaiveDatetime, lambda: store.claim_due(as_of=naive, lease=LEASE))

    def test_rule_252_store_is_unavailable_when_closed(self) -> None:
        """Rule 252: a closed store raises StoreUnavailable."""
        store = self.timers
        store.schedule([timer()])
        claim = self.claim()
        store.close()
        calls: tuple[Callable[[], object], ...] = (
            partial(store.schedule, [timer()]),
            partial(store.cancel, ["t"]),
            self.claims,
            partial(store.complete, claim),
            partial(store.release, claim),
            store.waiting,
            store.next_due_at,
        )
        for call in calls:
            refusal(StoreUnavailable, call)

    def test_rule_253_timer_is_lent_once_when_threads_claim(self) -> None:
        """Rule 253: no two workers hold a timer at once."""
        self.timers.schedule([timer(str(n), n % 7) for n in range(40)])

        def work(_: int) -> list[str]:
            found: list[str] = []
            for _ in range(200):
                page = self.claims(AT + minutes(9), limit=3)
                found += [one.timer.key for one in page]
                if not page and self._all_lent():
                    break
            return found

        with ThreadPoolExecutor(4) as pool:
            lent = [key for found in pool.map(work, range(4)) for key in found]
        assert sorted(lent) == sorted(str(n) for n in range(40))

    def _all_lent(self) -> bool:
        found = self.timers.next_due_at()
        return found is None or found > AT + minutes(9)

    def test_rule_254_effect_happens_once_when_threads_complete_one_claim(self) -> None:
        """Rule 254: a claim that is handed in several times counts once."""
        self.timers.schedule([timer()])
        claim = self.claim()

        def work(_: int) -> bool:
            return self.timers.complete(claim, batches=[self.effect(1)])[0].repeated

        with ThreadPoolExecutor(4) as pool:
            repeated = list(pool.map(work, range(8)))
        assert (repeated.count(False), self.timers.version("a")) == (1, 1)

    def test_rule_255_timer_is_new_once_when_threads_schedule_it(self) -> None:
        """Rule 255: of desks that plan the same one schedules."""
        with ThreadPoolExecutor(4) as pool:
            running = [pool.submit(lambda: self.timers.schedule([timer()])) for _ in range(8)]
            counted = [one.result() for one in running]
        assert (sum(counted), self.keys()) == (1, ["t"])

    def test_rule_256_one_side_wins_when_a_worker_and_a_pause_race(self) -> None:
        """Rule 256: either the effect is there, or the timer was cancelled; never both."""
        for number in range(10):
            key = f"t{number}"
            self.timers.schedule([timer(key)])
            claim = self.claim()
            effect = self.effect(number, key=key)

            def finish(claim: TimerClaim = claim, effect: Batch = effect) -> int:
                try:
                    return len(self.timers.complete(claim, batches=[effect]))
                except LeaseLost:
                    return 0

            with ThreadPoolExecutor(2) as pool:
                done = pool.submit(finish)
                cancelled = pool.submit(self.timers.cancel, [key])
                assert done.result() + cancelled.result() == 1


class DurableTimerContract(TimerContract):
    """Add what a store of timers must do that outlives the object.

    `open_store` opens the same place every time during one test. A store in memory has none:

    >>> from itsm_core.adapters.memory import MemoryStore
    >>> from itsm_core.testing.certify import certify
    >>> class TestInMemory(DurableTimerContract):
    ...     def open_store(self):
    ...         return MemoryStore()
    >>> for rule in certify(TestInMemory).broken:
    ...     print(rule)
    test_rule_257_timers_and_leases_are_there_when_reopened
    test_rule_258_lent_timer_is_not_lent_when_another_object_asks
    test_rule_259_effect_happens_once_when_two_objects_race
    """

    def test_rule_257_timers_and_leases_are_there_when_reopened(self) -> None:
        """Rule 257: what waits, what is lent and what is done, all outlive the object."""
        self.timers.schedule([timer("a", 1), timer("b", 2), timer("c", 3)])
        held, _ = self.claims(AT + minutes(2)), self.timers.cancel(["c"])
        self.timers.complete(held[0], batches=[self.effect(1)])
        self.reopen()
        assert self.keys() == ["b"]
        assert self.claims(AT + minutes(5)) == ()
        assert self.timers.schedule([timer("a", 1)]) == 0
        assert self.timers.complete(held[1]) == ()

    def test_rule_258_lent_timer_is_not_lent_when_another_object_asks(self) -> None:
        """Rule 258: workers of several processes share the timers."""
        other = self.open_store()
        try:
            self.timers.schedule([timer("a"), timer("b")])
            mine = self.claims(limit=1)
            others = other.claim_due(as_of=AT, lease=LEASE)
            assert [one.timer.key for one in (*mine, *others)] == ["a", "b"]
        finally:
            other.close()

    def test_rule_259_effect_happens_once_when_two_objects_race(self) -> None:
        """Rule 259: a worker whose lease ran out and the one that followed write one effect."""
        other = self.open_store()
        try:
            self.timers.schedule([timer()])
            slow = self.claim()
            (quick,) = other.claim_due(as_of=AT + LEASE, lease=LEASE)
            other.complete(quick, batches=[self.effect(1)])
            refusal(LeaseLost, lambda: self.timers.complete(slow, batches=[self.effect(1)]))
        finally:
            other.close()
        assert self.timers.version("a") == 1
