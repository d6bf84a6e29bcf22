"""Check a verdict without trusting whoever made it (laws S2, S3).

The ledger is read as a certificate: adjacent lines from the anchor to the end, that add up. Then
everything is judged again by `_check_regimes`, which shares no arithmetic with the evaluator, and
every field is compared.
"""

# Arguments are validated at run time, although their types promise them.
# pyright: reportUnnecessaryIsInstance=false

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from datetime import datetime
from enum import Enum
from itertools import pairwise
from types import NoneType
from typing import Final, cast

import attrs

from itsm_core.errors import InvalidValue, ItsmError, shown
from itsm_core.events import TicketEvent
from itsm_core.sla._agreement import ServiceLevelAgreement
from itsm_core.sla._arguments import checked_events, regimes_given
from itsm_core.sla._check_regimes import recomputed
from itsm_core.sla._check_time import AgreementHistory
from itsm_core.sla._clock import Evaluation
from itsm_core.sla._fields import is_many
from itsm_core.sla._selection import Regime
from itsm_core.sla._values import ClockState, LedgerEntry, LedgerKind
from itsm_core.sla._verdict import ClockVerdict, Verdict
from itsm_core.spans import instant

__all__ = ["Discrepancy", "Verification", "verify"]

_Part = Verdict | ClockVerdict | LedgerEntry
_ALWAYS: Final = -(1 << 63)  # since when an agreement holds that is given alone
_AMOUNTS: Final = frozenset({"allowance_us", "elapsed_us", "wall_us"})
_KINDS: Final[Mapping[str, tuple[type, ...]]] = {
    **dict.fromkeys(("str", "TicketId", "AgreementId"), (str,)),
    "int": (int,),
    "int | None": (int, NoneType),
    "ClockState": (ClockState,),
    "LedgerKind": (LedgerKind,),
    "tuple[ClockVerdict, ...]": (tuple,),
    "tuple[LedgerEntry, ...]": (tuple,),
    "tuple[tuple[float, int], ...]": (tuple,),
}
"""What the fields of a verdict, of its clocks and of their ledgers may hold, by annotation."""

_MEMBERS: Final[Mapping[str, type]] = {
    "clocks": ClockVerdict,
    "ledger": LedgerEntry,
    "warnings_us": tuple,
}

_WHY: Final = {
    "format": "the form is another one than this checker reads",
    "ticket_id": "the history is of this ticket",
    "agreement_id": "the agreement is called so",
    "agreement_hash": "it was judged by another agreement, or by another version of it",
    "history_hash": "the history was another one",
    "tz_database": "local hours may lie elsewhere under another tz database",
    "holiday_data": "holidays may differ under another version of their data",
    "calendar_hash": "the time of this clock counts on another calendar",
    "goal": "the agreement promises something else",
    "priority": "the ticket had another priority",
    "started_us": "the clock started at another instant",
    "stopped_us": "the events say when it stopped",
    "cancelled_us": "the events say when it was cancelled",
    "state": "met is a stop at or before due, and a breach stays one (S4)",
    "raw_state": "that is the state without exclusions (S10)",
    "raw_due_us": "that is the due instant without exclusions (S10)",
    "due_us": "the goal, moved by what does not count, ends there (S4)",
    "projected_due_us": "a paused clock would be due then if work went on now (S4)",
    "breached_us": "a promise breaks when it is due, or when it comes too late (S4)",
    "warnings_us": "the shares of the goal were used up at other instants",
    "allowance_us": "the goal allows another amount of counted time",
    "elapsed_us": "the counted lines add up to another amount (S2)",
    "wall_us": "start and end lie that far apart (S2)",
    "breach_reason": "the history explains it otherwise (S10)",
    "breach_owner": "the history names another owner (S10)",
    "kind": "calendar, pauses and exclusions say so (S2)",
    "reason": "the history gives another reason (S2)",
    "author": "somebody else excluded it (S10)",
    "group": "another group held the ticket (S2)",
    "assignee": "another person held the ticket (S2)",
}


@attrs.frozen(kw_only=True)
class Discrepancy:
    """Hold one claim of a verdict that does not hold: where, what it states, what was found.

    >>> import attrs
    >>> from datetime import UTC, datetime
    >>> from itsm_core import hours
    >>> from itsm_core.calendars import ALWAYS
    >>> from itsm_core.events import TicketOpened
    >>> from itsm_core.sla import ServiceLevelAgreement, ServiceLevelTarget, Verdict
    >>> from itsm_core.sla import evaluate, verify
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> opened = TicketOpened(ticket_id="INC-1", occurred_at=at, priority="P1")
    >>> fast = ServiceLevelTarget(metric="resolution", goals=hours(4))
    >>> gold = ServiceLevelAgreement(agreement_id="gold", calendar=ALWAYS, targets=[fast])
    >>> verdict = Verdict.of(evaluate([opened], gold, as_of=at.replace(hour=10)))
    >>> forged = attrs.evolve(verdict, priority="P3").sealed()
    >>> for each in verify(forged, [opened], gold).discrepancies:
    ...     print(each)
    priority: stated 'P3', found 'P1' (the ticket had another priority)
    """

    place: str
    stated: str
    found: str
    why: str

    def __str__(self) -> str:
        return f"{self.place}: stated {self.stated}, found {self.found} ({self.why})"


@attrs.frozen(kw_only=True)
class Verification:
    """Hold the answer of the checker; `discrepancies` is empty if and only if it accepted.

    >>> from itsm_core import hours
    >>> from itsm_core.calendars import ALWAYS
    >>> from itsm_core.sla import ServiceLevelAgreement, ServiceLevelTarget
    >>> gold = ServiceLevelAgreement(
    ...     agreement_id="gold",
    ...     calendar=ALWAYS,
    ...     targets=[ServiceLevelTarget(metric="resolution", goals=hours(4))],
    ... )
    >>> from datetime import UTC, datetime
    >>> from itsm_core.events import TicketOpened
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> opened = TicketOpened(ticket_id="INC-1", occurred_at=at, priority="P1")
    >>> later = at.replace(hour=12)
    >>> from itsm_core.sla import evaluate, verify
    >>> print(verify(evaluate([opened], gold, as_of=later), [opened], gold).explain())
    accepted: every field follows from the history and the agreement
    """

    accepted: bool
    discrepancies: tuple[Discrepancy, ...]

    def explain(self) -> str:
        """Return the answer in words, a line for each discrepancy."""
        if self.accepted:
            return "accepted: every field follows from the history and the agreement"
        return "\n".join(("refused:", *map(str, self.discrepancies)))


def verify(
    verdict: Verdict | Evaluation,
    history: Iterable[TicketEvent],
    agreement: ServiceLevelAgreement
    | Iterable[tuple[int | datetime, ServiceLevelAgreement | None]]
    | Iterable[Regime],
) -> Verification:
    """Check every field of a verdict against the history and the agreement (law S3).

    The history may have grown since: what happened after `as_of`, or was recorded after
    `known_at`, is left out. A ticket whose agreement changed is checked against the regimes by
    which it was judged, or pairs of since when and `agreement`. Whatever does not fit together, a
    field of another type included, is a discrepancy, never an exception.

    Raises:
        InvalidValue: an argument is of another type: no verdict, no list of events, no agreement.

    >>> from itsm_core import hours
    >>> from itsm_core.calendars import ALWAYS
    >>> from itsm_core.sla import ServiceLevelAgreement, ServiceLevelTarget
    >>> gold = ServiceLevelAgreement(
    ...     agreement_id="gold",
    ...     calendar=ALWAYS,
    ...     targets=[ServiceLevelTarget(metric="resolution", goals=hours(4))],
    ... )
    >>> from datetime import UTC, datetime
    >>> from itsm_core.events import TicketOpened
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> opened = TicketOpened(ticket_id="INC-1", occurred_at=at, priority="P1")
    >>> later = at.replace(hour=12)
    >>> from itsm_core.sla import evaluate
    >>> verify(evaluate([opened], gold, as_of=later), [opened], gold).accepted
    True
    """
    claim = _claim_of(verdict)
    events = checked_events(history)
    if isinstance(agreement, ServiceLevelAgreement):
        agreement = ((_ALWAYS, agreement),)
    regimes = _regimes_of(agreement)
    found = list(_misfits("", claim))
    if not found:
        found += _judged_again(claim, events, regimes)
    return Verification(accepted=not found, discrepancies=tuple(found))


def _judged_again(
    claim: Verdict, events: tuple[TicketEvent, ...], regimes: AgreementHistory
) -> Iterator[Discrepancy]:
    for clock in claim.clocks:
        yield from _certificate(clock)
    try:
        truth = recomputed(events, regimes, claim.as_of_us, claim.known_at_us)
        yield from _differences("", claim, truth)
        # A goal that is no JSON, and a share that is no number, have no hash.
        content = claim.content_hash
        if claim.seal != content:
            why = "the verdict was changed after it was made"
            yield _differing("seal", claim.seal, content, why)
    except (ItsmError, ValueError, RecursionError) as error:
        why = "what it claims or what it is held against cannot be judged"
        yield Discrepancy(place="verdict", stated="a verdict", found=str(error), why=why)


def _claim_of(verdict: object) -> Verdict:
    if isinstance(verdict, Verdict):
        return verdict
    if isinstance(verdict, Evaluation):
        return Verdict.of(verdict)
    remedy = "pass what evaluate returns, or its verdict()"
    if isinstance(verdict, str):
        remedy = "read the text first: Verdict.loads(text)"
    elif is_many(verdict):
        remedy = "verify one at a time: evaluate_all returns an evaluation for each kind"
    elif hasattr(verdict, "keys"):
        remedy = "read the data first: Verdict.from_json(data)"
    raise InvalidValue("no verdict to verify", verdict, remedy)


def _regimes_of(agreement: object) -> AgreementHistory:
    if agreement is None:
        remedy = "give the agreement or the regimes that it was judged by"
        raise InvalidValue("no agreement to verify by", agreement, remedy)
    return regimes_given(agreement)


# --- types ---------------------------------------------------------------------------------------


def _misfits(place: str, part: _Part) -> Iterator[Discrepancy]:
    """Yield every field that holds a value of another type; a dataclass does not mind (S3)."""
    for field in attrs.fields(type(part)):
        value: object = getattr(part, field.name)
        where = f"{place}.{field.name}" if place else field.name
        kinds = _KINDS.get(str(field.type), (type(value),))
        members = _MEMBERS.get(field.name)
        if type(value) not in kinds:
            meant = " or ".join("none" if each is NoneType else each.__name__ for each in kinds)
            yield _misfit(where, value, meant)
        elif members is not None:
            for n, each in enumerate(cast("tuple[object, ...]", value)):
                yield from _member_misfits(f"{where}[{n}]", each, members)


def _member_misfits(place: str, member: object, kind: type) -> Iterator[Discrepancy]:
    if isinstance(member, ClockVerdict | LedgerEntry) and isinstance(member, kind):
        yield from _misfits(place, member)
    elif kind is not tuple:
        yield _misfit(place, member, kind.__name__)
    elif not _is_warning(member):
        yield _misfit(place, member, "a share and an instant")


def _is_warning(member: object) -> bool:
    if type(member) is not tuple:
        return False
    return [type(each) for each in cast("tuple[object, ...]", member)] == [float, int]


def _misfit(place: str, stated: object, meant: str) -> Discrepancy:
    return Discrepancy(
        place=place, stated=shown(stated), found=meant, why="a value of another type"
    )


def _certificate(clock: ClockVerdict) -> Iterator[Discrepancy]:
    """Yield what is wrong with a ledger on its own: gaps, an end elsewhere, a wrong sum (S2)."""
    place = f"clocks[{clock.name} #{clock.cycle}].ledger"
    lines = clock.ledger
    ends = (clock.stopped_us, clock.cancelled_us, clock.as_of_us)
    end = max(next(each for each in ends if each is not None), clock.started_us)
    starts = (clock.started_us, *(line.end_us for line in lines))
    for n, (line, start) in enumerate(zip(lines, starts, strict=False)):
        if line.start_us != start or line.end_us <= line.start_us:
            why = "lines are adjacent and not empty (S2)"
            yield _differing(f"{place}[{n}].start_us", line.start_us, start, why)
    if starts[-1] != end:
        yield _differing(f"{place}.end_us", starts[-1], end, "it ends where the clock does (S2)")
    for name, kinds in (("wall_us", set(LedgerKind)), ("elapsed_us", {LedgerKind.COUNTED})):
        total = sum(line.end_us - line.start_us for line in lines if line.kind in kinds)
        if getattr(clock, name) != total:
            why = "the lines of the ledger add up to it (S2)"
            yield _differing(f"{place}.{name}", getattr(clock, name), total, why)
    for n, (line, following) in enumerate(pairwise(lines)):
        if attrs.evolve(following, start_us=line.start_us, end_us=line.end_us) == line:
            yield _differing(f"{place}[{n}].end_us", line.end_us, following.end_us, "one line (S2)")


def _differences(place: str, stated: _Part, found: _Part) -> Iterator[Discrepancy]:
    """Yield every field in which a claim differs from what was found."""
    for field in attrs.fields(type(found)):
        one, other = getattr(stated, field.name), getattr(found, field.name)
        where = f"{place}.{field.name}" if place else field.name
        if field.name in ("clocks", "ledger"):
            yield from _different_parts(where, one, other)
        elif field.name != "seal" and (type(one) is not type(other) or one != other):
            yield _differing(where, one, other, _WHY.get(field.name, "it is another one"))


def _different_parts(
    place: str, stated: tuple[_Part, ...], found: tuple[_Part, ...]
) -> Iterator[Discrepancy]:
    names, others = ([_named(n, part) for n, part in enumerate(x)] for x in (stated, found))
    if names != others:
        why = "the history and the agreement say which there are"
        yield _differing(place, ", ".join(names), ", ".join(others), why)
    for name, one, other in zip(names, stated, found, strict=False):
        differing = list(_differences(f"{place}[{name}]", one, other))
        yield from differing
        if differing and names != others:
            return  # whatever follows is out of step


def _named(n: int, part: _Part) -> str:
    return f"{part.name} #{part.cycle}" if isinstance(part, ClockVerdict) else str(n)


def _differing(place: str, stated: object, found: object, why: str) -> Discrepancy:
    name = place.rpartition(".")[2]
    return Discrepancy(place=place, stated=_shown(name, stated), found=_shown(name, found), why=why)


def _shown(name: str, value: object) -> str:
    if value is None:
        return "none"
    if name.endswith("_us") and name not in _AMOUNTS and type(value) is int:
        try:
            return instant(value).isoformat()
        except ItsmError:
            return shown(value)
    return str(value.value) if isinstance(value, Enum) else shown(value)
