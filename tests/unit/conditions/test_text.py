"""Conditions in words."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from itsm_core.conditions import Predicate, all_of, any_of, field
from itsm_core.conditions._text import constant_text, text_of
from itsm_core.conditions._values import Constant

A, B, C = field("a").is_("x"), field("b").is_missing(), field("c").is_in(1, 2)


@pytest.mark.parametrize(
    ("predicate", "text"),
    [
        (A & (B | C), "a is x and (b is missing or c in (1, 2))"),
        ((A & B) | C, "(a is x and b is missing) or c in (1, 2)"),
        (all_of(A, all_of(B, C)), "a is x and (b is missing and c in (1, 2))"),
        (~A, "not (a is x)"),
        (~(A | B) & C, "not (a is x or b is missing) and c in (1, 2)"),
        (all_of(), "always"),
        (any_of(), "never"),
        (all_of(A, any_of()), "a is x and never"),
        (all_of(any_of(all_of(A))), "a is x"),
        (all_of(A, any_of(all_of(B, C))), "a is x and (b is missing and c in (1, 2))"),
        (field("a").is_not("x"), "a is not x"),
        (field("a").not_in("x"), "a not in (x)"),
        (field("a").is_present(), "a is present"),
        (field("a").is_at_least(3), "a >= 3"),
        (field("a").contains("on fire"), 'a contains "on fire"'),
    ],
)
def test_predicate_reads_like_a_sentence_when_written_out(predicate: Predicate, text: str) -> None:
    """Brackets stand wherever and, or and not meet."""
    assert text_of(predicate) == text


@pytest.mark.parametrize(
    ("value", "text"),
    [
        ("P1", "P1"),
        ("", '""'),
        ("and", '"and"'),
        ("True", '"True"'),
        ("12", '"12"'),
        ('say "x"', '"say \\"x\\""'),
        ("Büro", '"Büro"'),
        ("a\u202eb", '"a\\u202eb"'),
        ("a\nb", '"a\\nb"'),
        (True, "true"),
        (False, "false"),
        (-3, "-3"),
        (Decimal("1E-7"), "0.0000001"),
        (datetime(2026, 1, 5, 9, tzinfo=UTC), "2026-01-05T09:00:00Z"),
        (datetime(2026, 1, 5, 9, 0, 0, 5, tzinfo=UTC), "2026-01-05T09:00:00.000005Z"),
        (timedelta(0), "0 s"),
        (timedelta(days=2, minutes=5), "48 h 5 min"),
        (timedelta(seconds=1, milliseconds=500), "1.5 s"),
        (-timedelta(minutes=90), "-1 h 30 min"),
    ],
)
def test_constant_reads_unmistakably_when_written_out(value: Constant, text: str) -> None:
    """A text in quotes is never taken for a number, and a day never for 24 hours (C9)."""
    assert constant_text(value) == text


@pytest.mark.parametrize(
    "word",
    [
        "all",
        "always",
        "and",
        "any",
        "false",
        "h",
        "in",
        "is",
        "min",
        "missing",
        "never",
        "not",
        "or",
        "present",
        "s",
        "true",
        "Present",
    ],
)
def test_word_is_in_quotes_when_a_condition_is_made_of_it(word: str) -> None:
    """Bare, it would read as something else than a text."""
    assert constant_text(word) == f'"{word}"'
