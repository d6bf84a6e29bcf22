"""The rules of texts and candidates as tests, from 501 on (laws K4, R5).

`CandidateContract` is for whatever names candidates: a search engine, a table of embeddings, an
index of your own. `TextStoreContract` adds what a `TextStore` must do, `DurableTextStoreContract`
what one must do that outlives its object.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import cast

from itsm_core.errors import InvalidValue, NotFound, StoreUnavailable
from itsm_core.ids import GroupId, PersonId, ServiceId, TicketId
from itsm_core.linking import TicketText
from itsm_core.ports import TextStore
from itsm_core.testing._candidate_rules import CandidateContract, told
from itsm_core.testing.contract import AT, ODD, refusal

__all__ = [
    "CandidateContract",
    "DurableTextStoreContract",
    "TextStoreContract",
    "told",
]


class TextStoreContract(CandidateContract):
    """Hold what every store of texts must do: kept whole, forgotten whole, found again.

    >>> from itsm_core.adapters.memory_texts import MemoryTexts
    >>> from itsm_core.testing.certify import certify
    >>> class CountsWhatIsAsked(MemoryTexts):
    ...     def drop(self, tickets):
    ...         asked = list(tickets)
    ...         super().drop(asked)
    ...         return len(asked)
    >>> class TestCountsWhatIsAsked(TextStoreContract):
    ...     def open_store(self):
    ...         return CountsWhatIsAsked()
    >>> for rule in certify(TestCountsWhatIsAsked).broken:
    ...     print(rule)
    test_rule_541_argument_is_refused_when_it_is_no_series
    test_rule_545_dropped_are_counted
    """

    @property
    def texts(self) -> TextStore:
        """Return the open store as what it is here."""
        return cast("TextStore", self.opened)

    def ids(self) -> list[TicketId]:
        """Return the ids of all texts, in the order of the store."""
        return [each.ticket_id for each in self.texts.texts()]

    # --- kept --------------------------------------------------------------------------------

    def test_rule_531_text_comes_back_as_it_was_put(self) -> None:
        """Rule 531: every field, odd signs, ends of lines and all."""
        whole = TicketText(
            ticket_id=TicketId("A"),
            at=AT + timedelta(microseconds=1),
            title=ODD,
            body=f"{ODD}\r\n\t{ODD}",
            log="  \n",
            kind="known_error",
            language="ja",
            service=ServiceId(ODD),
            configuration_item_id=ODD,
            category=ODD,
            group=GroupId(ODD),
            requester=PersonId(ODD),
            assignee=PersonId(ODD),
        )
        self.texts.put([whole, told("B")])
        assert self.texts.get(TicketId("A")) == whole
        assert list(self.texts.texts()) == [told("B"), whole]

    def test_rule_532_long_text_comes_back_whole(self) -> None:
        """Rule 532: searching may read the beginning only; nothing is cut off."""
        whole = told("A", "t" * 70_000, body="ö漢🚒" * 300_000, log="l" * 70_000)
        self.texts.put([whole])
        assert self.texts.get(TicketId("A")) == whole

    def test_rule_533_instants_are_exact(self) -> None:
        """Rule 533: from the first to the last microsecond that a datetime can tell."""
        first, last = datetime.min.replace(tzinfo=UTC), datetime.max.replace(tzinfo=UTC)
        odd = datetime(1969, 12, 31, 23, 59, 59, 999_999, tzinfo=UTC)
        for number, at in enumerate((last, odd, first)):
            self.texts.put([TicketText(ticket_id=TicketId(f"A{number}"), at=at)])
        assert [each.at for each in self.texts.texts()] == [first, odd, last]

    def test_rule_534_ids_are_apart_when_a_sign_differs(self) -> None:
        """Rule 534: case, blanks at the end and forms of Unicode are different ids."""
        names = [
            "a",
            "A",
            "a ",
            "\N{LATIN SMALL LETTER E WITH ACUTE}",
            "e\N{COMBINING ACUTE ACCENT}",
            ODD,
        ]
        self.texts.put([told(name, f"title {n}") for n, name in enumerate(names)])
        assert [self.texts.get(TicketId(name)).title for name in names] == [
            f"title {n}" for n in range(len(names))
        ]
        assert self.texts.drop([TicketId("A")]) == 1
        assert self.texts.get(TicketId("a")).title == "title 0"

    def test_rule_535_unknown_text_is_not_found(self) -> None:
        """Rule 535: a typed error with the id."""
        self.texts.put([told("A")])
        assert "'B'" in str(refusal(NotFound, lambda: self.texts.get(TicketId("B"))))

    def test_rule_536_texts_come_in_order_of_time(self) -> None:
        """Rule 536: whatever the order of putting; equal times in order of ids."""
        days = {"c": 0.0, "B": 0.0, "a": 0.0, "d": -400.0, "e": 30_000.0}
        self.texts.put([told(name, days=at) for name, at in days.items()])
        self.texts.put([told("c", days=1.0)])
        assert self.ids() == ["d", "B", "a", "c", "e"]

    def test_rule_537_sign_that_cannot_be_kept_is_refused(self) -> None:
        """Rule 537: a NUL in a body is kept or refused with all that came with it, never cut."""
        odd = told("B", "nul \0 inside", body="a\0b")
        try:
            self.texts.put([told("A"), odd])
        except InvalidValue:
            assert self.ids() == []
        else:
            assert self.texts.get(TicketId("B")) == odd

    # --- all or none -------------------------------------------------------------------------

    def test_rule_538_nothing_is_kept_when_one_cannot_be(self) -> None:
        """Rule 538: an id that no store can hold, half of a surrogate pair, what is no text."""
        bad = (told("x" * 501), told("nul \0"), told("B", "half \ud800"), told("B", body="\udfff"))
        for each in (*bad, cast("TicketText", "a text"), cast("TicketText", None)):
            refusal(InvalidValue, partial(self.texts.put, [told("A", "fine"), each]))
            assert self.ids() == []
            assert self.found(told("Q", "fine")) == []

    def test_rule_539_nothing_is_kept_when_the_source_of_texts_fails(self) -> None:
        """Rule 539: its error is its own, and the store goes on."""

        def broken() -> Iterator[TicketText]:
            yield told("A", "fine")
            raise LookupError("the export ends here")

        refusal(LookupError, lambda: self.texts.put(broken()))
        assert self.ids() == []
        self.texts.put([told("A")])
        assert self.ids() == ["A"]

    def test_rule_540_nothing_happens_when_nothing_is_given(self) -> None:
        """Rule 540: an empty list, an empty generator."""
        self.texts.put([])
        self.texts.put(iter(()))
        assert (self.texts.drop([]), self.ids()) == (0, [])

    def test_rule_541_argument_is_refused_when_it_is_no_series(self) -> None:
        """Rule 541: one text is no series of ids: it would be taken letter by letter."""
        self.texts.put([told("A"), told("B")])
        calls: list[Callable[[], object]] = [
            partial(self.texts.drop, cast("list[TicketId]", "AB")),
            partial(self.texts.drop, cast("list[TicketId]", None)),
            partial(self.texts.drop, cast("list[TicketId]", ["A", 1])),
            partial(self.texts.put, cast("list[TicketText]", told("C"))),
            partial(self.texts.put, cast("list[TicketText]", None)),
            partial(self.texts.get, cast("TicketId", None)),
        ]
        for call in calls:
            refusal(InvalidValue, call)
        assert self.ids() == ["A", "B"]

    # --- replaced and forgotten --------------------------------------------------------------

    def test_rule_542_text_put_again_is_replaced(self) -> None:
        """Rule 542: there is one; its old words find it no more."""
        self.texts.put([told("A", "mail slow"), told("B", "mail")])
        self.texts.put([told("A", "vpn", days=-1)])
        assert self.ids() == ["A", "B"]
        assert self.texts.get(TicketId("A")) == told("A", "vpn", days=-1)
        if "shared_words" in self.capabilities:
            assert (self.found(told("Q", "slow")), self.found(told("Q", "vpn"))) == ([], ["A"])

    def test_rule_543_last_counts_when_one_is_given_twice(self) -> None:
        """Rule 543: of two with one id in one call the last is kept."""
        self.texts.put([told("A", "mail"), told("A", "vpn")])
        assert [each.title for each in self.texts.texts()] == ["vpn"]
        if "shared_words" in self.capabilities:
            assert (self.found(told("Q", "mail")), self.found(told("Q", "vpn"))) == ([], ["A"])

    def test_rule_544_dropped_text_is_gone(self) -> None:
        """Rule 544: from everywhere; it may be put again."""
        self.texts.put([told("A", "mail slow"), told("B", "mail slow")])
        assert self.texts.drop([TicketId("A")]) == 1
        refusal(NotFound, lambda: self.texts.get(TicketId("A")))
        assert (self.ids(), self.found(told("Q", "mail slow"))) == (["B"], ["B"])
        self.texts.put([told("A", "mail slow")])
        assert sorted(self.found(told("Q", "mail slow"))) == ["A", "B"]

    def test_rule_545_dropped_are_counted(self) -> None:
        """Rule 545: each that was there, once; an unknown one is no error."""
        self.texts.put([told("A"), told("B")])
        gone = [TicketId(name) for name in ("A", "A", "Z", "B")]
        assert (self.texts.drop(gone), self.texts.drop(gone)) == (2, 0)

    # --- at once -----------------------------------------------------------------------------

    def test_rule_546_reading_goes_on_when_the_store_changes(self) -> None:
        """Rule 546: what was there throughout comes once."""
        self.texts.put([told(f"A{n}", days=n) for n in range(9)])
        reading = self.texts.texts()
        begun = [next(reading).ticket_id, next(reading).ticket_id]
        self.texts.drop([TicketId("A0"), TicketId("A8")])
        self.texts.put([told("B", days=99), told("A1", "changed", days=1)])
        rest = [each.ticket_id for each in reading if each.ticket_id not in {"A8", "B"}]
        assert begun + rest == [f"A{n}" for n in range(8)]

    def test_rule_547_no_text_is_lost_when_threads_write(self) -> None:
        """Rule 547: each of them."""

        def write(number: int) -> None:
            for n in range(5):
                self.texts.put([told(f"T{number}-{n}", "mail")])

        with ThreadPoolExecutor(4) as pool:
            list(pool.map(write, range(8)))
        # No more than these: a word that most of many texts have may say nothing.
        assert len(self.ids()) == 40
        assert len(self.found(told("Q", "mail"), limit=100)) == 40

    def test_rule_548_text_is_there_throughout_when_it_is_replaced(self) -> None:
        """Rule 548: a reader meets the old or the new one, whole, never neither."""
        versions = [told("A", f"mail {n}", body=f"body {n}") for n in range(2)]
        self.texts.put(versions[:1])

        def write() -> None:
            for n in range(40):
                self.texts.put([versions[n % 2]])

        with ThreadPoolExecutor(2) as pool:
            writing = pool.submit(write)
            seen = [self.texts.get(TicketId("A")) for _ in range(40)]
            writing.result()
        assert all(each in versions for each in seen)

    def test_rule_549_store_is_unavailable_when_closed(self) -> None:
        """Rule 549: every call; closing twice is no error."""
        store = self.texts
        store.put([told("A", "mail")])
        store.close()
        store.close()
        calls: tuple[Callable[[], object], ...] = (
            partial(store.put, [told("B")]),
            partial(store.drop, [TicketId("A")]),
            partial(store.get, TicketId("A")),
            lambda: list(store.texts()),
            partial(store.candidates, told("Q", "mail"), limit=1),
        )
        for call in calls:
            refusal(StoreUnavailable, call)


class DurableTextStoreContract(TextStoreContract):
    """Add what a store of texts must do that outlives the object.

    `open_store` opens the same place every time during one test. A store in memory has none:

    >>> from itsm_core.adapters.memory_texts import MemoryTexts
    >>> from itsm_core.testing.certify import certify
    >>> class TestInMemory(DurableTextStoreContract):
    ...     def open_store(self):
    ...         return MemoryTexts()
    >>> for rule in certify(TestInMemory).broken:
    ...     print(rule)
    test_rule_561_texts_are_there_when_reopened
    test_rule_562_other_object_sees_what_was_put
    test_rule_563_no_text_is_lost_when_two_objects_write
    """

    def test_rule_561_texts_are_there_when_reopened(self) -> None:
        """Rule 561: what was put, replaced and dropped, and what is found."""
        self.texts.put([told("A", "mail slow"), told("B", "vpn"), told("C", "mail")])
        self.texts.put([told("B", "mail queue")])
        self.texts.drop([TicketId("C")])
        self.reopen()
        assert list(self.texts.texts()) == [told("A", "mail slow"), told("B", "mail queue")]
        assert self.found(told("Q", "mail slow")) == ["A", "B"]

    def test_rule_562_other_object_sees_what_was_put(self) -> None:
        """Rule 562: at once; and what it drops is gone here."""
        other = cast("TextStore", self.open_store())
        try:
            self.texts.put([told("A", "mail slow"), told("B", "mail")])
            assert list(other.candidates(told("Q", "slow"), limit=9)) == ["A"]
            other.drop([TicketId("A")])
            assert (self.ids(), self.found(told("Q", "slow"))) == (["B"], [])
        finally:
            other.close()

    def test_rule_563_no_text_is_lost_when_two_objects_write(self) -> None:
        """Rule 563: two processes may keep their texts in one place."""
        other = cast("TextStore", self.open_store())

        def write(store: TextStore, name: str) -> None:
            for n in range(20):
                store.put([told(f"{name}{n}", "mail"), told("both", name)])

        try:
            with ThreadPoolExecutor(2) as pool:
                running = [
                    pool.submit(write, self.texts, "a"),
                    pool.submit(write, other, "b"),
                ]
                for each in running:
                    each.result()
        finally:
            other.close()
        assert len(self.ids()) == 41
        assert len(self.found(told("Q", "mail"), limit=100)) == 40

    def test_rule_564_nothing_is_kept_when_a_put_failed(self) -> None:
        """Rule 564: neither for this object nor for the next."""
        refusal(InvalidValue, lambda: self.texts.put([told("A", "fine"), told("x" * 501)]))
        self.reopen()
        assert (self.ids(), self.found(told("Q", "fine"))) == ([], [])
