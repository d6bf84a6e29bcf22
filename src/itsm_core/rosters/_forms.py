"""The parts of a roster as plain JSON values, and strictly back (law R7)."""

from __future__ import annotations

from typing import Final

from itsm_core.rosters import _json as way
from itsm_core.rosters._values import Absence, Override, Responder, Rotation, Swap

_SPAN: Final = {"start": way.INSTANT, "end": way.INSTANT}
_ENDS: Final = {"start": "start_us", "end": "end_us"}

ROTATION: Final = way.Form(
    Rotation,
    {
        "name": way.TEXT,
        "people": way.many_of(way.many_of(way.TEXT)),
        "zone": way.TEXT,
        "start_on": way.DATE,
        "hand_off": way.TIME,
        "unit": way.TEXT,
        "every": way.many_of(way.WHOLE),
        "hand_off_day": way.TEXT,
        "end_on": way.optional(way.DATE),
        "restriction": way.optional(way.RESTRICTION),
    },
)
OVERRIDE: Final = way.Form(
    Override,
    {**_SPAN, "people": way.many_of(way.TEXT), "reason": way.TEXT},
    names=_ENDS,
)
SWAP: Final = way.Form(
    Swap,
    {**_SPAN, "giver": way.TEXT, "taker": way.TEXT, "reason": way.TEXT},
    names=_ENDS,
)
ABSENCE: Final = way.Form(
    Absence,
    {
        **_SPAN,
        "person": way.TEXT,
        "substitute": way.TEXT,
        "kind": way.TEXT,
        "reason": way.TEXT,
    },
    names=_ENDS,
)
RESPONDER: Final = way.Form(
    Responder,
    {"person": way.TEXT, "zone": way.TEXT, "quiet": way.optional(way.HOURS)},
)
