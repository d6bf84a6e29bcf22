"""Rosters: who is on call when, and who carries how much of it (laws E4, E5).

Values: `Rotation` layers, `Override`, `Swap`, `Absence`, `Responder`, joined in a `Roster`. Ask it
`on_call(at)` or `schedule(start, end)`: both are the final schedule, with everything in it.
"""

from itsm_core.rosters._draw import roster_svg
from itsm_core.rosters._load import Load, LoadReport, LoadRules, load_of
from itsm_core.rosters._roster import Overlap, Roster
from itsm_core.rosters._shift import Shift, ShiftKind
from itsm_core.rosters._values import (
    Absence,
    AbsenceKind,
    Crew,
    Override,
    Responder,
    Rotation,
    Swap,
    Unit,
)

__all__ = [
    "Absence",
    "AbsenceKind",
    "Crew",
    "Load",
    "LoadReport",
    "LoadRules",
    "Overlap",
    "Override",
    "Responder",
    "Roster",
    "Rotation",
    "Shift",
    "ShiftKind",
    "Swap",
    "Unit",
    "load_of",
    "roster_svg",
]
