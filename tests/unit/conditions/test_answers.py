"""The meaning of every operator, spelled out."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from decimal import Decimal

import pytest

from itsm_core.conditions import Operator
from itsm_core.conditions._answers import answer, plain_constant
from itsm_core.conditions._reading import Seen


@pytest.mark.parametrize(
    ("operator", "constants", "yes", "no"),
    [
        ("is", ("a",), ["a"], ["b", "A", "", None]),
        ("is_not", ("a",), ["b", ""], ["a", None]),
        ("in", (1, 3), [1, 3], [2, None]),
        ("not_in", (1, 3), [2], [1, 3, None]),
        ("<", (2,), [1, Decimal("1.9")], [2, 3, None]),
        ("<=", (2,), [1, 2], [Decimal("2.1"), 3, None]),
        (">", (2,), [3, Decimal("2.1")], [2, 1, None]),
        (">=", (2,), [2, 3], [1, None]),
        ("contains", ("a",), ["cat", frozenset({"a", "b"})], ["dog", frozenset({"cat"}), None]),
        ("is_missing", (), [None], ["a", 0, False, frozenset[str]()]),
        ("is_present", (), ["a", 0, False], [None]),
    ],
)
def test_operator_answers_as_documented_when_asked(
    operator: str, constants: tuple[str | int, ...], yes: list[Seen], no: list[Seen]
) -> None:
    """On a missing value everything but `is_missing` is false."""
    assert [answer(Operator(operator), seen, constants) for seen in yes] == [True] * len(yes)
    assert [answer(Operator(operator), seen, constants) for seen in no] == [False] * len(no)


def test_constant_is_in_microseconds_when_of_time() -> None:
    """The form in which values are read."""
    assert plain_constant(datetime(1970, 1, 1, 0, 1, tzinfo=UTC)) == 60_000_000
    assert plain_constant(timedelta(seconds=-1)) == -1_000_000
    assert plain_constant("a") == "a"
