"""Tickets made for an agreement: drawn by a seed, made small, and told as a story."""

from __future__ import annotations

import random
import re
from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta
from typing import Final
from zoneinfo import ZoneInfo

import attrs

from itsm_core.errors import ItsmError
from itsm_core.events import TicketEvent, TicketOpened, in_order
from itsm_core.sla import ANY_PRIORITY, Evaluation, ServiceLevelAgreement, SlaClock, evaluate
from itsm_core.spans import instant
from itsm_core.testing.sla_histories import STEP, mix_of, random_history, random_start

__all__ = ["AgreementCase"]

_MOST_LINES: Final = 3
_HIDDEN: Final = frozenset(
    {"ticket_id", "occurred_us", "state", "sequence", "event_id", "lifecycle_version", "automatic"}
)


@attrs.frozen(kw_only=True)
class AgreementCase:
    """Hold one ticket under an agreement, and the seed of whatever a law draws.

    `order` lists the priorities, the gravest first; `hold_reasons` are those that the ticket's
    lifecycle has, none if nobody says.

    >>> from datetime import UTC, datetime
    >>> from itsm_core.events import TicketOpened
    >>> at = datetime(2026, 5, 12, 9, tzinfo=UTC)
    >>> opened = TicketOpened(ticket_id="INC-1", occurred_at=at, priority="P1")
    >>> from itsm_core import hours
    >>> from itsm_core.calendars import ALWAYS
    >>> from itsm_core.sla import ServiceLevelAgreement, ServiceLevelTarget
    >>> gold = ServiceLevelAgreement(
    ...     agreement_id="gold",
    ...     calendar=ALWAYS,
    ...     targets=[ServiceLevelTarget(metric="resolution", goals=hours(4))],
    ... )
    >>> case = AgreementCase(agreement=gold, history=(opened,), as_of=at)
    >>> [clock.name for clock in case.judged()]
    ['resolution']
    """

    agreement: ServiceLevelAgreement
    history: tuple[TicketEvent, ...]
    as_of: datetime
    seed: str = ""
    order: tuple[str, ...] = ()
    hold_reasons: tuple[str, ...] = ()

    @property
    def rng(self) -> random.Random:
        """Return the source of chance, the same every time."""
        return random.Random(self.seed)

    def judged(
        self,
        history: Iterable[TicketEvent] | None = None,
        as_of: datetime | None = None,
        known_at: datetime | None = None,
        agreement: ServiceLevelAgreement | None = None,
    ) -> Evaluation:
        """Return the evaluation, with whatever is given in place of the case's own."""
        return evaluate(
            self.history if history is None else history,
            self.agreement if agreement is None else agreement,
            as_of=self.as_of if as_of is None else as_of,
            known_at=known_at,
        )


def order_of(agreement: ServiceLevelAgreement) -> tuple[str, ...]:
    """Return the priorities, the gravest first, as the first target that lists most has them."""
    listed = max((tuple(target.goals) for target in agreement.targets), key=len)
    return tuple(name for name in listed if name != ANY_PRIORITY)


def random_case(
    agreement: ServiceLevelAgreement, order: tuple[str, ...], seed: str
) -> AgreementCase:
    """Return a ticket made for an agreement; `order` lists its priorities, the gravest first."""
    rng = random.Random(seed)
    start = random_start(rng, agreement.calendar.zone)
    # Off the grid by some microseconds, all of it: nobody opens tickets at whole quarters.
    start += timedelta(microseconds=rng.choice((0, 0, rng.randrange(900_000_000))))
    history = random_history(rng, mix_of(agreement), start, longest=12)
    as_of = start + rng.choice((rng.randrange(40) * STEP, rng.randrange(12 * 96) * STEP))
    return AgreementCase(agreement=agreement, history=history, as_of=as_of, seed=seed, order=order)


def smaller(case: AgreementCase) -> Iterator[AgreementCase]:
    """Yield the case with an event less, with a plainer opening, or with one target less."""
    for event in in_order(case.history)[::-1]:
        if not isinstance(event, TicketOpened):
            rest = tuple(each for each in in_order(case.history) if each != event)
            yield attrs.evolve(case, history=rest)
    for priority in _simpler(case):
        told = tuple(_plain(event, priority) for event in in_order(case.history))
        yield attrs.evolve(case, history=told)
    targets = case.agreement.targets
    for number in range(len(targets) if len(targets) > 1 else 0):
        try:
            less = attrs.evolve(
                case.agreement, targets=targets[:number] + targets[number + 1 :], legs=()
            )
        except ItsmError:
            continue  # what is left would be no agreement
        yield attrs.evolve(case, agreement=less)


def _simpler(case: AgreementCase) -> Iterator[str]:
    """Yield the priorities of simpler openings: any if this one says more, else a graver one."""
    opening = next(each for each in case.history if isinstance(each, TicketOpened))
    if _plain(opening, opening.priority) != opening:
        yield from (*case.order, opening.priority)
    elif opening.priority in case.order:
        yield from case.order[: case.order.index(opening.priority)]
    else:
        yield from case.order


def _plain(event: TicketEvent, priority: str) -> TicketEvent:
    """Return an opening that says when, and which priority, and nothing else."""
    if not isinstance(event, TicketOpened):
        return event
    return TicketOpened(
        ticket_id=event.ticket_id,
        occurred_at=event.occurred_us,
        event_id=event.event_id,
        priority=priority,
    )


# -- words


def title_of(agreement: ServiceLevelAgreement) -> str:
    """Return an agreement as an error names it."""
    return f"agreement {agreement.agreement_id!r}"


def story_of(history: Iterable[TicketEvent], as_of: datetime, zone: str) -> tuple[str, ...]:
    """Return a ticket's life in two or three lines: opened, what happened, when it is looked at."""
    told = [_told(event, zone) for event in in_order(history)]
    look = f"It is looked at on {_local(as_of, zone)}."
    if len(told) + 1 <= _MOST_LINES:
        return (*told, look)
    return (told[0], " ".join(told[1:]), look)


def ledger_of(case: AgreementCase) -> Iterator[str]:
    """Yield what the clocks say, each with its ledger."""
    try:
        clocks = tuple(case.judged())
    except ItsmError as error:
        yield f"{type(error).__name__}: {error}"
        return
    for clock in clocks:
        yield from clock.explain().splitlines()


def _told(event: TicketEvent, zone: str) -> str:
    """Return an event as a sentence: when, what, and whatever else was told."""
    words = [
        f"{field.name.removesuffix('_us').replace('_', ' ')} {_text(getattr(event, field.name))}"
        for field in attrs.fields(type(event))
        if field.name not in _HIDDEN and getattr(event, field.name) != field.default
        if not field.name.endswith("_us")
    ]
    what = re.sub(r"(?<!^)(?=[A-Z])", " ", type(event).__name__).lower()
    when = _local(instant(event.occurred_us), zone)
    return f"{when}: {event.ticket_id} {', '.join([what.removeprefix('ticket '), *words])}."


def _text(value: object) -> str:
    return "yes" if value is True else str(value)


def _local(at: datetime, zone: str) -> str:
    local = at.astimezone(ZoneInfo(zone))
    exact = f"{local:%H:%M:%S.%f}" if local.microsecond else f"{local:%H:%M}"
    return f"{local:%a %d %b %Y} {exact}"


def shown(at: int | None) -> str:
    """Return an instant in words."""
    return (
        "never"
        if at is None
        else f"{instant(at):%a %d %b %Y %H:%M:%S.%f} UTC".replace(":00.000000", "").replace(
            ".000000", ""
        )
    )


def name_of(clock: SlaClock) -> str:
    """Return a clock as a sentence names it."""
    return f"{clock.name} #{clock.cycle}"


def state_of(clock: SlaClock) -> str:
    """Return where a clock stands, in words."""
    return f"it is {clock.state.value}"
