"""What a user of itsm_core tests with: an oracle, laws, hard cases, and strategies.

`strategies` needs hypothesis (the extra `testing`) and is imported only by name:
`from itsm_core.testing import strategies`. A name below is loaded when it is first used, so that
the plugins of Hypothesis and pytest cost a program nothing that does not use them.
"""

from importlib import import_module
from typing import TYPE_CHECKING, Final

if TYPE_CHECKING:
    from itsm_core.adapters.clocks import CountingIds, ManualClock
    from itsm_core.testing.clocks import FixedClock
    from itsm_core.testing.corpus import CaseBroken, HardCase, check_hard_cases, hard_cases
    from itsm_core.testing.laws import (
        LawBroken,
        TimeFunctions,
        check_agreement,
        check_calendar,
        check_ladder,
        check_lifecycle,
        check_matrix,
        check_roster,
        check_store,
        lawful,
    )
    from itsm_core.testing.lifecycle_sequences import SequenceReport, check_sequences
    from itsm_core.testing.oracle import MinuteOracle, OutsideWindow
    from itsm_core.testing.schedules import Schedule
    from itsm_core.testing.sla_oracle import oracle_evaluate

__all__ = [
    "CaseBroken",
    "CountingIds",
    "FixedClock",
    "HardCase",
    "LawBroken",
    "ManualClock",
    "MinuteOracle",
    "OutsideWindow",
    "Schedule",
    "SequenceReport",
    "TimeFunctions",
    "check_agreement",
    "check_calendar",
    "check_hard_cases",
    "check_ladder",
    "check_lifecycle",
    "check_matrix",
    "check_roster",
    "check_sequences",
    "check_store",
    "hard_cases",
    "lawful",
    "oracle_evaluate",
]

_MODULES: Final = {
    "itsm_core.adapters.clocks": ("CountingIds", "ManualClock"),
    "itsm_core.testing.clocks": ("FixedClock",),
    "itsm_core.testing.corpus": ("CaseBroken", "HardCase", "check_hard_cases", "hard_cases"),
    "itsm_core.testing.laws": (
        "LawBroken",
        "TimeFunctions",
        "check_agreement",
        "check_calendar",
        "check_ladder",
        "check_lifecycle",
        "check_matrix",
        "check_roster",
        "check_store",
        "lawful",
    ),
    "itsm_core.testing.lifecycle_sequences": ("SequenceReport", "check_sequences"),
    "itsm_core.testing.oracle": ("MinuteOracle", "OutsideWindow"),
    "itsm_core.testing.schedules": ("Schedule",),
    "itsm_core.testing.sla_oracle": ("oracle_evaluate",),
}
_MODULE_OF: Final = {name: module for module, names in _MODULES.items() for name in names}


def __getattr__(name: str) -> object:
    """Load a public name from its module, once (PEP 562; docs/decisions/0005)."""
    if name not in _MODULE_OF:
        raise AttributeError(f"module 'itsm_core.testing' has no attribute {name!r}")
    value: object = getattr(import_module(_MODULE_OF[name]), name)
    globals()[name] = value
    return value


def __dir__() -> list[str]:
    return sorted(set(globals()) | set(__all__))
