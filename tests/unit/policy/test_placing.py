"""From the words of a constructor to the line of the text."""

from __future__ import annotations

import pytest

from itsm_core.policy import read_policy
from itsm_core.policy._placing import placed

TEXT = """
[[agreements]]
id = "gold"
[agreements.resolution]
warn_at = [0.5]
goals = { P1 = "4h", "*" = "8h" }
[matrix.cells]
high = { low = "P1" }
[[lifecycles.x.transitions]]
trigger = "open"
target = "nowhere"
"""


@pytest.mark.parametrize(
    ("base", "where", "value", "line", "column"),
    [
        (("agreements", 0, "resolution"), "warn_at_ratios[0]", "", 5, 12),
        (("agreements", 0, "resolution"), "goals[P1]", "", 6, 16),
        (("agreements", 0, "resolution"), "goals[*]", "", 6, 28),
        (("matrix",), "cells['high', 'low']", "", 8, 16),
        (("lifecycles", "x"), "transitions[0] 'open'", "nowhere", 11, 10),
        (("lifecycles", "x"), "transitions[0] 'open'", "open", 10, 11),
        (("agreements", 0), "agreement_id", "", 3, 6),
        (("agreements", 0), "unheard_of", "", 2, 3),
    ],
)
def test_placed_leads_to_the_value_when_the_words_are_another(
    base: tuple[str | int, ...], where: str, value: str, line: int, column: int
) -> None:
    """The way is walked as far as the text has it, then the value is looked for."""
    source = read_policy(TEXT, format="toml").source
    at, is_key = placed(source, base, where, value)
    place = source.key_place(at) if is_key else source.place(at)
    assert (place.line, place.column) == (line, column)


def test_placed_leads_to_the_key_when_the_value_is_one() -> None:
    """A state is a key of its table."""
    source = read_policy(TEXT, format="toml").source
    assert placed(source, ("matrix",), "impacts", "high") == (("matrix", "cells", "high"), True)
