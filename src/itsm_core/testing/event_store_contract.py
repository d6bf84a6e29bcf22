"""The rules of an event store as tests: one rule a test, numbered (laws R1, R4, R6).

A store is certified in a few lines, collected by pytest like any test class::

    class TestMyStore(EventStoreContract):
        def open_store(self) -> EventStore:
            return MyStore()

A store whose events outlive it takes `DurableStoreContract` and opens the same place every time
`open_store` is called during one test; `setup_method` may choose the place. The suite needs no
test framework beyond something that runs methods called `test_*` between `setup_method` and
`teardown_method`.
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Callable
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import cast

from itsm_core.errors import CodecError, Conflict, InvalidValue, KeyReused, StoreUnavailable
from itsm_core.events import TicketAssigned, TicketEvent
from itsm_core.ids import GroupId, TicketId
from itsm_core.ports import ANY, NO_STREAM, Batch, EventStore, StoredEvent
from itsm_core.testing.contract import AT, refusal
from itsm_core.testing.event_samples import one_of_each, sample
from itsm_core.testing.event_store_details import EventStoreDetails

__all__ = ["DurableStoreContract", "EventStoreContract", "one_of_each", "sample"]


def _events(stored: tuple[StoredEvent, ...]) -> tuple[TicketEvent, ...]:
    return tuple(one.event for one in stored)


class EventStoreContract(EventStoreDetails):
    """Hold what every event store must do. Subclass it and say how a store is opened.

    A store whose positions have gaps leaves `dense_positions` out of its `capabilities`.

    >>> from itsm_core.adapters.memory import MemoryStore
    >>> from itsm_core.testing.certify import certify
    >>> class ShowsOnePageOnly(MemoryStore):
    ...     def read_all(self, *, after=0, limit=1000):
    ...         return super().read_all(limit=limit)
    >>> class TestShowsOnePageOnly(EventStoreContract):
    ...     capabilities = frozenset({"dense_positions", "messages_and_timers"})
    ...
    ...     def open_store(self):
    ...         return ShowsOnePageOnly()
    >>> for rule in certify(TestShowsOnePageOnly).broken:
    ...     print(rule)
    test_rule_13_read_all_pages_cover_everything_once_when_walked
    test_rule_30_number_is_refused_when_it_is_no_cursor
    test_rule_32_poller_misses_nothing_when_threads_write
    test_rule_62_read_all_is_empty_when_the_cursor_is_beyond_the_end
    test_rule_64_read_all_walks_everything_when_a_page_is_one_event
    """

    @abstractmethod
    def open_store(self) -> EventStore:
        """Return a store that holds nothing yet."""

    @property
    def store(self) -> EventStore:
        """Return the store of this test."""
        return self.facts

    # --- versions ----------------------------------------------------------------------------

    def test_rule_01_append_counts_from_one_when_the_stream_is_new(self) -> None:
        """Rule 1: the first event of a stream has version 1, the first of a store position 1."""
        result = self.store.append("INC-1", sample("INC-1", 1, 2), expected_version=NO_STREAM)
        assert self.figures(result) == (1, 2, 2, False)

    def test_rule_02_append_goes_on_counting_when_the_stream_exists(self) -> None:
        """Rule 2: versions of a stream have no gap."""
        self.store.append("INC-1", sample("INC-1", 1, 2), expected_version=NO_STREAM)
        result = self.store.append("INC-1", sample("INC-1", 3), expected_version=2)
        assert self.figures(result) == (3, 3, 3, False)

    def test_rule_03_versions_are_per_stream_when_two_grow(self) -> None:
        """Rule 3: every stream has its own versions, all share the positions."""
        self.store.append("INC-1", sample("INC-1", 1, 2), expected_version=NO_STREAM)
        result = self.store.append("INC-2", sample("INC-2"), expected_version=NO_STREAM)
        assert self.figures(result) == (1, 1, 3, False)

    def test_rule_04_append_is_a_conflict_when_a_new_stream_was_expected(self) -> None:
        """Rule 4: NO_STREAM is refused on a stream with events; the error says where it is."""
        self.store.append("INC-1", sample("INC-1", 1, 2), expected_version=ANY)
        again = sample("INC-1", 3)
        error = refusal(
            Conflict, lambda: self.store.append("INC-1", again, expected_version=NO_STREAM)
        )
        assert (error.stream, error.actual, self.store.version("INC-1")) == ("INC-1", 2, 2)

    def test_rule_05_append_is_a_conflict_when_the_version_is_past(self) -> None:
        """Rule 5: who has not seen the last event may not write."""
        self.store.append("INC-1", sample("INC-1", 1, 2), expected_version=ANY)
        late = sample("INC-1", 3)
        error = refusal(Conflict, lambda: self.store.append("INC-1", late, expected_version=1))
        assert (error.expected, error.actual, self.store.version("INC-1")) == ("1", 2, 2)

    def test_rule_06_append_is_a_conflict_when_the_version_is_to_come(self) -> None:
        """Rule 6: nobody can have seen an event that does not exist."""
        early = sample("INC-1")
        error = refusal(Conflict, lambda: self.store.append("INC-1", early, expected_version=1))
        assert (error.actual, self.store.version("INC-1")) == (0, 0)

    def test_rule_07_zero_means_no_stream_when_expected(self) -> None:
        """Rule 7: version 0 and NO_STREAM are the same expectation."""
        assert self.store.append("INC-1", sample(), expected_version=0).last_version == 1
        refusal(Conflict, lambda: self.store.append("INC-1", sample(), expected_version=0))

    def test_rule_08_any_is_never_a_conflict_when_expected(self) -> None:
        """Rule 8: ANY appends to a new and to an old stream."""
        self.store.append("INC-1", sample("INC-1", 1), expected_version=ANY)
        assert (
            self.store.append("INC-1", sample("INC-1", 2), expected_version=ANY).last_version == 2
        )

    # --- reading -----------------------------------------------------------------------------

    def test_rule_09_read_returns_equal_events_in_order_when_of_every_type(self) -> None:
        """Rule 9: what comes back is equal to what went in, whatever its type and texts."""
        self.store.append("INC-1", one_of_each(), expected_version=NO_STREAM)
        assert _events(self.store.read("INC-1")) == one_of_each()

    def test_rule_10_read_begins_beyond_the_version_when_given(self) -> None:
        """Rule 10: `after` is the last version already known; beyond the end there is nothing."""
        self.store.append("INC-1", sample("INC-1", 1, 2, 3), expected_version=NO_STREAM)
        shown = [[one.version for one in self.store.read("INC-1", after=n)] for n in range(5)]
        assert shown == [[1, 2, 3], [2, 3], [3], [], []]

    def test_rule_11_read_is_empty_when_the_stream_does_not_exist(self) -> None:
        """Rule 11: a stream without events is no error and at version 0."""
        assert (self.store.read("INC-1"), self.store.version("INC-1")) == ((), 0)

    def test_rule_12_read_all_is_in_order_of_appends_when_streams_mix(self) -> None:
        """Rule 12: positions follow the appends, over all streams, without gaps."""
        for stream, number in (("b", 1), ("a", 1), ("b", 2)):
            self.store.append(stream, sample(stream, number), expected_version=ANY)
        shown = [
            (self.rank(one.position), one.stream, one.version) for one in self.store.read_all()
        ]
        assert shown == [(1, "b", 1), (2, "a", 1), (3, "b", 2)]

    def test_rule_13_read_all_pages_cover_everything_once_when_walked(self) -> None:
        """Rule 13: walking by the last position returns each event once, at most `limit` a page."""
        self.store.append("INC-1", sample("INC-1", *range(1, 8)), expected_version=ANY)
        pages: list[list[int]] = []
        cursor = 0
        for _ in range(4):  # bounded: a store that repeats itself must fail, not hang
            page = self.store.read_all(after=cursor, limit=3)
            pages.append([self.rank(one.position) for one in page])
            cursor = page[-1].position if page else cursor
        assert pages == [[1, 2, 3], [4, 5, 6], [7], []]

    def test_rule_14_read_shows_the_same_place_as_read_all_when_compared(self) -> None:
        """Rule 14: both readings of an event agree on stream, version, position and content."""
        self.store.append("a", sample("a", 1), expected_version=ANY)
        self.store.append("b", sample("b", 1, 2), expected_version=ANY)
        assert self.store.read("a") + self.store.read("b") == self.store.read_all()

    # --- keys --------------------------------------------------------------------------------

    def test_rule_15_append_writes_once_when_the_key_comes_again(self) -> None:
        """Rule 15: the same key with the same events returns the first result, marked repeated."""
        first = self.store.append("INC-1", sample(), expected_version=NO_STREAM, key="k")
        again = self.store.append("INC-1", sample(), expected_version=NO_STREAM, key="k")
        assert (self.figures(first), self.figures(again)) == ((1, 1, 1, False), (1, 1, 1, True))
        assert len(self.store.read_all()) == 1

    def test_rule_16_repeated_append_succeeds_when_the_stream_went_on(self) -> None:
        """Rule 16: the key is looked up before the version."""
        self.store.append("INC-1", sample("INC-1", 1), expected_version=0, key="k")
        self.store.append("INC-1", sample("INC-1", 2), expected_version=1)
        again = self.store.append("INC-1", sample("INC-1", 1), expected_version=0, key="k")
        assert self.figures(again) == (1, 1, 1, True)

    def test_rule_17_append_is_refused_when_the_key_had_other_events(self) -> None:
        """Rule 17: a key stands for one thing; nothing is written."""
        self.store.append("INC-1", sample("INC-1", 1), expected_version=ANY, key="k")
        other = sample("INC-1", 2)
        error = refusal(
            KeyReused, lambda: self.store.append("INC-1", other, expected_version=ANY, key="k")
        )
        assert (error.stream, error.key, self.store.version("INC-1")) == ("INC-1", "k", 1)

    def test_rule_18_append_repeats_when_the_intent_is_the_same(self) -> None:
        """Rule 18: with an intent, the key stands for it and not for the events."""
        self.store.append("INC-1", sample("INC-1", 1), expected_version=ANY, key="k", intent="i")
        again = self.store.append(
            "INC-1", sample("INC-1", 2), expected_version=ANY, key="k", intent="i"
        )
        assert (again.repeated, self.store.version("INC-1")) == (True, 1)

    def test_rule_19_append_is_refused_when_the_key_had_another_intent(self) -> None:
        """Rule 19: equal events do not excuse another intent."""
        self.store.append("INC-1", sample(), expected_version=ANY, key="k", intent="i")
        refusal(
            KeyReused,
            lambda: self.store.append(
                "INC-1", sample(), expected_version=ANY, key="k", intent="another"
            ),
        )

    def test_rule_20_key_is_free_when_used_on_another_stream(self) -> None:
        """Rule 20: keys belong to their stream."""
        self.store.append("a", sample("a"), expected_version=ANY, key="k")
        assert not self.store.append("b", sample("b"), expected_version=ANY, key="k").repeated

    def test_rule_21_key_is_free_when_its_append_was_refused(self) -> None:
        """Rule 21: a conflict leaves no key behind."""
        refusal(Conflict, lambda: self.store.append("INC-1", sample(), expected_version=7, key="k"))
        assert self.store.recall("INC-1", "k") is None
        result = self.store.append("INC-1", sample(), expected_version=0, key="k")
        assert self.figures(result) == (1, 1, 1, False)

    def test_rule_22_recall_returns_the_first_result_when_the_key_is_known(self) -> None:
        """Rule 22: a writer can ask what became of an append; an unknown key is None."""
        self.store.append("INC-1", sample(), expected_version=ANY, key="k", intent="i")
        known = self.store.recall("INC-1", "k", intent="i")
        assert known is not None
        assert self.figures(known) == (1, 1, 1, True)
        assert self.store.recall("INC-1", "other") is None

    def test_rule_23_recall_is_refused_when_the_intent_is_another(self) -> None:
        """Rule 23: asking with the wrong intent is a reuse of the key."""
        self.store.append("INC-1", sample(), expected_version=ANY, key="k", intent="i")
        refusal(KeyReused, lambda: self.store.recall("INC-1", "k", intent="another"))

    def test_rule_24_key_is_remembered_when_nothing_was_written(self) -> None:
        """Rule 24: an append of no events makes no stream and keeps its key."""
        self.store.append("b", sample("b"), expected_version=ANY)
        empty = self.store.append("a", (), expected_version=NO_STREAM, key="k", intent="i")
        known = self.store.recall("a", "k", intent="i")
        assert (self.figures(empty), self.store.version("a")) == ((1, 0, 1, False), 0)
        assert known is not None
        assert self.figures(known) == (1, 0, 1, True)

    # --- all or nothing ----------------------------------------------------------------------

    def test_rule_25_nothing_is_written_when_one_event_is_unusable(self) -> None:
        """Rule 25: an event that cannot be written down takes its batch with it."""
        broken = TicketAssigned(
            ticket_id=TicketId("INC-1"), occurred_at=AT, group=GroupId("\ud800")
        )
        events = (*sample("INC-1", 1), broken)
        refusal(
            CodecError, lambda: self.store.append("INC-1", events, expected_version=ANY, key="k")
        )
        assert (self.store.read_all(), self.store.recall("INC-1", "k")) == ((), None)

    def test_rule_26_batches_are_written_in_order_when_appended_together(self) -> None:
        """Rule 26: a later batch sees what an earlier one of the same call wrote."""
        results = self.store.append_many(
            (
                Batch(stream="a", events=sample("a", 1, 2), expected_version=NO_STREAM),
                Batch(stream="b", events=sample("b", 1), expected_version=ANY),
                Batch(stream="a", events=sample("a", 3), expected_version=2),
            )
        )
        assert [self.figures(one) for one in results] == [
            (1, 2, 2, False),
            (1, 1, 3, False),
            (3, 3, 4, False),
        ]
        assert [one.stream for one in self.store.read_all()] == ["a", "a", "b", "a"]

    def test_rule_27_no_batch_is_written_when_the_last_is_refused(self) -> None:
        """Rule 27: one conflict undoes the whole call, keys included."""
        batches = (
            Batch(stream="a", events=sample("a"), expected_version=ANY, key="k"),
            Batch(stream="b", events=sample("b"), expected_version=4),
        )
        refusal(Conflict, lambda: self.store.append_many(batches))
        assert (self.store.read_all(), self.store.recall("a", "k")) == ((), None)
        assert self.figures(self.store.append("a", sample("a"), expected_version=0)) == (
            1,
            1,
            1,
            False,
        )

    def test_rule_28_batch_is_written_once_when_its_key_comes_twice_in_a_call(self) -> None:
        """Rule 28: keys of a call count within the call."""
        batch = Batch(stream="a", events=sample("a"), expected_version=NO_STREAM, key="k")
        results = self.store.append_many((batch, batch))
        assert [self.figures(one) for one in results] == [(1, 1, 1, False), (1, 1, 1, True)]
        assert self.store.append_many(()) == ()

    # --- arguments ---------------------------------------------------------------------------

    def test_rule_29_stream_name_is_refused_when_no_store_could_hold_it(self) -> None:
        """Rule 29: an empty name, NUL, half a surrogate pair and 501 characters are refused."""
        for name in ("", "a\0b", "\ud800", "x" * 501):
            append = partial(self.store.append, name, sample(), expected_version=ANY)
            for call in (append, partial(self.store.read, name), partial(self.store.version, name)):
                refusal(InvalidValue, call)
        assert self.store.append("ü" * 500, sample(), expected_version=ANY).last_version == 1

    def test_rule_30_number_is_refused_when_it_is_no_cursor(self) -> None:
        """Rule 30: negative, fractional and boolean cursors, versions and limits are refused."""
        # What the types forbid, callers without a type checker still do.
        for number in cast("tuple[int, ...]", (-1, 1.0, True, 1 << 63)):
            refusal(InvalidValue, partial(self.store.read, "a", after=number))
            refusal(InvalidValue, partial(self.store.read_all, after=number))
            refusal(InvalidValue, partial(self.store.append, "a", (), expected_version=number))
        refusal(InvalidValue, partial(self.store.read_all, limit=0))

    def test_rule_38_argument_is_refused_when_it_is_of_another_type(self) -> None:
        """Rule 38: None for events, something else for batches, an intent that is no text."""
        store = self.store
        calls: tuple[Callable[[], object], ...] = (
            partial(store.append, "a", cast("tuple[()]", None), expected_version=ANY),
            partial(store.append_many, cast("tuple[()]", None)),
            partial(store.append_many, cast("tuple[()]", (1,))),
            partial(store.append, "a", (), expected_version=ANY, key="k", intent=cast("str", 5)),
            partial(store.recall, "a", "k", intent=cast("str", 5)),
            partial(store.recall, "a", cast("str", 5)),
            partial(store.read, cast("str", None)),
        )
        for call in calls:
            refusal(InvalidValue, call)
        assert store.read_all() == ()

    # --- threads -----------------------------------------------------------------------------

    def test_rule_31_one_writer_wins_when_threads_have_seen_one_version(self) -> None:
        """Rule 31: of writers that saw the same version one wins; the others see a conflict."""

        def wins(number: int) -> bool:
            try:
                event = sample("a", number)
                self.store.append("a", event, expected_version=number // 4)
            except Conflict:
                return False
            return True

        with ThreadPoolExecutor(4) as pool:
            for version in range(10):
                won = list(pool.map(wins, range(version * 4, version * 4 + 4)))
                assert (won.count(True), self.store.version("a")) == (1, version + 1)

    def test_rule_32_poller_misses_nothing_when_threads_write(self) -> None:
        """Rule 32: no event ever appears at or before a cursor that was returned."""

        def write(writer: int) -> None:
            for number in range(20):
                events = sample(str(writer), number * 2, number * 2 + 1)
                self.store.append(str(writer), events, expected_version=ANY)

        seen: list[int] = []
        with ThreadPoolExecutor(4) as pool:
            running = [pool.submit(write, writer) for writer in range(4)]
            while not all(one.done() for one in running) and len(seen) <= 160:
                cursor = seen[-1] if seen else 0
                seen += [one.position for one in self.store.read_all(after=cursor, limit=7)]
            for one in running:
                one.result()
        seen += [one.position for one in self.store.read_all(after=seen[-1] if seen else 0)]
        assert seen == [one.position for one in self.everything()]
        assert len(seen) == len(set(seen)) == 160

    def test_rule_33_one_thread_writes_when_all_bring_one_key(self) -> None:
        """Rule 33: a key that comes from many threads at once is written once."""

        def write(_: int) -> bool:
            return self.store.append("a", sample("a"), expected_version=ANY, key="k").repeated

        with ThreadPoolExecutor(8) as pool:
            repeated = list(pool.map(write, range(16)))
        assert (repeated.count(False), self.store.version("a")) == (1, 1)

    # --- the end -----------------------------------------------------------------------------

    def test_rule_34_store_is_unavailable_when_closed(self) -> None:
        """Rule 34: a closed store raises StoreUnavailable; closing it again is harmless."""
        self.store.close()
        self.store.close()
        calls: tuple[Callable[[], object], ...] = (
            lambda: self.store.append("a", sample("a"), expected_version=ANY),
            lambda: self.store.append_many(()),
            lambda: self.store.recall("a", "k"),
            lambda: self.store.read("a"),
            self.store.read_all,
            lambda: self.store.version("a"),
        )
        for call in calls:
            assert str(refusal(StoreUnavailable, call))


class DurableStoreContract(EventStoreContract):
    """Add what a store must do whose events outlive the object.

    Within one test, `open_store` opens the same place every time.

    >>> from itsm_core.adapters.memory import MemoryStore
    >>> from itsm_core.testing.certify import certify
    >>> class TestInMemory(DurableStoreContract):
    ...     capabilities = frozenset({"dense_positions", "messages_and_timers"})
    ...
    ...     def open_store(self):
    ...         return MemoryStore()
    >>> next(iter(certify(TestInMemory).broken))
    'test_rule_35_events_are_there_when_reopened'
    """

    def test_rule_35_events_are_there_when_reopened(self) -> None:
        """Rule 35: a new object reads what an old one wrote."""
        self.store.append("INC-1", one_of_each(), expected_version=NO_STREAM)
        before = self.store.read_all()
        self.reopen()
        assert self.store.read_all() == before

    def test_rule_36_keys_and_positions_go_on_when_reopened(self) -> None:
        """Rule 36: keys are known and counting goes on after a restart."""
        self.store.append("a", sample("a", 1), expected_version=ANY, key="k")
        self.reopen()
        again = self.store.append("a", sample("a", 1), expected_version=ANY, key="k")
        result = self.store.append("a", sample("a", 2), expected_version=1)
        assert (self.figures(again), self.figures(result)) == ((1, 1, 1, True), (2, 2, 2, False))

    def test_rule_37_other_object_sees_the_event_when_append_has_returned(self) -> None:
        """Rule 37: two open objects of one place are one store, conflicts included."""
        other = self.open_store()
        try:
            self.store.append("a", sample("a", 1), expected_version=NO_STREAM)
            assert _events(other.read("a")) == sample("a", 1)
            late = sample("a", 2)
            refusal(Conflict, lambda: other.append("a", late, expected_version=NO_STREAM))
        finally:
            other.close()

    def test_rule_91_conflict_is_seen_when_reopened(self) -> None:
        """Rule 91: a new object knows the versions that an old one wrote."""
        self.store.append("a", sample("a", 1, 2), expected_version=ANY)
        self.reopen()
        late = sample("a", 3)
        error = refusal(Conflict, lambda: self.store.append("a", late, expected_version=1))
        assert error.actual == 2

    def test_rule_92_other_object_goes_on_when_one_is_closed(self) -> None:
        """Rule 92: closing one of two objects takes nothing from the other."""
        other = self.open_store()
        try:
            self.store.append("a", sample("a", 1), expected_version=ANY)
            self.store.close()
            assert other.append("a", sample("a", 2), expected_version=1).last_version == 2
        finally:
            other.close()

    def test_rule_93_nothing_is_lost_when_two_objects_write_at_once(self) -> None:
        """Rule 93: writers of two objects are kept apart as threads of one are."""
        other = self.open_store()

        def write(store: EventStore) -> None:
            for number in range(20):
                store.append("a", sample("a", number), expected_version=ANY)

        try:
            with ThreadPoolExecutor(2) as pool:
                list(pool.map(write, (self.store, other)))
        finally:
            other.close()
        assert [one.version for one in self.store.read("a")] == list(range(1, 41))
        assert [self.rank(one.position) for one in self.everything()] == list(range(1, 41))
