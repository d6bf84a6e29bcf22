"""The rules of a store that proves its log and erases a person, as tests (law R8).

They are rules of their own: a store may keep every other rule without them::

    class TestMyStoresIntegrity(IntegrityContract):
        def open_store(self) -> ChainedStore:
            return MyStore()
"""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable
from datetime import timedelta
from typing import Final, Protocol, cast

from itsm_core.adapters.chain import LogCheck, LogHead
from itsm_core.adapters.erasure import ERASED_TEXT, Erased, Erasure, erased_person, is_erased
from itsm_core.errors import AlreadyExists
from itsm_core.events import CommitmentMade, TicketAssigned, TicketEvent, TicketOpened
from itsm_core.ids import PersonId, TicketId
from itsm_core.ports import ANY, NO_STREAM, Batch
from itsm_core.testing.contract import AT, Contract, Store, message, refusal, timer
from itsm_core.testing.event_samples import one_of_each, sample

__all__ = ["ChainedStore", "IntegrityContract"]

_BOB: Final = PersonId("bob")
_ANA: Final = PersonId("ana")


class ChainedStore(Store, Protocol):
    """Be a store that chains its events and erases persons.

    A head that was kept before an erasure holds after it:

    >>> from itsm_core.adapters.sqlite import SqliteStore
    >>> store: ChainedStore = SqliteStore(":memory:")
    >>> result = store.append("INC-1", _story(), expected_version=NO_STREAM)
    >>> store.read("INC-1")[0].event.requester
    'bob'
    >>> kept = store.head()
    >>> bob = Erasure(person="bob", at=AT, author="data protection", reason="case 7")
    >>> store.erase(bob).parts
    4
    >>> is_erased(store.read("INC-1")[0].event.requester), store.check_log([kept]).is_sound
    (True, True)
    >>> store.close()
    """

    def head(self) -> LogHead:
        """Return how far the log goes now."""
        ...

    def check_log(self, heads: Iterable[LogHead] = ()) -> LogCheck:
        """Check every event against the chain, and the chain against heads that were kept."""
        ...

    def erase(self, erasure: Erasure) -> Erased:
        """Erase a person."""
        ...


def _story(stream: str = "INC-1") -> tuple[TicketEvent, ...]:
    ticket = TicketId(stream)
    return (
        TicketOpened(
            ticket_id=ticket,
            occurred_at=AT,
            title="Bob Smith cannot print",
            requester=_BOB,
            actor=_BOB,
            priority="P3",
        ),
        TicketAssigned(
            ticket_id=ticket, occurred_at=AT + timedelta(minutes=1), assignee=_ANA, actor=_ANA
        ),
        CommitmentMade(
            ticket_id=ticket,
            occurred_at=AT + timedelta(minutes=2),
            commitment_id="c1",
            text="call back",
            owner=_ANA,
            beneficiary=_BOB,
            due_at=AT + timedelta(hours=1),
        ),
    )


def _erasure(person: PersonId = _BOB, *names: str, texts_of: Iterable[str] = ()) -> Erasure:
    return Erasure(
        person=person,
        names=names,
        texts_of=frozenset(texts_of),
        at=AT,
        author="data protection",
        reason="case 7",
    )


class IntegrityContract(Contract):
    """Hold what a store must do that chains its events and erases persons.

    >>> from itsm_core.adapters.sqlite import SqliteStore
    >>> from itsm_core.testing.certify import certify
    >>> class TestMine(IntegrityContract):
    ...     def open_store(self):
    ...         return SqliteStore(":memory:")
    >>> print(certify(TestMine).explain())
    TestMine: certified, contract version 3: 17 kept, 0 skipped, 0 broken
    """

    @abstractmethod
    def open_store(self) -> ChainedStore:
        """Return a store that holds nothing yet."""

    @property
    def store(self) -> ChainedStore:
        """Return the store of this test."""
        return cast("ChainedStore", self.opened)

    def told(self) -> None:
        """Write the story of a ticket, with a message and a timer that name its requester."""
        self.store.append_many(
            [
                Batch(
                    stream="INC-1",
                    events=_story(),
                    expected_version=NO_STREAM,
                    key="k",
                    messages=[message(data='{"who":"bob","title":"Bob Smith cannot print"}')],
                    schedule=[timer("remind bob", data="tell bob")],
                )
            ]
        )

    # --- the chain ---------------------------------------------------------------------------

    def test_rule_301_head_is_the_beginning_when_the_store_is_empty(self) -> None:
        """Rule 301: a log without events has the head that every log begins with."""
        assert self.store.head() == LogHead(count=0)
        assert self.store.check_log([LogHead(count=0)]).is_sound

    def test_rule_302_head_counts_and_changes_when_events_are_appended(self) -> None:
        """Rule 302: a head tells every log from the one that it was."""
        heads = [self.store.head()]
        for number in range(3):
            self.store.append("a", sample("a", number), expected_version=ANY)
            heads.append(self.store.head())
        assert [head.count for head in heads] == [0, 1, 2, 3]
        assert len({head.link for head in heads}) == 4

    def test_rule_303_head_stays_when_an_append_is_repeated_or_refused(self) -> None:
        """Rule 303: what writes nothing leaves the chain alone."""
        self.store.append("a", sample("a", 1), expected_version=ANY, key="k")
        before = self.store.head()
        self.store.append("a", sample("a", 1), expected_version=ANY, key="k")
        assert self.store.head() == before

    def test_rule_304_log_is_sound_when_nothing_was_done_to_it(self) -> None:
        """Rule 304: events of every type, read back as they were, and no fault."""
        self.store.append("INC-1", one_of_each(), expected_version=NO_STREAM)
        found = self.store.check_log([self.store.head()])
        assert (found.faults, found.head, found.heads) == ((), self.store.head(), 1)
        assert tuple(one.event for one in self.store.read("INC-1")) == one_of_each()

    def test_rule_305_heads_kept_earlier_hold_when_the_log_has_grown(self) -> None:
        """Rule 305: a head is about what was written until then, for good."""
        heads = [self.store.head()]
        for number in range(3):
            self.store.append("a", sample("a", number), expected_version=ANY)
            heads.append(self.store.head())
        assert self.store.check_log(heads).is_sound

    def test_rule_306_log_is_rewritten_when_a_head_is_of_another_log(self) -> None:
        """Rule 306: a chain that was made anew shows between the heads that were kept."""
        self.store.append("a", sample("a", 1), expected_version=ANY)
        good = self.store.head()
        self.store.append("a", sample("a", 2, 3), expected_version=ANY)
        other = LogHead(count=3, link=bytes(32))
        (fault,) = self.store.check_log([good, other]).faults
        assert (fault.code, fault.first, fault.last) == ("rewritten", 2, 3)

    def test_rule_307_log_is_truncated_when_a_head_knows_more(self) -> None:
        """Rule 307: events that are missing at the end show against a head, with their number."""
        self.store.append("a", sample("a", 1), expected_version=ANY)
        (fault,) = self.store.check_log([LogHead(count=3, link=bytes(32))]).faults
        assert (fault.code, fault.first, fault.last) == ("truncated", 2, 3)

    # --- erasure -----------------------------------------------------------------------------

    def test_rule_311_chain_and_heads_hold_when_a_person_is_erased(self) -> None:
        """Rule 311: an erasure is no tampering, and it is on record."""
        self.told()
        before = self.store.head()
        done = self.store.erase(_erasure(_BOB, "Bob Smith"))
        found = self.store.check_log([before, self.store.head()])
        assert (done.number, done.parts, found.faults, found.erased_parts) == (1, 4, (), 4)
        assert (found.head.count, found.head.erasures) == (before.count, 1)

    def test_rule_312_person_is_nowhere_when_erased(self) -> None:
        """Rule 312: neither in events nor in messages nor in timers, by id or by name."""
        self.told()
        self.store.erase(_erasure(_BOB, "Bob Smith"))
        shown = repr((self.store.read_all(), self.store.unsent(), self.store.waiting()))
        assert "bob" not in shown.lower()
        assert "print" not in shown

    def test_rule_313_facts_stay_when_a_person_is_erased(self) -> None:
        """Rule 313: what happened, when and to which ticket is as before; who is a placeholder."""
        self.told()
        self.store.erase(_erasure(_BOB, "Bob Smith"))
        opened, assigned, made = (one.event for one in self.store.read("INC-1"))
        assert isinstance(opened, TicketOpened)
        assert isinstance(made, CommitmentMade)
        assert (opened.requester, opened.actor, opened.title) == (
            erased_person(1),
            erased_person(1),
            ERASED_TEXT,
        )
        assert (made.owner, made.beneficiary, made.text) == (_ANA, erased_person(1), "call back")
        assert assigned == _story()[1]
        assert [event.occurred_us for event in (opened, assigned, made)] == [
            event.occurred_us for event in _story()
        ]

    def test_rule_314_two_persons_are_two_when_both_are_erased(self) -> None:
        """Rule 314: who had to be another person still is another person."""
        self.told()
        self.store.erase(_erasure(_BOB))
        self.store.erase(_erasure(_ANA))
        made = self.store.read("INC-1")[2].event
        assert isinstance(made, CommitmentMade)
        assert (made.owner, made.beneficiary) == (erased_person(2), erased_person(1))
        assert self.store.check_log([self.store.head()]).is_sound

    def test_rule_315_nothing_is_left_to_take_when_erased_twice(self) -> None:
        """Rule 315: the second time writes nothing, and no second record."""
        self.told()
        self.store.erase(_erasure(_BOB, "Bob Smith"))
        head = self.store.head()
        again = self.store.erase(_erasure(_BOB, "Bob Smith"))
        assert (again.number, again.parts, self.store.head()) == (None, 0, head)

    def test_rule_316_key_still_stands_when_its_person_was_erased(self) -> None:
        """Rule 316: a command that was carried out is not carried out again."""
        self.told()
        self.store.erase(_erasure(_BOB))
        again = self.store.append("INC-1", _story(), expected_version=NO_STREAM, key="k")
        assert (again.repeated, again.last_version, len(self.store.read("INC-1"))) == (True, 3, 3)

    def test_rule_317_message_is_refused_when_it_comes_back_after_the_erasure(self) -> None:
        """Rule 317: the same message with its old content would bring the person back."""
        self.told()
        self.store.erase(_erasure(_BOB, "Bob Smith"))
        old = message(data='{"who":"bob","title":"Bob Smith cannot print"}')
        batch = Batch(stream="b", events=sample("b"), expected_version=ANY, messages=[old])
        refusal(AlreadyExists, lambda: self.store.append_many([batch]))

    def test_rule_318_only_named_texts_go_when_tickets_are_named(self) -> None:
        """Rule 318: every free text of a named ticket goes; those of others stay."""
        self.told()
        self.store.append("INC-2", _story("INC-2"), expected_version=NO_STREAM)
        self.store.erase(_erasure(_BOB, texts_of=["INC-1"]))
        first, second = (self.store.read(name)[2].event for name in ("INC-1", "INC-2"))
        assert isinstance(first, CommitmentMade)
        assert isinstance(second, CommitmentMade)
        assert (first.text, second.text) == (ERASED_TEXT, "call back")

    def test_rule_319_log_goes_on_when_a_person_was_erased(self) -> None:
        """Rule 319: the next event follows, and the person may come back as somebody new."""
        self.told()
        self.store.erase(_erasure(_BOB))
        self.store.append("INC-3", _story("INC-3"), expected_version=NO_STREAM)
        done = self.store.erase(_erasure(_BOB))
        opened = self.store.read("INC-3")[0].event
        assert isinstance(opened, TicketOpened)
        assert (done.number, opened.requester) == (2, erased_person(2))
        assert self.store.check_log([self.store.head()]).is_sound

    def test_rule_320_place_is_named_when_nothing_can_be_taken_there(self) -> None:
        """Rule 320: a person in the name of a stream cannot be erased, and that is said."""
        self.store.append("bob", sample("bob"), expected_version=ANY)
        done = self.store.erase(_erasure(_BOB))
        assert done.number is None
        assert any("event 1" in place for place in done.left)
        assert not is_erased(self.store.read("bob")[0].stream)
