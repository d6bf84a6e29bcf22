"""Endings that are taken off, and words that stay apart."""

from __future__ import annotations

import pytest

from itsm_core.linking._stems import english_stem, german_stem, no_stem


@pytest.mark.parametrize(
    "forms",
    [
        "crash crashes crashed crashing",
        "stop stops stopped stopping",
        "save saves saved saving",
        "query queries",
        "slow slowly",
        "process processes processed processing",
        "box boxes",
        "fail fails failed failing",
    ],
)
def test_english_stem_is_one_for_all_forms_of_a_word(forms: str) -> None:
    """Plural and tense do not part two reports."""
    assert len({english_stem(form) for form in forms.split()}) == 1


@pytest.mark.parametrize("pair", ["status state", "university universe", "bus bust"])
def test_english_stem_keeps_different_words_apart(pair: str) -> None:
    """A light stemmer joins no two meanings."""
    first, second = pair.split()
    assert english_stem(first) != english_stem(second)


@pytest.mark.parametrize("word", ["is", "gas", "red", "sing", "thing", "k8s", "db2"])
def test_english_stem_leaves_short_words_and_codes_alone(word: str) -> None:
    """A stem of two letters says nothing."""
    assert english_stem(word) == word


@pytest.mark.parametrize(
    "forms", ["Drucker Druckern", "Störung Störungen", "langsam langsame langsamen langsamer"]
)
def test_german_stem_is_one_for_all_forms_of_a_word(forms: str) -> None:
    """Case, number and umlaut do not part two reports."""
    assert len({german_stem(form) for form in forms.split()}) == 1


def test_no_stem_changes_nothing() -> None:
    """A language without a stemmer has its words as they are."""
    assert no_stem("crashes") == "crashes"
