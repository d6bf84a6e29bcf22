"""Explanations: every node, every value, readable."""

from __future__ import annotations

from datetime import timedelta
from decimal import Decimal

import pytest

from itsm_core.conditions import Predicate, all_of, any_of, field
from tests.unit.conditions.sample import AT, VALUES, rule


def told(predicate: Predicate, **changes: object) -> str:
    """Return the explanation on the sample values with changes."""
    return str(rule(predicate).explain({**VALUES, **changes}))


def test_explanation_shows_every_node_when_the_answer_is_clear_early() -> None:
    """Nothing is cut short: the reader wants to know all of it."""
    predicate = field("vip").is_(False) & (~field("hold_reason").is_("x") | field("cost").is_(4))
    assert told(predicate) == (
        "no: all of\n"
        "  no: vip is false (seen: true)\n"
        "  yes: any of\n"
        "    yes: not\n"
        "      no: hold_reason is x (seen: missing)\n"
        "    no: cost is 4 (seen: 3)"
    )


@pytest.mark.parametrize(
    ("predicate", "changes", "line"),
    [
        (field("opened").is_(AT), {"opened": 0}, "(seen: 1970-01-01T00:00:00Z)"),
        (field("opened").is_(AT), {"opened": 10**20}, "(seen: 100000000000000000000)"),
        (field("effort").is_(timedelta(0)), {}, "(seen: 8 h)"),
        (field("effort").is_(timedelta(0)), {"effort": 10**29}, f"(seen: 1{'0' * 29})"),
        (field("tags").contains("a"), {}, "(seen: hardware, print)"),
        (field("tags").contains("a"), {"tags": ()}, "(seen: nothing)"),
        (field("title").contains("a"), {"title": "x" * 80}, f"(seen: {'x' * 80})"),
        (field("title").contains("a"), {"title": "x" * 81}, f"(seen: {'x' * 79}…)"),
        (field("cost").is_(1), {"cost": 10**29}, f"(seen: 1{'0' * 29})"),
        (field("cost").is_(1), {"cost": Decimal("0.5")}, "(seen: 0.5)"),
        (field("cost").is_(1), {"cost": 10**30}, "(seen: a number of 31 digits)"),
        (all_of(), {}, "yes: always"),
        (any_of(), {}, "no: never"),
    ],
)
def test_explanation_shows_the_value_when_of_any_kind(
    predicate: Predicate, changes: dict[str, object], line: str
) -> None:
    """Microseconds become instants and durations again, as far as there are such."""
    assert told(predicate, **changes).endswith(line)


def test_explanation_tells_missing_apart_when_it_is_data() -> None:
    """A program asks the attributes, not the text."""
    explanation = rule(field("score").is_(1) | field("cost").is_(3)).explain(VALUES)
    assert explanation.result is True
    assert [(part.is_missing, part.seen) for part in explanation.parts] == [
        (True, None),
        (False, 3),
    ]
    assert not explanation.is_missing
