"""The rules of an event store from 39 on: names, sizes, keys and threads (law R1)."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from typing import TypeVar

from itsm_core.adapters.codec import PAYLOAD_LENGTH, encode_event
from itsm_core.errors import CodecError, Conflict, InvalidValue, KeyReused
from itsm_core.events import TicketEvent, TicketOpened
from itsm_core.ids import TicketId
from itsm_core.ports import ANY, NO_STREAM, AppendResult, Batch, StoredEvent
from itsm_core.testing.contract import AT, ODD, Contract, message, refusal, timer
from itsm_core.testing.event_samples import sample

__all__ = ["EventStoreDetails"]

_ITEM = TypeVar("_ITEM")
_LONGEST = "🚒" * 500  # 2,000 bytes


def _batch(stream: str, *numbers: int, key: str | None = None, intent: str | None = None) -> Batch:
    return Batch(
        stream=stream,
        events=sample(stream, *numbers) if numbers else (),
        expected_version=ANY,
        key=key,
        intent=intent,
    )


def _long_event(text: str) -> TicketEvent:
    return TicketOpened(ticket_id=TicketId("a"), occurred_at=AT, title=text, priority="P1")


def _breaks_off(*items: _ITEM) -> Iterator[_ITEM]:
    yield from items
    raise OSError("the source broke off")


class EventStoreDetails(Contract):
    """Hold the rules that tell a store that mostly works from one that works.

    >>> from itsm_core.adapters.memory import MemoryStore
    >>> from itsm_core.testing.certify import certify
    >>> class IgnoresBlanks(MemoryStore):
    ...     def read(self, stream, *, after=0):
    ...         return super().read(stream.rstrip(), after=after)
    >>> class TestIgnoresBlanks(EventStoreDetails):
    ...     capabilities = frozenset({"dense_positions", "messages_and_timers"})
    ...
    ...     def open_store(self):
    ...         return IgnoresBlanks()
    >>> for rule in certify(TestIgnoresBlanks).broken:
    ...     print(rule)
    test_rule_49_streams_are_apart_when_blanks_differ
    test_rule_52_stream_is_kept_when_its_name_is_odd
    """

    # --- appending ---------------------------------------------------------------------------

    def test_rule_39_positions_are_dense_when_declared(self) -> None:
        """Rule 39: positions count from 1 without a gap, refused appends included."""
        self.need("dense_positions")
        self.facts.append("a", sample("a", 1, 2), expected_version=ANY)
        late = sample("a", 3)
        refusal(Conflict, lambda: self.facts.append("a", late, expected_version=1))
        last = self.facts.append("b", sample("b"), expected_version=ANY)
        assert [one.position for one in self.everything()] == [1, 2, 3]
        assert last.position == 3

    def test_rule_40_positions_rise_when_read(self) -> None:
        """Rule 40: `read_all` shows rising positions, each append's last where it said."""
        results = [self.facts.append(s, sample(s, 1, 2), expected_version=ANY) for s in "abcab"]
        positions = [one.position for one in self.everything()]
        assert positions == sorted(set(positions))
        assert [one.position for one in results] == positions[1::2]

    def test_rule_41_events_are_read_once_when_they_come_from_a_generator(self) -> None:
        """Rule 41: a generator is as good as a list."""
        self.facts.append("a", iter(sample("a", 1, 2, 3)), expected_version=ANY)
        assert self.facts.version("a") == 3

    def test_rule_42_no_stream_is_made_when_there_are_no_events(self) -> None:
        """Rule 42: an append of nothing leaves nothing, and NO_STREAM still holds."""
        self.facts.append("a", (), expected_version=ANY)
        assert (self.everything(), self.facts.version("a")) == ((), 0)
        assert self.facts.append("a", sample("a"), expected_version=NO_STREAM).last_version == 1

    def test_rule_43_append_of_nothing_is_a_conflict_when_the_version_is_wrong(self) -> None:
        """Rule 43: the version is checked, whatever is to be written."""
        self.facts.append("a", sample("a"), expected_version=ANY)
        refusal(Conflict, lambda: self.facts.append("a", (), expected_version=NO_STREAM))
        assert self.figures(self.facts.append("a", (), expected_version=1)) == (2, 1, 1, False)

    def test_rule_44_position_is_the_last_of_the_store_when_nothing_was_written(self) -> None:
        """Rule 44: an append of nothing tells where the store is."""
        assert self.facts.append("a", (), expected_version=ANY).position == 0
        last = self.facts.append("b", sample("b", 1, 2), expected_version=ANY).position
        assert self.facts.append("a", (), expected_version=ANY).position == last

    def test_rule_45_conflict_names_the_expectation_when_no_stream_was_expected(self) -> None:
        """Rule 45: the error says what was expected, in words."""
        self.facts.append("a", sample("a"), expected_version=ANY)
        again = sample("a", 2)
        error = refusal(Conflict, lambda: self.facts.append("a", again, expected_version=NO_STREAM))
        assert error.expected == "0 (no stream)"

    def test_rule_46_versions_are_in_order_when_hundreds_come_at_once(self) -> None:
        """Rule 46: the order of a large batch is kept."""
        events = sample("a", *range(500))
        self.facts.append("a", events, expected_version=ANY)
        stored = self.facts.read("a")
        assert [one.version for one in stored] == list(range(1, 501))
        assert tuple(one.event for one in stored) == events

    def test_rule_47_append_succeeds_when_the_conflict_is_heeded(self) -> None:
        """Rule 47: `actual` of a conflict is the version to go on from."""
        self.facts.append("a", sample("a", 1, 2), expected_version=ANY)
        late = sample("a", 3)
        error = refusal(Conflict, lambda: self.facts.append("a", late, expected_version=0))
        result = self.facts.append("a", late, expected_version=error.actual)
        assert result.last_version == 3

    # --- names -------------------------------------------------------------------------------

    def _are_apart(self, *names: str) -> None:
        for name in names:
            result = self.facts.append(name, sample(name), expected_version=NO_STREAM, key="k")
            assert (result.last_version, result.repeated) == (1, False)
        for name in names:
            assert [one.stream for one in self.facts.read(name)] == [name]

    def test_rule_48_streams_are_apart_when_letters_differ_in_case(self) -> None:
        """Rule 48: names are compared exactly: upper and lower case differ."""
        self._are_apart("inc", "INC", "Inc")

    def test_rule_49_streams_are_apart_when_blanks_differ(self) -> None:
        """Rule 49: a blank at the end or the beginning counts."""
        self._are_apart("a", "a ", " a", "a  ", "a\t", "a\n")

    def test_rule_50_streams_are_apart_when_accents_are_composed_otherwise(self) -> None:
        """Rule 50: names are neither normalised nor folded."""
        self._are_apart("e", "\u00e9", "e\u0301", "\u00df", "ss")

    def test_rule_51_streams_are_apart_when_names_look_like_patterns(self) -> None:
        """Rule 51: no character of a name stands for another one."""
        self._are_apart("a%", "a_", "a*", "a?", "ab", "a.", "a[b]", "a#", "^a", "a$")

    def test_rule_52_stream_is_kept_when_its_name_is_odd(self) -> None:
        """Rule 52: quotes, line ends and characters beyond the basic plane are text."""
        self._are_apart(ODD, "'; DROP TABLE events; --", '"', "\\", "\x01", "\ufeffa", "🚒")

    def test_rule_53_streams_are_apart_when_names_are_numbers(self) -> None:
        """Rule 53: a name is never taken for a number."""
        self._are_apart("1", "01", "1.0", "1e0", "true", "null")

    def test_rule_54_streams_are_apart_when_names_hold_separators(self) -> None:
        """Rule 54: no separator of the store's own splits a name."""
        self._are_apart("a", "a:b", "a/b", "a|b", "a,b", "a-b", "{a}b", "a\nb")

    def test_rule_55_stream_is_kept_when_its_name_is_the_longest(self) -> None:
        """Rule 55: 500 characters of four bytes each, and the last one counts."""
        self._are_apart(_LONGEST, _LONGEST[:-1] + "🚑")

    def test_rule_56_keys_are_apart_when_they_differ_a_little(self) -> None:
        """Rule 56: keys are compared as exactly as names are."""
        for key in ("k", "K", "k ", " k", "é", "e\u0301", "%", ODD):
            assert not self.facts.append("a", sample("a"), expected_version=ANY, key=key).repeated
        assert self.facts.version("a") == 8

    def test_rule_57_key_is_known_when_it_is_the_longest(self) -> None:
        """Rule 57: the longest key on the longest stream is remembered to its last character."""
        first = partial(self.facts.append, _LONGEST, sample(), expected_version=ANY, key=_LONGEST)
        assert [first().repeated, first().repeated] == [False, True]
        assert self.facts.recall(_LONGEST, _LONGEST[:-1] + "🚑") is None

    def test_rule_58_keys_are_apart_when_stream_and_key_join_to_one_text(self) -> None:
        """Rule 58: 'a' with 'bc' is not 'ab' with 'c'."""
        for stream, key in (("a", "bc"), ("ab", "c"), ("a:b", "c"), ("a", "b:c"), ("abc", "abc")):
            result = self.facts.append(stream, sample(stream), expected_version=ANY, key=key)
            assert not result.repeated

    # --- sizes -------------------------------------------------------------------------------

    def test_rule_59_event_comes_back_when_it_is_the_longest(self) -> None:
        """Rule 59: a payload of 65,536 characters of four bytes is not cut off."""
        event = _long_event("🚒" * (PAYLOAD_LENGTH - len(encode_event(_long_event("")))))
        self.facts.append("a", (event,), expected_version=ANY)
        assert self.facts.read("a")[0].event == event

    def test_rule_60_nothing_is_written_when_an_event_is_too_long(self) -> None:
        """Rule 60: one character too many is a refusal, not a cut."""
        events = (*sample("a"), _long_event("x" * 65_537))
        refusal(CodecError, lambda: self.facts.append("a", events, expected_version=ANY))
        assert self.everything() == ()

    def test_rule_61_many_streams_are_whole_when_written_in_one_call(self) -> None:
        """Rule 61: one call may write to hundreds of streams."""
        names = [f"s{number}" for number in range(300)]
        self.facts.append_many(_batch(name, 1, 2) for name in names)
        assert [self.facts.version(name) for name in names] == [2] * 300

    # --- reading -----------------------------------------------------------------------------

    def test_rule_62_read_all_is_empty_when_the_cursor_is_beyond_the_end(self) -> None:
        """Rule 62: the largest cursor there can be is no error."""
        self.facts.append("a", sample("a"), expected_version=ANY)
        assert self.facts.read_all(after=(1 << 63) - 1) == ()

    def test_rule_63_read_is_empty_when_the_version_is_beyond_the_end(self) -> None:
        """Rule 63: the largest version there can be is no error."""
        self.facts.append("a", sample("a"), expected_version=ANY)
        assert self.facts.read("a", after=(1 << 63) - 1) == ()

    def test_rule_64_read_all_walks_everything_when_a_page_is_one_event(self) -> None:
        """Rule 64: a cursor may stand between two events of one batch."""
        self.facts.append_many((_batch("a", 1, 2), _batch("b", 1)))
        seen: list[StoredEvent] = []
        for _ in range(4):
            seen += self.facts.read_all(after=seen[-1].position if seen else 0, limit=1)
        assert tuple(seen) == self.everything()
        assert len(seen) == 3

    def test_rule_65_limit_is_generous_when_it_is_the_largest(self) -> None:
        """Rule 65: the largest limit there can be is no error."""
        self.facts.append("a", sample("a", 1, 2), expected_version=ANY)
        assert len(self.facts.read_all(limit=(1 << 63) - 1)) == 2

    def test_rule_66_reading_is_the_same_when_repeated(self) -> None:
        """Rule 66: reading changes nothing, and returns tuples of `StoredEvent`."""
        self.facts.append("a", sample("a", 1, 2), expected_version=ANY)
        first, again = self.facts.read("a"), self.facts.read("a")
        assert first == again == self.everything()
        assert {type(first), type(self.everything())} == {tuple}
        assert {type(one) for one in first} == {StoredEvent}

    def test_rule_67_version_is_that_of_the_last_event_when_read(self) -> None:
        """Rule 67: `version` and `read` agree."""
        for stream, count in (("a", 1), ("b", 3), ("c", 2)):
            self.facts.append(stream, sample(stream, *range(count)), expected_version=ANY)
        shown = [(self.facts.version(s), self.facts.read(s)[-1].version) for s in "abc"]
        assert shown == [(1, 1), (3, 3), (2, 2)]

    # --- keys --------------------------------------------------------------------------------

    def test_rule_68_append_repeats_when_another_version_is_expected(self) -> None:
        """Rule 68: the version does not belong to what a key stands for."""
        self.facts.append("a", sample("a"), expected_version=NO_STREAM, key="k")
        assert self.facts.append("a", sample("a"), expected_version=7, key="k").repeated

    def test_rule_69_append_is_refused_when_the_events_are_in_another_order(self) -> None:
        """Rule 69: the same events in another order are other events."""
        self.facts.append("a", sample("a", 1, 2), expected_version=ANY, key="k")
        turned = sample("a", 2, 1)
        refusal(KeyReused, lambda: self.facts.append("a", turned, expected_version=ANY, key="k"))

    def test_rule_70_append_is_refused_when_a_part_of_the_events_comes_again(self) -> None:
        """Rule 70: fewer events under the key are other events."""
        self.facts.append("a", sample("a", 1, 2), expected_version=ANY, key="k")
        part = sample("a", 1)
        refusal(KeyReused, lambda: self.facts.append("a", part, expected_version=ANY, key="k"))

    def test_rule_71_append_is_refused_when_an_intent_is_added(self) -> None:
        """Rule 71: a key that stood for events does not stand for an intent."""
        self.facts.append("a", sample("a"), expected_version=ANY, key="k")
        refusal(
            KeyReused,
            lambda: self.facts.append("a", sample("a"), expected_version=ANY, key="k", intent="i"),
        )

    def test_rule_72_append_is_refused_when_the_intent_is_left_out(self) -> None:
        """Rule 72: a key that stood for an intent does not stand for events."""
        self.facts.append("a", sample("a"), expected_version=ANY, key="k", intent="i")
        refusal(
            KeyReused, lambda: self.facts.append("a", sample("a"), expected_version=ANY, key="k")
        )

    def test_rule_73_intent_counts_when_it_is_empty(self) -> None:
        """Rule 73: an empty intent is one, and not the same as none."""
        self.facts.append("a", sample("a", 1), expected_version=ANY, key="k", intent="")
        again = self.facts.append("a", sample("a", 2), expected_version=ANY, key="k", intent="")
        assert again.repeated
        refusal(
            KeyReused,
            lambda: self.facts.append("a", sample("a", 1), expected_version=ANY, key="k"),
        )

    def test_rule_74_intent_is_compared_whole_when_long(self) -> None:
        """Rule 74: an intent may be longer than any column, and its end counts."""
        intent = "x" * 100_000
        self.facts.append("a", sample("a"), expected_version=ANY, key="k", intent=intent)
        assert self.facts.recall("a", "k", intent=intent) is not None
        refusal(KeyReused, lambda: self.facts.recall("a", "k", intent=intent + "y"))

    def test_rule_75_recall_answers_when_no_intent_is_given(self) -> None:
        """Rule 75: whatever the key stands for, its figures can be asked for."""
        self.facts.append("a", sample("a", 1), expected_version=ANY, key="k")
        self.facts.append("a", sample("a", 2), expected_version=ANY, key="l", intent="i")
        shown = [self.facts.recall("a", key) for key in "kl"]
        assert [self.figures(one) for one in shown if one] == [(1, 1, 1, True), (2, 2, 2, True)]

    def test_rule_76_recall_is_none_when_the_stream_is_another(self) -> None:
        """Rule 76: keys belong to their stream when asked for, too."""
        self.facts.append("a", sample("a"), expected_version=ANY, key="k")
        assert self.facts.recall("b", "k") is None

    def test_rule_77_only_new_batches_are_written_when_others_are_known(self) -> None:
        """Rule 77: an import that broke off goes on where it was."""
        self.facts.append_many((_batch("a", 1, key="k"), _batch("b", 1, key="k")))
        results = self.facts.append_many(_batch(name, 1, key="k") for name in "abc")
        assert [one.repeated for one in results] == [True, True, False]
        assert [one.stream for one in self.everything()] == ["a", "b", "c"]

    def test_rule_78_nothing_is_written_when_a_later_key_was_reused(self) -> None:
        """Rule 78: a reused key undoes the batches before it."""
        self.facts.append("b", sample("b", 1), expected_version=ANY, key="k")
        batches = (_batch("a", 1, key="k"), _batch("b", 2, key="k"))
        refusal(KeyReused, lambda: self.facts.append_many(batches))
        assert (self.facts.version("a"), self.facts.recall("a", "k")) == (0, None)

    def test_rule_79_nothing_is_written_when_a_call_uses_a_key_for_two_things(self) -> None:
        """Rule 79: keys count within one call, for refusals too."""
        batches = (_batch("a", 1, key="k"), _batch("a", 2, key="k"))
        refusal(KeyReused, lambda: self.facts.append_many(batches))
        assert (self.everything(), self.facts.recall("a", "k")) == ((), None)

    # --- all or nothing ----------------------------------------------------------------------

    def test_rule_80_nothing_is_written_when_the_events_break_off(self) -> None:
        """Rule 80: a source that raises leaves nothing, and its error comes out as it is."""
        events = _breaks_off(*sample("a", 1, 2))
        refusal(OSError, lambda: self.facts.append("a", events, expected_version=ANY, key="k"))
        assert (self.everything(), self.facts.recall("a", "k")) == ((), None)

    def test_rule_81_nothing_is_written_when_the_batches_break_off(self) -> None:
        """Rule 81: the same holds for a series of batches."""
        batches = _breaks_off(_batch("a", 1, key="k"), _batch("b", 1))
        refusal(OSError, lambda: self.facts.append_many(batches))
        assert (self.everything(), self.facts.recall("a", "k")) == ((), None)

    def test_rule_82_versions_have_no_gap_when_appends_were_refused(self) -> None:
        """Rule 82: what was refused leaves no hole in its stream."""
        self.facts.append("a", sample("a", 1), expected_version=0)
        for number in range(3):
            late = sample("a", 5 + number)
            refusal(Conflict, partial(self.facts.append, "a", late, expected_version=0))
        self.facts.append("a", sample("a", 2), expected_version=1)
        assert [one.version for one in self.facts.read("a")] == [1, 2]

    def test_rule_83_conflict_is_seen_when_a_call_contradicts_itself(self) -> None:
        """Rule 83: two batches of one call that expect a new stream cannot both be right."""
        batches = [
            Batch(stream="a", events=sample("a", n), expected_version=NO_STREAM) for n in (1, 2)
        ]
        error = refusal(Conflict, lambda: self.facts.append_many(batches))
        assert (error.actual, self.everything()) == (1, ())

    def test_rule_84_messages_and_timers_are_refused_when_not_kept(self) -> None:
        """Rule 84: a store of facts alone says so; it does not lose them without a word."""
        if "messages_and_timers" in self.capabilities:
            self.facts.append_many((Batch(stream="a", events=(), expected_version=ANY),))
            return
        for extra in (
            Batch(stream="a", events=sample("a"), expected_version=ANY, messages=(message(),)),
            Batch(stream="a", events=sample("a"), expected_version=ANY, schedule=(timer(),)),
            Batch(stream="a", events=sample("a"), expected_version=ANY, cancel=("t",)),
        ):
            refusal(InvalidValue, partial(self.facts.append_many, (extra,)))
        assert self.everything() == ()

    # --- threads -----------------------------------------------------------------------------

    def test_rule_85_every_stream_is_whole_when_threads_have_one_each(self) -> None:
        """Rule 85: writers of different streams never meet a conflict."""

        def write(name: str) -> None:
            for version in range(10):
                events = sample(name, version)
                self.facts.append(name, events, expected_version=version)

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(write, "abcd"))
        assert [self.facts.version(name) for name in "abcd"] == [10] * 4

    def test_rule_86_no_event_is_lost_when_threads_append_to_one_stream(self) -> None:
        """Rule 86: with ANY every append succeeds, and versions stay without gaps."""

        def write(writer: int) -> list[AppendResult]:
            return [
                self.facts.append("a", sample("a", writer * 100 + n), expected_version=ANY)
                for n in range(10)
            ]

        with ThreadPoolExecutor(4) as pool:
            results = [one for found in pool.map(write, range(4)) for one in found]
        assert sorted(one.last_version for one in results) == list(range(1, 41))
        assert len({one.event.event_id for one in self.facts.read("a")}) == 40

    def test_rule_87_batches_are_whole_when_read_while_threads_write(self) -> None:
        """Rule 87: nobody sees a part of a batch."""

        def write(_: int) -> None:
            for number in range(8):
                numbers = range(number * 5, number * 5 + 5)
                self.facts.append("a", sample("a", *numbers), expected_version=ANY)

        parts: list[int] = []
        with ThreadPoolExecutor(2) as pool:
            running = [pool.submit(write, writer) for writer in range(2)]
            for _ in range(400):
                parts += [len(self.facts.read("a")) % 5, self.facts.version("a") % 5]
                if all(one.done() for one in running):
                    break
            for one in running:
                one.result()
        assert set(parts) == {0}
        assert self.facts.version("a") == 80

    def test_rule_88_calls_are_whole_when_read_while_threads_write(self) -> None:
        """Rule 88: nobody sees one batch of a call without the others."""

        def write(writer: int) -> None:
            for number in range(10):
                self.facts.append_many(_batch(f"{writer}{half}", number) for half in "ab")

        odd: list[int] = []
        with ThreadPoolExecutor(2) as pool:
            running = [pool.submit(write, writer) for writer in range(2)]
            for _ in range(400):
                odd.append(len(self.everything()) % 2)
                if all(one.done() for one in running):
                    break
            for one in running:
                one.result()
        assert set(odd) == {0}
        assert len(self.everything()) == 40

    def test_rule_89_positions_are_in_the_order_of_versions_when_threads_write(self) -> None:
        """Rule 89: within a stream, the order of positions is that of versions."""

        def write(writer: int) -> None:
            for number in range(10):
                names = ("a", "b") if writer % 2 else ("b", "a")
                self.facts.append_many(_batch(name, writer * 100 + number) for name in names)

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(write, range(4)))
        everything = self.everything()
        for name in "ab":
            versions = [one.version for one in everything if one.stream == name]
            assert versions == list(range(1, 41))

    def test_rule_90_conflicts_are_typed_when_threads_race(self) -> None:
        """Rule 90: a writer that lost gets `Conflict`, tries again, and nothing is lost."""

        def write(writer: int) -> int:
            conflicts = 0
            for number in range(5):
                while True:
                    try:
                        version = self.facts.version("a")
                        event = sample("a", writer * 100 + number)
                        self.facts.append("a", event, expected_version=version)
                    except Conflict:
                        conflicts += 1
                        assert conflicts < 10_000  # somebody always wins
                    else:
                        break
            return conflicts

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(write, range(4)))
        assert [one.version for one in self.facts.read("a")] == list(range(1, 21))
