"""`Mover` grows the table when an answer lies beyond it, in both directions."""

from __future__ import annotations

import numpy as np

from itsm_core.bulk import BulkCalendar
from itsm_core.spans import instant
from tests.unit.bulk.cases import HOUR, OFFICE, instants


def test_moves_reach_other_years_when_the_amount_does() -> None:
    """Twelve thousand working hours are six years on, or back: the same as in small steps."""
    at = instants(30)
    amounts = np.full(30, 12_000 * HOUR)
    later = BulkCalendar(OFFICE).add(at, amounts)
    earlier = np.asarray(BulkCalendar(OFFICE).subtract(at, amounts), np.int64)
    for n in range(30):
        assert OFFICE.between_micros(int(at[n]), int(later[n])) == 12_000 * HOUR
        assert OFFICE.between_micros(int(earlier[n]), int(at[n])) == 12_000 * HOUR
        assert OFFICE.previous_close(instant(int(later[n]))) == instant(int(later[n]))
