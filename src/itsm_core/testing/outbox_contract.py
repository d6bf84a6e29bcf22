"""The rules of an outbox as tests, from 101 on (law R2)."""

from __future__ import annotations

from abc import abstractmethod
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from functools import partial
from typing import Protocol, cast

from itsm_core.errors import AlreadyExists, Conflict, InvalidValue, StoreUnavailable
from itsm_core.ports import ANY, Batch, EventStore, Outbox, OutboxMessage
from itsm_core.testing.contract import AT, ODD, Contract, message, refusal
from itsm_core.testing.event_samples import sample

__all__ = ["DurableOutboxContract", "OutboxContract", "OutboxStore"]


class OutboxStore(EventStore, Outbox, Protocol):
    """Keep messages with the events that they are about.

    What a relay does: send what is unsent, then mark it.

    >>> from itsm_core.adapters.memory import MemoryStore
    >>> store: OutboxStore = MemoryStore()
    >>> told = Batch(stream="a", events=sample("a"), expected_version=ANY, messages=(message(),))
    >>> results = store.append_many([told])
    >>> unsent = store.unsent()
    >>> [one.message.type for one in unsent]
    ['ticket.opened']
    >>> store.mark_sent(one.number for one in unsent), store.unsent()
    (1, ())
    """


class OutboxContract(Contract):
    """Hold what every outbox must do: written with its events, sent at least once.

    >>> from itsm_core.adapters.memory import MemoryStore
    >>> from itsm_core.testing.certify import certify
    >>> class ShowsAll(MemoryStore):
    ...     def unsent(self, *, limit=1000):
    ...         return super().unsent()
    >>> class TestShowsAll(OutboxContract):
    ...     def open_store(self):
    ...         return ShowsAll()
    >>> for rule in certify(TestShowsAll).broken:
    ...     print(rule)
    test_rule_113_page_is_bounded_when_a_limit_is_given
    test_rule_119_argument_is_refused_when_it_is_no_number
    """

    @abstractmethod
    def open_store(self) -> OutboxStore:
        """Return a store that holds nothing yet."""

    @property
    def outbox(self) -> OutboxStore:
        """Return the store of this test."""
        return cast("OutboxStore", self.opened)

    def _send(self, *messages: OutboxMessage, stream: str = "a", key: str | None = None) -> None:
        batch = Batch(stream=stream, events=(), expected_version=ANY, key=key, messages=messages)
        self.outbox.append_many((batch,))

    def _unsent(self) -> list[str]:
        return [one.message.message_id for one in self.outbox.unsent()]

    def test_rule_101_message_is_unsent_when_its_batch_is_written(self) -> None:
        """Rule 101: a message is there as soon as its events are."""
        batch = Batch(stream="a", events=sample("a"), expected_version=ANY, messages=(message(),))
        self.outbox.append_many((batch,))
        assert (self._unsent(), self.outbox.version("a")) == (["1"], 1)

    def test_rule_102_no_message_is_there_when_its_batch_is_a_conflict(self) -> None:
        """Rule 102: a message without its events would tell what did not happen."""
        batch = Batch(stream="a", events=sample("a"), expected_version=3, messages=(message(),))
        refusal(Conflict, lambda: self.outbox.append_many((batch,)))
        assert self._unsent() == []

    def test_rule_103_no_message_is_there_when_a_later_batch_is_a_conflict(self) -> None:
        """Rule 103: one refusal undoes the messages of the whole call."""
        batches = (
            Batch(stream="a", events=sample("a"), expected_version=ANY, messages=(message(),)),
            Batch(stream="b", events=sample("b"), expected_version=3),
        )
        refusal(Conflict, lambda: self.outbox.append_many(batches))
        assert self._unsent() == []
        self._send(message())
        assert self._unsent() == ["1"]

    def test_rule_104_messages_are_in_order_when_read(self) -> None:
        """Rule 104: the order is that of writing, within a batch and between them."""
        self._send(message("3"), message("1"))
        self._send(message("2"))
        assert self._unsent() == ["3", "1", "2"]

    def test_rule_105_message_comes_back_equal_when_its_texts_are_odd(self) -> None:
        """Rule 105: every attribute is kept as it is."""
        odd = OutboxMessage(
            message_id=ODD,
            source=ODD,
            type=ODD,
            subject=ODD,
            occurred_at=AT,
            data='{"a": [1, 2.5, null, "\\u0000 \\u00e9 🚒"], "b": {"c": 12345678901234567890}}',
        )
        self._send(odd)
        assert [one.message for one in self.outbox.unsent()] == [odd]

    def test_rule_106_message_is_written_once_when_it_comes_again(self) -> None:
        """Rule 106: source and id name a message; the same again is no second one."""
        self._send(message(), stream="a")
        self._send(message(), stream="b")
        assert self._unsent() == ["1"]

    def test_rule_107_batch_is_refused_when_its_message_has_other_content(self) -> None:
        """Rule 107: what was written is not changed, and the events are not written either."""
        self._send(message(data="1"))
        other = Batch(
            stream="a", events=sample("a"), expected_version=ANY, messages=(message(data="2"),)
        )
        error = refusal(AlreadyExists, lambda: self.outbox.append_many((other,)))
        assert "/desk 1" in str(error)
        assert ([one.message.data for one in self.outbox.unsent()], self.facts.version("a")) == (
            ["1"],
            0,
        )

    def test_rule_108_messages_are_apart_when_their_sources_are(self) -> None:
        """Rule 108: an id belongs to its source, also where both join to one text."""
        self._send(message("bc", source="a"), message("c", source="ab"), message("BC", source="a"))
        assert self._unsent() == ["bc", "c", "BC"]

    def test_rule_109_messages_are_left_out_when_the_append_is_repeated(self) -> None:
        """Rule 109: a key that is known writes nothing, messages included."""
        self._send(message("1"), key="k")
        self._send(message("2"), key="k")
        assert self._unsent() == ["1"]

    def test_rule_110_message_is_gone_when_marked_as_sent(self) -> None:
        """Rule 110: what was sent is off the list; marking again does nothing."""
        self._send(message("1"), message("2"))
        number = self.outbox.unsent()[0].number
        assert [self.outbox.mark_sent([number]), self.outbox.mark_sent([number])] == [1, 0]
        assert self._unsent() == ["2"]

    def test_rule_111_nothing_happens_when_an_unknown_number_is_marked(self) -> None:
        """Rule 111: a number that is no message's is ignored."""
        self._send(message())
        assert self.outbox.mark_sent([0, (1 << 63) - 1]) == 0
        assert self._unsent() == ["1"]

    def test_rule_112_messages_are_counted_once_when_marked_twice_in_a_call(self) -> None:
        """Rule 112: any series of numbers, each counted once."""
        self._send(*(message(str(n)) for n in range(3)))
        numbers = [one.number for one in self.outbox.unsent()]
        assert self.outbox.mark_sent(iter([*numbers, *numbers])) == 3
        assert self.outbox.unsent() == ()

    def test_rule_113_page_is_bounded_when_a_limit_is_given(self) -> None:
        """Rule 113: a relay takes as many as it likes, the oldest first."""
        self._send(*(message(str(n)) for n in range(5)))
        assert [one.message.message_id for one in self.outbox.unsent(limit=2)] == ["0", "1"]

    def test_rule_114_message_stays_sent_when_it_comes_again(self) -> None:
        """Rule 114: a message that was sent is not sent again because it is written again."""
        self._send(message())
        self.outbox.mark_sent(one.number for one in self.outbox.unsent())
        self._send(message())
        assert self.outbox.unsent() == ()

    def test_rule_115_batch_is_refused_when_its_message_was_sent_with_other_content(self) -> None:
        """Rule 115: what was sent is remembered."""
        self._send(message(data="1"))
        self.outbox.mark_sent(one.number for one in self.outbox.unsent())
        refusal(AlreadyExists, lambda: self._send(message(data="2")))

    def test_rule_116_message_is_written_once_when_a_batch_holds_it_twice(self) -> None:
        """Rule 116: within one batch too."""
        self._send(message(), message())
        assert self._unsent() == ["1"]

    def test_rule_117_call_is_refused_when_it_gives_a_name_to_two_messages(self) -> None:
        """Rule 117: within one call too, and the first is not written."""
        batches = [
            Batch(stream=s, events=sample(s), expected_version=ANY, messages=(message(data=data),))
            for s, data in (("a", "1"), ("b", "2"))
        ]
        refusal(AlreadyExists, lambda: self.outbox.append_many(batches))
        assert (self._unsent(), self.everything()) == ([], ())

    def test_rule_118_numbers_rise_when_messages_are_written(self) -> None:
        """Rule 118: a later message has a higher number, whatever was sent before."""
        self._send(message("1"), message("2"))
        first = [one.number for one in self.outbox.unsent()]
        self.outbox.mark_sent(first)
        self._send(message("3"))
        numbers = [*first, *(one.number for one in self.outbox.unsent())]
        assert numbers == sorted(set(numbers))
        assert len(numbers) == 3

    def test_rule_119_argument_is_refused_when_it_is_no_number(self) -> None:
        """Rule 119: what the types forbid is refused at run time as well."""
        for numbers in ([1.0], ["1"], [True], [-1], None):
            wrong = cast("list[int]", numbers)
            refusal(InvalidValue, partial(self.outbox.mark_sent, wrong))
        refusal(InvalidValue, lambda: self.outbox.unsent(limit=0))

    def test_rule_120_outbox_is_unavailable_when_closed(self) -> None:
        """Rule 120: a closed store raises StoreUnavailable."""
        self.outbox.close()
        refusal(StoreUnavailable, self.outbox.unsent)
        refusal(StoreUnavailable, lambda: self.outbox.mark_sent([1]))

    def test_rule_121_every_message_is_there_once_when_threads_write(self) -> None:
        """Rule 121: many writers, one of the messages common to all."""

        def write(writer: int) -> None:
            for number in range(5):
                self._send(message(f"{writer}-{number}"), message("common"), stream=str(writer))

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(write, range(4)))
        assert sorted(self._unsent()) == sorted(
            ["common", *(f"{w}-{n}" for w in range(4) for n in range(5))]
        )

    def test_rule_122_message_is_marked_once_when_threads_mark_it(self) -> None:
        """Rule 122: of relays that mark the same message one counts it."""
        self._send(message())
        number = self.outbox.unsent()[0].number
        with ThreadPoolExecutor(4) as pool:
            running = [pool.submit(lambda: self.outbox.mark_sent([number])) for _ in range(8)]
            counted = [one.result() for one in running]
        assert sorted(counted) == [0] * 7 + [1]

    def test_rule_123_message_comes_back_when_its_data_is_the_longest(self) -> None:
        """Rule 123: 65,536 characters of data, of four bytes each."""
        long = message(data=f'"{"🚒" * 65_534}"')
        self._send(long)
        assert [one.message for one in self.outbox.unsent()] == [long]

    def test_rule_124_instant_is_exact_when_extreme(self) -> None:
        """Rule 124: the first and the last microsecond there are."""
        ends = (datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC))
        sent = [
            OutboxMessage(message_id=str(at.year), source="s", type="t", occurred_at=at)
            for at in ends
        ]
        self._send(*sent)
        assert [one.message for one in self.outbox.unsent()] == sent


class DurableOutboxContract(OutboxContract):
    """Add what an outbox must do that outlives the object.

    `open_store` opens the same place every time during one test. A store in memory has none:

    >>> from itsm_core.adapters.memory import MemoryStore
    >>> from itsm_core.testing.certify import certify
    >>> class TestInMemory(DurableOutboxContract):
    ...     def open_store(self):
    ...         return MemoryStore()
    >>> for rule in certify(TestInMemory).broken:
    ...     print(rule)
    test_rule_125_message_is_unsent_when_reopened
    test_rule_126_message_stays_sent_when_reopened
    test_rule_127_other_object_sees_the_message_when_written
    """

    def test_rule_125_message_is_unsent_when_reopened(self) -> None:
        """Rule 125: what was not sent is sent by the next process."""
        self._send(message("1"), message("2"))
        self.outbox.mark_sent([self.outbox.unsent()[0].number])
        self.reopen()
        assert self._unsent() == ["2"]

    def test_rule_126_message_stays_sent_when_reopened(self) -> None:
        """Rule 126: what was sent is remembered by the next process."""
        self._send(message())
        self.outbox.mark_sent([self.outbox.unsent()[0].number])
        self.reopen()
        self._send(message())
        assert self.outbox.unsent() == ()
        refusal(AlreadyExists, lambda: self._send(message(data="2")))

    def test_rule_127_other_object_sees_the_message_when_written(self) -> None:
        """Rule 127: a relay in another process needs no signal."""
        other = self.open_store()
        try:
            self._send(message())
            found = other.unsent()
            assert [one.message for one in found] == [message()]
            assert other.mark_sent([found[0].number]) == 1
        finally:
            other.close()
        assert self.outbox.unsent() == ()
