"""What came of checking a log: deviations by name, fitness by tokens (law L8)."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

import attrs

from itsm_core.spans import in_pendulum, instant

if TYPE_CHECKING:
    import pendulum

__all__ = ["CaseConformance", "Conformance", "Deviation", "DeviationKind"]

_MOST_LINES: Final = 12
_MOST_EXPECTED: Final = 6


def fitness(produced: int, consumed: int, missing: int, remaining: int) -> float:
    """Return 0.5 (1 - missing / consumed) + 0.5 (1 - remaining / produced), from 0 to 1."""
    return 0.5 * (1.0 - missing / consumed) + 0.5 * (1.0 - remaining / produced)


def _sentence(code: str, place: str, came: str, expected: tuple[str, ...]) -> str:
    names = ", ".join(map(repr, expected[:_MOST_EXPECTED]))
    more = f" and {len(expected) - _MOST_EXPECTED} more" if len(expected) > _MOST_EXPECTED else ""
    choices = f"expected {names}{more}" if expected else "nothing is expected any more"
    if code == "not-ended":
        return f"the log ends in {place!r}; {choices}" if place else f"never begun; {choices}"
    here = f"from {place!r}" if place else "at the beginning"
    mapped = " (a name that nobody has mapped)" if code == "unknown-name" else ""
    return f"{here} came {came!r}{mapped}; {choices}"


@attrs.frozen(kw_only=True)
class Deviation:
    """Name one place where a case left the lifecycle.

    `code` is `illegal-move`, `wrong-beginning`, `unknown-name` or `not-ended`. `place` is the
    state where the case stood, empty before its beginning; `came` the log's own name, empty for
    `not-ended`; `expected` the log's names that would have led on from there, or the states in
    which a case may end. `position` counts the moves of the case from 1.

    >>> from itsm_core.lifecycle import INCIDENT, conformance_of_cases
    >>> (case,) = conformance_of_cases(INCIDENT, [("A", "new", 0), ("A", "closed", 60_000_000)])
    >>> for deviation in case.deviations:
    ...     print(deviation)
    case A: from 'new' came 'closed'; expected 'in_progress', 'on_hold', 'resolved', 'cancelled'
    """

    code: str
    case_id: str
    place: str
    came: str
    expected: tuple[str, ...]
    position: int
    at_us: int

    @property
    def at(self) -> pendulum.DateTime:
        """Return when it came, in UTC; of `not-ended`, the instant of the last event."""
        return in_pendulum(instant(self.at_us))

    def __str__(self) -> str:
        told = _sentence(self.code, self.place, self.came, self.expected)
        return f"case {self.case_id}: {told}"


@attrs.frozen(kw_only=True)
class DeviationKind:
    """Hold how often cases left the lifecycle in one way, with the first instance as example.

    >>> from itsm_core.lifecycle import INCIDENT, conformance
    >>> log = [("A", "new", 0), ("A", "closed", 1), ("B", "new", 2), ("B", "closed", 3)]
    >>> (kind,) = conformance(INCIDENT, log).deviations
    >>> kind.cases, kind.example.case_id
    (2, 'A')
    >>> print(kind)
    2 times in 2 cases: from 'new' came 'closed'; expected 'in_progress', 'on_hold', 'resolved',
        'cancelled'
    """

    code: str
    place: str
    came: str
    expected: tuple[str, ...]
    count: int
    cases: int
    example: Deviation

    def __str__(self) -> str:
        told = _sentence(self.code, self.place, self.came, self.expected)
        return f"{self.count} times in {self.cases} cases: {told}"


@attrs.frozen(kw_only=True)
class CaseConformance:
    """Hold what came of one case: four counts of tokens, and each deviation by name.

    `place` is where the case rests. `deviations` holds the first 100 of `deviation_count`.
    A case can have more deviations than `missing`: the replay by tokens lets a case go on from a
    place that it had jumped away from, and names say that it jumped.

    >>> from itsm_core.lifecycle import INCIDENT, conformance_of_cases
    >>> log = [("A", "new", 0), ("A", "resolved", 1), ("A", "closed", 2), ("B", "closed", 3)]
    >>> for case in conformance_of_cases(INCIDENT, log):
    ...     print(case.case_id, case.fits, f"{case.fitness_ratio:.2f}")
    A True 1.00
    B False 0.50
    """

    case_id: str
    place: str
    produced: int
    consumed: int
    missing: int
    remaining: int
    deviations: tuple[Deviation, ...]
    deviation_count: int

    @property
    def fits(self) -> bool:
        """Return whether the case has no deviation at all."""
        return self.deviation_count == 0

    @property
    def fitness_ratio(self) -> float:
        """Return the fitness by tokens, from 0 to 1; names that nobody mapped move no token."""
        return fitness(self.produced, self.consumed, self.missing, self.remaining)


@attrs.frozen(kw_only=True)
class Conformance:
    """Hold what came of a whole log.

    `moves` are the events that were judged, `repeats` the states told again, `ignored` the names
    mapped to nothing, `unknown` those not mapped at all. `late_events` are earlier than the event
    of their case that was told before them; they are judged as told. `deviations` holds each kind,
    the commonest first; beyond 10,000 kinds they are counted in `unnamed_deviations`. `worst`
    holds the ten cases of least fitness.

    >>> from itsm_core.lifecycle import INCIDENT, conformance
    >>> log = [("A", "new", 0), ("A", "resolved", 1), ("A", "closed", 2), ("B", "closed", 3)]
    >>> print(conformance(INCIDENT, log).explain())
    1 of 2 cases fit 'incident' version 1 (50.0%); 4 moves judged
    fitness 0.8333 of the log, 0.7500 of a case on average; 1 tokens missing, 1 remaining
    1 deviations of 1 kinds
    - 1 times in 1 cases: at the beginning came 'closed'; expected 'new'
    """

    lifecycle: str
    cases: int
    fitting_cases: int
    moves: int
    repeats: int
    ignored: int
    unknown: int
    late_events: int
    produced: int
    consumed: int
    missing: int
    remaining: int
    mean_case_fitness_ratio: float
    deviation_count: int
    unnamed_deviations: int
    deviations: tuple[DeviationKind, ...]
    worst: tuple[CaseConformance, ...]

    @property
    def fits(self) -> bool:
        """Return whether every case fits; an empty log does."""
        return self.fitting_cases == self.cases

    @property
    def fitting_cases_ratio(self) -> float:
        """Return the share of cases without a deviation, 0 to 1; 1 for an empty log."""
        return self.fitting_cases / self.cases if self.cases else 1.0

    @property
    def fitness_ratio(self) -> float:
        """Return the fitness by the tokens of all cases together, 0 to 1; 1 for an empty log."""
        if not self.cases:
            return 1.0
        return fitness(self.produced, self.consumed, self.missing, self.remaining)

    def explain(self) -> str:
        """Return the result in words, at most 12 lines."""
        fitting = (
            f"{self.fitting_cases} of {self.cases} cases fit {self.lifecycle} "
            f"({self.fitting_cases_ratio:.1%}); {self.moves} moves judged"
        )
        tokens = (
            f"fitness {self.fitness_ratio:.4f} of the log, {self.mean_case_fitness_ratio:.4f} "
            f"of a case on average; {self.missing} tokens missing, {self.remaining} remaining"
        )
        lines = [fitting, tokens]
        apart = (
            (self.repeats, "states told again"),
            (self.ignored, "ignored by the mapping"),
            (self.unknown, "of unknown names"),
            (self.late_events, "earlier than the event before them"),
        )
        notes = [f"{count} {what}" for count, what in apart if count]
        if notes:
            lines.append("events " + ", ".join(notes))
        lines.append(f"{self.deviation_count} deviations of {len(self.deviations)} kinds")
        room = _MOST_LINES - len(lines)
        shown = [f"- {each}" for each in self.deviations]
        if len(shown) > room:
            shown = [*shown[: room - 1], f"- and {len(shown) - room + 1} more kinds"]
        return "\n".join(lines + shown)
