"""The rules of timers that wait and are lent: the first part of `timer_contract`."""

from __future__ import annotations

from abc import abstractmethod
from datetime import UTC, datetime, timedelta
from typing import Final, Protocol, cast

from itsm_core.errors import (
    InvalidValue,
)
from itsm_core.ports import (
    ANY,
    Batch,
    EventStore,
    ExpectedVersion,
    OutboxMessage,
    Timer,
    TimerClaim,
    TimerStore,
)
from itsm_core.spans import minutes
from itsm_core.testing.contract import AT, ODD, Contract, refusal, timer
from itsm_core.testing.event_samples import sample

__all__ = ["LEASE", "TICK", "SchedulingStore", "TimerRules"]

LEASE: Final = minutes(10)
"""How long a timer is lent in these rules."""

TICK: Final = timedelta(microseconds=1)
"""The shortest time there is."""


class SchedulingStore(EventStore, TimerStore, Protocol):
    """Keep timers beside the events that are their effect.

    A timer is lent to one worker at a time:

    >>> from itsm_core.adapters.memory import MemoryStore
    >>> store: SchedulingStore = MemoryStore()
    >>> store.schedule([timer("remind")])
    1
    >>> len(store.claim_due(as_of=AT, lease=LEASE)), len(store.claim_due(as_of=AT, lease=LEASE))
    (1, 0)
    >>> print(store.next_due_at())
    2026-01-05 09:10:00+00:00
    """


class TimerRules(Contract):
    """Hold how timers wait and are lent; `TimerContract` adds how they are done.

    >>> from itsm_core.adapters.memory import MemoryStore
    >>> from itsm_core.testing.certify import certify
    >>> class ForgetsLent(MemoryStore):
    ...     def next_due_at(self):
    ...         return min((one.due_at for one in self.waiting()), default=None)
    >>> class TestForgetsLent(TimerRules):
    ...     def open_store(self):
    ...         return ForgetsLent()
    >>> print(*certify(TestForgetsLent).broken)
    test_rule_244_next_instant_is_the_end_of_the_lease_when_all_is_lent
    """

    @abstractmethod
    def open_store(self) -> SchedulingStore:
        """Return a store that holds nothing yet."""

    @property
    def timers(self) -> SchedulingStore:
        """Return the store of this test."""
        return cast("SchedulingStore", self.opened)

    def claims(self, as_of: datetime = AT, limit: int = 100) -> tuple[TimerClaim, ...]:
        """Claim what is due."""
        return self.timers.claim_due(as_of=as_of, lease=LEASE, limit=limit)

    def claim(self, as_of: datetime = AT) -> TimerClaim:
        """Claim the one timer that is due."""
        claims = self.claims(as_of)
        assert len(claims) == 1, f"one timer is due, {len(claims)} were lent"
        return claims[0]

    def keys(self) -> list[str]:
        """Return the keys of what waits."""
        return [one.key for one in self.timers.waiting()]

    @staticmethod
    def effect(
        *numbers: int,
        stream: str = "a",
        key: str | None = "effect",
        expected: ExpectedVersion = ANY,
        schedule: tuple[Timer, ...] = (),
        messages: tuple[OutboxMessage, ...] = (),
    ) -> Batch:
        """Return what a timer writes when it is done."""
        return Batch(
            stream=stream,
            events=sample(stream, *numbers),
            expected_version=expected,
            key=key,
            schedule=schedule,
            messages=messages,
        )

    # --- scheduling --------------------------------------------------------------------------

    def test_rule_201_timer_waits_when_scheduled(self) -> None:
        """Rule 201: what was scheduled is there, as it was given."""
        assert self.timers.schedule([timer("t", 5, data="x")]) == 1
        assert self.timers.waiting() == (timer("t", 5, data="x"),)

    def test_rule_202_timers_are_in_order_of_due_instants_when_listed(self) -> None:
        """Rule 202: the first due first, those of one instant by key."""
        self.timers.schedule([timer("c", 1), timer("b", 2), timer("a", 2), timer("d", 0)])
        assert self.keys() == ["d", "c", "a", "b"]

    def test_rule_203_only_timers_of_the_stream_are_listed_when_one_is_named(self) -> None:
        """Rule 203: a ticket's timers can be asked for."""
        self.timers.schedule([timer("x", 2), timer("y", 1, stream="b"), timer("z", 1)])
        assert [one.key for one in self.timers.waiting(stream="a")] == ["z", "x"]
        assert self.timers.waiting(stream="c") == ()

    def test_rule_204_list_is_bounded_when_a_limit_is_given(self) -> None:
        """Rule 204: the first ones, with and without a stream."""
        self.timers.schedule([timer(str(n), n) for n in range(5)])
        assert [one.key for one in self.timers.waiting(limit=2)] == ["0", "1"]
        assert [one.key for one in self.timers.waiting(stream="a", limit=1)] == ["0"]

    def test_rule_205_nothing_changes_when_the_same_is_scheduled_again(self) -> None:
        """Rule 205: planning twice is harmless."""
        self.timers.schedule([timer()])
        assert self.timers.schedule([timer(), timer("u")]) == 1
        assert self.keys() == ["t", "u"]

    def test_rule_206_timer_is_moved_when_scheduled_for_another_instant(self) -> None:
        """Rule 206: the key stays, the due instant changes, earlier or later."""
        self.timers.schedule([timer("t", 5)])
        assert self.timers.schedule([timer("t", 1)]) == 1
        assert self.timers.waiting() == (timer("t", 1),)
        self.timers.schedule([timer("t", 9)])
        assert (self.claims(AT + minutes(8)), self.timers.waiting()) == ((), (timer("t", 9),))

    def test_rule_207_timer_is_replaced_when_its_data_or_stream_is_another(self) -> None:
        """Rule 207: whatever differs is a change."""
        self.timers.schedule([timer()])
        assert self.timers.schedule([timer(data="x")]) == 1
        assert self.timers.schedule([timer(data="x", stream="b")]) == 1
        assert self.timers.waiting() == (timer(data="x", stream="b"),)

    def test_rule_208_call_is_refused_when_a_key_comes_twice(self) -> None:
        """Rule 208: which of the two is meant cannot be known."""
        refusal(InvalidValue, lambda: self.timers.schedule([timer("t", 1), timer("t", 2)]))
        assert self.keys() == []

    def test_rule_209_timers_are_apart_when_keys_differ_a_little(self) -> None:
        """Rule 209: keys are compared exactly, and come back as they were."""
        keys = ("t", "T", "t ", "t%", "é", "e\u0301", ODD, "🚒" * 500)
        made = [timer(key, stream=ODD, data=ODD) for key in keys]
        assert self.timers.schedule(made) == len(keys)
        assert set(self.timers.waiting()) == set(made)

    def test_rule_210_instants_are_exact_when_extreme(self) -> None:
        """Rule 210: before 1970 and in the year 9999, in their order."""
        instants = [
            datetime.min.replace(tzinfo=UTC),
            datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC),
            datetime(1970, 1, 1, tzinfo=UTC),
            datetime.max.replace(tzinfo=UTC),
        ]
        made = [Timer(key=str(9 - n), stream="a", due_at=at) for n, at in enumerate(instants)]
        self.timers.schedule(made)
        assert list(self.timers.waiting()) == made
        assert [one.timer for one in self.claims()] == made[:3]

    # --- claiming ----------------------------------------------------------------------------

    def test_rule_211_timer_is_not_lent_when_it_is_not_due(self) -> None:
        """Rule 211: a microsecond early is early."""
        self.timers.schedule([timer()])
        assert self.claims(AT - TICK) == ()

    def test_rule_212_timer_is_lent_when_it_is_due(self) -> None:
        """Rule 212: the due instant itself is due; the claim says what and until when."""
        self.timers.schedule([timer(data="x")])
        claim = self.claim()
        assert (claim.timer, claim.attempt) == (timer(data="x"), 1)
        assert claim.leased_until == AT + LEASE

    def test_rule_213_timer_is_lent_when_it_is_long_overdue(self) -> None:
        """Rule 213: nothing is dropped after downtime."""
        self.timers.schedule([timer()])
        assert self.claim(AT + timedelta(days=3650)).timer == timer()

    def test_rule_214_timers_are_lent_in_order_when_many_are_due(self) -> None:
        """Rule 214: the longest due first, those of one instant by key."""
        self.timers.schedule([timer("c", 1), timer("b", 2), timer("a", 2), timer("d", 0)])
        keys = [one.timer.key for one in self.claims(AT + minutes(9))]
        assert keys == ["d", "c", "a", "b"]

    def test_rule_215_claims_are_bounded_when_a_limit_is_given(self) -> None:
        """Rule 215: the rest is left to others."""
        self.timers.schedule([timer(str(n), n) for n in range(3)])
        late = AT + minutes(9)
        pages = [[one.timer.key for one in self.claims(late, limit=2)] for _ in range(3)]
        assert pages == [["0", "1"], ["2"], []]

    def test_rule_216_timer_is_not_lent_again_when_the_lease_runs(self) -> None:
        """Rule 216: until the last microsecond of a lease it has one worker."""
        self.timers.schedule([timer()])
        self.claim()
        assert self.claims(AT + LEASE - TICK) == ()

    def test_rule_217_timer_is_lent_again_when_the_lease_has_ended(self) -> None:
        """Rule 217: what a dead worker held comes back, and shows that it was tried."""
        self.timers.schedule([timer()])
        first, second = self.claim(), self.claim(AT + LEASE)
        assert (second.timer, second.attempt) == (timer(), 2)
        assert first.token != second.token

    def test_rule_218_lent_timer_is_listed_when_it_waits(self) -> None:
        """Rule 218: what is lent is not done."""
        self.timers.schedule([timer()])
        self.claim()
        assert self.keys() == ["t"]

    # --- the next instant --------------------------------------------------------------------

    def test_rule_242_next_instant_is_none_when_nothing_waits(self) -> None:
        """Rule 242: what is done or cancelled is waited for by nobody."""
        assert self.timers.next_due_at() is None
        self.timers.schedule([timer("t"), timer("u")])
        self.timers.complete(self.claims(limit=1)[0])
        self.timers.cancel(["u"])
        assert self.timers.next_due_at() is None

    def test_rule_243_next_instant_is_the_first_due_when_timers_wait(self) -> None:
        """Rule 243: a worker sleeps until then; nobody polls."""
        self.timers.schedule([timer("t", 9), timer("u", 3)])
        assert self.timers.next_due_at() == AT + minutes(3)

    def test_rule_244_next_instant_is_the_end_of_the_lease_when_all_is_lent(self) -> None:
        """Rule 244: what a worker holds may come back."""
        self.timers.schedule([timer()])
        self.claim()
        assert self.timers.next_due_at() == AT + LEASE
