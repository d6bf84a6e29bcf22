"""Remedies in the words of the file: what a constructor advises in Python, a file writes otherwise.

The classes that a policy is made of speak to programmers; whoever reads the finding of a file has
keys and values before them.
"""

from __future__ import annotations

import re
from typing import Final

import attrs

from itsm_core.errors import Fault
from itsm_core.policy._inline import written

_BOUND: Final = {"field": "reopen_count", "operator": "<", "value": 10}
_NUMBER: Final = re.compile(r"['\"](-?\d{1,18})['\"]")


def in_file(fault: Fault, form: str) -> Fault:
    """Return a fault with the remedy that a file of a format can follow."""
    remedy = _remedy(fault, form)
    return attrs.evolve(fault, remedy=remedy) if remedy else fault


def _remedy(fault: Fault, form: str) -> str:
    """Return what to write in the file; nothing where the fault's own remedy will do."""
    match fault.code:
        case "unbounded-reopen":
            return f"bound it: {written(form, 'guard', _BOUND)}, or any other number"
        case "wrong-constant" if (number := _NUMBER.fullmatch(fault.value)) is not None:
            return f"write {written(form, 'value', int(number[1]))}, without quotes"
        case "no-hold-reasons":
            return f"add {written(form, 'hold_reasons', ['awaiting_requester'])}"
        case "staying-moves":
            return "remove target: what records without moving has none"
        case "no-target" if fault.where.endswith("to"):
            either = written(form, "to", "P1"), written(form, "levels", 1)
            return f"write {either[0]}, or {either[1]}"
        case _:
            return ""
