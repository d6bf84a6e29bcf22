"""The port of search: a store in a file satisfies it (law K4)."""

from __future__ import annotations

import pytest

from itsm_core.adapters.sqlite_texts import SqliteTexts
from itsm_core.errors import InvalidValue
from itsm_core.ids import TicketId
from itsm_core.linking import CandidateSource
from itsm_core.ports import TextStore, checked_texts, checked_tickets
from tests.unit.linking.texts import text


def test_text_store_is_a_source_of_candidates() -> None:
    """Whoever keeps texts can be asked for candidates; the types say so."""
    with SqliteTexts(":memory:") as texts:
        store: TextStore = texts
        source: CandidateSource = store
        assert list(store.texts()) == []
        assert source is store


def test_texts_are_read_once_and_given_back() -> None:
    """A generator is a series."""
    told = [text("A", "mail"), text("B", body="größer", log="漢")]
    assert checked_texts(iter(told)) == tuple(told)
    assert checked_tickets(iter([TicketId("A"), TicketId("ä")])) == ("A", "ä")


@pytest.mark.parametrize("name", ["title", "body", "log"])
def test_text_is_refused_when_it_is_no_unicode(name: str) -> None:
    """No store could give it back."""
    with pytest.raises(InvalidValue, match=f"{name} of A is not valid Unicode"):
        checked_texts([text("A", **{name: "half \ud800"})])  # type: ignore[arg-type]


@pytest.mark.parametrize("given", [None, 5, "text", [None], ["A"], [text("x" * 501)]])
def test_texts_are_refused_when_they_are_none(given: object) -> None:
    """No series, no text, no id that can be stored."""
    with pytest.raises(InvalidValue):
        checked_texts(given)  # type: ignore[arg-type]


@pytest.mark.parametrize("given", [None, 5, "INC-1", [None], [""], ["\0"], [TicketId("\ud800")]])
def test_ids_are_refused_when_they_are_none(given: object) -> None:
    """One id is no series of letters."""
    with pytest.raises(InvalidValue):
        checked_tickets(given)  # type: ignore[arg-type]
