"""The contract of texts finds what it is for: broken stores break their rules (laws K4, R5)."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterable, Iterator

import attrs
import pytest

from itsm_core.adapters.memory_texts import MemoryTexts
from itsm_core.errors import InvalidValue, NotFound, StoreUnavailable
from itsm_core.ids import TicketId
from itsm_core.linking import TicketText
from itsm_core.ports import TextStore, checked_texts, checked_tickets
from itsm_core.testing.certify import Certificate, certify
from itsm_core.testing.text_contract import (
    DurableTextStoreContract,
    TextStoreContract,
)


class FoldsCase(MemoryTexts):
    """Take upper and lower case of an id for the same, as many databases do."""

    def put(self, texts: Iterable[TicketText]) -> None:
        """Keep it under the folded id."""
        super().put(
            [
                attrs.evolve(each, at=each.at_us, ticket_id=TicketId(each.ticket_id.lower()))
                for each in checked_texts(texts)
            ]
        )

    def get(self, ticket_id: TicketId) -> TicketText:
        """Look under the folded id."""
        return super().get(ticket_id if ticket_id is None else TicketId(ticket_id.lower()))


class CutsTexts(MemoryTexts):
    """Keep 65,535 characters of a body, as a column of fixed width does."""

    def put(self, texts: Iterable[TicketText]) -> None:
        """Cut every body."""
        super().put(
            [
                attrs.evolve(each, at=each.at_us, body=each.body[:65_535])
                for each in checked_texts(texts)
            ]
        )


class StopsAtNul(MemoryTexts):
    """Cut a text at its first NUL, as what is written in C does."""

    def put(self, texts: Iterable[TicketText]) -> None:
        """Cut every title."""
        super().put(
            [
                attrs.evolve(each, at=each.at_us, title=each.title.partition("\0")[0])
                for each in checked_texts(texts)
            ]
        )


class LosesMicroseconds(MemoryTexts):
    """Keep instants to the millisecond."""

    def put(self, texts: Iterable[TicketText]) -> None:
        """Round every instant down."""
        super().put(
            [attrs.evolve(each, at=each.at_us // 1_000 * 1_000) for each in checked_texts(texts)]
        )


class WritesOneByOne(MemoryTexts):
    """Keep each text as it comes: what comes before an error stays."""

    def put(self, texts: Iterable[TicketText]) -> None:
        """Write without a transaction."""
        for each in texts:
            super().put([each])


class KeepsOldWords(MemoryTexts):
    """Find a text by the words that it had before, too: the index is only ever added to."""

    def __init__(self) -> None:
        super().__init__()
        self._old: dict[TicketId, str] = {}

    def put(self, texts: Iterable[TicketText]) -> None:
        """Index the words of all versions."""
        for each in checked_texts(texts):
            words = f"{self._old.get(each.ticket_id, '')} {each.title}"
            self._old[each.ticket_id] = words
            super().put([each])
            self._index.update(attrs.evolve(each, at=each.at_us, title=words))


class KeepsDroppedWords(MemoryTexts):
    """Name a text although it was dropped: the index learns of it at night."""

    def drop(self, tickets: Iterable[TicketId]) -> int:
        """Forget the text and leave its words."""
        wanted = frozenset(checked_tickets(tickets)) & self._texts.keys()
        for ticket_id in wanted:
            del self._texts[ticket_id]
        return len(wanted)


class NamesItself(MemoryTexts):
    """Call a text its own duplicate."""

    def candidates(self, text: TicketText, /, *, limit: int) -> tuple[TicketId, ...]:
        """Put it first."""
        found = super().candidates(text, limit=limit)
        return (text.ticket_id, *found)[:limit] if text.ticket_id in self._texts else found


class CutsBeforeRanking(MemoryTexts):
    """Take the first that come along, and rank those."""

    def candidates(self, text: TicketText, /, *, limit: int) -> tuple[TicketId, ...]:
        """Leave out what was put late."""
        first = list(self._texts)[: max(limit, 3)] if limit < 1 << 30 else list(self._texts)
        found = super().candidates(text, limit=limit)
        return tuple(each for each in found if each in first)


class TakesOrders(MemoryTexts):
    """Hand a text to a query language as it is."""

    def candidates(self, text: TicketText, /, *, limit: int) -> tuple[TicketId, ...]:
        """Fail where the language has a meaning for what is in it."""
        if any(sign in text.title for sign in "\"'(*"):
            raise RuntimeError(f"syntax error near {text.title!r}")
        return super().candidates(text, limit=limit)


class ReadsOneScript(MemoryTexts):
    """Know the letters a to z."""

    def candidates(self, text: TicketText, /, *, limit: int) -> tuple[TicketId, ...]:
        """Leave out all others."""
        title = "".join(letter if letter.isascii() else " " for letter in text.title)
        return super().candidates(attrs.evolve(text, at=text.at_us, title=title), limit=limit)


class RemembersQuestions(MemoryTexts):
    """Keep what it is asked about."""

    def candidates(self, text: TicketText, /, *, limit: int) -> tuple[TicketId, ...]:
        """Answer, and keep."""
        found = super().candidates(text, limit=limit)
        self.put([text])
        return found


class ChangesItsMind(MemoryTexts):
    """Turn equal ones round with every question."""

    asked = 0

    def candidates(self, text: TicketText, /, *, limit: int) -> tuple[TicketId, ...]:
        """Answer from the other end every second time."""
        self.asked += 1
        found = super().candidates(text, limit=1 << 30 if self.asked % 2 else limit)
        return found[::-1][:limit] if self.asked % 2 else found[:limit]


class CountsUnknown(MemoryTexts):
    """Say how many were to be dropped, not how many were there."""

    def drop(self, tickets: Iterable[TicketId]) -> int:
        """Count what is given."""
        wanted = checked_tickets(tickets)
        super().drop(wanted)
        return len(wanted)


class OrdersByArrival(MemoryTexts):
    """Return texts in the order in which they were put."""

    def texts(self) -> Iterator[TicketText]:
        """Sort nothing."""
        super().texts()
        return iter(list(self._texts.values()))


class ReadsLive(MemoryTexts):
    """Read while others write, without a view of its own."""

    def texts(self) -> Iterator[TicketText]:
        """Look at the store step by step."""
        place = 0
        while place < len(found := list(super().texts())):
            yield found[place]
            place += 1


class DropsFirst(MemoryTexts):
    """Replace by dropping and putting: in between there is nothing."""

    def put(self, texts: Iterable[TicketText]) -> None:
        """Let readers in between."""
        given = checked_texts(texts)
        self.drop([each.ticket_id for each in given])
        time.sleep(0.0005)
        super().put(given)


class AnswersWhenClosed(MemoryTexts):
    """Take a closed store for an empty one."""

    def close(self) -> None:
        """Forget, and go on."""
        self._texts.clear()


class RaisesItsOwn(MemoryTexts):
    """Let the error of a dictionary out."""

    def get(self, ticket_id: TicketId) -> TicketText:
        """Look it up."""
        try:
            return super().get(ticket_id)
        except NotFound as error:
            raise KeyError(ticket_id) from error


class TakesTextsForLetters(MemoryTexts):
    """Take one id for a series of its letters."""

    def drop(self, tickets: Iterable[TicketId]) -> int:
        """Look at each letter."""
        return super().drop(list(tickets))


BROKEN: dict[type[MemoryTexts], set[int]] = {
    FoldsCase: {534},
    CutsTexts: {532},
    StopsAtNul: {537},
    LosesMicroseconds: {531, 533},
    WritesOneByOne: {538, 539},
    KeepsOldWords: {542},
    KeepsDroppedWords: {544},
    NamesItself: {502},
    CutsBeforeRanking: {503, 511},
    TakesOrders: {514},
    ReadsOneScript: {513},
    RemembersQuestions: {516},
    ChangesItsMind: {517},
    CountsUnknown: {545},
    OrdersByArrival: {536},
    ReadsLive: {546},
    DropsFirst: {548},
    AnswersWhenClosed: {549},
    RaisesItsOwn: {535},
    TakesTextsForLetters: {541},
}


def certificate(store: Callable[[], TextStore]) -> Certificate:
    """Return what the suite says of a store."""

    class Suite(TextStoreContract):
        def open_store(self) -> TextStore:
            return store()

    return certify(Suite)


@pytest.mark.parametrize("store", BROKEN, ids=lambda store: store.__name__)
def test_broken_store_breaks_its_rules_when_certified(store: type[MemoryTexts]) -> None:
    """Each of the faults is caught by the rule that is about it."""
    broken = {int(name.split("_")[2]) for name in certificate(store).broken}
    assert BROKEN[store] <= broken


def test_healthy_store_is_certified_with_every_rule_kept() -> None:
    """The store that the broken ones are made of."""
    found = certificate(MemoryTexts)
    assert (found.is_certified, len(found.passed)) == (True, 38)


class RefusesNul(MemoryTexts):
    """Refuse what a column of text cannot hold, as PostgreSQL does."""

    def put(self, texts: Iterable[TicketText]) -> None:
        """Look at every text first."""
        given = checked_texts(texts)
        for each in given:
            if "\0" in each.title + each.body + each.log:
                raise InvalidValue("a text holds a NUL", each.ticket_id, "leave it out")
        super().put(given)


def test_store_is_certified_when_it_refuses_a_nul() -> None:
    """Kept whole or refused whole: both are right."""
    assert certificate(RefusesNul).is_certified


# --- stores that outlive their object ------------------------------------------------------------


class Handle:
    """Be one of several objects on one place, as two connections to one file are."""

    def __init__(self, place: MemoryTexts) -> None:
        self.place = place
        self.is_closed = False

    @property
    def opened(self) -> MemoryTexts:
        """Return the place, while it is open."""
        if self.is_closed:
            raise StoreUnavailable("texts", "are closed", "open them again")
        return self.place

    def put(self, texts: Iterable[TicketText]) -> None:
        """Keep texts."""
        self.opened.put(texts)

    def drop(self, tickets: Iterable[TicketId]) -> int:
        """Forget texts."""
        return self.opened.drop(tickets)

    def get(self, ticket_id: TicketId) -> TicketText:
        """Return one text."""
        return self.opened.get(ticket_id)

    def texts(self) -> Iterator[TicketText]:
        """Return all texts."""
        return self.opened.texts()

    def candidates(self, text: TicketText, /, *, limit: int) -> tuple[TicketId, ...]:
        """Return what is alike."""
        return self.opened.candidates(text, limit=limit)

    def close(self) -> None:
        """Give the place back."""
        self.is_closed = True


class WritesAtNight(Handle):
    """Keep texts in the object; nothing is there when it is opened again."""

    def __init__(self, place: MemoryTexts) -> None:
        super().__init__(MemoryTexts())
        self.kept_for_later = place


class ReadsOnce(Handle):
    """Read the place when it is opened, and never again."""

    def __init__(self, place: MemoryTexts) -> None:
        super().__init__(MemoryTexts())
        self.shared = place
        self.place.put(place.texts())

    def put(self, texts: Iterable[TicketText]) -> None:
        """Write to both."""
        given = checked_texts(texts)
        self.opened.put(given)
        self.shared.put(given)


class WritesAll(Handle):
    """Write everything that it knows, over what others have written meanwhile."""

    def put(self, texts: Iterable[TicketText]) -> None:
        """Read, wait, write."""
        known = [*self.opened.texts(), *checked_texts(texts)]
        time.sleep(0.001)
        every = [each.ticket_id for each in self.opened.texts()]
        self.opened.drop(every)
        self.opened.put(known)


class KeepsFailures(Handle):
    """Write one by one: what comes before an error is there when it is opened again."""

    def put(self, texts: Iterable[TicketText]) -> None:
        """Write without a transaction."""
        for each in texts:
            self.opened.put([each])


DURABLE: dict[type[Handle], set[int]] = {
    Handle: set(),
    WritesAtNight: {561, 562},
    ReadsOnce: {562},
    WritesAll: {563},
    KeepsFailures: {564},
}


@pytest.mark.parametrize("handle", DURABLE, ids=lambda handle: handle.__name__)
def test_durable_store_breaks_its_rules_when_certified(handle: type[Handle]) -> None:
    """Two objects on one place: the healthy one keeps all, each of the others breaks its own."""

    class Suite(DurableTextStoreContract):
        def setup_method(self) -> None:
            self.place = MemoryTexts()
            super().setup_method()

        def open_store(self) -> TextStore:
            return handle(self.place)

    found = certify(Suite)
    broken = {int(name.split("_")[2]) for name in found.broken}
    assert DURABLE[handle] <= broken
    assert found.is_certified is (handle is Handle)


def rules() -> dict[int, str]:
    """Return the rules by number."""
    names = [name for name in dir(DurableTextStoreContract) if name.startswith("test_rule_")]
    return {int(name.split("_")[2]): name for name in names}


def test_rules_are_numbered_without_gaps_or_repeats() -> None:
    """A number names one rule, for good."""
    assert sorted(rules()) == [*range(501, 520), *range(531, 550), *range(561, 565)]


def test_docstrings_begin_with_the_number_when_read() -> None:
    """A failure names the rule in words."""
    for number, name in rules().items():
        doc = getattr(DurableTextStoreContract, name).__doc__
        assert doc is not None
        assert doc.startswith(f"Rule {number}: ")
