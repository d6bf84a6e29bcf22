"""Patterns that take all texts of other patterns: proved against an exhaustive search."""

from __future__ import annotations

from fnmatch import fnmatchcase
from itertools import product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from itsm_core.policy._lint_globs import is_covered

TEXTS = ["".join(letters) for size in range(6) for letters in product("abz", repeat=size)]
"""Every text of up to five letters; `z` stands for those that no pattern names."""

patterns = st.lists(st.text(alphabet="ab*?", max_size=3), min_size=1, max_size=2)


@pytest.mark.parametrize(
    ("wanted", "taken", "expected"),
    [
        (["mail-relay"], ["mail*"], True),
        (["mail*"], ["mail-relay"], False),
        (["mail*"], ["mail", "mail?*"], True),
        (["mail", "erp"], ["mail"], False),
        (["a*b*c"], ["*b*"], True),
        (["*"], ["?*"], False),
        (["*"], ["", "?*"], True),
        ([""], ["*"], True),
        (["x"], [], False),
        (["**"], ["*"], True),
        (["*"], ["a*", "b*"], False),
    ],
)
def test_cover_is_told_when_patterns_are_written(
    wanted: list[str], taken: list[str], expected: bool
) -> None:
    """What a person would say by looking at the two lists."""
    assert is_covered(wanted, taken) is expected


@given(wanted=patterns, taken=patterns)
def test_cover_equals_the_search_when_all_short_texts_are_tried(
    wanted: list[str], taken: list[str]
) -> None:
    """Patterns of three marks differ, if they do, on a text of five letters."""

    def matches(text: str, some: list[str]) -> bool:
        return any(fnmatchcase(text, pattern) for pattern in some)

    found = all(matches(text, taken) for text in TEXTS if matches(text, wanted))
    assert is_covered(wanted, taken) is found


def test_nothing_is_proved_when_a_pattern_names_a_set_of_characters() -> None:
    """Brackets mean something to fnmatch that is not decided here, so no shadow is claimed."""
    assert is_covered(["[ab]"], ["*"]) is False


def test_nothing_is_proved_when_the_search_grows_too_large() -> None:
    """It is true that the second takes all of the first, and too long to show."""
    wanted, taken = "*a" + "?" * 16, "*a" + "?" * 15 + "*"
    assert is_covered(["*a??"], ["*a?*"]) is True
    assert is_covered([wanted], [taken]) is False
