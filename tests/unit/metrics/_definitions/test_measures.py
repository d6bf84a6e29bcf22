"""Measures as data: what each refuses."""

from __future__ import annotations

from collections.abc import Callable
from datetime import timedelta

import pytest

from itsm_core.errors import InvalidValue
from itsm_core.metrics import (
    Backlog,
    ContactShare,
    ContactTime,
    Cost,
    MeanUntil,
    ShareWithin,
    TimeUntil,
    Until,
    Volume,
)

DAY = timedelta(days=1)


@pytest.mark.parametrize(
    ("kind", "fields"),
    [
        (ShareWithin, {"until": "resolved", "within": DAY}),
        (ShareWithin, {"until": Until.RESOLVED, "within": timedelta(0)}),
        (ShareWithin, {"until": Until.RESOLVED, "within": 24}),
        (ShareWithin, {"until": Until.RESOLVED, "within": DAY, "dashboard": "flow"}),
        (TimeUntil, {"until": Until.RESOLVED, "share": 1.0}),
        (TimeUntil, {"until": "resolved"}),
        (MeanUntil, {"until": Until.RESOLVED, "limit": -DAY}),
        (MeanUntil, {"until": None, "limit": DAY}),
        (Backlog, {"share": 0.0}),
        (Volume, {"of": "letters"}),
        (Cost, {"limit": timedelta(0)}),
        (ContactShare, {"of": "answered"}),
        (ContactShare, {"of": "abandoned", "within": DAY}),
        (ContactShare, {"of": "answered", "within": timedelta(0)}),
        (ContactShare, {"of": "lost"}),
        (ContactTime, {"of": "sleep"}),
        (ContactTime, {"of": "wait", "share": 2.0}),
    ],
)
def test_measure_is_refused_when_a_part_of_it_means_nothing(
    kind: Callable[..., object], fields: dict[str, object]
) -> None:
    """No such wait, no length, no share, nothing that comes in."""
    with pytest.raises(InvalidValue):
        kind(**fields)
