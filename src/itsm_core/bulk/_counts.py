"""Counts of verdicts that can be added up, and the figures that they give (law M2)."""

from __future__ import annotations

from collections import Counter
from collections.abc import Iterable, Mapping
from datetime import timedelta

import attrs

from itsm_core.errors import InvalidValue
from itsm_core.metrics import KaplanMeier, Rate
from itsm_core.sla import ClockState

__all__ = ["ClockCounts"]


@attrs.frozen(kw_only=True)
class ClockCounts:
    """Count clocks by their state, whether they were stopped, and their elapsed time in steps.

    Elapsed times are rounded up to whole steps, and everything told of them is exact for the
    rounded ones; with a step of a microsecond nothing is rounded. Counts of different tickets add
    up (`pooled`), so that a part may be counted where it lies; a ticket counted twice is twice in
    every figure.

    Raises:
        InvalidValue: a step that is not above zero, or a count that is.

    >>> from datetime import timedelta
    >>> from itsm_core.bulk.spark import ClockCounts
    >>> from itsm_core.sla import ClockState
    >>> north, south = (
    ...     ClockCounts(step=timedelta(hours=1), clocks=clocks)
    ...     for clocks in (
    ...         {(ClockState.MET, True, 2): 3, (ClockState.BREACHED, True, 9): 1},
    ...         {(ClockState.MET, True, 4): 4},
    ...     )
    ... )
    >>> both = ClockCounts.pooled([north, south])
    >>> f"{both.kept.successes} of {both.kept.trials} kept"
    '7 of 8 kept'
    >>> both.elapsed_hours.quantile(0.5)
    4.0
    """

    step: timedelta
    clocks: Mapping[tuple[ClockState, bool, int], int]

    def __attrs_post_init__(self) -> None:
        if self.step <= timedelta(0):
            raise InvalidValue("a step without time", self.step, "use timedelta(minutes=1)")
        for (state, _, steps), count in self.clocks.items():
            if steps < 0 or count < 1:
                remedy = "pass what `count_verdicts` counted"
                raise InvalidValue(f"no count of {state.value} clocks", (steps, count), remedy)

    @classmethod
    def pooled(cls, counts: Iterable[ClockCounts]) -> ClockCounts:
        """Return the counts of all together.

        Raises:
            InvalidValue: there are none, or they have different steps.
        """
        told = tuple(counts)
        steps = sorted({each.step for each in told})
        if len(steps) != 1:
            remedy = "count all of them with one step"
            raise InvalidValue("counts that do not add up", [str(step) for step in steps], remedy)
        both: Counter[tuple[ClockState, bool, int]] = Counter()
        for each in told:
            both.update(each.clocks)
        return cls(step=steps[0], clocks=dict(both))

    @property
    def states(self) -> Mapping[ClockState, int]:
        """Return how many clocks are in each state; a state that none is in is 0."""
        found = dict.fromkeys(ClockState, 0)
        for (state, _, _), count in self.clocks.items():
            found[state] += count
        return found

    @property
    def kept(self) -> Rate:
        """Return how many promises were kept, of those that are decided: met or breached."""
        states = self.states
        met = states[ClockState.MET]
        return Rate(successes=met, trials=met + states[ClockState.BREACHED])

    @property
    def elapsed_hours(self) -> KaplanMeier:
        """Return how long clocks take until they are stopped, in hours of counted time.

        Those that go on, or were cancelled, count as long as they were watched (law M2).

        Raises:
            InvalidValue: there are no clocks.
        """
        hour = timedelta(hours=1)
        return KaplanMeier.of_counts(
            ((self.step * steps) / hour, count if stopped else 0, 0 if stopped else count)
            for (_, stopped, steps), count in self.clocks.items()
        )
