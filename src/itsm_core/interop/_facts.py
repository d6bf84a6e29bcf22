"""Facts of a log, straight from its columns: golden numbers by which an import is checked.

They use the log's own columns and its own clock readings, never events or verdicts of ours, so
that a reader can recompute every one with a spreadsheet. Hours are wall-clock hours from opening
to the declared resolve date; percentiles are type 7 (linear, as in spreadsheets and NumPy).
"""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Callable, Iterable, Sequence
from datetime import date, timedelta
from itertools import pairwise
from typing import Final

import attrs

from itsm_core.interop._dates import DateReader
from itsm_core.interop._mapping import LogMapping
from itsm_core.interop._quality import DataQuality
from itsm_core.interop._rows import Row, Snapshot
from itsm_core.interop._table import LogTable
from itsm_core.lifecycle import StateCategory

__all__ = ["NOT_YET_COVERED", "LogFacts"]

NOT_YET_COVERED: Final = (
    "snapshots_14d_cohort",
    "day_boundary",
    "agents.top20_overlap_raw_vs_beta_binomial",
    "promise_coverage",
)
"""Facts that need survival estimates, shrinkage or other zones: `itsm_core.metrics` tells them."""

_HOUR_US: Final = 3_600_000_000
_DAY_US: Final = 24 * _HOUR_US
_FIRST_DAY: Final = date(1970, 1, 1)
_DONE: Final = frozenset({StateCategory.RESOLVED, StateCategory.CLOSED, StateCategory.CANCELLED})
_TRUE: Final = frozenset({"true", "1", "yes", "y", "t"})
_FEW: Final = 10
"""Fewer tickets than this and a person's share says nothing."""


def percentile(values: Sequence[float], share: float) -> float:
    """Return the type-7 percentile of sorted values, for a share from 0 to 1."""
    place = (len(values) - 1) * share
    low = int(place)
    high = min(low + 1, len(values) - 1)
    return values[low] + (place - low) * (values[high] - values[low])


def _mean(values: Iterable[float]) -> float:
    known = list(values)
    return sum(known) / len(known) if known else 0.0


@attrs.frozen(kw_only=True)
class _Outline:
    """Keep what the facts need of one ticket; `last` is its final row."""

    last: Snapshot
    kept_first: bool
    kept_last: bool
    groups: int
    waited: bool
    reopened: bool
    starts_resolved: bool
    resolved_us: int | None
    hours: float | None
    same_day: bool
    shift_hours: float | None

    @property
    def unassigned_again(self) -> bool:
        """Return whether the log counts no reassignment."""
        return self.last.reassignment_count == "0"

    @property
    def never_reopened(self) -> bool:
        """Return whether the log counts no reopening."""
        return self.last.reopen_count == "0"

    @property
    def within_an_hour(self) -> bool:
        """Return whether it was resolved an hour after opening, or sooner."""
        return self.hours is not None and self.hours <= 1


@attrs.define
class LogFacts:
    """Count over one ticket after another; `to_json` gives the facts by their names.

    >>> from pathlib import Path
    >>> from tempfile import TemporaryDirectory
    >>> from itsm_core.interop import load_mapping, read_log
    >>> text = '''{"audits": [{"ticket_id": 7, "id": 1, "created_at": "2026-01-05T08:00:00Z",
    ... "author_id": 5, "events": [{"type": "Create", "field_name": "status", "value": "new"}]}]}'''
    >>> with TemporaryDirectory() as folder:
    ...     path = Path(folder, "audits.json")
    ...     _ = path.write_text(text, encoding="utf-8")
    ...     facts = read_log(path, load_mapping("zendesk_audits")).facts
    >>> facts["incidents"], facts["events"], facts["states"]
    (1, 1, {'new': 1})
    """

    mapping: LogMapping
    dates: DateReader
    outlines: list[_Outline] = attrs.field(factory=list)
    kept_rows: int = 0

    def add(self, rows: list[Row]) -> None:
        """Count one ticket's rows, in their declared order."""
        end, last = rows[-1], rows[-1].cells
        kept = [row.cells.own_verdict.casefold() in _TRUE for row in rows]
        self.kept_rows += sum(kept)
        categories = [None if row.state is None else row.state.category for row in rows]
        known = [each for each in categories if each is not None]
        opened = self._local(last.opened_at, end, "opened_at")
        resolved = self._local(last.resolved_at, end, "resolved_at")
        self.outlines.append(
            _Outline(
                last=last,
                kept_first=kept[0],
                kept_last=kept[-1],
                groups=len({row.cells.group for row in rows} - {""}),
                waited=StateCategory.ON_HOLD in known,
                reopened=any(a in _DONE and b not in _DONE for a, b in pairwise(known)),
                starts_resolved=categories[0] is StateCategory.RESOLVED,
                resolved_us=resolved,
                hours=_hours(opened, resolved),
                same_day=opened is not None
                and resolved is not None
                and opened // _DAY_US == resolved // _DAY_US,
                shift_hours=_hours(_first_resolved(rows, categories), resolved),
            )
        )

    def _local(self, text: str, row: Row, role: str) -> int | None:
        return self.dates.read(text, row.line, role).local_us if text else None

    def to_json(self, table: LogTable, quality: DataQuality) -> dict[str, object]:
        """Return the facts that the mapped columns allow, rounded as the published ones are."""
        has = self.mapping.columns.keys()
        facts: dict[str, object] = {
            "events": table.rows,
            "incidents": len(table.tickets),
            "states": dict(table.states),
            "log_defects": {
                **{f"state_{state}_rows": rows for state, rows in quality.ignored_states},
                "tickets_with_time_going_backwards": quality.tickets_going_backwards,
                "rows_with_equal_consecutive_timestamp": _rounded(
                    quality.rows_equal_time / table.rows
                ),
            },
        }
        if "resolved_at" in has:
            facts |= self._times()
        if "own_verdict" in has:
            facts["made_sla"] = self._own_verdicts(table.rows)
        if {"reopen_count", "reassignment_count", "group", "resolved_at"} <= has:
            facts["fcr_variants"] = self._first_contact()
            facts["reopen"] = self._reopenings()
        if {"own_verdict", "resolved_by"} <= has:
            facts["agents"] = self._agents()
        return facts

    def _times(self) -> dict[str, object]:
        hours = sorted(each.hours for each in self.outlines if each.hours is not None)
        missing = len(self.outlines) - len(hours)
        if not hours:
            return {"resolved_at_missing": missing}
        mean = _mean(hours)
        weeks: defaultdict[tuple[int, int], list[float]] = defaultdict(list)
        for each in self.outlines:
            if each.hours is not None and each.resolved_us is not None:
                day = _FIRST_DAY + timedelta(days=each.resolved_us // _DAY_US)
                weeks[day.isocalendar()[:2]].append(each.hours)
        p90 = round(percentile(hours, 0.9), 3)
        return {
            "resolved_at_missing": missing,
            "mttr_h": {
                "mean": round(mean, 3),
                "median": round(percentile(hours, 0.5), 3),
                "p90_type7": p90,
                "share_above_mean": _rounded(sum(each > mean for each in hours) / len(hours)),
            },
            "p90_h": {
                "overall": p90,
                "mean_of_weekly_p90_by_resolution_week": round(
                    _mean(percentile(sorted(week), 0.9) for week in weeks.values()), 3
                ),
            },
        }

    def _own_verdicts(self, rows: int) -> dict[str, object]:
        def over(role: str) -> float:
            groups: defaultdict[str, list[bool]] = defaultdict(list)
            for each in self.outlines:
                groups[getattr(each.last, role)].append(each.kept_last)
            return _rounded(_mean(_mean(group) for group in groups.values()))

        return {
            "by_event_row": _rounded(self.kept_rows / rows),
            "by_first_row": self._share(each.kept_first for each in self.outlines),
            "by_final_row": self._share(each.kept_last for each in self.outlines),
            "unweighted_mean_over_groups": over("group"),
            "unweighted_mean_over_priorities": over("priority"),
        }

    def _first_contact(self) -> dict[str, object]:
        def share(rule: Callable[[_Outline], bool]) -> float:
            return round(_mean(map(rule, self.outlines)), 3)

        return {
            "reassign==0": share(lambda t: t.unassigned_again),
            "reassign==0 & reopen==0": share(lambda t: t.unassigned_again and t.never_reopened),
            "one group ever & no reopen": share(lambda t: t.groups <= 1 and t.never_reopened),
            "resolved<=1h": share(lambda t: t.within_an_hour),
            "reassign==0 & reopen==0 & <=1h": share(
                lambda t: t.unassigned_again and t.never_reopened and t.within_an_hour
            ),
            "same calendar day": share(lambda t: t.same_day),
            "never waited & no reassign & no reopen": share(
                lambda t: not t.waited and t.unassigned_again and t.never_reopened
            ),
            "first log row already Resolved": share(lambda t: t.starts_resolved),
        }

    def _reopenings(self) -> dict[str, object]:
        shifts = sorted(
            each.shift_hours
            for each in self.outlines
            if each.shift_hours is not None and each.shift_hours > 1
        )
        return {
            "reopen_count>0": sum(
                each.last.reopen_count not in ("", "0") for each in self.outlines
            ),
            "backward_state_tickets": sum(each.reopened for each in self.outlines),
            "resolved_at_overwritten_by_reopen_>1h": len(shifts),
            "median_shift_h": round(percentile(shifts, 0.5), 2) if shifts else 0.0,
        }

    def _agents(self) -> dict[str, object]:
        people: defaultdict[str, list[bool]] = defaultdict(list)
        for each in self.outlines:
            if each.last.resolved_by:
                people[each.last.resolved_by].append(each.kept_last)
        perfect = sorted(float(len(kept)) for kept in people.values() if all(kept))
        return {
            "n": len(people),
            "n_lt_10": sum(len(kept) < _FEW for kept in people.values()),
            "raw_100pct": len(perfect),
            "median_n_of_100pct": percentile(perfect, 0.5) if perfect else 0,
        }

    def _share(self, flags: Iterable[bool]) -> float:
        return _rounded(_mean(flags))


def _first_resolved(rows: list[Row], categories: list[StateCategory | None]) -> int | None:
    if StateCategory.RESOLVED not in categories:
        return None
    return rows[categories.index(StateCategory.RESOLVED)].at.local_us


def _hours(start: int | None, end: int | None) -> float | None:
    return None if start is None or end is None else (end - start) / _HOUR_US


def _rounded(value: float) -> float:
    return round(value, 4)
