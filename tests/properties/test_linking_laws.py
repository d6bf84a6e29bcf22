"""Laws of linking on random streams (law K1)."""

from __future__ import annotations

import math
import random
from itertools import groupby

import attrs
import pytest

from itsm_core.linking import (
    DUPLICATES,
    Agreement,
    IncidentGrouper,
    Linker,
    TicketIndex,
    TicketText,
)
from tests.unit.linking.texts import index_of, stream

SEEDS = range(25)
TASK = attrs.evolve(DUPLICATES, prior=4.0)
ITEM = Agreement(field="configuration_item_id")


def linker(index: TicketIndex) -> Linker:
    """Return a linker that weighs words, age and configuration item."""
    return Linker(index, task=TASK, agreements=[ITEM])


def in_time(tickets: list[TicketText], rng: random.Random) -> list[TicketText]:
    """Return tickets in order of time, those of one instant in random order."""
    found: list[TicketText] = []
    for _, same in groupby(sorted(tickets, key=lambda t: t.at_us), key=lambda t: t.at_us):
        together = list(same)
        rng.shuffle(together)
        found += together
    return found


def grouped(tickets: list[TicketText], sizes: random.Random | None = None) -> list[object]:
    """Return the groups of a stream, observed instant by instant or in batches of random size."""
    grouper = IncidentGrouper(linker(TicketIndex()), threshold=0.4)
    instants = [list(same) for _, same in groupby(tickets, key=lambda t: t.at_us)]
    while instants:
        size = 1 if sizes is None else sizes.randint(1, 4)
        grouper.observe(*(each for same in instants[:size] for each in same))
        del instants[:size]
    return list(grouper.groups)


@pytest.mark.parametrize("seed", SEEDS)
class TestK1IncrementalAndExplainable:
    """K1: every suggestion carries its evidence; the result does not depend on insertion order."""

    def test_contributions_sum_to_the_score(self, seed: int) -> None:
        """Never a bare score."""
        tickets = stream(random.Random(seed), 60)
        asked = linker(index_of(*tickets[:-1])).similar(tickets[-1], limit=60)
        for each in asked:
            parts = [evidence.contribution for evidence in each.evidence]
            assert math.fsum(parts) == each.log_odds

    def test_insertion_order_changes_no_answer(self, seed: int) -> None:
        """Whoever came late is found as if he had come in time."""
        rng = random.Random(seed)
        tickets = stream(rng, 60)
        shuffled = rng.sample(tickets[:-1], len(tickets) - 1)
        straight, mixed = (
            linker(index_of(*each)).similar(tickets[-1], limit=60)
            for each in (tickets[:-1], shuffled)
        )
        assert straight == mixed

    def test_added_and_removed_equals_never_added(self, seed: int) -> None:
        """Some are removed, some of those come back: only what is there counts."""
        rng = random.Random(seed)
        tickets = stream(rng, 60)
        index = index_of(*tickets)
        gone = rng.sample(tickets, 25)
        for each in gone:
            index.remove(each.ticket_id)
        for each in gone[:10]:
            index.add(each)
        never = index_of(*(each for each in tickets if each not in gone[10:]))
        assert index.snapshot() == never.snapshot()
        assert linker(index).similar(gone[-1]) == linker(never).similar(gone[-1])

    def test_snapshot_round_trips(self, seed: int) -> None:
        """Bytes and answers."""
        rng = random.Random(seed)
        tickets = stream(rng, 40)
        index = index_of(*rng.sample(tickets, 39))
        again = TicketIndex.restored(index.snapshot())
        assert again.snapshot() == index.snapshot()
        assert linker(again).similar(tickets[0]) == linker(index).similar(tickets[0])

    def test_equal_times_may_come_in_any_order(self, seed: int) -> None:
        """Permuting tickets of one instant changes nothing, however they are batched."""
        rng = random.Random(seed)
        tickets = stream(rng, 60)
        straight = grouped(in_time(tickets, rng))
        assert grouped(in_time(tickets, rng)) == straight
        assert grouped(in_time(tickets, rng), rng) == straight

    def test_same_stream_gives_the_same_groups(self, seed: int) -> None:
        """And there are some."""
        tickets = in_time(stream(random.Random(seed), 60), random.Random(0))
        assert grouped(tickets) == grouped(tickets) != []
