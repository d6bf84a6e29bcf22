"""The shipped laws of service levels: they hold, they can fail, and say on what.

Ledgers (S2), met or broken (S4), order and knowledge (S14), the next event (S15), pauses and steps
(S16).
"""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta
from types import SimpleNamespace
from typing import cast

import attrs
import pytest

from itsm_core.calendars import (
    BusinessCalendar,
    Goal,
    WallTime,
    WeeklyHours,
    WorkingDays,
    WorkingTime,
)
from itsm_core.conditions import field
from itsm_core.errors import InvalidValue
from itsm_core.events import TicketEvent, TicketOpened, TicketPutOnHold, TicketResolved
from itsm_core.ids import AgreementId
from itsm_core.lifecycle import INCIDENT
from itsm_core.sla import (
    ClockRules,
    Evaluation,
    LedgerKind,
    PauseLimit,
    ServiceLevelAgreement,
    ServiceLevelTarget,
    SlaClock,
    evaluate,
    held_by,
    waiting_for,
)
from itsm_core.testing.laws import AGREEMENT_LAWS, LawBroken, _tickets, check_agreement
from itsm_core.testing.laws._agreement import _longer, _moved
from itsm_core.testing.laws._law import violations
from itsm_core.testing.laws._tickets import ledger_of

HOUR = timedelta(hours=1)
OFFICE = BusinessCalendar(
    zone="Europe/Berlin",
    hours=WeeklyHours.parse("Mo-Fr 09:00-12:30, 13:30-18:00"),
    holidays=[date(2026, 3, 30)],
)


def promise(
    *targets: ServiceLevelTarget, calendar: BusinessCalendar = OFFICE
) -> ServiceLevelAgreement:
    """Return an agreement."""
    return ServiceLevelAgreement(
        agreement_id=AgreementId("gold"), calendar=calendar, targets=targets
    )


def resolution(**hours: float) -> ServiceLevelTarget:
    """Return a resolution target with goals in working hours."""
    return ServiceLevelTarget(
        metric="resolution",
        goals={priority: number * HOUR for priority, number in hours.items()},
        pause_on={"awaiting_requester"},
        warn_at_ratios=(0.5, 0.75),
    )


GOLD = promise(
    resolution(P1=4, P2=8, P3=16),
    ServiceLevelTarget(metric="response", goals={"P1": HOUR / 2, "P2": HOUR, "*": 4 * HOUR}),
    ServiceLevelTarget(metric="next_reply", goals=2 * HOUR, reopen="new_cycle"),
    ServiceLevelTarget(
        metric="agent_work",
        goals=8 * HOUR,
        pause_limits=[PauseLimit(reason="awaiting_supplier", longest=HOUR, budget=2 * HOUR)],
    ),
    ServiceLevelTarget(metric="ola", rules=held_by("network"), goals=4 * HOUR, anchor="registered"),
    ServiceLevelTarget(metric="uc", rules=waiting_for("awaiting_supplier"), goals=20 * HOUR),
    ServiceLevelTarget(metric="commitment"),
)


def test_lawful_agreement_is_accepted() -> None:
    """Every metric, a limit, and two ways to reopen."""
    check_agreement(GOLD, max_examples=12)


def test_same_seed_tries_the_same_tickets() -> None:
    """Another seed tries others."""
    one, two = (_tickets.random_case(GOLD, (), f"{seed}:1").history for seed in (1, 1))
    assert one == two
    assert one != _tickets.random_case(GOLD, (), "2:1").history


class TestPlantedPolicies:
    """A mistake in a user's own agreement is found, shrunk and explained."""

    def test_graver_priority_that_is_due_later_is_found(self) -> None:
        """P1 got the goal of P2: the smallest history is an opening."""
        with pytest.raises(LawBroken) as caught:
            check_agreement(promise(resolution(P1=8, P2=4)), seed=3)
        error = caught.value
        assert error.law == "Y4"
        assert len(error.story) == 2
        assert "P1 (8 h working time) is due" in str(error)
        assert "promised: 8 h working time" in str(error)

    def test_order_of_priorities_may_be_given(self) -> None:
        """Listed the other way round, the same goals are right once the order is said."""
        listed = promise(resolution(P3=16, P1=4))
        with pytest.raises(LawBroken, match="law Y4"):
            check_agreement(listed, max_examples=5)
        check_agreement(listed, max_examples=5, gravest_first=("P1", "P3"))

    def test_stop_that_can_never_hold_is_found(self) -> None:
        """No event has that name, so the clock would run for ever."""
        rules = ClockRules(
            start=field("event").is_("TicketOpened"), stop=field("event").is_("TicketResolvd")
        )
        wrong = ServiceLevelTarget(metric="resolution", rules=rules, goals=HOUR)
        with pytest.raises(LawBroken, match="resolution: it can never stop"):
            check_agreement(promise(wrong))

    def test_goal_that_is_never_reached_is_found(self) -> None:
        """A calendar that is open on one day only has no second hour."""
        once = BusinessCalendar(
            zone="UTC", hours=WeeklyHours.parse(""), exceptions={date(2026, 3, 2): "09:00-10:00"}
        )
        with pytest.raises(LawBroken, match="law Y6"):
            check_agreement(promise(resolution(P1=4), calendar=once))


def line(start: int, end: int, kind: LedgerKind = LedgerKind.COUNTED) -> SimpleNamespace:
    """Return a line of a ledger, as far as the laws look at it."""
    return SimpleNamespace(start_us=start, end_us=end, kind=kind)


# -- evaluators with a planted mistake, each caught by its law

Judge = Callable[..., Evaluation]


def _by_arrival(
    history: Iterable[TicketEvent], agreement: ServiceLevelAgreement, **kw: datetime
) -> Evaluation:
    """Forget what arrives last, unless it opens the ticket."""
    told = tuple(history)
    last = told[-1:] if not isinstance(told[-1], TicketOpened) else ()
    return evaluate([event for event in told if event not in last], agreement, **kw)


def _polled(
    history: Iterable[TicketEvent],
    agreement: ServiceLevelAgreement,
    as_of: datetime,
    **kw: datetime,
) -> Evaluation:
    """Look at a clock that goes in hours."""
    return evaluate(history, agreement, as_of=as_of.replace(minute=59, second=59), **kw)


def _foreseeing(
    history: Iterable[TicketEvent],
    agreement: ServiceLevelAgreement,
    as_of: datetime,
    **kw: datetime,
) -> Evaluation:
    """Take what has not happened yet for past, where it resolves the ticket."""
    told = [
        attrs.evolve(event, occurred_at=as_of)
        if isinstance(event, TicketResolved) and event.occurred_at > as_of
        else event
        for event in history
    ]
    return evaluate(told, agreement, as_of=as_of, **kw)


def _all_knowing(
    history: Iterable[TicketEvent], agreement: ServiceLevelAgreement, as_of: datetime, **_: datetime
) -> Evaluation:
    """Know everything at once."""
    return evaluate(history, agreement, as_of=as_of)


def _with_goals(agreement: ServiceLevelAgreement, factor: float) -> ServiceLevelAgreement:
    targets = [
        attrs.evolve(
            each,
            goals={
                name: WorkingTime(goal.duration * factor)
                for name, goal in each.goals.items()
                if isinstance(goal, WorkingTime)
            },
        )
        for each in agreement.targets
    ]
    return attrs.evolve(agreement, targets=targets)


def _hasty(
    history: Iterable[TicketEvent], agreement: ServiceLevelAgreement, **kw: datetime
) -> Evaluation:
    """Let each pause begin a quarter of an hour early."""
    told = [
        attrs.evolve(event, occurred_at=event.occurred_at - HOUR / 4)
        if isinstance(event, TicketPutOnHold)
        else event
        for event in history
    ]
    return evaluate(told, agreement, **kw)


def _forgiving(
    history: Iterable[TicketEvent], agreement: ServiceLevelAgreement, **kw: datetime
) -> Evaluation:
    """Forget a breach once the ticket is resolved."""
    told = tuple(history)
    done = any(isinstance(e, TicketResolved) and e.occurred_at <= kw["as_of"] for e in told)
    return evaluate(told, _with_goals(agreement, 50) if done else agreement, **kw)


def _losing(
    history: Iterable[TicketEvent], agreement: ServiceLevelAgreement, **kw: datetime
) -> Evaluation:
    """Lose every clock once the ticket is resolved."""
    told = tuple(history)
    found = evaluate(told, agreement, **kw)
    done = any(isinstance(e, TicketResolved) and e.occurred_at <= kw["as_of"] for e in told)
    return attrs.evolve(found, clocks=()) if done else found


def _inverse(
    history: Iterable[TicketEvent], agreement: ServiceLevelAgreement, **kw: datetime
) -> Evaluation:
    """Let a longer goal be a shorter one."""
    (goal,) = agreement.targets[0].goals.values()
    turned = 64 * HOUR / (goal.duration / HOUR) if isinstance(goal, WorkingTime) else HOUR
    goals = {"*": WorkingTime(turned)}
    targets = [attrs.evolve(each, goals=goals) for each in agreement.targets]
    return evaluate(history, attrs.evolve(agreement, targets=targets), **kw)


@pytest.mark.parametrize(
    ("judge", "law"),
    [
        (_by_arrival, "order_of_arrival_changes_nothing"),
        (_polled, "nothing_changes_before_the_next_event"),
        (_foreseeing, "future_changes_nothing"),
        (_all_knowing, "unknown_events_change_nothing"),
        (_hasty, "added_pause_moves_due_by_its_working_time"),
        (_forgiving, "a_breach_stays_a_breach"),
        (_losing, "a_breach_stays_a_breach"),
        (_inverse, "longer_goal_is_never_due_earlier"),
        (_by_arrival, "verify_accepts_every_verdict"),
    ],
)
def test_planted_mistake_of_the_evaluator_is_found(
    judge: Judge, law: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong `evaluate` breaks the law that forbids its mistake, on some ticket of 300."""
    monkeypatch.setattr(_tickets, "evaluate", judge)
    agreement = promise(attrs.evolve(resolution(P1=1), goals=8 * HOUR))
    (chosen,) = (each for each in AGREEMENT_LAWS if each.name == law)
    trials = (_tickets.random_case(agreement, (), f"planted:{n}") for n in range(300))
    assert any(violations(chosen, trial) for trial in trials)


@pytest.mark.parametrize(
    ("law", "change", "said"),
    [
        ("ledger_is_adjacent_and_sums", {"wall_us": 1}, "does not sum to the time on the wall"),
        ("ledger_is_adjacent_and_sums", {"elapsed_us": -1}, "counted lines do not sum"),
        ("ledger_is_adjacent_and_sums", {"started_us": 1}, "does not begin at the start"),
        ("ledger_is_adjacent_and_sums", {"ledger": (line(0, 5), line(6, 9))}, "there are gaps"),
        ("ledger_is_adjacent_and_sums", {"ledger": (line(5, 5),)}, "has an empty line"),
        ("verdict_follows_from_due", {"due_us": None}, "is due at no instant"),
        ("verdict_follows_from_due", {"due_us": 5, "stopped_us": 6}, "yet it is met"),
        ("verdict_follows_from_due", {"stopped_us": None}, "met without a stop"),
        ("verdict_follows_from_due", {"breached_us": 5}, "breached at"),
        ("verdict_follows_from_due", {"projected_due_us": 5}, "projected"),
        (
            "nothing_breaks_inside_a_pause",
            {"warnings_us": ((0.5, 5),), "ledger": (line(0, 9, LedgerKind.PAUSED),)},
            "lies inside paused time",
        ),
    ],
)
def test_wrong_field_of_a_clock_is_found(
    law: str, change: dict[str, object], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The laws of one clock look at what it says, not at how it came about."""

    class Wrong:
        """Say something else than a clock does, in one field."""

        def __init__(self, clock: object) -> None:
            self._clock = clock

        def __getattr__(self, name: str) -> object:
            return change[name] if name in change else getattr(self._clock, name)

    def judge(*args: object, **kwargs: object) -> list[Wrong]:
        return [Wrong(clock) for clock in evaluate(*args, **kwargs)]  # type: ignore[arg-type]

    monkeypatch.setattr(_tickets, "evaluate", judge)
    (chosen,) = (each for each in AGREEMENT_LAWS if each.name == law)
    cases = (_tickets.random_case(GOLD, (), f"field:{n}") for n in range(50))
    assert any(said in sentence for case in cases for sentence in violations(chosen, case))


def test_longer_goal_is_longer_whatever_its_kind() -> None:
    """Working time, time on the wall, working days; what is of another kind stays."""
    goals: dict[str, Goal] = {"P1": WallTime(HOUR), "P2": WorkingDays(2), "P3": WorkingTime(HOUR)}
    longer = _longer(ServiceLevelTarget(metric="resolution", goals=goals)).goals
    assert longer == {
        "P1": WallTime(2 * HOUR),
        "P2": WorkingDays(3),
        "P3": WorkingTime(2 * HOUR),
    }


def test_pause_is_told_when_it_moves_due_back() -> None:
    """Two clocks that say so are enough: nothing is reckoned."""
    case = _tickets.random_case(GOLD, (), "moved")
    target = GOLD.targets[0]
    clocks = [
        cast("SlaClock", SimpleNamespace(name="resolution", cycle=1, due_us=due, goal=None))
        for due in (9, 5, None)
    ]
    (said,) = _moved(clocks[0], clocks[1], target, case.as_of, case.as_of)
    assert "a pause moved due from" in said
    assert list(_moved(clocks[0], clocks[2], target, case.as_of, case.as_of)) == []


def test_check_raises_and_shrinks_when_evaluate_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole check finds a wrong evaluator, and shows no event that it could leave out."""
    monkeypatch.setattr(_tickets, "evaluate", _forgiving)
    with pytest.raises(LawBroken) as caught:
        check_agreement(promise(attrs.evolve(resolution(P1=1), goals=2 * HOUR)), max_examples=300)
    assert len(caught.value.story) <= 3
    assert "the ledger" in str(caught.value)


def test_refusal_by_evaluate_is_a_violation() -> None:
    """An agreement whose goals run out of calendar breaks every law that judges."""
    once = BusinessCalendar(
        zone="UTC", hours=WeeklyHours.parse(""), exceptions={date(2026, 3, 2): "09:00-10:00"}
    )
    case = _tickets.random_case(promise(resolution(P1=4), calendar=once), (), "1:1")
    told = [attrs.evolve(e, priority="P1") for e in case.history if isinstance(e, TicketOpened)]
    case = attrs.evolve(case, history=tuple(told), as_of=told[0].occurred_at)
    (law,) = (each for each in AGREEMENT_LAWS if each.name == "ledger_is_adjacent_and_sums")
    assert any("CalendarExhausted" in text for text in violations(law, case))
    assert "CalendarExhausted" in "".join(ledger_of(case))


def test_laws_have_numbers_and_sentences() -> None:
    """A law without a sentence could not be quoted."""
    assert len(AGREEMENT_LAWS) == 16
    assert all(law.sentence and law.number for law in AGREEMENT_LAWS)


def test_law_is_left_out_when_named() -> None:
    """By number or name; what no law is called is refused."""
    wrong = promise(resolution(P1=8, P2=4))
    check_agreement(wrong, max_examples=3, without={"Y4"})
    with pytest.raises(InvalidValue, match="no such law: 'Y99'"):
        check_agreement(wrong, max_examples=1, without={"Y99"})


def test_pause_is_of_the_lifecycle_when_one_is_given() -> None:
    """The reasons of GOLD are those of incidents; a reason in a limit is looked at, too."""
    check_agreement(GOLD, lifecycle=INCIDENT, max_examples=1)
    limit = PauseLimit(reason="vendor", budget=HOUR)
    target = attrs.evolve(resolution(P1=4), pause_limits=[limit])
    with pytest.raises(LawBroken, match="pauses for 'vendor'"):
        check_agreement(promise(target), lifecycle=INCIDENT, max_examples=1)


def test_case_starts_in_2026() -> None:
    """Clock changes of that year are aimed at."""
    case = _tickets.random_case(GOLD, (), "1:1")
    assert case.as_of.replace(tzinfo=UTC).year == 2026
