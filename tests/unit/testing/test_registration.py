"""Types are registered with Hypothesis when both are there, and nothing is loaded before."""

from __future__ import annotations

import subprocess
import sys
import threading
from collections.abc import Sequence
from copy import copy
from importlib import import_module, reload
from importlib.abc import MetaPathFinder
from importlib.machinery import ModuleSpec
from importlib.util import find_spec
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
    assert isinstance(sys.meta_path[0], _registration._Finder)
    assert sys.meta_path[0].find_spec("itsm_core.errors", None) is None


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


@pytest.fixture
def registered(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> list[str]:
    """Return the names of the rooms that are registered from now on; one is made up."""
    (tmp_path / "made_up_room.py").write_text("class Value: ...\n", encoding="utf-8")
    monkeypatch.syspath_prepend(tmp_path)
    monkeypatch.setattr(sys, "meta_path", [_registration._Finder({"made_up_room"}), *sys.meta_path])
    monkeypatch.setitem(sys.modules, "made_up_room", ModuleType("made_up_room"))
    monkeypatch.delitem(sys.modules, "made_up_room")  # and so it is taken out again at the end
    names: list[str] = []
    monkeypatch.setattr(
        _registration, "_register_types", lambda module: names.append(module.__name__)
    )
    return names


def test_room_is_registered_when_it_was_looked_up_before(registered: list[str]) -> None:
    """Looking is not importing; and importing it again makes other types."""
    assert find_spec("made_up_room") is not None
    assert registered == []
    room = import_module("made_up_room")
    assert registered == ["made_up_room"]
    reload(room)
    assert registered == ["made_up_room"] * 2


def test_room_is_registered_when_its_first_import_failed(
    registered: list[str], tmp_path: Path
) -> None:
    """The second import may succeed, and is heard of, too."""
    right = tmp_path / "made_up_room.py"
    text = right.read_text(encoding="utf-8")
    right.write_text("raise OSError('not yet, for a while')\n", encoding="utf-8")
    with pytest.raises(OSError, match="not yet"):
        import_module("made_up_room")
    right.write_text(text, encoding="utf-8")
    import_module("made_up_room")
    assert registered == ["made_up_room"]


def test_room_tells_its_source_when_it_was_only_looked_up(registered: list[str]) -> None:
    """Tools that read code without running it ask the loader."""
    spec = find_spec("made_up_room")
    assert spec is not None
    assert spec.loader is not None
    loader = copy(spec.loader)
    assert loader.get_source("made_up_room") == "class Value: ...\n"  # type: ignore[attr-defined]
    assert not loader.is_package("made_up_room")  # type: ignore[attr-defined]
    assert registered == []


class AsksAgain(MetaPathFinder):
    """Ask all finders for whatever it is asked for, as tools that wrap loaders do."""

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return what the others find, this one left out."""
        del path, target
        sys.meta_path.remove(self)
        try:
            return find_spec(fullname)
        finally:
            sys.meta_path.insert(0, self)


def test_room_is_found_when_another_finder_asks_all_of_them(
    registered: list[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The question does not go round in circles, whoever stands first."""
    other, finders = AsksAgain(), list(sys.meta_path)
    monkeypatch.setattr(sys, "meta_path", [other, *finders])
    import_module("made_up_room")
    assert registered == ["made_up_room"]
    monkeypatch.delitem(sys.modules, "made_up_room")
    monkeypatch.setattr(sys, "meta_path", [finders[0], other, *finders[1:]])
    import_module("made_up_room")
    assert registered == ["made_up_room"] * 2


def test_room_is_registered_when_another_thread_imports_it_at_this_moment(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    """The finder is there before the first room is looked at."""
    others = [each for each in sys.meta_path if not isinstance(each, _registration._Finder)]
    monkeypatch.setattr(sys, "meta_path", others)
    seen: list[bool] = []

    def noted(_: ModuleType) -> None:
        seen.append(isinstance(sys.meta_path[0], _registration._Finder))

    monkeypatch.setattr(_registration, "_register_types", noted)
    import_module("itsm_core.spans")
    _registration.register()
    assert seen
    assert all(seen)


def test_room_is_registered_when_another_thread_had_begun_to_import_it(
    registered: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    """It is half there, and its finders were asked before ours was among them: so it is awaited."""
    gate = ModuleType("made_up_gate")
    begun, may_end = threading.Event(), threading.Event()
    vars(gate).update(begun=begun, may_end=may_end)
    monkeypatch.setitem(sys.modules, "made_up_gate", gate)
    text = "import made_up_gate as gate\ngate.begun.set()\ngate.may_end.wait(10)\n"
    (tmp_path / "made_up_room.py").write_text(text, encoding="utf-8")
    others = [each for each in sys.meta_path if not isinstance(each, _registration._Finder)]
    monkeypatch.setattr(sys, "meta_path", others)
    monkeypatch.setattr(_registration, "ROOMS", {"made_up_room": ()})
    thread = threading.Thread(target=import_module, args=("made_up_room",))
    thread.start()
    assert begun.wait(10)
    threading.Timer(0.1, may_end.set).start()
    _registration.register()
    thread.join(10)
    assert registered == ["made_up_room"]
