"""From layers, swaps, absences and overrides to one final schedule (law E4).

In this order: the rotation of a layer has a turn, swaps move it, absences replace who is away; a
layer where nobody is left is looked through; the highest layer with somebody wins; overrides stand
above all layers, and who is away is replaced there, too. So nobody who is away is ever on call.
"""

from __future__ import annotations

import itertools
from bisect import bisect_left, bisect_right
from collections.abc import Iterable, Iterator
from typing import Final, TypeVar

import attrs

from itsm_core.errors import InstantOutOfRange
from itsm_core.ids import PersonId
from itsm_core.rosters._faults import speaking
from itsm_core.rosters._fields import START_OF_TIME
from itsm_core.rosters._shift import Shift, ShiftKind, joined
from itsm_core.rosters._turns import Turns
from itsm_core.rosters._values import Absence, Crew, Override, Rotation, Swap
from itsm_core.spans import END_OF_TIME, Pair, complemented, instant, intersected, merged

CHUNK_BITS: Final = 42
"""A chunk has 2**42 microseconds, 51 days: quick to compile, also where people change hourly."""

REACH: Final = 25 << 45
"""How far the ends of a shift are looked for, in microseconds: 28 years, longer than any turn."""

_FIRST_LOOK: Final = 1 << 37
"""A day and a half: most shifts that cross the edge of a chunk end within it."""

_MOST_CHUNKS: Final = 1_024
_Ranged = TypeVar("_Ranged", Override, Swap, Absence)

Chunk = tuple[list[int], list[Shift]]


@attrs.frozen
class Changes:
    """Hold what was changed by hand within one window, and answer for single instants."""

    swaps: tuple[Swap, ...]
    absences: tuple[Absence, ...]
    cuts: tuple[int, ...]

    @classmethod
    def within(
        cls, swaps: Iterable[Swap], absences: Iterable[Absence], low: int, high: int
    ) -> Changes:
        """Return the changes that bear on `[low, high)`."""
        some, away = _touching(swaps, low, high), _touching(absences, low, high)
        ends = {end for each in (*some, *away) for end in each.pair}
        return cls(some, away, tuple(sorted(ends)))

    def pieces(self, low: int, high: int) -> Iterator[Pair]:
        """Yield `[low, high)` cut wherever a change begins or ends."""
        first, last = bisect_right(self.cuts, low), bisect_left(self.cuts, high)
        ends = (low, *self.cuts[first:last], high)
        return itertools.pairwise(ends)

    def applied(self, crew: Crew, at: int, *, swap: bool) -> tuple[Crew, ShiftKind | None, str]:
        """Return who is left of a crew at an instant, what changed it last, and the words."""
        moved = self._swapped(crew, at) if swap else {}
        kind: ShiftKind | None = "swapped" if moved else None
        notes = [str(each) for each in moved.values()]
        people: list[PersonId] = []
        for person in crew:
            present, absences = self._present(
                moved[person].taker if person in moved else person, at
            )
            notes += [str(each) for each in absences if str(each) not in notes]
            kind = "substituted" if absences else kind
            if present and present not in people:
                people.append(present)
        return tuple(people), kind, "; ".join(notes)

    def _swapped(self, crew: Crew, at: int) -> dict[PersonId, Swap]:
        """Return the swap that moves each giver; of several the last in the list."""
        return {
            swap.giver: swap
            for swap in self.swaps
            if swap.start_us <= at < swap.end_us and swap.giver in crew
        }

    def _present(self, person: PersonId, at: int) -> tuple[PersonId, list[Absence]]:
        """Follow the chain of substitutes to somebody who is there; "" is nobody."""
        followed: list[Absence] = []
        away = speaking(self.absences, at)
        while person in away:
            # The chain ends: a roster with a circle of absences was refused.
            followed.append(away[person])
            person = away[person].substitute
        return person, followed


def _touching(values: Iterable[_Ranged], low: int, high: int) -> tuple[_Ranged, ...]:
    return tuple(each for each in values if each.start_us < high and low < each.end_us)


class Schedule:
    """Answer from the final schedule of a roster, compiled a chunk of time at a time."""

    def __init__(
        self,
        layers: tuple[Rotation, ...],
        overrides: tuple[Override, ...],
        swaps: tuple[Swap, ...],
        absences: tuple[Absence, ...],
    ) -> None:
        self._layers = layers
        self._turns = tuple(Turns(layer) for layer in layers)
        self._overrides = overrides
        self._swaps = swaps
        self._absences = absences
        self._raw: dict[int, list[Shift]] = {}
        self.chunks: dict[int, Chunk] = {}

    def at(self, at: int) -> Shift:
        """Return the shift of an instant, with its true ends."""
        starts, shifts = self._chunk(at >> CHUNK_BITS)
        return shifts[bisect_right(starts, at) - 1]

    def between(self, low: int, high: int) -> list[Shift]:
        """Return the shifts within `[low, high)`, clipped to it: adjacent, without a hole."""
        found: list[Shift] = []
        if low == high:
            return found  # in no time nobody is on call (law T3)
        for number in range(low >> CHUNK_BITS, (high >> CHUNK_BITS) + 1):
            for shift in self._compiled(number):
                if shift.start_us < high and low < shift.end_us:
                    joined(found, shift.clipped(low, high))
        return found

    def layer_between(self, layer: int, low: int, high: int) -> list[Shift]:
        """Return what one layer alone says within `[low, high)`: no shift where it has nobody."""
        changes = Changes.within(self._swaps, self._absences, low, high)
        return [shift for shift in self._layer(layer, low, high, changes) if shift.people]

    # -- chunks -----------------------------------------------------------------------------------

    def _chunk(self, number: int) -> Chunk:
        chunk = self.chunks.get(number)
        if chunk is None:
            if len(self.chunks) >= _MOST_CHUNKS:
                self.chunks.clear()
            shifts = list(self._compiled(number))
            first, last = shifts[0], shifts[-1]
            shifts[0] = attrs.evolve(first, start_us=self._start_of(first))
            shifts[-1] = attrs.evolve(shifts[-1], end_us=self._end_of(last))
            # The first shift may begin long before the chunk: what is asked lies inside it.
            starts = [(number << CHUNK_BITS), *(shift.start_us for shift in shifts[1:])]
            chunk = self.chunks[number] = (starts, shifts)
        return chunk

    def _start_of(self, shift: Shift) -> int:
        """Return when a shift begins that was cut at its start, in ever longer looks back."""
        at, look = shift.start_us, _FIRST_LOOK
        limit = max(at - REACH, START_OF_TIME)
        while at > limit:
            first = max(at - look, limit)
            before = self._compile(first, at)
            if not shift.continues(before[-1]):
                break
            shift = before[-1]
            if len(before) > 1:
                break
            at, look = first, look * 4
        return shift.start_us

    def _end_of(self, shift: Shift) -> int:
        """Return when a shift ends that was cut at its end, in ever longer looks ahead."""
        at, look = shift.end_us, _FIRST_LOOK
        limit = min(at + REACH, END_OF_TIME)
        while at < limit:
            last = min(at + look, limit)
            after = self._compile(at, last)
            if not after[0].continues(shift):
                break
            shift = after[0]
            if len(after) > 1:
                break
            at, look = last, look * 4
        return shift.end_us

    def _compiled(self, number: int) -> list[Shift]:
        found = self._raw.get(number)
        if found is None:
            if len(self._raw) >= _MOST_CHUNKS:
                self._raw.clear()
            low = max(number << CHUNK_BITS, START_OF_TIME)
            high = min((number + 1) << CHUNK_BITS, END_OF_TIME + 1)
            if low >= high:
                what = "instant outside the years 1 to 9999"
                raise InstantOutOfRange(what, number << CHUNK_BITS, "ask about a year inside them")
            found = self._raw[number] = self._compile(low, high)
        return found

    # -- one window -------------------------------------------------------------------------------

    def _compile(self, low: int, high: int) -> list[Shift]:
        """Return the final schedule of a window: the highest with somebody wins everywhere."""
        changes = Changes.within(self._swaps, self._absences, low, high)
        sources = [
            self._override(override, low, high, changes)
            for override in reversed(_touching(self._overrides, low, high))
        ]
        sources += [
            self._layer(number, low, high, changes) for number in reversed(range(len(self._layers)))
        ]
        found: list[Shift] = []
        empty: list[Shift] = []
        free: list[Pair] = [(low, high)]
        for source in sources:
            taken = [shift for shift in source if shift.people or shift.kind == "nobody"]
            empty += [shift for shift in source if not shift.people and shift.kind != "nobody"]
            found += _parts(taken, free)
            free = _without(free, taken, low, high)
        for start, end in free:
            found += self._nobody(start, end, empty)
        found.sort(key=_start)
        result: list[Shift] = []
        for shift in found:
            joined(result, shift)
        return result

    def _layer(self, number: int, low: int, high: int, changes: Changes) -> list[Shift]:
        """Return the turns of one layer after swaps and absences; an emptied one has no people."""
        rotation = self._layers[number]
        found: list[Shift] = []
        for start, end, turn in self._turns[number].between(low, high):
            crew = rotation.people[turn % len(rotation.people)]
            why = f"turn {turn + 1} of {rotation.name}"
            for first, last in changes.pieces(start, end):
                people, kind, note = changes.applied(crew, first, swap=True)
                shift = Shift(
                    start_us=first,
                    end_us=last,
                    people=people,
                    layer=rotation.name,
                    kind=kind or "turn",
                    why=f"{why}; {note}" if note else why,
                    planned=crew,
                    turn=turn + 1,
                )
                joined(found, shift)
        return found

    @staticmethod
    def _override(override: Override, low: int, high: int, changes: Changes) -> list[Shift]:
        """Return the stretches of an override; where all its people are away it has nobody."""
        found: list[Shift] = []
        start, end = max(low, override.start_us), min(high, override.end_us)
        for first, last in changes.pieces(start, end):
            people, _, note = changes.applied(override.people, first, swap=False)
            shift = Shift(
                start_us=first,
                end_us=last,
                people=people,
                kind="override" if override.people else "nobody",
                why=f"{override}; {note}" if note else str(override),
                planned=override.people,
            )
            joined(found, shift)
        return found

    def _nobody(self, low: int, high: int, empty: list[Shift]) -> Iterator[Shift]:
        """Yield a stretch that nobody covers, cut where the reason changes."""
        cuts = {end for shift in empty for end in (shift.start_us, shift.end_us)}
        cuts |= {end for turns in self._turns for end in (turns.start, turns.end)}
        ends = [low, *sorted(each for each in cuts if low < each < high), high]
        for start, end in itertools.pairwise(ends):
            away = [shift for shift in empty if shift.start_us <= start < shift.end_us]
            why = "; ".join(shift.why for shift in away) or self._why_nobody(start)
            planned = away[0].planned if away else ()
            yield Shift(start_us=start, end_us=end, why=f"nobody: {why}", planned=planned)

    def _why_nobody(self, at: int) -> str:
        if not self._turns:
            return "the roster has no layers"
        if all(at < turns.start for turns in self._turns):
            first = instant(min(turns.start for turns in self._turns)).isoformat()
            return f"no rotation begins before {first}"
        if all(turns.end <= at for turns in self._turns):
            return "every rotation has ended"
        return "outside the hours of every rotation"


def _start(shift: Shift) -> int:
    return shift.start_us


def _parts(shifts: list[Shift], free: list[Pair]) -> Iterator[Shift]:
    """Yield the parts of sorted shifts that lie in sorted free time."""
    at = 0
    for shift in shifts:
        while at < len(free) and free[at][1] <= shift.start_us:
            at += 1
        number = at
        while number < len(free) and free[number][0] < shift.end_us:
            yield shift.clipped(*free[number])
            number += 1


def _without(free: list[Pair], taken: list[Shift], low: int, high: int) -> list[Pair]:
    if not taken:
        return free
    covered = merged((shift.start_us, shift.end_us) for shift in taken)
    return intersected(free, complemented(covered, low, high))
