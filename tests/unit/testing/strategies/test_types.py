"""What `st.from_type` draws: legal values of every registered type, and their repr is code."""

from __future__ import annotations

import datetime as dt
import importlib
import zoneinfo
from decimal import Decimal

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from hypothesis.vendor.pretty import pretty

from itsm_core.testing import _registration
from itsm_core.testing.strategies._types import strategy_of

FEW = settings(
    max_examples=3,
    derandomize=True,
    database=None,
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.filter_too_much],
)
STANDARD = {"datetime": dt, "zoneinfo": zoneinfo, "Decimal": Decimal}


def kinds() -> list[tuple[str, type]]:
    """Return every type that has a strategy, with its room."""
    rooms = {room: importlib.import_module(room) for room in _registration.ROOMS}
    return [(room, kind) for room in rooms for kind in _registration.types_of(rooms[room])]


def public_names(first: str) -> dict[str, object]:
    """Return the public names of all rooms that have a strategy; of two alike, the first room's."""
    rooms = [*(room for room in _registration.ROOMS if room != first), first]
    names: dict[str, object] = dict(STANDARD)
    for room in map(importlib.import_module, rooms):
        names |= {name: getattr(room, name) for name in room.__all__}
    return names


@pytest.mark.parametrize(("room", "kind"), [pytest.param(*x, id=x[1].__name__) for x in kinds()])
def test_repr_is_code_when_a_value_is_drawn(room: str, kind: type) -> None:
    """`eval(repr(x)) == x` with the public names alone, and Hypothesis prints the same."""
    names = public_names(room)

    @FEW
    @given(st.from_type(kind))
    def rule(value: object) -> None:
        assert isinstance(value, kind)
        assert eval(repr(value), dict(names)) == value
        assert pretty(value) == repr(value)

    rule()


def test_strategy_is_refused_when_the_type_has_none() -> None:
    """What is not listed has no strategy."""
    with pytest.raises(KeyError):
        strategy_of(int)


def test_every_class_of_events_and_commands_is_registered_when_listed() -> None:
    """They come from the rooms' own lists, so that a new one has a strategy."""
    names = {kind.__name__ for _, kind in kinds()}
    assert {"TicketMerged", "GiveFeedback", "ShareUsed", "Notify", "Roster"} <= names
    assert len(names) > 140
