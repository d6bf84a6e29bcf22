"""Whether patterns take every text that other patterns take: decided, not tried out.

A pattern may hold `*` for any text and `?` for one character. All patterns are walked at once,
character by character; of the characters that no pattern names, one stands for all.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from fnmatch import fnmatchcase
from typing import Final, TypeAlias

__all__ = ["is_covered"]

_MOST: Final = 500_000
"""Steps from a place in a pattern, half a second; patterns that people write need some hundred."""

_Places: TypeAlias = frozenset[int]


def is_covered(wanted: Sequence[str], taken: Sequence[str]) -> bool:
    """Return whether every text that one of `wanted` matches is matched by one of `taken`.

    True is a proof. A pattern with `[`, which names sets of characters elsewhere, and a search
    that takes more than half a million steps prove nothing.

    >>> is_covered(["mail-relay", "mail-*-2"], ["mail*"])
    True
    >>> is_covered(["mail*"], ["mail-*"])
    False
    """
    wanted = [pattern for pattern in wanted if pattern not in taken]
    patterns = (*wanted, *taken)
    if any("[" in pattern for pattern in patterns) or _has_witness(wanted, taken):
        return False
    if not any(mark in pattern for pattern in wanted for mark in "*?"):
        return True
    letters = _letters(patterns)
    start = tuple(_rested(pattern, {0}) for pattern in patterns)
    seen, waiting, steps = {start}, [start], 0
    while waiting:
        state = waiting.pop()
        steps += len(letters) * sum(map(len, state))
        if steps > _MOST:
            return False
        if _ends(state, patterns, range(len(wanted))) and not _ends(
            state, patterns, range(len(wanted), len(patterns))
        ):
            return False
        for letter in letters:
            after = tuple(
                _stepped(pattern, places, letter)
                for pattern, places in zip(patterns, state, strict=True)
            )
            if any(after[: len(wanted)]) and after not in seen:
                seen.add(after)
                waiting.append(after)
    return True


def _has_witness(wanted: Sequence[str], taken: Sequence[str]) -> bool:
    """Return whether a text that a wanted pattern plainly matches is matched by none of `taken`.

    Most patterns have nothing to do with each other, which one or two texts show at once.
    """
    return any(
        not any(fnmatchcase(text, pattern) for pattern in taken)
        for each in wanted
        for text in (each.replace("*", "").replace("?", "_"), each.replace("*", "__"))
        if fnmatchcase(text, each)
    )


def _letters(patterns: Iterable[str]) -> list[str]:
    """Return every character that a pattern names, and one that none does."""
    named = {letter for pattern in patterns for letter in pattern} - {"*", "?"}
    other = next(chr(code) for code in range(ord("a"), 0x10FFFF) if chr(code) not in named)
    return [*sorted(named), other]


def _rested(pattern: str, places: Iterable[int]) -> _Places:
    """Return the places with those that are reached without a character: past a star."""
    found = set[int]()
    for place in places:
        at = place
        found.add(at)
        while at < len(pattern) and pattern[at] == "*":
            at += 1
            found.add(at)
    return frozenset(found)


def _stepped(pattern: str, places: _Places, letter: str) -> _Places:
    after = set[int]()
    for place in places:
        if place == len(pattern):
            continue
        mark = pattern[place]
        if mark == "*":
            after.add(place)
        elif mark in ("?", letter):
            after.add(place + 1)
    return _rested(pattern, after)


def _ends(state: tuple[_Places, ...], patterns: Sequence[str], which: range) -> bool:
    return any(len(patterns[n]) in state[n] for n in which)
