"""Types are registered with Hypothesis when both are there, and nothing is loaded before."""

from __future__ import annotations

import subprocess
import sys
from importlib import import_module
from importlib.machinery import ModuleSpec
from pathlib import Path
from types import ModuleType

import pytest
from hypothesis import strategies as st

from itsm_core.testing import _registration
from itsm_core.testing.strategies import weekly_hours

DRAW = """
import hypothesis, sys
rooms = {rooms!r}
print([room for room in rooms if room in sys.modules])
from itsm_core import BusinessCalendar
print("itsm_core.testing.strategies" in sys.modules)
from hypothesis import given, settings, strategies as st

@settings(max_examples=1, database=None, deadline=None)
@given(st.from_type(BusinessCalendar))
def rule(calendar):
    assert isinstance(calendar, BusinessCalendar)

rule()
print("drawn")
"""


def test_type_has_its_strategy_when_nothing_else_is_imported() -> None:
    """Hypothesis and the value are enough; until then no room, until the draw no strategy."""
    code = DRAW.format(rooms=tuple(_registration.ROOMS))
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.splitlines() == ["[]", "False", "drawn"]


def test_rooms_register_at_once_when_they_are_imported_already(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """What is there is registered, what is half there or missing waits for its import."""
    import_module("itsm_core.spans")
    half = ModuleType("itsm_core.money")
    half.__spec__ = ModuleSpec("itsm_core.money", None)
    monkeypatch.setattr(half.__spec__, "_initializing", True, raising=False)
    monkeypatch.setitem(sys.modules, "itsm_core.money", half)
    monkeypatch.setattr(sys, "meta_path", list(sys.meta_path))
    registered: list[str] = []
    monkeypatch.setattr(
        _registration, "_register_types", lambda module: registered.append(module.__name__)
    )
    _registration.register()
    assert "itsm_core.spans" in registered
    assert "itsm_core.money" not in registered
    finder = sys.meta_path[0]
    assert finder.find_spec("itsm_core.spans", None) is None


def test_room_is_registered_when_it_is_imported_later(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """The room has its own loader before its first line runs; its types follow its last."""
    text = "seen = type(__spec__.loader).__name__\nclass Value: ...\n"
    (tmp_path / "made_up_room.py").write_text(text, encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setitem(_registration.ROOMS, "made_up_room", ("Value",))
    monkeypatch.setattr(sys, "meta_path", [_registration._Finder({"made_up_room"}), *sys.meta_path])
    room = import_module("made_up_room")
    monkeypatch.delitem(sys.modules, "made_up_room")
    assert room.seen == type(room.__loader__).__name__ != "_Registering"
    with pytest.raises(KeyError, match=r"made_up_room\.Value"):
        st.from_type(room.Value).validate()  # it is ours to answer, and has no strategy


def test_calendar_is_printed_as_code_when_hypothesis_shows_it() -> None:
    """Not by the inner names of its fields, which no constructor knows."""
    from hypothesis.vendor.pretty import pretty

    from itsm_core.calendars import ALWAYS, PlainDates, WeeklyHours

    shown = [pretty(each) for each in (WeeklyHours.parse("24/7"), ALWAYS, PlainDates(()))]
    assert shown == ["WeeklyHours.parse('24/7')", "ALWAYS", "PlainDates(dates=[])"]


def test_strategy_is_that_of_the_type_when_asked() -> None:
    """The function that Hypothesis is given finds the strategy by the type."""
    from itsm_core.calendars import WeeklyHours

    assert repr(_registration._strategy(WeeklyHours)) == repr(weekly_hours())
