"""Tell Hypothesis which strategy belongs to which value, without importing one of the two.

Hypothesis calls `register` when it is imported (entry point `hypothesis`), in every program of an
environment in which itsm_core is installed. Few of them draw a calendar. So the types of a room are
registered when the room is imported, and the strategies are imported when one is asked for.
"""

from __future__ import annotations

import sys
import threading
from collections.abc import Collection, Sequence
from importlib.abc import Loader, MetaPathFinder
from importlib.machinery import ModuleSpec
from types import ModuleType
from typing import TYPE_CHECKING, Final, cast

if TYPE_CHECKING:
    from hypothesis.strategies import SearchStrategy
    from hypothesis.vendor.pretty import RepresentationPrinter

ROOMS: Final = {
    "itsm_core.spans": ("Span", "SpanSet"),
    "itsm_core.calendars": (
        "BusinessCalendar",
        "Calendar",
        "CalendarTimeline",
        "Combination",
        "Goal",
        "HolidaySource",
        "PlainDates",
        "PublicHolidays",
        "WallTime",
        "WeeklyHours",
        "WorkingDays",
        "WorkingTime",
        "YearlyDates",
    ),
    "itsm_core.conditions": (
        "AllOf",
        "AnyOf",
        "Condition",
        "FieldTest",
        "FieldType",
        "Not",
        "Schema",
    ),
    "itsm_core.priority": (
        "AtLeast",
        "Lower",
        "PriorityMatrix",
        "PriorityModifier",
        "PriorityOverride",
        "PriorityPolicy",
        "Raise",
        "Set",
    ),
    "itsm_core.events": ("TicketEvent",),
    "itsm_core.commands": ("Actor", "Command"),
    "itsm_core.money": ("Money",),
    "itsm_core.lifecycle": ("Lifecycle", "Ticket"),
    "itsm_core.sla": ("ClockRules", "PauseLimit", "ServiceLevelAgreement", "ServiceLevelTarget"),
    "itsm_core.rosters": ("Absence", "Override", "Responder", "Roster", "Rotation", "Swap"),
    "itsm_core.escalation": (
        "Bounced",
        "Breached",
        "CommitmentMissed",
        "Coverage",
        "EscalateToGroup",
        "EscalateToRole",
        "EscalationRequested",
        "EscalationRule",
        "Ladder",
        "Notify",
        "OffsetFromDue",
        "OwnerAbsent",
        "PriorityReached",
        "ProposeMajorIncident",
        "RaisePriority",
        "Reopened",
        "ShareUsed",
        "Silence",
        "Storm",
    ),
    "itsm_core.contacts": ("Channel", "Channels", "Contact", "Guarantee"),
}
"""The types of each room that have a strategy, classes of events and commands apart: those are all
that `EVENT_TYPES` and `COMMAND_TYPES` list."""


def register() -> None:
    """Register the types of the rooms that are imported, and of the others when they are."""
    # The finder comes first: what another thread imports meanwhile is registered twice, not never.
    sys.meta_path.insert(0, _Finder(ROOMS))
    for room in ROOMS:
        module = sys.modules.get(room)
        if module is not None and _is_half_done(module):
            __import__(room)  # waits for the thread that imports it, unless that is this one
            module = sys.modules.get(room)
        if module is not None and not _is_half_done(module):
            _register_types(module)


def _is_half_done(module: ModuleType) -> bool:
    """Tell whether a room is being imported at this moment, and imports Hypothesis itself."""
    return bool(getattr(module.__spec__, "_initializing", False))


def types_of(module: ModuleType) -> tuple[type, ...]:
    """Return the types of a room that have a strategy."""
    named: tuple[type, ...] = tuple(getattr(module, name) for name in ROOMS[module.__name__])
    listed: tuple[type, ...] = (
        *getattr(module, "EVENT_TYPES", ()),
        *getattr(module, "COMMAND_TYPES", ()),
    )
    return (*named, *listed)


def _register_types(module: ModuleType) -> None:
    from hypothesis import strategies

    kinds = types_of(module)
    for kind in kinds:
        strategies.register_type_strategy(kind, _strategy)
    for kind in (*kinds, *_nameless(module)):
        if hasattr(kind, "__attrs_attrs__"):
            # Hypothesis would show fields by their inner names, which no constructor knows.
            setattr(kind, "_repr_pretty_", _print)  # noqa: B010


def _nameless(module: ModuleType) -> tuple[type, ...]:
    """Return the classes of values that are drawn, but made by an operator or a constant alone."""
    if module.__name__ != "itsm_core.calendars":
        return ()
    no_dates: object = module.PlainDates(())
    joined: object = module.PlainDates.__or__(no_dates, no_dates)
    always: object = module.ALWAYS
    return (type(always), type(joined))


def _strategy(kind: type) -> SearchStrategy[object]:
    from itsm_core.testing.strategies._types import strategy_of  # heavy: it imports every room

    return strategy_of(kind)


def _print(value: object, printer: RepresentationPrinter, cycle: bool) -> None:
    del cycle  # values hold no circles
    printer.text(repr(value))


class _Asking(threading.local):
    """Hold the rooms that this thread is asking the other finders for."""

    def __init__(self) -> None:
        self.names: set[str] = set()


def _others(finder: MetaPathFinder) -> list[MetaPathFinder]:
    """Return the other finders; one that is older than `find_spec` finds nothing for us."""
    others = [each for each in sys.meta_path if each is not finder]
    return [cast("MetaPathFinder", each) for each in others if hasattr(each, "find_spec")]


class _Finder(MetaPathFinder):
    """Find nothing by itself: it lets the others find a room, and hears when it is there."""

    def __init__(self, rooms: Collection[str]) -> None:
        self._rooms = rooms
        self._asking = _Asking()

    def find_spec(
        self, fullname: str, path: Sequence[str] | None, target: ModuleType | None = None
    ) -> ModuleSpec | None:
        """Return the spec that the other finders have of a room, with a loader that registers.

        Each time: who asks may only look, fail to import it, or import it again.
        """
        if fullname not in self._rooms or fullname in self._asking.names:
            return None
        self._asking.names.add(fullname)  # one of the others may ask all of us again
        try:
            found = (each.find_spec(fullname, path, target) for each in _others(self))
            spec = next((each for each in found if each is not None), None)
        finally:
            self._asking.names.discard(fullname)
        if spec is not None and spec.loader is not None:
            spec.loader = _Registering(spec.loader)
        return spec


class _Registering(Loader):
    """Load a module as its own loader does, which it has again before its first line runs."""

    def __init__(self, loader: Loader) -> None:
        self._loader = loader

    def __getattr__(self, name: str) -> object:
        """Return what else the module's own loader can do, such as to tell its source."""
        if name.startswith("__"):
            raise AttributeError(name)  # copying asks for these before there is a loader
        return cast("object", getattr(self._loader, name))

    def create_module(self, spec: ModuleSpec) -> ModuleType | None:
        """Return what the module's own loader makes of it."""
        return self._loader.create_module(spec)

    def exec_module(self, module: ModuleType) -> None:
        """Run the module, then register its types."""
        module.__loader__ = self._loader
        if module.__spec__ is not None:
            module.__spec__.loader = self._loader
        self._loader.exec_module(module)
        _register_types(module)
