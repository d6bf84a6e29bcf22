"""The checker's third part: all clocks of a ticket, also where its agreement changed.

The last target of a name gives the rules by which `_check_time` judges. But other rules mend
nothing: wherever an agreement gave way to one with other rules, the ticket is judged once more as
of then, by the agreements up to then, and what was broken by that judgement stays broken (S4).
"""

from __future__ import annotations

from bisect import insort
from collections.abc import Iterable, Sequence
from itertools import pairwise

import attrs

from itsm_core.errors import InvalidValue
from itsm_core.events import BreachExplained, TicketEvent, history_hash, in_order
from itsm_core.sla._agreement import ServiceLevelAgreement, ServiceLevelTarget
from itsm_core.sla._check_events import Case, replayed
from itsm_core.sla._check_time import AgreementHistory, Judged, judged, written
from itsm_core.sla._verdict import VERDICT_FORMAT, Verdict, data_in_use


def recomputed(
    history: Iterable[TicketEvent], regimes: AgreementHistory, as_of: int, known_at: int | None
) -> Verdict:
    """Return the verdict that a history and its agreements give.

    Raises:
        NotFound: no event opens a ticket.
        InvalidValue: events of several tickets, or no agreement at all.
    """
    known = [each for each in history if known_at is None or each.recorded_us <= known_at]
    events = [event for event in in_order(known) if event.occurred_us <= as_of]
    case = replayed(events, as_of)
    last = next((each for _, each in reversed(regimes) if each is not None), None)
    if last is None:
        raise InvalidValue("no agreement is given", regimes, "give the one that was judged by")
    found = _kept(_all(case, regimes), case, events, regimes)
    tz_database, holiday_data = data_in_use()
    return Verdict(
        format=VERDICT_FORMAT,
        ticket_id=case.steps[0].event.ticket_id,
        agreement_id=last.agreement_id,
        agreement_hash=last.content_hash,
        history_hash=history_hash(events),
        tz_database=tz_database,
        holiday_data=holiday_data,
        as_of_us=as_of,
        known_at_us=known_at,
        priority=case.priority_at(as_of),
        clocks=tuple(written(each, as_of) for each in _explained(found, case)),
    )


def _all(case: Case, regimes: AgreementHistory) -> list[Judged]:
    """Return every cycle judged by the regimes, targets in order."""
    found: list[Judged] = []
    for target in _targets(regimes):
        found += judged(case, target, regimes)
    return found


def _targets(regimes: AgreementHistory) -> list[ServiceLevelTarget]:
    """Return the targets of all agreements in order; of one name, the last with its place."""
    found: dict[str, ServiceLevelTarget] = {}
    for _, agreement in regimes:
        for target in () if agreement is None else agreement.targets:
            found.pop(target.name, None)
            found[target.name] = target
    return list(found.values())


def _explained(found: Sequence[Judged], case: Case) -> list[Judged]:
    """Return the clocks with what was told about their breaches; 0 means the last cycle."""
    result = list(found)
    for event in case.told(BreachExplained):
        places = [n for n, each in enumerate(result) if each.target.name == event.clock]
        for n in places[-1:] if event.cycle == 0 else places:
            if event.cycle in (0, result[n].number):
                result[n] = attrs.evolve(result[n], reason=event.reason, owner=event.owner)
    return result


# --- what other rules do not mend ----------------------------------------------------------------


def _kept(
    found: list[Judged], case: Case, events: list[TicketEvent], regimes: AgreementHistory
) -> list[Judged]:
    """Return the clocks with what was broken before the rules changed as broken."""
    result, is_kept = found, False
    for n, ((_, agreement), (change, _)) in enumerate(pairwise(regimes), 1):
        if agreement is None or not case.steps[0].at < change <= case.as_of:
            continue
        if not _differs(agreement, _targets(regimes)):
            continue
        until = replayed([each for each in events if each.occurred_us <= change], change)
        result, is_kept = _broken(result, _all(until, regimes[:n]), change), True
    if not is_kept:
        return found
    return _numbered(result, [target.name for target in _targets(regimes)])


def _differs(old: ServiceLevelAgreement, judging: list[ServiceLevelTarget]) -> bool:
    """Tell whether a target differs from the one that judges in anything but its goals."""
    names = [field.name for field in attrs.fields(ServiceLevelTarget) if field.name != "goals"]
    return any(
        getattr(one, name) != getattr(other, name)
        for one in old.targets
        for other in judging
        if one.name == other.name
        for name in names
    )


def _broken(clocks: list[Judged], before: list[Judged], change: int) -> list[Judged]:
    """Return the clocks with breaches laid on those that began at the same instant.

    A cycle that the other rules do not know stays too, cancelled at the change unless it had ended.
    """
    result, unknown = list(clocks), list[Judged]()
    for old, nth in _counted(before):
        if old.breached is None or old.breached >= change:
            continue
        places = [n for n, each in enumerate(_counted(clocks)) if _is_same(each, (old, nth))]
        if not places:
            is_live = old.cycle.end is None
            cycle = attrs.evolve(old.cycle, cancelled=change) if is_live else old.cycle
            unknown.append(attrs.evolve(old, cycle=cycle))
            continue
        new = result[places[-1]]
        if new.breached is None or old.breached < new.breached:
            # What stood still is said by the new rules; promise and outcome are those of the old.
            result[places[-1]] = attrs.evolve(
                new, promise=old.promise, outcome=old.outcome, raw=old.raw
            )
    return result + unknown


def _counted(clocks: list[Judged]) -> list[tuple[Judged, int]]:
    """Return each clock with how many of the same origin stand before it."""
    return [(x, sum(_origin(y) == _origin(x) for y in clocks[:n])) for n, x in enumerate(clocks)]


def _is_same(one: tuple[Judged, int], other: tuple[Judged, int]) -> bool:
    return (_origin(one[0]), one[1]) == (_origin(other[0]), other[1])


def _origin(clock: Judged) -> tuple[str, str, int]:
    return clock.target.name, clock.cycle.subject, clock.cycle.start


def _numbered(clocks: list[Judged], names: list[str]) -> list[Judged]:
    """Return the clocks in the order of their targets, cycles by their start, numbered anew."""
    result: list[Judged] = []
    for name in names:
        cycles: list[Judged] = []
        for clock in clocks:
            if clock.target.name == name:
                insort(cycles, clock, key=lambda each: each.cycle.start)
        result += [attrs.evolve(each, number=n) for n, each in enumerate(cycles, 1)]
    return result
