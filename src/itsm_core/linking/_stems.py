"""Light stemmers: enough that plural and tense do not part two reports, no more.

A strong stemmer joins what should be apart (`university`, `universe`); these take endings only.
They need no dictionary, and the same word gives the same stem on every machine.
"""

from __future__ import annotations

from typing import Final

__all__ = ["english_stem", "german_stem", "no_stem"]

_VOWELS: Final = frozenset("aeiouy")
_SHORTEST: Final = 3
"""A stem shorter than this says nothing any more."""


def no_stem(word: str) -> str:
    """Return the word itself, for languages without a stemmer here."""
    return word


def english_stem(word: str) -> str:
    """Return an English word without plural, tense, -ly and -ing.

    >>> [english_stem(word) for word in ("crashes", "crashing", "crashed", "crash", "queries")]
    ['crash', 'crash', 'crash', 'crash', 'query']
    """
    if len(word) <= _SHORTEST or not word.isalpha():
        return word
    word = _without_plural(word)
    for ending in ("ingly", "edly", "ing", "ed", "ly"):
        if word.endswith(ending):
            stem = word[: -len(ending)]
            if len(stem) >= _SHORTEST and not _VOWELS.isdisjoint(stem):
                return _restored(stem)
            return word
    return word[:-1] if word.endswith("e") and len(word) > _SHORTEST else word


def _without_plural(word: str) -> str:
    if not word.endswith("s") or word.endswith(("ss", "us", "is")):
        return word
    if word.endswith("ies"):
        return word[:-3] + "y" if len(word) > _SHORTEST + 1 else word[:-1]
    if word.endswith(("sses", "shes", "ches", "xes", "zes")):
        return word[:-2]
    return word[:-1]


def _restored(stem: str) -> str:
    """Undo a doubled consonant (`stopped`) and drop the e that other forms keep (`saved`)."""
    if len(stem) > _SHORTEST and stem[-1] == stem[-2] and stem[-1] not in "aeioulsz":
        return stem[:-1]
    return stem[:-1] if stem.endswith("e") and len(stem) > _SHORTEST else stem


_GERMAN_FOLD: Final = str.maketrans({"ä": "a", "ö": "o", "ü": "u", "ß": "ss"})
_GERMAN_ENDINGS: Final = ("ern", "em", "en", "er", "es", "et", "e", "s", "n", "t")


def german_stem(word: str) -> str:
    """Return a German word without umlauts and inflection.

    >>> [german_stem(word) for word in ("Drucker", "Druckern", "Störungen", "Störung")]
    ['druck', 'druck', 'storung', 'storung']
    """
    word = word.casefold().translate(_GERMAN_FOLD)
    for ending in _GERMAN_ENDINGS:
        if word.endswith(ending) and len(word) - len(ending) > _SHORTEST:
            return word[: -len(ending)]
    return word
