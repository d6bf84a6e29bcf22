"""The contract of candidates: what is asked of whom. Broken sources are in test_text_contract."""

from __future__ import annotations

from itsm_core.adapters.memory_texts import MemoryTexts
from itsm_core.ports import TextStore
from itsm_core.testing.certify import certify
from itsm_core.testing.text_contract import TextStoreContract, told


def test_rules_of_words_are_skipped_when_a_source_goes_by_meaning() -> None:
    """What is not declared is not asked for, and is no pass."""

    class Meaning(TextStoreContract):
        capabilities = frozenset()

        def open_store(self) -> TextStore:
            return MemoryTexts()

    found = certify(Meaning)
    assert {name.split("_")[2] for name in found.skipped} == {"507", "510", "511", "512", "513"}
    assert found.is_certified


def test_told_says_when_it_occurred() -> None:
    """Days count from one instant."""
    gap = told("A", days=1.5).at - told("B").at
    assert gap.total_seconds() == 1.5 * 86_400
