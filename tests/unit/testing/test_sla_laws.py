"""The shipped laws of service levels: they hold, they can fail, and say on what.

Ledgers (S2), met or broken (S4), order and knowledge (S14), the next event (S15), pauses and steps
(S16).
"""

from __future__ import annotations

import pickle
from collections.abc import Callable, Iterable
from datetime import UTC, date, datetime, timedelta

import attrs
import pytest

from itsm_core.calendars import BusinessCalendar, WeeklyHours, WorkingTime
from itsm_core.conditions import field
from itsm_core.events import TicketEvent, TicketOpened, TicketPutOnHold, TicketResolved
from itsm_core.ids import AgreementId
from itsm_core.sla import (
    ClockRules,
    Evaluation,
    PauseLimit,
    ServiceLevelAgreement,
    ServiceLevelTarget,
    evaluate,
    held_by,
    waiting_for,
)
from itsm_core.spans import instant
from itsm_core.testing import sla_laws, sla_trials
from itsm_core.testing.laws import LawBroken
from itsm_core.testing.sla_laws import SLA_LAWS, check_sla_laws
from itsm_core.testing.sla_trials import SlaLawBroken

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
    check_sla_laws(GOLD, max_examples=60)


def test_same_seed_tries_the_same_tickets() -> None:
    """Another seed tries others."""
    one, two = (sla_trials.random_trial(GOLD, (), f"{seed}:1").history for seed in (1, 1))
    assert one == two
    assert one != sla_trials.random_trial(GOLD, (), "2:1").history


class TestPlantedPolicies:
    """A mistake in a user's own agreement is found, shrunk and explained."""

    def test_graver_priority_that_is_due_later_is_found(self) -> None:
        """P1 got the goal of P2: the smallest history is an opening."""
        with pytest.raises(SlaLawBroken) as caught:
            check_sla_laws(promise(resolution(P1=8, P2=4)), seed=3)
        error = caught.value
        assert "graver_priority_is_never_due_later" in error.law
        assert [type(event) for event in error.history] == [TicketOpened]
        assert "P1 (8 h working time) is due" in str(error)
        assert "promised: 8 h working time" in str(error)

    def test_order_of_priorities_may_be_given(self) -> None:
        """Listed the other way round, the same goals are right once the order is said."""
        listed = promise(resolution(P3=16, P1=4))
        with pytest.raises(SlaLawBroken, match="graver_priority"):
            check_sla_laws(listed, max_examples=5)
        check_sla_laws(listed, max_examples=5, gravest_first=("P1", "P3"))

    def test_stop_that_can_never_hold_is_found(self) -> None:
        """No event has that name, so the clock would run for ever."""
        rules = ClockRules(
            start=field("event").is_("TicketOpened"), stop=field("event").is_("TicketResolvd")
        )
        wrong = ServiceLevelTarget(metric="resolution", rules=rules, goals=HOUR)
        with pytest.raises(SlaLawBroken, match="resolution: it can never stop") as caught:
            check_sla_laws(promise(wrong))
        assert caught.value.history == ()

    def test_goal_that_is_never_reached_is_found(self) -> None:
        """A calendar that is open on one day only has no second hour."""
        once = BusinessCalendar(
            zone="UTC", hours=WeeklyHours.parse(""), exceptions={date(2026, 3, 2): "09:00-10:00"}
        )
        with pytest.raises(SlaLawBroken, match="every_goal_can_be_reached"):
            check_sla_laws(promise(resolution(P1=4), calendar=once))


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
        (_inverse, "longer_goal_is_never_due_earlier"),
        (_by_arrival, "verify_accepts_every_verdict"),
    ],
)
def test_planted_mistake_of_the_evaluator_is_found(
    judge: Judge, law: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A wrong `evaluate` breaks the law that forbids its mistake, on some ticket of 300."""
    monkeypatch.setattr(sla_trials, "evaluate", judge)
    agreement = promise(attrs.evolve(resolution(P1=1), goals=8 * HOUR))
    (chosen,) = (each for each in SLA_LAWS if each.__name__ == law)
    trials = (sla_trials.random_trial(agreement, (), f"planted:{n}") for n in range(300))
    assert any(sla_trials.violations(chosen, trial) for trial in trials)


@pytest.mark.parametrize(
    ("law", "change"),
    [
        ("ledger_is_adjacent_and_sums", {"wall_us": 1}),
        ("ledger_is_adjacent_and_sums", {"elapsed_us": -1}),
        ("verdict_follows_from_due", {"due_us": None}),
        ("verdict_follows_from_due", {"breached_us": 5}),
        ("verdict_follows_from_due", {"projected_due_us": 5}),
    ],
)
def test_wrong_field_of_a_clock_is_found(
    law: str, change: dict[str, object], monkeypatch: pytest.MonkeyPatch
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

    monkeypatch.setattr(sla_trials, "evaluate", judge)
    (chosen,) = (each for each in SLA_LAWS if each.__name__ == law)
    trials = (sla_trials.random_trial(GOLD, (), f"field:{n}") for n in range(50))
    assert any(sla_trials.violations(chosen, trial) for trial in trials)


def test_check_raises_and_shrinks_when_evaluate_is_wrong(monkeypatch: pytest.MonkeyPatch) -> None:
    """The whole check finds a wrong evaluator, and shows no event that it could leave out."""
    monkeypatch.setattr(sla_trials, "evaluate", _forgiving)
    with pytest.raises(SlaLawBroken) as caught:
        check_sla_laws(promise(attrs.evolve(resolution(P1=1), goals=2 * HOUR)), max_examples=300)
    assert len(caught.value.history) <= 3
    assert "the clocks say" in str(caught.value)


def test_refusal_by_evaluate_is_a_violation() -> None:
    """An agreement whose goals run out of calendar breaks every law that judges."""
    once = BusinessCalendar(
        zone="UTC", hours=WeeklyHours.parse(""), exceptions={date(2026, 3, 2): "09:00-10:00"}
    )
    trial = sla_trials.random_trial(promise(resolution(P1=4), calendar=once), (), "1:1")
    told = [attrs.evolve(e, priority="P1") for e in trial.history if isinstance(e, TicketOpened)]
    trial = attrs.evolve(trial, history=tuple(told), as_of=told[0].occurred_at)
    law = sla_laws.ledger_is_adjacent_and_sums
    assert any("CalendarExhausted" in text for text in sla_trials.violations(law, trial))
    assert "CalendarExhausted" in sla_trials.broken(law, trial).explanation


def test_error_is_an_assertion_and_travels_between_processes() -> None:
    """Whoever catches `LawBroken` or `AssertionError` gets it."""
    error = SlaLawBroken("agreement 'a'", ("first",), "a law", (), instant(0), "words")
    assert isinstance(error, LawBroken)
    assert isinstance(error, AssertionError)
    assert str(pickle.loads(pickle.dumps(error))) == str(error)
    assert "as of 1970-01-01" in str(error)


def test_laws_are_thirteen_and_each_has_its_sentence() -> None:
    """A law without a sentence could not be quoted."""
    assert len(SLA_LAWS) == 13
    assert all(law.__doc__ for law in SLA_LAWS)


def test_trial_starts_in_2026() -> None:
    """Clock changes of that year are aimed at."""
    trial = sla_trials.random_trial(GOLD, (), "1:1")
    assert trial.as_of.replace(tzinfo=UTC).year == 2026
