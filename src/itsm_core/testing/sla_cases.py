"""Random tickets under random agreements from a seeded source, all on a grid of quarter hours.

So the oracle of service levels is exact on them: instants, opening hours, goals and bounds.
"""

from __future__ import annotations

import random
from collections.abc import Mapping, Sequence
from datetime import date, datetime, time, timedelta
from functools import lru_cache
from typing import Any, Final, Literal

import attrs

from itsm_core.calendars import BusinessCalendar, Goal, WallTime, WorkingDays, WorkingTime
from itsm_core.conditions import Predicate, field
from itsm_core.events import TicketEvent
from itsm_core.ids import AgreementId
from itsm_core.sla import (
    METRICS,
    ClockRules,
    PauseLimit,
    ServiceLevelAgreement,
    ServiceLevelTarget,
    held_by,
    waiting_for,
)
from itsm_core.spans import instant, micros
from itsm_core.testing.schedules import Schedule
from itsm_core.testing.sla_histories import (
    STEP,
    Mix,
    random_history,
    random_offset,
    random_start,
)

__all__ = ["SlaCase", "random_agreement", "random_case"]

DueTime = Literal["same_time", "end_of_day"] | time

_DAY: Final = timedelta(days=1)
_OFFICE: Final = [(540, 750), (810, 1080)]


def _no_schedules() -> Mapping[str, Schedule]:
    return {}


@attrs.frozen(kw_only=True)
class SlaCase:
    """Hold one question to judge: a history, an agreement, an instant, and what was known when.

    `schedules` maps the content hashes of the agreement's calendars to what they were made of.

    >>> from itsm_core.sla import evaluate
    >>> case = random_case(random.Random(9))
    >>> judged = evaluate(case.history, case.agreement, as_of=case.as_of)
    >>> [(clock.name, clock.state.value) for clock in judged]
    [('clock 1', 'running'), ('clock 2', 'breached')]
    """

    history: tuple[TicketEvent, ...]
    agreement: ServiceLevelAgreement
    as_of: datetime
    known_at: datetime | None = None
    schedules: Mapping[str, Schedule] = attrs.field(factory=_no_schedules)

    def code(self) -> str:
        """Return the case in words, an event a line, for a report."""
        events = "\n".join(f"    {event!r}," for event in self.history)
        targets = "\n".join(f"    {target!r}," for target in self.agreement.targets)
        calendars = "\n".join(schedule.code() for schedule in self.schedules.values())
        return (
            f"as_of = {self.as_of.isoformat()}, known_at = {self.known_at}\n"
            f"history = [\n{events}\n]\ntargets = [\n{targets}\n]\ncalendars:\n{calendars}"
        )


# -- calendars


def _every(hours: list[tuple[int, int]], days: Sequence[int]) -> dict[int, list[tuple[int, int]]]:
    return dict.fromkeys(days, hours)


_SCHEDULES: Final = (
    Schedule(weekly=_every([(0, 1440)], range(7))),
    Schedule(
        zone="Europe/Berlin",
        weekly=_every(_OFFICE, range(5)),
        holidays=(date(2026, 3, 30), date(2026, 4, 3), date(2026, 10, 26)),
    ),
    Schedule(
        zone="Europe/Berlin",
        weekly=_every([(1320, 360)], range(7)),
        holidays=(date(2026, 3, 29), date(2026, 10, 25)),
        holiday_scope="shift_start",
    ),
    Schedule(zone="America/New_York", weekly=_every([(480, 1020)], range(6))),
    Schedule(
        zone="Asia/Kathmandu",
        weekly=_every([(600, 1020)], (6, 0, 1, 2, 3)),
        exceptions={date(2026, 3, 29): [(600, 780)], date(2026, 10, 26): []},
    ),
    Schedule(zone="Australia/Lord_Howe", weekly=_every([(0, 240), (1200, 1440)], range(7))),
    Schedule(
        zone="Europe/London",
        weekly=_every([(15, 195), (600, 1080)], range(7)),
        holidays=(date(2026, 3, 28), date(2026, 10, 27)),
    ),
    Schedule(zone="America/St_Johns", weekly=_every([(540, 1020)], range(5))),
)


@lru_cache(maxsize=256)
def _calendar(number: int) -> tuple[BusinessCalendar, Schedule]:
    schedule = _SCHEDULES[number] if number < len(_SCHEDULES) else _odd_schedule(number)
    return schedule.calendar(), schedule


def _odd_schedule(number: int) -> Schedule:
    """Return a schedule of cuts on the grid, the same for the same number."""
    rng = random.Random(f"schedule:{number}")
    hours: list[tuple[int, int]] = []
    cuts = sorted(rng.sample(range(0, 1440, 15), 2 * rng.choice((1, 2, 3))))
    hours = list(zip(cuts[::2], cuts[1::2], strict=True))
    near = date(2026, *rng.choice(((3, 29), (10, 25), (11, 1), (3, 8))))
    days = [near + timedelta(days=n) for n in range(-3, 6)]
    return Schedule(
        zone=rng.choice(("Europe/Berlin", "America/New_York", "UTC", "Pacific/Chatham")),
        weekly=_every(hours, sorted(rng.sample(range(7), rng.randint(3, 7)))),
        holidays=tuple(sorted(rng.sample(days, rng.choice((0, 1, 2))))),
        holiday_scope=rng.choice(("civil_day", "shift_start")),
    )


# -- agreements


def _goal(rng: random.Random) -> Goal:
    style = rng.random()
    if style < 0.55:
        return WorkingTime(rng.choice((0, 1, 2, 4, 8, 16, 33, 64, 128, 160)) * STEP)
    if style < 0.8:
        return WallTime(rng.choice((0, 1, 4, 16, 48, 96, 200, 600)) * STEP)
    times: tuple[DueTime, ...] = ("same_time", "end_of_day", time(16), time(9, 15))
    at = rng.choice(times)
    cut_off = rng.choice((None, time(15)))
    return WorkingDays(rng.randint(0, 2), at, cut_off=cut_off, snap=rng.random() < 0.7)


def _goals(rng: random.Random) -> dict[str, Goal]:
    goals = {name: _goal(rng) for name in ("P1", "P2", "P3") if rng.random() < 0.75}
    if not goals or rng.random() < 0.4:
        goals["*"] = _goal(rng)
    if len(goals) > 1 and rng.random() < 0.2:  # equal goals under two names
        first, second = rng.sample(sorted(goals), 2)
        goals[first] = goals[second]
    return goals


def _limit(rng: random.Random) -> PauseLimit:
    longest: timedelta | Goal | None = None
    if rng.random() < 0.5:
        amount = rng.choice((0, 2, 8, 20)) * STEP
        longest = rng.choice((amount, WallTime(amount), WorkingDays(rng.randint(0, 1))))
    budget = rng.choice((0, 4, 12, 30)) * STEP if rng.random() < 0.5 else None
    return PauseLimit(
        reason=rng.choice(("awaiting_requester", "awaiting_supplier", "*", "resolved", "on_hold")),
        longest=longest,
        budget=budget,
        needs_evidence=(longest is None and budget is None) or rng.random() < 0.2,
    )


_PREDICATES: Final[tuple[Predicate, ...]] = (
    field("event").is_("AnswerSent"),
    field("group").is_("network"),
    field("category").is_("on_hold"),
    field("category").is_in("resolved", "closed"),
    field("priority").is_in("P1", "P2"),
    field("awaiting_answer").is_(True),
    field("by_requester").is_(True),
    field("hold_reason").is_("awaiting_supplier"),
    field("assignee").is_("ann") & field("automatic").is_(False),
    field("reopen_count").is_at_least(1),
    ~field("service").is_("erp"),
    field("requester_is_assignee").is_(True),
    field("event").is_in("ContactReceived", "TicketResumed"),
    field("event").is_("TicketOpened"),
    field("hold_reason").is_missing(),
)


def _rules(rng: random.Random) -> ClockRules:
    def maybe(chance: float) -> Predicate | None:
        return rng.choice(_PREDICATES) if rng.random() < chance else None

    pause = maybe(0.5)
    return ClockRules(
        start=rng.choice(_PREDICATES),
        stop=rng.choice(_PREDICATES),
        cancel=maybe(0.4),
        reset=maybe(0.3),
        pause=pause,
        resume=maybe(0.5) if pause is not None else None,
    )


_METRICS: Final = (*METRICS, "resolution", "response", "next_reply", "ola", "uc")


def _target(rng: random.Random, name: str, calendar: BusinessCalendar | None) -> ServiceLevelTarget:
    metric: Any = rng.choice(_METRICS)
    rules = METRICS.get(metric) or rng.choice(
        (held_by("network"), waiting_for("awaiting_supplier"))
    )
    if rng.random() < 0.15:
        rules = _rules(rng)
    reasons = ("awaiting_requester", "awaiting_supplier", "change_window")
    paused = rng.sample(reasons, rng.randint(0, 3)) if rng.random() < 0.6 else None
    limits = [_limit(rng) for _ in range(rng.choice((1, 1, 2)))] if rng.random() < 0.3 else []
    return ServiceLevelTarget(
        metric=metric,
        name=name,
        goals=_goals(rng),
        calendar=calendar,
        rules=rules,
        pause_on=None if paused is None else frozenset(paused),
        pause_limits=limits,
        anchor=rng.choice(("occurred", "occurred", "occurred", "registered", "opened")),
        retarget=rng.choice(("from_start", "from_change", "share", "keep")),
        reopen=rng.choice(("exclude_closed", "include_closed", "new_cycle", "ignore")),
        warn_at_ratios=rng.choice(((), (0.5,), (0.5, 0.75, 0.8))),
    )


def random_agreement(
    rng: random.Random,
) -> tuple[ServiceLevelAgreement, dict[str, Schedule]]:
    """Return an agreement of up to four targets, and the schedules of its calendars.

    >>> agreement, schedules = random_agreement(random.Random(7))
    >>> schedules[agreement.calendar.content_hash].calendar() == agreement.calendar
    True
    """
    calendar, schedule = _calendar(rng.choice((*range(len(_SCHEDULES)), rng.randrange(8, 40))))
    schedules = {calendar.content_hash: schedule}
    targets: list[ServiceLevelTarget] = []
    for number in range(rng.choice((1, 1, 2, 3))):
        own: BusinessCalendar | None = None
        if rng.random() < 0.2:
            own, other = _calendar(rng.randrange(len(_SCHEDULES)))
            schedules[own.content_hash] = other
        targets.append(_target(rng, f"clock {number + 1}", own))
    if rng.random() < 0.2:
        targets.append(
            ServiceLevelTarget(metric="commitment", warn_at_ratios=rng.choice(((), (0.5,))))
        )
    agreement = ServiceLevelAgreement(
        agreement_id=AgreementId("fuzz"), calendar=calendar, targets=targets
    )
    return agreement, schedules


def random_case(rng: random.Random) -> SlaCase:
    """Return a history, an agreement for it, and an instant at which to judge it.

    >>> from itsm_core.sla import evaluate
    >>> from itsm_core.testing import oracle_evaluate
    >>> from itsm_core.testing.sla_oracle import differences
    >>> case = random_case(random.Random(16))
    >>> judged = evaluate(case.history, case.agreement, as_of=case.as_of, known_at=case.known_at)
    >>> told = (case.history, case.agreement, case.as_of, case.known_at)
    >>> len(judged.clocks), differences(judged, oracle_evaluate(*told, schedules=case.schedules))
    (3, ())
    """
    agreement, schedules = random_agreement(rng)
    mix = Mix(clocks=tuple(target.name for target in agreement.targets))
    start = random_start(rng, agreement.calendar.zone)
    history = random_history(rng, mix, start)
    as_of = start + random_offset(rng)
    style = rng.random()
    if style < 0.25:
        as_of = start + rng.randrange(7, 12) * _DAY
    elif style < 0.65:
        at = instant(max(micros(start), rng.choice(history).occurred_us))
        as_of = at + rng.choice((0, 0, 1, 4, 16)) * STEP
    known_at = start + random_offset(rng) if rng.random() < 0.15 else None
    return SlaCase(
        history=history,
        agreement=agreement,
        as_of=as_of,
        known_at=known_at,
        schedules=schedules,
    )
