"""Check a foreign event log against a lifecycle, case by case (law L8).

The lifecycle is compiled to linked tables (`_net`): for each place, the log's name leads to the
next table. A sound event then costs one look-up; all else is decided off the fast path.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from datetime import datetime
from heapq import nsmallest
from typing import Final, Literal, TypeAlias, cast

from itsm_core.errors import InvalidValue
from itsm_core.lifecycle._discovery import ProposedLifecycle
from itsm_core.lifecycle._fitness import (
    CaseConformance,
    Conformance,
    Deviation,
    DeviationKind,
    fitness,
)
from itsm_core.lifecycle._foreign import ForeignLog, check_first, refusal_of, told
from itsm_core.lifecycle._net import LogNames, Net, Table, compiled
from itsm_core.lifecycle._values import Lifecycle
from itsm_core.spans import as_micros

__all__ = ["CasesEnd", "conformance", "conformance_of_cases"]

CasesEnd: TypeAlias = Literal["with_log", "with_next_case", "in_final_state"]
"""When a case is over: see `conformance`."""

_CASES_END: Final = ("with_log", "with_next_case", "in_final_state")
_MOST_KINDS: Final = 10_000
_MOST_NAMED: Final = 100
_WORST: Final = 10


def conformance(
    lifecycle: Lifecycle | ProposedLifecycle,
    log: ForeignLog,
    *,
    names: LogNames | None = None,
    endings: Iterable[str] | None = None,
    cases_end: CasesEnd = "with_log",
) -> Conformance:
    """Check every case of a log against a lifecycle, in one pass.

    The log is a series of (case id, name, instant) or of ticket events, each case in the order of
    its time; cases may be mixed. Without `names`, the names are the lifecycle's own states. A
    state told again is no move. Guards, roles and fields are not judged: a log does not hold them.

    `endings` are the states in which a case may rest: the final ones unless told otherwise. Add
    the open ones to judge a log that was cut while tickets were alive.

    `cases_end` says how long a case is held in memory: until the log ends, since anything may
    still come (`with_log`); until another case id comes, for logs grouped by case
    (`with_next_case`); until it enters an ending without exits (`in_final_state`), and then an
    event that comes after all is judged as the beginning of another case.

    Fitness is that of token-based replay: the lifecycle is a Petri net with a place for each
    state, one more before the beginning, and a labelled transition for each move. A move that
    cannot fire gets its missing token; the token that it did not take stays behind, and later
    moves may take it. Of several tokens a name takes the one where the case stands, else the one
    left last. The final marking is one token in an ending.

    Raises:
        InvalidValue: `names` or `endings` name what the lifecycle does not have; a trigger leads
            from one state to several, so that its name alone does not say where; an event is no
            (case id, name, instant), or its instant has no zone.

    >>> from itsm_core.lifecycle import INCIDENT
    >>> log = [("A", "new", 0), ("A", "resolved", 1), ("A", "closed", 2), ("B", "closed", 3)]
    >>> found = conformance(INCIDENT, log)
    >>> found.fitting_cases, found.cases, found.missing, found.consumed
    (1, 2, 1, 6)
    >>> print(found.deviations[0])
    1 times in 1 cases: at the beginning came 'closed'; expected 'new'

    References:
        A. Rozinat, W. van der Aalst: Conformance checking of processes based on monitoring real
        behavior, Information Systems 33 (2008), with the counting of pm4py's token-based replay.
    """
    net = compiled(lifecycle, names, endings)
    replay = _Replay(net, cases_end)
    tally = _Tally()
    for case in replay.cases(log):
        tally.add(case)
    return _summary(lifecycle, replay, tally)


def conformance_of_cases(
    lifecycle: Lifecycle | ProposedLifecycle,
    log: ForeignLog,
    *,
    names: LogNames | None = None,
    endings: Iterable[str] | None = None,
    cases_end: CasesEnd = "with_log",
) -> Iterator[CaseConformance]:
    """Yield what came of each case as soon as it is over; the arguments are `conformance`'s.

    Raises:
        InvalidValue: as `conformance`, the faults of the mapping at once, those of the log on
            the way.

    >>> from itsm_core.lifecycle import INCIDENT, conformance_of_cases
    >>> log = [("A", "new", 0), ("A", "resolved", 1), ("B", "new", 2), ("A", "closed", 3)]
    >>> for case in conformance_of_cases(INCIDENT, log, cases_end="in_final_state"):
    ...     print(case.case_id, case.fits, case.place)
    A True closed
    B False new
    """
    net = compiled(lifecycle, names, endings)
    return (case.judged() for case in _Replay(net, cases_end).cases(log))


# --- the replay ----------------------------------------------------------------------------------


class _Case:
    """Hold one case on its way: where it stands, how many moves it made, and its trouble."""

    __slots__ = ("at", "case_id", "moves", "table", "trouble")

    def __init__(self, case_id: str, table: Table, at: datetime | int) -> None:
        self.case_id = case_id
        self.table = table
        self.moves = 0
        self.at = at
        self.trouble: _Trouble | None = None

    def judged(self) -> CaseConformance:
        """Return the case as a value; token replay keeps as many tokens as it had to lend."""
        trouble = self.trouble
        missing = trouble.missing if trouble else 0
        return CaseConformance(
            case_id=self.case_id,
            place=self.table.place,
            produced=self.moves + 1,
            consumed=self.moves + 1,
            missing=missing,
            remaining=missing,
            deviations=tuple(trouble.named(self.case_id)) if trouble else (),
            deviation_count=trouble.count if trouble else 0,
        )


class _Trouble:
    """Hold the tokens that a case left behind, the last one last, and its deviations.

    `slips` is flat (kind, position, instant, kind, ...), and most cases hold one or two: fewer
    objects are fewer for the garbage collector to walk while half a million cases are open.
    """

    __slots__ = ("count", "left", "missing", "rest", "slips")

    def __init__(self) -> None:
        self.left: dict[str, int] = {}
        self.missing = 0
        self.count = 0
        self.slips: list[object] = []
        self.rest: set[_Kind] | None = None

    def leave(self, place: str) -> None:
        self.left[place] = self.left.pop(place, 0) + 1

    def take(self, place: str) -> None:
        self.left[place] -= 1
        if not self.left[place]:
            del self.left[place]

    def note(self, kind: _Kind, position: int, at: datetime | int) -> None:
        """Count a deviation; the first hundred are kept."""
        self.count += 1
        kind.count += 1
        is_new = kind not in self.slips and (self.rest is None or kind not in self.rest)
        kind.cases += is_new
        if self.count <= _MOST_NAMED:
            self.slips += (kind, position, at)
        elif is_new:
            self.rest = {*(self.rest or ()), kind}

    def named(self, case_id: str) -> Iterator[Deviation]:
        """Yield the kept deviations as values."""
        for place in range(0, len(self.slips), 3):
            kind, position, at = self.slips[place : place + 3]
            yield cast("_Kind", kind).named(case_id, cast("int", position), cast("int", at))


class _Kind:
    """Count one kind of deviation; the first instance is its example."""

    __slots__ = ("at", "came", "case_id", "cases", "code", "count", "expected", "place", "position")

    def __init__(
        self, key: tuple[str, str, str], expected: tuple[str, ...], case: _Case, at: datetime | int
    ) -> None:
        self.code, self.place, self.came = key
        self.expected = expected
        self.count = self.cases = 0
        self.case_id = case.case_id
        self.position = case.moves or 1
        self.at = at

    def named(self, case_id: str, position: int, at: datetime | int) -> Deviation:
        return Deviation(
            code=self.code,
            case_id=case_id,
            place=self.place,
            came=self.came,
            expected=self.expected,
            position=position,
            at_us=as_micros(at),
        )

    def summed(self) -> DeviationKind:
        return DeviationKind(
            code=self.code,
            place=self.place,
            came=self.came,
            expected=self.expected,
            count=self.count,
            cases=self.cases,
            example=self.named(self.case_id, self.position, self.at),
        )


class _Replay:
    """Judge the events of a log one by one; the counts are complete when the log is."""

    def __init__(self, net: Net, cases_end: CasesEnd) -> None:
        if cases_end not in _CASES_END:
            raise InvalidValue("not an end of cases", cases_end, f"use one of {_CASES_END}")
        self.net = net
        self.is_grouped = cases_end == "with_next_case"
        self.forgets = cases_end == "in_final_state"
        self.repeats = self.ignored = self.unknown = self.late = self.unnamed = 0
        self.kinds: dict[tuple[str, str, str], _Kind] = {}

    def cases(self, log: ForeignLog) -> Iterator[_Case]:
        """Yield each case when it is over."""
        open_cases: dict[str, _Case] = {}
        find, counted = open_cases.get, self.net.triggers
        start, forgets, is_grouped = self.net.start, self.forgets, self.is_grouped
        event: object = None
        try:
            for event in told(log):
                case_id, name, at = event
                case = find(case_id)
                if case is None:
                    check_first(at)
                    if is_grouped and open_cases:
                        yield from self._over(open_cases)
                    case = open_cases[case_id] = _Case(case_id, start, at)
                table = case.table
                after = table.get(name)
                if after is None:
                    self._deviate(case, name, at)
                elif after is not table:
                    case.table = after
                    case.moves += 1
                elif name in counted:
                    case.moves += 1
                else:
                    self.repeats += 1
                if at < case.at:  # type: ignore[operator]
                    self.late += 1
                case.at = at
                if forgets and case.table.is_final:
                    yield from self._over({case_id: open_cases.pop(case_id)})
        except InvalidValue:
            raise
        except (TypeError, ValueError) as error:
            raise refusal_of(event, error) from error
        yield from self._over(open_cases)

    def _over(self, ended: dict[str, _Case]) -> Iterator[_Case]:
        # Taken out one by one: what `_end` adds to a case is given back with it.
        for case_id in list(ended):
            case = ended.pop(case_id)
            if not case.moves and case.trouble is None:
                continue  # only ignored names: there was no case
            if not case.table.is_ending:
                self._end(case)
            yield case

    def _end(self, case: _Case) -> None:
        trouble = self._note("not-ended", case, "", case.at)
        if not any(self.net.tables[place].is_ending for place in trouble.left):
            trouble.missing += 1

    def _deviate(self, case: _Case, name: str, at: datetime | int) -> None:
        """Judge an event that the place where the case stands does not expect."""
        net, here = self.net, case.table
        if name in net.ignored:
            self.ignored += 1
            return
        if name not in net.forced:
            self.unknown += 1
            self._note("unknown-name", case, name, at)
            return
        case.moves += 1
        trouble = self._note("illegal-move" if here.place else "wrong-beginning", case, name, at)
        for place in reversed(trouble.left):
            table = net.tables[place]
            after = table.get(name)
            if after is not None and (after is not table or name in net.triggers):
                if after is not table:
                    trouble.take(place)
                    trouble.leave(here.place)
                    case.table = after
                return
        trouble.missing += 1
        goes = net.forced[name]
        if goes:
            trouble.leave(here.place)
            case.table = net.tables[goes]
        else:  # it records without moving: the token it lacked is put back where it was looked for
            trouble.leave(net.sources[name])

    def _note(self, code: str, case: _Case, came: str, at: datetime | int) -> _Trouble:
        table = case.table
        if case.trouble is None:
            case.trouble = _Trouble()
        key = (code, table.place, came)
        kind = self.kinds.get(key)
        if kind is None:
            expected = self.net.endings if code == "not-ended" else table.expected
            kind = _Kind(key, expected, case, at)
            if len(self.kinds) < _MOST_KINDS:
                self.kinds[key] = kind
            else:
                self.unnamed += 1
        case.trouble.note(kind, case.moves or 1, at)
        return case.trouble


# --- the sum -------------------------------------------------------------------------------------


class _Tally:
    """Add up the cases that are over."""

    def __init__(self) -> None:
        self.cases = self.fitting = self.moves = self.missing = self.deviations = 0
        self.fitness_sum = 0.0
        self.worst: list[CaseConformance] = []

    def add(self, case: _Case) -> None:
        self.cases += 1
        self.moves += case.moves
        trouble = case.trouble
        if trouble is None:
            self.fitting += 1
            self.fitness_sum += 1.0
            return
        self.missing += trouble.missing
        self.deviations += trouble.count
        tokens = case.moves + 1
        ratio = fitness(tokens, tokens, trouble.missing, trouble.missing)
        self.fitness_sum += ratio
        if len(self.worst) < _WORST or ratio < self.worst[-1].fitness_ratio:
            found = [*self.worst, case.judged()]
            self.worst = nsmallest(_WORST, found, key=lambda each: each.fitness_ratio)


def _summary(
    lifecycle: Lifecycle | ProposedLifecycle, replay: _Replay, tally: _Tally
) -> Conformance:
    kinds = [kind.summed() for kind in replay.kinds.values()]
    version = f" version {lifecycle.version}" if isinstance(lifecycle, Lifecycle) else " (proposed)"
    tokens = tally.moves + tally.cases
    return Conformance(
        lifecycle=f"{lifecycle.name!r}{version}",
        cases=tally.cases,
        fitting_cases=tally.fitting,
        moves=tally.moves,
        repeats=replay.repeats,
        ignored=replay.ignored,
        unknown=replay.unknown,
        late_events=replay.late,
        produced=tokens,
        consumed=tokens,
        missing=tally.missing,
        remaining=tally.missing,
        mean_case_fitness_ratio=tally.fitness_sum / tally.cases if tally.cases else 1.0,
        deviation_count=tally.deviations,
        unnamed_deviations=replay.unnamed,
        deviations=tuple(sorted(kinds, key=lambda k: (-k.count, k.code, k.place, k.came))),
        worst=tuple(tally.worst),
    )
