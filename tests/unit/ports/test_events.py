"""The values of the port of facts; the behaviour of stores is proved in tests/contracts."""

from __future__ import annotations

import pickle
from collections.abc import Iterator
from typing import cast

import pytest

from itsm_core.errors import Conflict, InvalidValue
from itsm_core.events import TicketEvent
from itsm_core.ports import (
    ANY,
    NAME_LENGTH,
    NO_STREAM,
    Batch,
    ExpectedVersion,
    OutboxMessage,
    checked_batches,
    checked_name,
    checked_number,
)
from itsm_core.testing.contract import message, timer
from itsm_core.testing.event_store_contract import sample


@pytest.mark.parametrize("expected", [ANY, 3])
def test_batch_is_accepted_when_the_version_is_the_expected_one(expected: ExpectedVersion) -> None:
    """ANY and the number itself."""
    Batch(stream="a", events=(), expected_version=expected).check(3)


def test_batch_is_accepted_when_the_stream_is_new_as_expected() -> None:
    """NO_STREAM is version 0."""
    Batch(stream="a", events=(), expected_version=NO_STREAM).check(0)


@pytest.mark.parametrize(
    ("expected", "shown"), [(NO_STREAM, "0 (no stream)"), (0, "0"), (2, "2"), (4, "4")]
)
def test_batch_is_a_conflict_when_the_version_is_another(
    expected: ExpectedVersion, shown: str
) -> None:
    """The error carries what was expected and what is."""
    with pytest.raises(Conflict) as refused:
        Batch(stream="a", events=(), expected_version=expected).check(3)
    assert (refused.value.stream, refused.value.expected, refused.value.actual) == ("a", shown, 3)


def test_batch_takes_any_iterable_when_given_events() -> None:
    """A generator is read once and kept as a tuple."""
    batch = Batch(stream="a", events=(one for one in sample("a", 1, 2)), expected_version=ANY)
    assert batch.events == sample("a", 1, 2)


def test_batch_is_refused_when_it_holds_something_else_than_events() -> None:
    """A dictionary is not an event."""
    events = cast("tuple[TicketEvent, ...]", ({"type": "TicketClosed"},))
    with pytest.raises(InvalidValue, match="not a TicketEvent"):
        Batch(stream="a", events=events, expected_version=ANY)


def test_batch_is_refused_when_an_intent_has_no_key() -> None:
    """An intent alone would be forgotten without a word."""
    with pytest.raises(InvalidValue, match="intent without a key"):
        Batch(stream="a", events=(), expected_version=ANY, intent="i")


def test_expectations_stay_themselves_when_pickled() -> None:
    """They are compared by identity, in other processes as well."""
    assert pickle.loads(pickle.dumps(ANY)) is ANY
    assert pickle.loads(pickle.dumps(NO_STREAM)) is NO_STREAM


@pytest.mark.parametrize("name", ["", "a\0", "\ud800", "x" * (NAME_LENGTH + 1), 5, None, b"a"])
def test_name_is_refused_when_no_store_could_hold_it(name: object) -> None:
    """The message says what a name may be."""
    with pytest.raises(InvalidValue, match="1 to 500 characters"):
        checked_name("a stream", name)


@pytest.mark.parametrize("name", ["a", " ", "x" * NAME_LENGTH, "漢字", "🚒", "a/b'--"])
def test_name_is_returned_when_it_can_be_held(name: str) -> None:
    """Stores pass names as parameters, so that no character is special."""
    assert checked_name("a stream", name) == name


@pytest.mark.parametrize("number", [-1, True, 1.0, "1", None, 1 << 63])
def test_number_is_refused_when_it_is_no_count(number: object) -> None:
    """A bool is no number here."""
    with pytest.raises(InvalidValue, match="from 0 up"):
        checked_number("after", number, least=0)


def test_number_is_returned_when_it_is_within_the_limits() -> None:
    """Both ends are legal."""
    assert checked_number("limit", 1, least=1) == 1
    assert checked_number("after", (1 << 63) - 1, least=0) == (1 << 63) - 1


@pytest.mark.parametrize("events", [None, 5])
def test_batch_is_refused_when_its_events_are_no_series(events: object) -> None:
    """None is not the empty tuple."""
    with pytest.raises(InvalidValue, match="no series of events"):
        Batch(stream="a", events=cast("tuple[TicketEvent, ...]", events), expected_version=ANY)


@pytest.mark.parametrize("intent", [5, b"resolve"])
def test_batch_is_refused_when_its_intent_is_no_text(intent: object) -> None:
    """A key stands for a text."""
    with pytest.raises(InvalidValue, match="an intent is text"):
        Batch(stream="a", events=(), expected_version=ANY, key="k", intent=cast("str", intent))


def test_error_of_the_series_is_left_alone_when_it_breaks_half_way() -> None:
    """What a caller's own generator raises is the caller's."""

    def broken() -> Iterator[TicketEvent]:
        yield from sample("a")
        raise TypeError("mine")

    with pytest.raises(TypeError, match="mine"):
        Batch(stream="a", events=broken(), expected_version=ANY)


def test_batches_are_returned_when_they_are_batches() -> None:
    """Any series will do, and is read once."""
    batch = Batch(stream="a", events=(), expected_version=ANY)
    assert checked_batches(one for one in (batch, batch)) == (batch, batch)


@pytest.mark.parametrize("batches", [None, 1, (1,), "ab", [None]])
def test_batches_are_refused_when_something_else_is_among_them(batches: object) -> None:
    """A store sees nothing but batches."""
    with pytest.raises(InvalidValue, match="Batch"):
        checked_batches(cast("tuple[Batch, ...]", batches))


@pytest.mark.parametrize("messages", [None, 5, ["x"], [sample()[0]]])
def test_batch_is_refused_when_its_messages_are_none(messages: object) -> None:
    """Only messages are sent."""
    with pytest.raises(InvalidValue, match=r"messages|OutboxMessage"):
        Batch(
            stream="a",
            events=(),
            expected_version=ANY,
            messages=cast("tuple[OutboxMessage, ...]", messages),
        )


def test_batch_reads_messages_once_when_they_come_from_a_generator() -> None:
    """A generator is as good as a tuple."""
    batch = Batch(
        stream="a",
        events=(),
        expected_version=ANY,
        messages=cast("tuple[OutboxMessage, ...]", iter([message("1"), message("2")])),
    )
    assert batch.messages == (message("1"), message("2"))


@pytest.mark.parametrize("extra", ["messages", "schedule", "cancel"])
def test_batches_are_refused_when_a_store_of_facts_cannot_keep_them(extra: str) -> None:
    """Nothing is lost without a word; see rule 84."""
    extras: dict[str, Batch] = {
        "messages": Batch(stream="a", events=(), expected_version=ANY, messages=(message(),)),
        "schedule": Batch(stream="a", events=(), expected_version=ANY, schedule=(timer(),)),
        "cancel": Batch(stream="a", events=(), expected_version=ANY, cancel=("t",)),
    }
    with pytest.raises(InvalidValue, match=r"facts only.*store that keeps them"):
        checked_batches([extras[extra]], facts_only=True)
    assert checked_batches([extras[extra]]) == (extras[extra],)


def test_batches_are_accepted_when_a_store_of_facts_gets_facts() -> None:
    """The check is about what goes beyond."""
    batch = Batch(stream="a", events=sample(), expected_version=ANY)
    assert checked_batches([batch], facts_only=True) == (batch,)
