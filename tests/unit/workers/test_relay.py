"""The relay: at least once, in the order of each subject, nobody held up (law R2)."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, datetime, timedelta

import pytest

from itsm_core.adapters.clocks import ManualClock
from itsm_core.adapters.memory import MemoryStore
from itsm_core.errors import InvalidValue
from itsm_core.ports import ANY, Batch, OutboxMessage
from itsm_core.workers import OutboxRelay, Retry

pytestmark = pytest.mark.usefixtures("form")

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
RETRY = Retry(first=timedelta(seconds=1), longest=timedelta(seconds=8), attempts=3)


def message(name: str) -> OutboxMessage:
    """Return a message called `subject number`."""
    subject = name.partition(" ")[0]
    return OutboxMessage(
        message_id=name, source="/desk", type="test", occurred_at=AT, subject=subject
    )


class Post:
    """An outbox, a clock, a relay, and a receiver that refuses what it is told to."""

    def __init__(
        self,
        *names: str,
        batch: int = 100,
        destination: Callable[[OutboxMessage], str] | None = None,
    ) -> None:
        self.store, self.clock = MemoryStore(), ManualClock(AT)
        self.received: list[str] = []
        self.tried: list[str] = []
        self.refused: set[str] = set()
        self.put(names)
        self.relay = OutboxRelay(
            store=self.store,
            deliver=self.deliver,
            clock=self.clock,
            destination=destination,
            batch=batch,
            retry=RETRY,
        )

    def put(self, names: Iterable[str]) -> None:
        """Write messages to the outbox."""
        messages = [message(name) for name in names]
        self.store.append_many(
            [Batch(stream="a", events=(), expected_version=ANY, messages=messages)]
        )

    def deliver(self, one: OutboxMessage) -> None:
        """Take a message, or refuse it by its id or its subject."""
        self.tried.append(one.message_id)
        if self.refused & {one.message_id, one.subject, "*"}:
            raise ConnectionError("503")
        self.received.append(one.message_id)

    def unsent(self) -> list[str]:
        """Return what is not marked as sent."""
        return [each.message.message_id for each in self.store.unsent()]

    def run(self, seconds: int) -> None:
        """Run once a second."""
        for _ in range(seconds):
            self.relay.run_once()
            self.clock.advance(timedelta(seconds=1))


def test_run_once_delivers_in_order_and_marks_when_the_receiver_takes() -> None:
    """Everything is there once, and the outbox is empty."""
    post = Post("a 1", "b 1", "a 2")
    assert post.relay.run_once().sent == 3
    assert post.received == ["a 1", "b 1", "a 2"]
    assert post.unsent() == []


def test_message_is_delivered_again_when_the_relay_died_before_the_mark() -> None:
    """At least once: the receiver has it and tells by its id, the outbox keeps it."""
    post = Post("a 1")
    mark = post.store.mark_sent

    def dies(_: Iterable[int]) -> int:
        raise KeyboardInterrupt

    post.store.mark_sent = dies  # type: ignore[method-assign,assignment]
    with pytest.raises(KeyboardInterrupt):
        post.relay.run_once()
    post.store.mark_sent = mark  # type: ignore[method-assign]
    assert post.unsent() == ["a 1"]
    post.relay.run_once()
    assert post.received == ["a 1", "a 1"]


def test_later_messages_of_a_subject_wait_when_an_earlier_one_fails() -> None:
    """A receiver never sees the closing of a ticket before its opening."""
    post = Post("a 1", "a 2", "b 1")
    post.refused = {"a 1"}
    post.run(3)
    assert post.received == ["b 1"]
    post.refused = set()
    post.run(9)
    assert post.received == ["b 1", "a 1", "a 2"]


def test_failing_destination_is_left_alone_for_longer_when_it_goes_on() -> None:
    """1, 2, 4, 8, 8 seconds, with one message each time."""
    post = Post("a 1", "b 1", "c 1")
    post.refused = {"*"}
    knocks = []
    for second in range(24):
        knocks += [second] * len(post.relay.run_once().failures)
        post.clock.advance(timedelta(seconds=1))
    assert knocks == [0, 1, 3, 7, 15, 23]
    assert len(post.tried) == len(knocks)


def test_everything_is_delivered_when_the_destination_comes_back() -> None:
    """An outage of any length loses nothing and needs no restart."""
    post = Post("a 1", "b 1", "a 2", "c 1")
    post.refused = {"*"}
    post.run(100)
    post.refused = set()
    post.run(9)
    assert post.received == ["a 1", "b 1", "a 2", "c 1"]


def test_other_subjects_go_on_when_one_is_refused_for_ever() -> None:
    """A poisoned message holds up its own ticket; it is tried on, and named as stuck."""
    post = Post("bad 1", *(f"a {n}" for n in range(20)), "bad 2")
    post.refused = {"bad"}
    post.run(20)
    assert post.received == [f"a {n}" for n in range(20)]
    assert post.unsent() == ["bad 1", "bad 2"]
    (stuck,) = post.relay.run_once().stuck
    assert (stuck.record.message.message_id, stuck.error) == ("bad 1", "ConnectionError: 503")


def test_stuck_message_is_forgotten_when_somebody_takes_it_off() -> None:
    """`mark_sent` is the decision of a person; what waited behind it goes out."""
    post = Post("bad 1", "bad 2")
    post.refused = {"bad 1"}
    post.run(10)
    post.store.mark_sent([post.store.unsent()[0].number])
    post.run(9)
    assert post.received == ["bad 2"]
    assert post.relay.run_once().stuck == ()
    assert post.relay._relay._lanes == {}


def test_failure_is_forgotten_when_its_subject_has_nothing_left() -> None:
    """What somebody took off the outbox leaves nothing behind in the relay."""
    post = Post("bad 1", "a 1")
    post.refused = {"bad"}
    post.run(10)
    post.store.mark_sent([post.store.unsent()[0].number])
    assert post.relay.run_once().stuck == ()
    assert post.relay._relay._lanes == {}


def test_run_once_stops_when_a_batch_of_repeated_tries_is_full() -> None:
    """What failed before has a bound of its own: neither side starves the other."""
    post = Post(*(f"d{n} 1" for n in range(4)), batch=2, destination=lambda one: one.subject)
    post.refused = {"d0", "d1", "d2", "d3"}
    post.run(2)
    assert len(post.tried) == 2 + 2 + 2  # two, the other two, and the first two again
    post.clock.advance(timedelta(seconds=60))
    assert len(post.relay.run_once().failures) == 2


def test_other_destinations_go_on_when_one_is_down() -> None:
    """The pager's outage does not hold up the mail."""
    post = Post("pager 1", "mail 1", "pager 2", "mail 2", destination=lambda one: one.subject)
    post.refused = {"pager"}
    report = post.relay.run_once()
    assert (report.sent, report.held, len(report.failures)) == (2, 1, 1)
    assert report.failures[0].destination == "pager"
    assert post.received == ["mail 1", "mail 2"]


def test_message_behind_a_long_row_is_found_when_the_row_has_to_wait() -> None:
    """A thousand messages for a dead receiver come before the one for the living."""
    post = Post(
        *(f"dead {n}" for n in range(1000)), "alive 1", batch=5, destination=lambda one: one.subject
    )
    post.refused = {"dead"}
    post.run(1)
    assert post.received == ["alive 1"]
    post.put(["alive 2"])
    post.run(1)
    assert post.received == ["alive 1", "alive 2"]


def test_run_once_stops_when_a_batch_is_full() -> None:
    """The next run goes on, without rest."""
    post = Post("a 1", "a 2", "a 3", batch=2)
    report = post.relay.run_once()
    assert report.sent == 2
    assert post.relay._rest(report) == timedelta(0)
    assert post.relay.run_once().sent == 1


def test_rest_ends_when_the_next_try_is_due() -> None:
    """Half a second before the wait is over, half a second is slept."""
    post = Post("a 1")
    post.refused = {"*"}
    report = post.relay.run_once()
    post.clock.advance(timedelta(milliseconds=500))
    assert post.relay._rest(report) == timedelta(milliseconds=500)


def test_run_ends_in_the_middle_when_stopped() -> None:
    """After the message that it is at."""
    post = Post("a 1", "a 2")
    for report in post.relay.run():
        assert report.sent == 2
        post.relay.stop()
    post.put(["a 3"])
    assert post.relay.run_once().sent == 0
    assert post.unsent() == ["a 3"]


def test_run_once_is_refused_when_a_destination_is_no_text() -> None:
    """A fault of the set-up is told, not tried again for ever."""
    post = Post("a 1", destination=lambda _: None)  # type: ignore[arg-type,return-value]
    with pytest.raises(InvalidValue, match="a destination is no text"):
        post.relay.run_once()
