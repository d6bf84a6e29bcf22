"""Breadth first: each kind of situation once, bounds noted, stories told from the start."""

from __future__ import annotations

import attrs

from itsm_core.conditions import Condition, field
from itsm_core.explore._search import Search
from itsm_core.explore._stories import Stories
from tests.unit.explore.worlds import DESK, in_state, small

DONE = in_state("done")


def searching(steps: int = 100, *, keep_edges: bool = False) -> Search:
    """Return a search of the small lifecycle."""
    world = attrs.evolve(small(), steps=steps)
    question = Condition(schema=world.schema, rule=DONE)
    return Search(Stories.of(world, question), keep_edges=keep_edges)


def test_search_looks_at_each_kind_once_when_nothing_is_wanted() -> None:
    """Five states, one of them for one kind of hold reason; reopened ones are no new kind."""
    search = searching()
    assert search.until() is None
    states = [place.situation.ticket.state for place in search.places]
    assert sorted(states) == ["busy", "done", "new", "parked", "solved"]
    assert search.is_complete


def test_search_keeps_reopenings_apart_when_edges_are_kept() -> None:
    """A loop must not be made up of tickets that were taken for one another."""
    search = searching(keep_edges=True)
    search.until()
    counts = {place.situation.ticket.reopen_count for place in search.places}
    assert counts == {0, 1, 2}
    assert all(edge.end in search.ways_back() for edge in search.edges)
    assert all(edge.start in search.ways_on() for edge in search.edges)


def test_search_is_incomplete_when_the_bound_cuts_it() -> None:
    """The places beyond which something new lies are noted."""
    search = searching(2)
    search.until()
    assert [search.places[place].situation.ticket.state for place in search.open] == ["busy"]


def test_search_is_incomplete_when_it_stopped_at_what_was_wanted() -> None:
    """What was not looked at is not claimed."""
    search = searching()
    place = search.until(lambda found: found.ticket.state == "busy")
    assert place is not None
    assert not search.is_complete
    assert [step.what for step in search.story(place)] == [
        "somebody: open (high, high)",
        "somebody: start",
    ]


def test_search_stops_when_a_wanted_situation_is_at_rest() -> None:
    """Where time goes by and nothing changes, it can stay for ever."""
    question = Condition(schema=DESK.schema, rule=field("category").is_("on_hold"))
    search = Search(
        Stories.of(DESK, question),
        keep_edges=True,
        stop_at_rest=lambda found: found.ticket.category.value == "on_hold",
    )
    place = search.until()
    assert place is not None
    assert search.places[place].situation.ticket.category.value == "on_hold"
