"""The shipped stores of texts, and what names candidates by meaning, keep their contract."""

from __future__ import annotations

import tempfile
from collections.abc import Collection, Sequence
from hashlib import sha256
from pathlib import Path
from typing import ClassVar, cast

from itsm_core.adapters.embeddings import EmbeddedTexts
from itsm_core.adapters.memory_texts import MemoryTexts
from itsm_core.adapters.sqlite_texts import SqliteTexts
from itsm_core.ids import TicketId
from itsm_core.linking import ENGLISH, TicketText
from itsm_core.ports import TextStore
from itsm_core.testing.contract import Capability
from itsm_core.testing.text_contract import (
    CandidateContract,
    DurableTextStoreContract,
    TextStoreContract,
)


class TestMemoryTexts(TextStoreContract):
    """Every rule of a store that ends with its object."""

    def open_store(self) -> TextStore:
        """Return an empty store."""
        return MemoryTexts()


class TestSqliteTextsInMemory(TextStoreContract):
    """Every rule, on a database without a file."""

    def open_store(self) -> TextStore:
        """Return an empty store."""
        return SqliteTexts(":memory:")


class TestSqliteTexts(DurableTextStoreContract):
    """Every rule, durable ones included, on a file as users have it."""

    def setup_method(self) -> None:
        """Choose a folder for one test."""
        self.folder = tempfile.TemporaryDirectory()
        super().setup_method()

    def teardown_method(self) -> None:
        """Remove it."""
        super().teardown_method()
        self.folder.cleanup()

    def open_store(self) -> TextStore:
        """Open the one file of this test."""
        return SqliteTexts(Path(self.folder.name) / "texts.db")


class HashedWords:
    """Encode a text as the sum of its words, each a direction of its own: meaning for a test."""

    name = "hashed-words-1"

    def encode(self, texts: Sequence[str], /) -> list[list[float]]:
        """Return 64 numbers for each text."""
        found = []
        for text in texts:
            vector = [0.0] * 64
            for word in ENGLISH.terms(text[:4_000]):
                vector[sha256(word.encode()).digest()[0] % 64] += 1.0
            found.append(vector)
        return found


class Vectors:
    """Let vectors be closed, as what is opened by a contract is."""

    def __init__(self) -> None:
        self.kept = EmbeddedTexts(HashedWords())

    def candidates(self, text: TicketText, /, *, limit: int) -> Collection[TicketId]:
        """Return those nearest."""
        return self.kept.candidates(text, limit=limit)

    def close(self) -> None:
        """Do nothing: memory needs no closing."""


class TestEmbeddedTexts(CandidateContract):
    """The rules of candidates, but for those of shared words: everything is near a little."""

    capabilities: ClassVar[frozenset[Capability]] = frozenset()

    def open_store(self) -> Vectors:
        """Return a source without texts."""
        return Vectors()

    def fill(self, *texts: TicketText) -> None:
        """Give the texts to the vectors."""
        cast("Vectors", self.opened).kept.add(*texts)
