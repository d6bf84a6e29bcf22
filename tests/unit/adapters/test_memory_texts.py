"""Texts in memory: what the contract does not say of them (law K4)."""

from __future__ import annotations

import pytest

from itsm_core.adapters.memory_texts import MemoryTexts
from itsm_core.errors import InvalidValue, StoreUnavailable
from itsm_core.linking import GERMAN, Linker
from tests.unit.linking.texts import index_of, text


def test_texts_are_found_by_the_analyzer_of_their_language() -> None:
    """German endings are taken off where the language says so."""
    with MemoryTexts(analyzers={"": GERMAN}) as store:
        store.put([text("A", "Störungen")])
        assert store.candidates(text("Q", "Störung"), limit=9) == ("A",)


def test_texts_are_refused_without_an_analyzer_for_any_language() -> None:
    """A text that names no language must be read somehow."""
    with pytest.raises(InvalidValue, match="without a language"):
        MemoryTexts(analyzers={"de": GERMAN})


def test_texts_of_any_number_of_kinds_are_kept() -> None:
    """Kinds are the linker's; here they are one field of many."""
    with MemoryTexts() as store:
        store.put([text(f"T{n}", "mail", kind=f"kind {n}") for n in range(300)])
        assert len(list(store.texts())) == 300


def test_age_does_not_count_when_candidates_are_named() -> None:
    """What it costs is the linker's to say."""
    with MemoryTexts() as store:
        store.put([text("A", "mail slow"), text("B", "mail slow", days=-9_000)])
        assert store.candidates(text("Q", "mail slow", days=1), limit=9) == ("A", "B")


def test_linker_ranks_what_the_store_found() -> None:
    """The same evidence, whoever named the candidate."""
    told = [text("A", "mail slow"), text("B", "mail queue")]
    with MemoryTexts() as store:
        store.put(told)
        (best, *_) = Linker(index_of(*told), sources=[store]).similar(text("Q", "mail queue"))
        assert best.ticket_id == "B"


def test_closed_texts_are_unavailable() -> None:
    """At the end of the block they are gone."""
    with MemoryTexts() as store:
        store.put([text("A", "mail")])
    with pytest.raises(StoreUnavailable, match="closed"):
        store.get(text("A").ticket_id)
