"""How far back a task looks, and the steps in which ages are told apart while one chooses."""

from __future__ import annotations

import math
from typing import Final

from itsm_core.linking._values import Task

__all__ = ["EDGES_US", "STEP", "window_us"]

_DAY_US: Final = 86_400_000_000
_FOREVER_DAYS: Final = 4_000_000
_FOREVER_US: Final = _FOREVER_DAYS * _DAY_US
"""Longer than from year 1 to year 9999."""

STEP: Final = 0.1
"""Ages are told apart in steps of 10 % while candidates are chosen; ranking takes them exactly."""


def window_us(task: Task) -> int:
    """Return how far from an instant a task looks, in microseconds, at least one."""
    days = min(task.window_days, _FOREVER_DAYS)
    return max(1, round(days * _DAY_US)) if days else _FOREVER_US


def _edges() -> tuple[int, ...]:
    found: list[int] = []
    while not found or found[-1] < _FOREVER_US:
        found.append(round(math.expm1(STEP * (len(found) + 1)) * _DAY_US))
    return tuple(found)


EDGES_US: Final = _edges()
"""Where each step of age ends, in microseconds; the last lies beyond year 9999."""
