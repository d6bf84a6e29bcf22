"""Whether an entry helped, told by the later life of tickets (law K2)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from itsm_core.errors import InvalidValue
from itsm_core.events import (
    KnowledgeOffered,
    KnowledgeUsed,
    TicketAssigned,
    TicketCancelled,
    TicketClosed,
    TicketEvent,
    TicketLinked,
    TicketMerged,
    TicketOpened,
    TicketReopened,
    TicketResolved,
)
from itsm_core.ids import GroupId, TicketId
from itsm_core.knowledge import EntryUsage, UsageRules, usage_of

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
DAY = timedelta(days=1)
RULES = UsageRules(solved_within=10 * DAY, stands_for=5 * DAY, fewest=2)


def day(number: float) -> datetime:
    """Return an instant so many days after the opening."""
    return AT + number * DAY


def offered(at: float, entry: str = "KB-1", ticket: str = "INC-1") -> TicketEvent:
    """Return an offer."""
    return KnowledgeOffered(
        ticket_id=TicketId(ticket), occurred_at=day(at), entry_id=entry, kind="article"
    )


def used(at: float, entry: str = "KB-1", ticket: str = "INC-1") -> TicketEvent:
    """Return a use."""
    return KnowledgeUsed(ticket_id=TicketId(ticket), occurred_at=day(at), entry_id=entry)


def assigned(at: float, group: str) -> TicketEvent:
    """Return that the ticket went to a group."""
    return TicketAssigned(ticket_id=TicketId("INC-1"), occurred_at=day(at), group=GroupId(group))


def resolved(at: float, ticket: str = "INC-1") -> TicketEvent:
    """Return a solution."""
    return TicketResolved(ticket_id=TicketId(ticket), occurred_at=day(at), state="resolved")


def reopened(at: float, ticket: str = "INC-1") -> TicketEvent:
    """Return that the ticket came back."""
    return TicketReopened(ticket_id=TicketId(ticket), occurred_at=day(at), state="in_progress")


def closed(at: float) -> TicketEvent:
    """Return that the ticket was closed."""
    return TicketClosed(ticket_id=TicketId("INC-1"), occurred_at=day(at), state="closed")


def ended(at: float, kind: str) -> TicketEvent:
    """Return that the ticket was cancelled or merged."""
    ticket = TicketId("INC-1")
    if kind == "merged":
        return TicketMerged(ticket_id=ticket, occurred_at=day(at), into=TicketId("INC-2"))
    return TicketCancelled(ticket_id=ticket, occurred_at=day(at), state="cancelled")


def history(*events: TicketEvent, group: str = "desk") -> tuple[TicketEvent, ...]:
    """Return the history of one ticket."""
    ticket = events[0].ticket_id
    return (TicketOpened(ticket_id=ticket, occurred_at=AT, group=GroupId(group)), *events)


def only(*events: TicketEvent, as_of: float = 100, group: str = "desk") -> EntryUsage:
    """Return what the one entry did on one ticket."""
    (found,) = usage_of([history(*events, group=group)], day(as_of), rules=RULES)
    return found


@pytest.mark.parametrize(
    ("events", "outcome"),
    [
        ((used(1), resolved(3)), "helped"),
        ((used(1), closed(3)), "helped"),
        ((used(1), resolved(11)), "helped"),
        ((used(1), resolved(11.1)), "not solved"),
        ((used(1),), "not solved"),
        ((used(1), resolved(3), reopened(7.9)), "came back"),
        ((used(1), resolved(3), reopened(8)), "helped"),
        ((used(1), assigned(2, "network"), resolved(3)), "handed on"),
        ((used(1), assigned(2, "desk"), resolved(3)), "helped"),
        ((used(1), assigned(2, ""), assigned(2.5, "desk"), resolved(3)), "helped"),
        ((used(1), assigned(2, ""), assigned(2.5, "network"), resolved(3)), "handed on"),
        ((assigned(0.5, ""), used(1), assigned(2, "desk"), resolved(3)), "helped"),
        ((assigned(0.5, ""), used(1), assigned(2, "network"), resolved(3)), "handed on"),
        ((assigned(0.5, "network"), used(1), resolved(3)), "helped"),
        ((used(1), used(2, "KB-2"), resolved(3)), "another entry"),
        ((used(1), used(2), resolved(3)), "helped"),
        ((used(1), ended(2, "cancelled")), "ended"),
        ((used(1), ended(2, "merged")), "ended"),
        ((used(1), reopened(2), resolved(3)), "helped"),
        ((resolved(0.5), used(1)), "helped"),
        ((resolved(0.5), used(1), reopened(2)), "came back"),
        ((resolved(0.2), reopened(0.5), used(1)), "not solved"),
        ((resolved(1), used(1)), "helped"),
    ],
)
def test_use_has_its_outcome_when_the_ticket_lives_on(
    events: tuple[TicketEvent, ...], outcome: str
) -> None:
    """In time is up to and including the tenth day; a solution stands for five."""
    facts = usage_of([history(*events)], day(100), rules=RULES)[0].facts
    assert [each.outcome for each in facts] == [outcome]


def linked(at: float, other: str, link: str = "known_error") -> TicketEvent:
    """Return that the ticket was linked."""
    ticket, entry = TicketId("INC-1"), TicketId(other)
    return TicketLinked(ticket_id=ticket, occurred_at=day(at), link=link, other=entry)


def test_entry_is_used_when_the_ticket_is_linked_to_it() -> None:
    """K3: whoever links an incident to a known error works by it; other links say nothing."""
    told = [history(linked(1, "KE-1"), linked(1, "PRB-1", "problem"), resolved(3))]
    (found,) = usage_of(told, day(100), rules=RULES)
    assert (found.entry_id, found.used, found.found) == ("KE-1", 1, 1)
    assert found.facts[0].outcome == "helped"
    both = [history(used(1), linked(2, "KE-1"), resolved(3))]
    assert [e.facts[0].outcome for e in usage_of(both, day(100), rules=RULES)] == [
        "another entry",
        "helped",
    ]
    without = UsageRules(link="")
    assert usage_of(told, day(100), rules=without) == ()


def test_first_group_is_no_handing_on_when_nobody_had_the_ticket() -> None:
    """A ticket that finds its group after the use was not given away."""
    found = only(used(1), assigned(2, "desk"), resolved(3), group="")
    assert found.facts[0].outcome == "helped"


def test_use_is_judged_at_one_age_when_it_failed_early() -> None:
    """Fifteen days after it, whether it failed on the second or stood: else failures come first."""
    early, later = (
        only(used(1), assigned(2, "x"), as_of=15.9),
        only(used(1), assigned(2, "x"), as_of=16),
    )
    assert (early.facts[0].outcome, early.too_early, early.helped.trials) == ("too early", 1, 0)
    assert (later.facts[0].outcome, later.too_early, later.helped.trials) == ("handed on", 0, 1)


def test_counts_tell_offers_from_uses_when_a_ticket_has_both() -> None:
    """A ticket counts once in each, its first use is the one that is judged."""
    found = only(offered(0.5), offered(0.6), used(1), used(2), resolved(3))
    assert (found.offered, found.used, found.found, found.kind) == (1, 1, 0, "article")
    assert found.facts[0].since == day(1)
    assert (found.uptake.successes, found.uptake.trials) == (1, 1)


def test_use_is_found_when_nobody_offered_it() -> None:
    """It is no success of the offers."""
    found = only(used(1), resolved(3))
    assert (found.offered, found.used, found.found, found.kind) == (0, 1, 1, "")
    assert (found.uptake.successes, found.uptake.trials) == (0, 0)


def test_passed_entry_is_judged_by_tickets_without_any_when_only_offered() -> None:
    """Where another one was used, this one is neither praised nor blamed."""
    alone = history(offered(1, ticket="INC-1"), resolved(3, ticket="INC-1"))
    beside = history(
        offered(1, ticket="INC-2"), used(2, "KB-2", "INC-2"), resolved(3, ticket="INC-2")
    )
    mine = usage_of([alone, beside], day(100), rules=RULES)[0]
    assert (mine.entry_id, mine.passed.successes, mine.passed.trials) == ("KB-1", 1, 1)
    assert mine.helped.trials == 0


def many(entry: str, good: int, bad: int, *, use: bool) -> list[tuple[TicketEvent, ...]]:
    """Return tickets on which an entry was used, or only offered, with so many good ends."""
    told: list[tuple[TicketEvent, ...]] = []
    for number in range(good + bad):
        ticket = f"{entry}-{use}-{number}"
        first = (used if use else offered)(1, entry, ticket)
        end = (resolved(3, ticket),) if number < good else ()
        told.append(history(first, *end))
    return told


@pytest.mark.parametrize(
    ("counts", "verdict"),
    [
        ((56, 14, 48, 32), "helps"),
        ((48, 32, 56, 14), "worse"),
        ((9, 1, 3, 7), "helps"),
        ((7, 3, 5, 5), "no difference shown"),
        ((1, 0, 30, 30), "too few"),
        ((30, 30, 1, 0), "too few"),
    ],
)
def test_verdict_follows_the_interval_when_there_is_enough(
    counts: tuple[int, int, int, int], verdict: str
) -> None:
    """Newcombe's own example: 56 of 70 against 48 of 80 is a difference from 0.05 to 0.33."""
    helped, failed, passed, unsolved = counts
    told = [
        *many("KB-1", helped, failed, use=True),
        *many("KB-1", passed, unsolved, use=False),
    ]
    (found,) = usage_of(told, day(100), rules=RULES)
    assert (found.helped.successes, found.helped.trials) == (helped, helped + failed)
    assert (found.passed.successes, found.passed.trials) == (passed, passed + unsolved)
    assert found.verdict == verdict


def test_interval_is_wilsons_when_shown() -> None:
    """15 of 148 in Newcombe's tables: from 6.2 to 16.1 %."""
    (found,) = usage_of(many("KB-1", 15, 133, use=True), day(100), rules=RULES)
    low, high = found.interval.low, found.interval.high
    assert low is not None
    assert high is not None
    assert (round(low, 4), round(high, 4)) == (0.0624, 0.1605)
    assert "helped 15 of 148 (6 to 16 %)" in str(found)


def test_text_says_what_is_too_early_when_shown() -> None:
    """And no share of nothing."""
    text = str(only(used(1), as_of=2))
    assert "helped 0 of 0, 1 too early to tell" in text
    assert text.endswith("too few")


def test_entries_come_in_order_of_their_ids_when_counted() -> None:
    """No ranking; and what happens after the instant is not there yet."""
    told = [history(offered(1, "B"), offered(1, "A"), used(50, "C"))]
    assert [each.entry_id for each in usage_of(told, day(40))] == ["A", "B"]


@pytest.mark.parametrize(
    "given",
    [
        {"solved_within": timedelta(0)},
        {"stands_for": 5},
        {"fewest": 0},
        {"fewest": True},
        {"level": 1.0},
        {"level": "95"},
        {"link": None},
    ],
)
def test_rules_are_refused_when_a_setting_is_wrong(given: dict[str, Any]) -> None:
    """Lengths are positive, counts are whole, a level is a share."""
    with pytest.raises(InvalidValue):
        UsageRules(**given)
