"""Strategies of service levels: agreements and their parts, events, histories, whole questions.

Agreements and histories draw on the seeded generators of `sla_cases` with a source of chance that
Hypothesis controls, so that what they make can shrink.
"""

from __future__ import annotations

from datetime import datetime, timedelta
from typing import Final

import attrs
from hypothesis import strategies as st

from itsm_core.events import TicketEvent
from itsm_core.ids import EventId, PersonId, TicketId
from itsm_core.sla import (
    METRICS,
    ClockRules,
    PauseLimit,
    ServiceLevelAgreement,
    ServiceLevelTarget,
    held_by,
    waiting_for,
)
from itsm_core.testing.event_samples import one_of_each
from itsm_core.testing.sla_cases import SlaCase, random_agreement, random_case
from itsm_core.testing.sla_histories import Mix, mix_of, random_history, random_start
from itsm_core.testing.strategies._calendars import goals
from itsm_core.testing.strategies._rules import predicates
from itsm_core.testing.strategies._time import durations, odd_instants

_REASONS: Final = ("awaiting_requester", "awaiting_supplier", "*", "resolved")


def clock_rules() -> st.SearchStrategy[ClockRules]:
    """Return the rules of a metric, of an operational agreement, of a supplier, or any others.

    >>> from hypothesis import given, settings
    >>> from itsm_core.testing import strategies as own
    >>> @settings(max_examples=5, deadline=None, derandomize=True, database=None)
    ... @given(own.clock_rules())
    ... def test_a_clock_says_when_it_starts_and_stops(rules):
    ...     words = [line.partition(":")[0] for line in rules.explain().splitlines()]
    ...     assert words[:2] == ["start", "stop"]
    >>> test_a_clock_says_when_it_starts_and_stops()
    """
    maybe = st.none() | predicates()
    own = st.builds(
        ClockRules,
        start=predicates(),
        stop=predicates(),
        cancel=maybe,
        reset=maybe,
        pause=maybe,
        resume=maybe,
    )
    known = (*METRICS.values(), held_by("network"), waiting_for("awaiting_supplier"))
    return st.sampled_from(known) | own


@st.composite
def pause_limits(draw: st.DrawFn) -> PauseLimit:
    """Return limits of pauses that bound something.

    >>> from hypothesis import given, settings
    >>> from itsm_core.testing import strategies as own
    >>> @settings(max_examples=10, deadline=None, derandomize=True, database=None)
    ... @given(own.pause_limits())
    ... def test_a_limit_bounds_something(limit):
    ...     assert limit.longest or limit.budget is not None or limit.needs_evidence
    >>> test_a_limit_bounds_something()
    """
    longest = draw(st.none() | goals())
    budget = draw(st.none() | durations())
    bare = longest is None and budget is None
    return PauseLimit(
        reason=draw(st.sampled_from(_REASONS)),
        longest=longest,
        budget=budget,
        needs_evidence=bare or draw(st.booleans()),
    )


@st.composite
def agreements(draw: st.DrawFn) -> ServiceLevelAgreement:
    """Return agreements of up to four targets: every metric, own rules, limits and anchors.

    One in four holds for some tickets alone, or for a time.

    >>> from hypothesis import given, settings
    >>> from itsm_core.testing import strategies as own
    >>> @settings(max_examples=5, deadline=None, derandomize=True, database=None)
    ... @given(own.agreements())
    ... def test_a_clock_is_found_by_its_name(agreement):
    ...     assert all(agreement.target(each.name) == each for each in agreement.targets)
    >>> test_a_clock_is_found_by_its_name()
    """
    rng = draw(st.randoms(use_true_random=False))
    agreement, _ = random_agreement(rng)
    if draw(st.integers(0, 3)) < 3:
        return agreement
    start = draw(st.none() | odd_instants())
    end = None if start is None else start + timedelta(days=draw(st.integers(1, 400)))
    return attrs.evolve(
        agreement,
        version=draw(st.integers(1, 3)),
        title=draw(st.sampled_from(("", "it's gold"))),
        applies_to=draw(st.none() | predicates()),
        precedence=draw(st.integers(-1, 2)),
        valid_from=start,
        valid_until=end,
        version_rule=draw(st.sampled_from(("at_creation", "at_change", "latest"))),
    )


def targets() -> st.SearchStrategy[ServiceLevelTarget]:
    """Return targets of agreements.

    >>> from hypothesis import given, settings
    >>> from itsm_core.testing import strategies as own
    >>> @settings(max_examples=5, deadline=None, derandomize=True, database=None)
    ... @given(own.targets())
    ... def test_whoever_is_warned_is_warned_in_time(target):
    ...     assert all(0 < ratio < 1 for ratio in target.warn_at_ratios)
    >>> test_whoever_is_warned_is_warned_in_time()
    """
    return agreements().flatmap(lambda agreement: st.sampled_from(agreement.targets))


def sla_cases() -> st.SearchStrategy[SlaCase]:
    """Return a history, an agreement and an instant that belong together, all on one grid.

    >>> from hypothesis import given, settings
    >>> from itsm_core.testing import strategies as own
    >>> from itsm_core.sla import evaluate
    >>> @settings(max_examples=10, deadline=None, derandomize=True, database=None)
    ... @given(own.sla_cases())
    ... def test_nobody_is_charged_for_more_than_passed(case):
    ...     judged = evaluate(case.history, case.agreement, as_of=case.as_of)
    ...     assert all(clock.elapsed <= clock.wall_elapsed for clock in judged)
    >>> test_nobody_is_charged_for_more_than_passed()
    """
    return st.randoms(use_true_random=False).map(random_case)


def odd_starts(zone: str) -> st.SearchStrategy[datetime]:
    """Return instants of 2026 on the grid, often around the clock changes of a zone.

    >>> from hypothesis import given, settings
    >>> from itsm_core.testing import strategies as own
    >>> @settings(max_examples=10, deadline=None, derandomize=True, database=None)
    ... @given(own.odd_starts("Europe/Berlin"))
    ... def test_a_start_is_on_a_quarter_of_an_hour(start):
    ...     assert (start.year, start.minute % 15, start.second) == (2026, 0, 0)
    >>> test_a_start_is_on_a_quarter_of_an_hour()
    """
    return st.randoms(use_true_random=False).map(lambda rng: random_start(rng, zone))


@st.composite
def histories(
    draw: st.DrawFn, agreement: ServiceLevelAgreement | None = None, *, longest: int = 12
) -> tuple[TicketEvent, ...]:
    """Return the events of one ticket as they arrive: late, out of order, some told twice.

    Given an agreement, they use its priorities, hold reasons, groups and services, and lie around
    the clock changes of its zone. There are up to `longest` events beside the opening.

    >>> from hypothesis import given, settings
    >>> from itsm_core.testing import strategies as own
    >>> from itsm_core.events import in_order
    >>> @settings(max_examples=10, deadline=None, derandomize=True, database=None)
    ... @given(own.histories())
    ... def test_the_order_of_arrival_changes_nothing(history):
    ...     assert in_order(reversed(history)) == in_order(history)
    >>> test_the_order_of_arrival_changes_nothing()
    """
    rng = draw(st.randoms(use_true_random=False))
    zone = "Europe/Berlin" if agreement is None else agreement.calendar.zone
    mix = Mix() if agreement is None else mix_of(agreement)
    return random_history(rng, mix, random_start(rng, zone), longest=longest)


@st.composite
def events(draw: st.DrawFn, kind: type[TicketEvent] = TicketEvent) -> TicketEvent:
    """Return events of every class, or of one, with texts and instants that stores get wrong.

    Some are told later than they happened, or at the same instant as another.

    >>> from hypothesis import given, settings
    >>> from itsm_core.testing import strategies as own
    >>> import pickle
    >>> @settings(max_examples=10, deadline=None, derandomize=True, database=None)
    ... @given(own.events())
    ... def test_an_event_can_travel_to_another_process(event):
    ...     assert pickle.loads(pickle.dumps(event)) == event
    >>> test_an_event_can_travel_to_another_process()
    """
    known = [each for each in one_of_each() if isinstance(each, kind)]
    event = draw(st.sampled_from(known))
    at = draw(odd_instants())
    return attrs.evolve(
        event,
        ticket_id=draw(st.sampled_from((TicketId("INC-1"), TicketId("Ümläut 7")))),
        occurred_at=at,
        recorded_at=draw(st.sampled_from((None, at, at + timedelta(days=2)))),
        actor=draw(st.sampled_from((PersonId(""), PersonId("ann"), PersonId("o'neil")))),
        automatic=draw(st.booleans()),
        event_id=EventId(draw(st.sampled_from(("", "e1", "e2")))),
        sequence=draw(st.integers(-1, 3)),
    )
