"""Suspected changes: what went live before it began, and how much that says."""

from __future__ import annotations

import math
from datetime import timedelta

import pytest

from itsm_core.errors import InvalidValue
from itsm_core.ids import ServiceId, TicketId
from itsm_core.linking import ChangeRecord, Dependency, ItemGraph
from itsm_core.linking._causes import suspected_change
from tests.unit.linking.desk import failure

FIRST = failure()[0].at


def change(name: str, before: timedelta, *, service: str = "", item: str = "JOB-1") -> ChangeRecord:
    """Return a change so long before the first occurrence."""
    return ChangeRecord(
        change_id=TicketId(name),
        at=FIRST - before,
        service=ServiceId(service),
        configuration_item_id=item,
    )


def test_last_change_is_suspected_when_several_went_before() -> None:
    """Of two on the item, the one a day before; one afterwards is none."""
    changes = [
        change("C1", timedelta(days=30)),
        change("C2", timedelta(days=1)),
        change("C3", timedelta(days=-1)),
    ]
    found = suspected_change(failure(), changes, None)
    assert found is not None
    assert (found.change.change_id, found.touched, found.lag) == ("C2", "same item", timedelta(1))
    # Two in thirty days: that one falls into the last day by chance, 1 - exp(-2 / 30).
    assert found.chance == pytest.approx(1 - math.exp(-2 / 30))


def test_one_change_alone_says_nothing_when_no_rate_is_known() -> None:
    """It is shown, but its chance is 1."""
    found = suspected_change(failure(), [change("C1", timedelta(days=1))], None)
    assert found is not None
    assert found.chance == 1


def test_nothing_is_suspected_when_it_is_long_ago_or_elsewhere() -> None:
    """After three quiet weeks, or on another service, it is no suspect."""
    assert suspected_change(failure(), [change("C1", timedelta(days=21))], None) is None
    other = change("C2", timedelta(days=1), service="mail", item="")
    assert suspected_change(failure(), [other], None) is None


def test_change_is_connected_when_it_touched_the_service_or_a_related_item() -> None:
    """By the service; by the graph, which knows what the job needs."""
    by_service = change("C1", timedelta(days=1), service="export", item="")
    found = suspected_change(failure(), [by_service], None)
    assert found is not None
    assert found.touched == "same service"
    graph = ItemGraph([Dependency(item="JOB-1", any_of=("db",))])
    found = suspected_change(failure(), [change("C2", timedelta(days=1), item="db")], graph)
    assert found is not None
    assert found.touched == "related item"


def test_change_is_refused_when_it_touched_nothing() -> None:
    """It could be suspected of everything."""
    with pytest.raises(InvalidValue, match="a change of nothing"):
        change("C1", timedelta(days=1), item="")
