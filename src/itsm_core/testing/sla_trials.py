"""Trials of an agreement: tickets made for it, shrunk when a law breaks, and put into words."""

from __future__ import annotations

import random
from collections.abc import Callable, Iterable, Iterator
from datetime import datetime, timedelta
from typing import ClassVar, Final

import attrs

from itsm_core.errors import ItsmError
from itsm_core.events import TicketEvent, TicketOpened, in_order
from itsm_core.sla import ANY_PRIORITY, Evaluation, ServiceLevelAgreement, SlaClock, evaluate
from itsm_core.spans import instant
from itsm_core.testing.laws import LawBroken
from itsm_core.testing.sla_histories import STEP, mix_of, random_history, random_start

__all__ = [
    "Law",
    "SlaLawBroken",
    "Trial",
    "broken",
    "name_of",
    "order_of",
    "random_trial",
    "shown",
    "shrunk",
    "state_of",
    "title_of",
    "violations",
]

_SHRINKS: Final = 400


@attrs.define(slots=False, str=False)
class SlaLawBroken(LawBroken):
    """Say which law an agreement broke, on which history, and how the clocks explain themselves.

    `calendar` is the agreement's name; the history is the smallest found.
    """

    code: ClassVar[str] = "sla-law-broken"

    law: str
    history: tuple[TicketEvent, ...]
    as_of: datetime | None
    explanation: str

    def __str__(self) -> str:
        lines = [f"{self.calendar} breaks {self.law}:", *self.violations]
        if self.history:
            lines += ["on the history", *(f"  {_told(event)}" for event in self.history)]
        if self.as_of is not None:
            lines.append(f"as of {self.as_of.isoformat()}")
        if self.explanation:
            lines += ["the clocks say", *(f"  {line}" for line in self.explanation.splitlines())]
        return "\n".join(lines)


@attrs.frozen(kw_only=True)
class Trial:
    """Hold one ticket under an agreement, and the seed of whatever a law draws."""

    agreement: ServiceLevelAgreement
    history: tuple[TicketEvent, ...]
    as_of: datetime
    seed: str = ""
    order: tuple[str, ...] = ()  # priorities, the gravest first

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
        """Return the evaluation, with whatever is given in place of the trial's own."""
        return evaluate(
            self.history if history is None else history,
            self.agreement if agreement is None else agreement,
            as_of=self.as_of if as_of is None else as_of,
            known_at=known_at,
        )


Law = Callable[[Trial], Iterator[str]]


def order_of(agreement: ServiceLevelAgreement) -> tuple[str, ...]:
    """Return the priorities, the gravest first, as the first target that lists most has them."""
    listed = max((tuple(target.goals) for target in agreement.targets), key=len)
    return tuple(name for name in listed if name != ANY_PRIORITY)


def random_trial(agreement: ServiceLevelAgreement, order: tuple[str, ...], seed: str) -> Trial:
    """Return a ticket made for an agreement; `order` lists its priorities, the gravest first."""
    rng = random.Random(seed)
    start = random_start(rng, agreement.calendar.zone)
    # Off the grid by some microseconds, all of it: nobody opens tickets at whole quarters.
    start += timedelta(microseconds=rng.choice((0, 0, rng.randrange(900_000_000))))
    history = random_history(rng, mix_of(agreement), start, longest=12)
    as_of = start + rng.choice((rng.randrange(40) * STEP, rng.randrange(12 * 96) * STEP))
    return Trial(agreement=agreement, history=history, as_of=as_of, seed=seed, order=order)


def violations(law: Law, trial: Trial) -> tuple[str, ...]:
    """Return a sentence for each way in which a trial breaks a law; a refusal is one, too."""
    try:
        return tuple(law(trial))
    except ItsmError as error:
        return (f"{type(error).__name__}: {error}",)


def shrunk(law: Law, trial: Trial) -> Trial:
    """Return the trial with as few events as still break the law, and a plain opening."""
    tries, shrinks = 0, True
    while shrinks and tries < _SHRINKS:
        shrinks = False
        for event in in_order(trial.history)[::-1]:
            if isinstance(event, TicketOpened):
                continue
            rest = tuple(each for each in trial.history if each != event)
            smaller = attrs.evolve(trial, history=rest)
            tries += 1
            if violations(law, smaller):
                trial, shrinks = smaller, True
    for plain in _plainer(trial):
        if violations(law, plain):
            trial = plain
            break
    return attrs.evolve(trial, history=in_order(trial.history))


def _plainer(trial: Trial) -> Iterator[Trial]:
    """Yield the trial with an opening that says when, and which priority, and nothing else."""
    for priority in (*trial.order, None):
        told = [
            TicketOpened(
                ticket_id=event.ticket_id,
                occurred_at=event.occurred_us,
                event_id=event.event_id,
                priority=event.priority if priority is None else priority,
            )
            if isinstance(event, TicketOpened)
            else event
            for event in trial.history
        ]
        yield attrs.evolve(trial, history=tuple(told))


def broken(law: Law, trial: Trial) -> SlaLawBroken:
    """Return the error that shows a trial which breaks a law."""
    try:
        explanation = "\n\n".join(clock.explain() for clock in trial.judged())
    except ItsmError as error:
        explanation = f"{type(error).__name__}: {error}"
    name = f"{law.__name__} ({(law.__doc__ or '').partition(chr(10))[0]})"
    return SlaLawBroken(
        title_of(trial.agreement),
        violations(law, trial),
        name,
        trial.history,
        trial.as_of,
        explanation,
    )


# -- words


def title_of(agreement: ServiceLevelAgreement) -> str:
    """Return an agreement as an error names it."""
    return f"agreement {agreement.agreement_id!r}"


def _told(event: TicketEvent) -> str:
    """Return an event in a line: when, what, and whatever else was told."""
    hidden = {"ticket_id", "occurred_us", "state", "sequence", "event_id", "lifecycle_version"}
    words = [
        f"{field.name.removesuffix('_us')} {_text(getattr(event, field.name), field.name)}"
        for field in attrs.fields(type(event))
        if field.name not in hidden and getattr(event, field.name) != field.default
    ]
    return f"{shown(event.occurred_us)} {type(event).__name__} {', '.join(words)}".rstrip()


def _text(value: object, name: str) -> str:
    return shown(value) if name.endswith("_us") and isinstance(value, int) else str(value)


def shown(at: int | None) -> str:
    """Return an instant in words."""
    return "never" if at is None else instant(at).isoformat(" ")


def name_of(clock: SlaClock) -> str:
    """Return a clock as a sentence names it."""
    return f"{clock.name} #{clock.cycle}"


def state_of(clock: SlaClock) -> str:
    """Return where a clock stands, in words."""
    return f"it is {clock.state.value}"
