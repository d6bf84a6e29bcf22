"""Business time over whole columns: due instants, what is left, and a dashboard's question."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import pyarrow as pa

from itsm_core import BusinessCalendar, WeeklyHours
from itsm_core.bulk import BulkCalendar, OpenClocks
from itsm_core.calendars import public_holidays

office = BusinessCalendar(
    zone="Europe/Berlin",
    hours=WeeklyHours.parse("Mo-Fr 09:00-12:30, 13:30-18:00"),
    holidays=public_holidays("DE"),
)
desk = BulkCalendar(office)

# A hundred thousand tickets of one year, opened at any minute of it; numpy's datetimes are UTC.
rng = np.random.default_rng(36)
minutes = rng.integers(0, 365 * 24 * 60, 100_000)
opened = np.datetime64("2025-01-01T00:00", "us") + minutes.astype("m8[m]")
due = desk.add(opened, timedelta(hours=8))
print(f"{len(due):,} due instants, the last of them {due.max().item():%Y-%m-%d %H:%M} UTC")

# The scalar engine says the same, ticket by ticket.
for row in range(0, len(due), 10_000):
    start = opened[row].item().replace(tzinfo=UTC)
    assert office.add(start, timedelta(hours=8)) == due[row].item().replace(tzinfo=UTC)

# What is left of every clock, now: one subtraction each.
clocks = OpenClocks(desk, due)
left = np.asarray(clocks.remaining(datetime(2025, 12, 30, 9, tzinfo=UTC)))
print(f"{(left > np.timedelta64(0, 'us')).sum()} clocks have time left on 30 December")

# Arrow columns, and through them series of pandas and polars, keep their zone and their gaps.
berlin = pa.timestamp("us", "Europe/Berlin")
arrow = pa.array([datetime(2025, 12, 23, 16, tzinfo=UTC), None], berlin)
answer = desk.add(arrow, timedelta(hours=4))
assert isinstance(answer, pa.Array)
print(answer.type, [str(each) for each in answer.to_pylist()])
