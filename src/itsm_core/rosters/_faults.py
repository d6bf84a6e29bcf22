"""What is wrong with a roster as a whole: names given twice, substitutes that lead back."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence

from itsm_core.errors import Fault
from itsm_core.ids import PersonId
from itsm_core.rosters._values import Absence


def twice_faults(where: str, what: str, names: Sequence[str]) -> Iterator[Fault]:
    """Yield each name of a list that is given again."""
    first: dict[str, int] = {}
    for n, name in enumerate(names):
        if name in first:
            message = f"{name!r} is {where}[{first[name]}], too"
            yield Fault("twice", message, f"{where}[{n}].{what}", name, "name each once")
        first.setdefault(name, n)


def speaking(absences: Iterable[Absence], at_us: int) -> dict[PersonId, Absence]:
    """Return for each person who is away at an instant the absence that says who stands in.

    Of several the last one in the list that names somebody: who falls ill on leave keeps the
    substitute of the leave, unless another one is named.
    """
    found: dict[PersonId, Absence] = {}
    for each in absences:
        if each.start_us <= at_us < each.end_us and (each.substitute or each.person not in found):
            found[each.person] = each
    return found


def circle_faults(absences: tuple[Absence, ...]) -> Iterator[Fault]:
    """Yield each circle of substitutes who are all away at one time, once."""
    for n, circle in circles(absences):
        message = f"substitutes lead back: {' -> '.join((*circle, circle[0]))}"
        remedy = "name somebody who is there at that time"
        where = f"absences[{n}].substitute"
        yield Fault("absence-circle", message, where, str(absences[n].substitute), remedy)


def circles(absences: tuple[Absence, ...]) -> Iterator[tuple[int, tuple[PersonId, ...]]]:
    """Yield each circle once, with the place of an absence at which it closes.

    One can close where an absence begins, and where one ends that spoke for an earlier one of the
    same person: both are looked at.
    """
    told: set[frozenset[PersonId]] = set()
    by_start = sorted(enumerate(absences), key=lambda pair: pair[1].start_us)
    begun = 0
    active: list[tuple[int, Absence]] = []
    for at, n in sorted((at, n) for n, each in enumerate(absences) for at in each.pair):
        while begun < len(by_start) and by_start[begun][1].start_us <= at:
            active.append(by_start[begun])
            begun += 1
        active = [each for each in active if each[1].end_us > at]
        heard = speaking((each for _, each in sorted(active, key=_number)), at)
        away = {person: each.substitute for person, each in heard.items()}
        circle = _circle(absences[n].person, away)
        if circle and frozenset(circle) not in told:
            told.add(frozenset(circle))
            yield n, circle


def _number(pair: tuple[int, Absence]) -> int:
    return pair[0]


def _circle(person: PersonId, away: dict[PersonId, PersonId]) -> tuple[PersonId, ...]:
    """Return the circle that the chain of a person runs into; empty if it ends."""
    chain: list[PersonId] = []
    while person in away and person not in chain:
        chain.append(person)
        person = away[person]
    return tuple(chain[chain.index(person) :]) if person in chain else ()
