"""Agreements that no ticket reaches: proved, not guessed by names."""

from __future__ import annotations

from itertools import product

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from itsm_core.events import TicketOpened
from itsm_core.ids import PersonId, ServiceId, TicketId
from itsm_core.policy import lint, read_policy
from tests.unit.policy.lint_desk import OFFICE, codes, found, line_of, told


def agreement(name: str, *lines: str, table: str = "resolution") -> str:
    """Return an agreement with goals for every priority."""
    rules = 'rules = { held_by = ["network"] }\n' if table == "ola" else ""
    head = "\n".join(lines)
    return (
        f'\n[[agreements]]\nid = "{name}"\ncalendar = "office"\n{head}\n'
        f'[agreements.{table}]\n{rules}goals = {{ "*" = "8h" }}\n'
    )


def when(**asked: list[str]) -> str:
    """Return a line that asks for values."""
    parts = ", ".join(f"{key} = {values}" for key, values in asked.items())
    return f"when = {{ {parts} }}".replace("'", '"')


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ([], [when(service=["mail"])]),
        ([when(service=["mail*"])], [when(service=["mail-relay", "mail"])]),
        ([when(service=["mail", "erp"])], [when(service=["erp"], priority=["P1"])]),
        ([when(priority=["P*", ""])], []),
        ([when(priority=["P1", "P2"])], [when(priority=["P[12]"])]),
        (["precedence = 1"], ["precedence = 0"]),
    ],
)
def test_shadow_is_told_when_the_first_takes_all_of_the_second(
    first: list[str], second: list[str]
) -> None:
    """Whatever ticket the second would take, the first has taken."""
    text = OFFICE + agreement("one", *first) + agreement("two", *second)
    finding = told(text, "shadowed-agreement")
    assert finding.line == line_of(text, 'id = "two"')
    assert "'one' takes all its tickets" in finding.message


@pytest.mark.parametrize(
    ("first", "second"),
    [
        ([when(service=["mail"])], []),
        ([when(service=["mail-*"])], [when(service=["mail*"])]),
        ([when(service=["mail"], priority=["P1"])], [when(service=["mail"])]),
        ([when(service=["mail"])], [when(requester=["board-*"])]),
        ([when(priority=["P1", "P2", "P3", "P4"])], []),  # tickets without a priority
        (["precedence = 0"], ["precedence = 1", when(service=["mail"])]),
        (['valid_until = "2026-07-01"'], []),
    ],
)
def test_shadow_is_not_told_when_some_ticket_reaches_the_second(
    first: list[str], second: list[str]
) -> None:
    """One ticket that only the second takes is enough."""
    assert codes(OFFICE + agreement("one", *first) + agreement("two", *second)) == []


def test_shadow_is_told_when_several_together_take_all() -> None:
    """Mail of the board goes to the first, all other mail of P1 to P4 or none to the second."""
    text = OFFICE
    text += agreement("board", when(requester=["board-*"]))
    text += agreement("urgent", when(priority=["P1", "P2"]))
    text += agreement("usual", when(priority=["P3", "P4", ""]))
    text += agreement("rest", when(service=["mail"]))
    finding = told(text, "shadowed-agreement")
    assert finding.value == "rest"
    assert "together take all its tickets" in finding.message


def test_shadow_is_told_when_conditions_over_facts_imply_each_other() -> None:
    """`applies_to` is decided exactly, too."""
    wide = 'applies_to = { field = "service", operator = "in", values = ["mail", "erp"] }'
    narrow = 'applies_to = { field = "service", operator = "is", value = "erp" }'
    text = OFFICE + agreement("one", wide) + agreement("two", narrow)
    assert told(text, "shadowed-agreement").value == "two"
    assert codes(OFFICE + agreement("one", narrow) + agreement("two", wide)) == []


def test_shadow_tells_the_precedence_when_that_is_why() -> None:
    """To move it up in the file would not help."""
    text = OFFICE + agreement("low") + agreement("high", "precedence = 5")
    finding = told(text, "shadowed-agreement")
    assert finding.value == "low"
    assert finding.remedy == "give it a precedence above 5, that of 'high'"


def test_unknown_priority_is_told_when_a_condition_asks_for_it() -> None:
    """No ticket has a priority that the matrix lacks."""
    text = OFFICE + agreement("one", when(priority=["P1", "P9"]))
    finding = told(text, "selects-nothing")
    assert (finding.line, finding.value) == (line_of(text, '"P9"'), "P9")


def test_type_of_ticket_is_told_when_it_is_nearly_a_known_one() -> None:
    """Types are the desk's own words: only a slip of typing is told."""
    slip = OFFICE + agreement("one", when(ticket_type=["incidnet"]))
    assert "did you mean 'incident'" in told(slip, "selects-nothing").message
    own = OFFICE + agreement("one", when(ticket_type=["wish"]))
    assert codes(own) == []


def test_tie_is_told_when_two_groups_could_owe_the_same() -> None:
    """Of agreements with groups none comes first by its place in the file."""
    text = OFFICE + agreement("one", 'kind = "ola"', table="ola")
    text += agreement("two", 'kind = "ola"', when(service=["mail"]), table="ola")
    finding = told(text, "tie")
    assert finding.line == line_of(text, 'id = "two"')
    assert codes(text.replace('id = "two"', 'id = "two"\nprecedence = 1')) == []


def test_gap_is_told_when_the_next_version_begins_later() -> None:
    """A ticket of July would have no agreement."""
    text = OFFICE + agreement("one", 'valid_until = "2026-07-01"')
    text += agreement("one", "version = 2", 'valid_from = "2026-08-01"')
    finding = told(text, "version-gap")
    assert finding.line == line_of(text, "valid_from")
    assert "2026-06-30 22:00 to 2026-07-31 22:00 UTC" in finding.message
    assert codes(text.replace("2026-08-01", "2026-07-01")) == []


def test_shadow_is_not_told_when_the_kinds_differ() -> None:
    """What is promised to requesters and by groups does not compete."""
    text = OFFICE + agreement("one") + agreement("two", 'kind = "ola"', table="ola")
    assert [each.code for each in found(text)] == []


TEXTS = ("", "a", "b", "c", "aa", "ab", "ba", "bb", "aba", "abb", "bab")
"""Enough texts to tell patterns of two marks over two letters apart."""

PATTERNS = st.lists(st.text(alphabet="ab*?", min_size=1, max_size=2), min_size=1, max_size=2)
ASKED = st.fixed_dictionaries(
    {},
    optional={
        "service": PATTERNS,
        "requester": PATTERNS,
        "priority": st.lists(st.sampled_from(["P1", "P2", "P3", "P4"]), min_size=1, max_size=2),
    },
)


@settings(max_examples=60)
@given(asked=st.lists(ASKED, min_size=2, max_size=4))
def test_shadow_is_told_exactly_when_no_ticket_reaches_the_agreement(
    asked: list[dict[str, list[str]]],
) -> None:
    """Every ticket of a small world is given to its agreement: who gets none is shadowed."""
    text = OFFICE + "".join(
        agreement(f"a{n}", *([when(**each)] if each else [])) for n, each in enumerate(asked)
    )
    reading = read_policy(text, format="toml")
    assert reading.policy is not None
    reached = set[str]()
    for service, requester, priority in product(TEXTS, TEXTS, ("P1", "P2", "P3", "P4", "")):
        ticket = TicketOpened(
            ticket_id=TicketId("t"),
            occurred_at=0,
            service=ServiceId(service),
            requester=PersonId(requester),
            priority=priority,
        )
        chosen = reading.policy.agreement_for(ticket)
        if chosen is not None:
            reached.add(str(chosen.agreement_id))
    findings = lint(reading.policy, reading.source)
    shadowed = {each.value for each in findings if each.code == "shadowed-agreement"}
    assert shadowed == {f"a{n}" for n in range(len(asked))} - reached


def test_shadow_is_told_when_a_part_of_the_text_decides() -> None:
    """Whatever is mail contains mail."""
    wide = 'applies_to = { field = "service", operator = "contains", value = "mail" }'
    narrow = 'applies_to = { field = "service", operator = "is", value = "mail" }'
    assert codes(OFFICE + agreement("one", wide) + agreement("two", narrow)) == [
        "shadowed-agreement"
    ]
    other = narrow.replace('"mail"', '"erp"')
    assert codes(OFFICE + agreement("one", wide) + agreement("two", other)) == []
