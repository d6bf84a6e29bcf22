"""L1, L2, L5, L7: all sequences of six commands keep the rules, in each shipped lifecycle.

`make evidence AREA=lifecycle` tries all sequences of eight.
"""

from __future__ import annotations

import pytest

from itsm_core.errors import CommandRefused
from itsm_core.lifecycle import INCIDENT, NORMAL_CHANGE, SHIPPED, Lifecycle, Ticket, decide, evolve
from itsm_core.testing import check_sequences
from itsm_core.testing.lifecycle_alphabet import NINE, Letter, letters_of
from itsm_core.testing.lifecycle_sequences import core_fields


@pytest.mark.parametrize("lifecycle", SHIPPED, ids=lambda each: each.name)
def test_no_rule_is_broken_when_all_sequences_of_six_commands_are_tried(
    lifecycle: Lifecycle,
) -> None:
    """More than ten to the fifteenth sequences each; none leads a ticket astray."""
    report = check_sequences(lifecycle, 6)
    assert report.violations == ()
    assert report.sequences > 10**15
    assert report.decisions > 5_000


@pytest.mark.parametrize("lifecycle", [INCIDENT, NORMAL_CHANGE], ids=lambda each: each.name)
def test_moves_answer_alike_when_tickets_differ_only_in_what_is_left_out(
    lifecycle: Lifecycle,
) -> None:
    """The claim on which the search rests: what a move reads is in the core, and nothing else."""
    fields = core_fields(lifecycle)
    alike: dict[tuple[object, ...], list[Ticket]] = {}
    for ticket in tickets_within(lifecycle, 3):
        key = tuple(repr(getattr(ticket, name)) for name in fields)
        alike.setdefault(key, []).append(ticket)
    assert max(map(len, alike.values())) > 5
    moves = [
        each
        for each in letters_of(lifecycle)
        if any(way.target for way in lifecycle.transitions_of(each.trigger))
    ]
    for tickets in alike.values():
        first, *others = tickets[:: max(1, len(tickets) // 4)]
        for letter in moves:
            told = answer(lifecycle, first, letter)
            assert all(answer(lifecycle, other, letter) == told for other in others)


def answer(lifecycle: Lifecycle, ticket: Ticket, letter: Letter) -> tuple[str, ...]:
    """Return the kinds of events, or the codes of the reasons."""
    decision = decide(lifecycle, ticket, letter.command, actor=letter.actor, at=NINE)
    if isinstance(decision, CommandRefused):
        return tuple(f"{each.code} {each.where}" for each in decision.reasons)
    return tuple(type(each).__name__ for each in decision)


def tickets_within(lifecycle: Lifecycle, depth: int) -> list[Ticket]:
    """Return every different ticket of so many accepted commands; no field is left out."""
    letters = letters_of(lifecycle)
    known: dict[str, Ticket] = {}
    level: list[Ticket | None] = [None]
    for _ in range(depth):
        coming: list[Ticket | None] = []
        for ticket in level:
            for letter in letters:
                decision = decide(lifecycle, ticket, letter.command, actor=letter.actor, at=NINE)
                if isinstance(decision, CommandRefused) or not decision:
                    continue
                after = ticket
                for event in decision:
                    after = evolve(after, event)
                if after is None:
                    continue
                name = repr({**after.__dict__, "version": 0})
                if name not in known:
                    known[name] = after
                    coming.append(after)
        level = coming[:150]
    return list(known.values())
