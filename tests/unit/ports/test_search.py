"""The port of search: a store in a file satisfies it (law K4)."""

from __future__ import annotations

from itsm_core.adapters.sqlite_texts import SqliteTexts
from itsm_core.linking import CandidateSource
from itsm_core.ports import TextStore


def test_text_store_is_a_source_of_candidates() -> None:
    """Whoever keeps texts can be asked for candidates; the types say so."""
    with SqliteTexts(":memory:") as texts:
        store: TextStore = texts
        source: CandidateSource = store
        assert list(store.texts()) == []
        assert source is store
