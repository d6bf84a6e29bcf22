"""The pytest plugin: fixtures of a desk in memory, profiles, and what it costs who uses neither."""

from __future__ import annotations

import re
import runpy
import subprocess
import sys
from datetime import timedelta
from pathlib import Path

import pytest
from hypothesis import settings

from itsm_core.adapters.clocks import CountingIds, ManualClock
from itsm_core.adapters.memory import MemoryStore
from itsm_core.commands import Actor, OpenTicket
from itsm_core.desk import ServiceDesk
from itsm_core.errors import InvalidValue
from itsm_core.ids import TicketId
from itsm_core.ports import Catalogue
from itsm_core.testing import profiles, pytest_plugin

USED = """
def test_profile_reaches_both(itsm_examples):
    from hypothesis import settings
    assert (itsm_examples, settings.default.max_examples) == (20, 20)
"""
UNUSED = """
import sys

def test_nothing_is_loaded():
    loaded = {name for name in sys.modules if name.startswith(("itsm_core", "hypothesis."))}
    assert loaded == {"itsm_core", "itsm_core.testing", "itsm_core.testing.pytest_plugin"}
"""


def run(folder: Path, text: str, *options: str) -> str:
    """Run pytest on one file in a folder of its own, and return its last line."""
    (folder / "test_it.py").write_text(text, encoding="utf-8")
    command = [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", *options]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    return done.stdout


def test_profile_is_in_force_when_pytest_is_told(tmp_path: Path) -> None:
    """`--itsm-profile` is for properties and for laws."""
    assert "1 passed" in run(tmp_path, USED, "--itsm-profile", "fast")


def test_nothing_is_loaded_when_nothing_is_used(tmp_path: Path) -> None:
    """Neither a room nor Hypothesis."""
    assert "1 passed" in run(tmp_path, UNUSED, "-p", "no:hypothesispytest", "-p", "no:xdist")


def test_desk_works_when_taken_from_the_fixtures(
    itsm_desk: ServiceDesk, itsm_clock: ManualClock, itsm_store: MemoryStore
) -> None:
    """Nothing but fixtures, and a ticket is open at the instant of the clock."""
    itsm_clock.advance(timedelta(minutes=5))
    opening = OpenTicket(ticket_id=TicketId("INC-1"), impact="high", urgency="high")
    itsm_desk.handle(opening, Actor(roles={"analyst"}))
    (event,) = [each.event for each in itsm_store.read("INC-1")]
    assert event.occurred_at == pytest_plugin.MONDAY + timedelta(minutes=5)


def test_ids_and_catalogue_are_the_same_when_taken_again(
    itsm_ids: CountingIds, itsm_catalogue: Catalogue, itsm_examples: int
) -> None:
    """Ids count from one, the policy is the bundled one, the profile the balanced one."""
    assert (itsm_ids.new_id(), itsm_catalogue.lifecycle, itsm_examples) == ("1", "incident", 100)


class Options:
    """Stand in for pytest's configuration."""

    def __init__(self, name: str | None) -> None:
        self.name = name

    def getoption(self, _: str) -> str | None:
        """Return the profile asked for."""
        return self.name


class Parser:
    """Stand in for pytest's parser of options."""

    def __init__(self) -> None:
        self.choices: object = None
        self.help = ""

    def getgroup(self, _: str) -> Parser:
        """Return the group of options, which is this."""
        return self

    def addoption(self, name: str, **told: object) -> None:
        """Note what is told of the one option."""
        assert (name, told["dest"]) == ("--itsm-profile", "itsm_profile")
        self.choices, self.help = told["choices"], str(told["help"])


def test_options_are_the_profiles_when_added(monkeypatch: pytest.MonkeyPatch) -> None:
    """Names and numbers are those of the profiles; without a name nothing is touched."""
    # pytest has imported the module before anybody measured; here it runs once more.
    plugin = runpy.run_path(str(pytest_plugin.__file__))
    parser, loaded = Parser(), list[str]()
    plugin["pytest_addoption"](parser)
    assert parser.choices == tuple(each.name for each in profiles.PROFILES)
    assert [
        int(number.replace(",", "")) for number in re.findall(r"[0-9,]*[0-9]", parser.help)
    ] == [each.examples for each in profiles.PROFILES]
    monkeypatch.setattr(profiles, "load_profile", loaded.append)
    plugin["pytest_configure"](Options(None))
    plugin["pytest_configure"](Options("fast"))
    assert loaded == ["fast"]


def test_profile_is_refused_when_its_name_is_none() -> None:
    """The choices refuse it in pytest; the function does for others."""
    before = settings().max_examples
    with pytest.raises(InvalidValue):
        profiles.load_profile("quick")
    assert settings().max_examples == before
