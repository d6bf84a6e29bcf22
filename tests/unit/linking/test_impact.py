"""Impact: what stops with an item, redundancy counted in."""

from __future__ import annotations

import pytest

from itsm_core.errors import InvalidValue
from itsm_core.linking import Dependency, ItemGraph, are_related, impact_of

GRAPH = ItemGraph(
    [
        Dependency(item="shop", any_of=("app-1", "app-2")),
        Dependency(item="app-1", any_of=("db",)),
        Dependency(item="app-2", any_of=("db",)),
        Dependency(item="db", any_of=("disk-1", "disk-2", "disk-3"), least=2),
        Dependency(item="report", any_of=("db",)),
    ]
)


def names(*failed: str) -> list[tuple[str, int]]:
    """Return what stops, with its distance."""
    return [(each.item, each.distance) for each in impact_of(GRAPH, set(failed))]


def test_nothing_stops_when_redundancy_holds() -> None:
    """One of two is enough, two of three are enough."""
    assert names("app-1") == []
    assert names("disk-2") == []


def test_what_needs_both_stops_when_both_fail() -> None:
    """The second disk takes the database with it, and all that stands on it."""
    assert names("disk-1", "disk-3") == [
        ("db", 1),
        ("app-1", 2),
        ("app-2", 2),
        ("report", 2),
        ("shop", 3),
    ]


def test_dependency_is_named_when_it_breaks() -> None:
    """The answer says which one did it."""
    (found,) = impact_of(GRAPH, {"app-1", "app-2"})
    assert found.because == GRAPH.dependencies[0]


def test_circle_ends_when_items_need_each_other() -> None:
    """Two items that need each other stop together, once each."""
    circle = ItemGraph([Dependency(item="a", any_of=("b",)), Dependency(item="b", any_of=("a",))])
    assert [each.item for each in impact_of(circle, {"a"})] == ["b"]


def test_nothing_stops_when_the_item_is_unknown() -> None:
    """An incomplete table answers what it knows."""
    assert names("printer") == []


def test_items_are_related_when_one_needs_the_other_or_both_the_same() -> None:
    """The hook of linking: the shop and its server, two applications on one database."""
    assert are_related(GRAPH, "shop", "app-1")
    assert are_related(GRAPH, "app-1", "report")
    assert not are_related(GRAPH, "shop", "disk-1")


@pytest.mark.parametrize(
    ("item", "any_of", "least"),
    [
        ("", ("b",), 1),
        ("a", (), 1),
        ("a", ("",), 1),
        ("a", ("a",), 1),
        ("a", ("b", "b"), 1),
        ("a", ("b",), 0),
        ("a", ("b",), 2),
    ],
)
def test_dependency_is_refused_when_it_cannot_be(
    item: str, any_of: tuple[str, ...], least: int
) -> None:
    """Nameless, on itself, twice the same, more than there are."""
    with pytest.raises(InvalidValue):
        Dependency(item=item, any_of=any_of, least=least)


def test_text_is_refused_when_a_set_of_items_is_meant() -> None:
    """`"db"` would be the items d and b."""
    with pytest.raises(InvalidValue, match=r"write \{'db'\}"):
        impact_of(GRAPH, "db")


def test_graph_holds_every_dependency_when_thousands_need_one_item() -> None:
    """A switch in a data centre: each stops, named once, in order of name."""
    hosts = [f"host-{number:05}" for number in range(20_000)]
    graph = ItemGraph([Dependency(item=host, any_of="switch") for host in hosts])
    assert [each.item for each in impact_of(graph, {"switch"})] == hosts
