"""The laws of priority, on policies and histories that nobody thought of."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from random import Random

import attrs
from hypothesis import given
from hypothesis import strategies as st

from itsm_core.conditions import Predicate, field
from itsm_core.events import (
    AnswerSent,
    PriorityChanged,
    PriorityOverridden,
    PriorityOverrideEnded,
    TicketEvent,
    TicketOpened,
    in_order,
)
from itsm_core.ids import EventId, PersonId, TicketId
from itsm_core.lifecycle import fold
from itsm_core.overrides import PriorityTimeline, effective_priorities, effective_priority
from itsm_core.priority import (
    ITIL_MATRIX,
    AtLeast,
    Effect,
    Lower,
    PriorityFacts,
    PriorityModifier,
    PriorityPolicy,
    Raise,
    Set,
)
from itsm_core.spans import instant, micros

ID = TicketId("INC-1")
NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)
NINE_US = micros(NINE)
HOUR_US = 3_600_000_000
TICK = timedelta(microseconds=1)
LEVELS = ("high", "medium", "low")
RANKS = ("P0", "P1", "P2", "P3", "P4")

names = st.sampled_from(RANKS)
steps = st.integers(1, 5)
effects: st.SearchStrategy[Effect] = st.one_of(
    steps.map(Raise), steps.map(Lower), names.map(AtLeast), names.map(Set)
)
ages = st.integers(0, 6).map(lambda hours: timedelta(hours=hours))
tests: st.SearchStrategy[Predicate] = st.one_of(
    ages.map(field("age").is_at_least),
    ages.map(field("age").is_above),
    ages.map(field("age").is_below),
    ages.map(field("age").is_),
    st.booleans().map(field("vip").is_),
    st.sampled_from(LEVELS).map(field("service_criticality").is_),
)
rules = st.recursive(
    tests,
    lambda parts: st.one_of(
        st.tuples(parts, parts).map(lambda two: two[0] & two[1]),
        st.tuples(parts, parts).map(lambda two: two[0] | two[1]),
        parts.map(lambda part: ~part),
    ),
    max_leaves=4,
)
chains = st.lists(st.tuples(rules, effects), max_size=4)
facts = st.builds(
    PriorityFacts,
    impact=st.sampled_from(LEVELS),
    urgency=st.sampled_from(LEVELS),
    service_criticality=st.sampled_from((*LEVELS, "")),
    vip=st.booleans(),
    age=ages,
)
Chain = list[tuple[Predicate, Effect]]


def policy(chain: Chain) -> PriorityPolicy:
    """Return a policy on the sample matrix with a level above it."""
    modifiers = [
        PriorityModifier(name=f"m{place}", when=rule, effect=effect)
        for place, (rule, effect) in enumerate(chain)
    ]
    return PriorityPolicy(matrix=ITIL_MATRIX, modifiers=modifiers, major="P0")


def moved(effect: Effect, at: str) -> str:
    """Return what an effect does to a priority, written down apart from the library."""
    place = RANKS.index(at)
    if isinstance(effect, Raise):
        return at if at == "P0" else RANKS[max(1, place - effect.by)]
    if isinstance(effect, Lower):
        return RANKS[min(4, place + effect.by)]
    aim = RANKS.index(effect.priority)
    return effect.priority if isinstance(effect, Set) else RANKS[min(place, aim)]


class TestModifiers:
    """P1. Named inputs modify the matrix in a declared order; a level above it exists. P2.
    Priority is derived; `explain()` says which cell and which modifiers gave the value.
    """

    @given(chains, facts)
    def test_priority_is_the_oracles_when_any_chain_is_applied(
        self, chain: Chain, known: PriorityFacts
    ) -> None:
        """From the cell through every modifier that holds, one after the other."""
        made = policy(chain)
        expected = ITIL_MATRIX.priority(known.impact, known.urgency)
        for modifier in made.modifiers:
            if modifier.when.holds(known):
                expected = moved(modifier.effect, expected)
        assert made.priority(known) == expected

    @given(chains, facts)
    def test_derivation_is_pure_when_asked_again(self, chain: Chain, known: PriorityFacts) -> None:
        """The same facts give the same value with the same reasons; the steps are adjacent."""
        made = policy(chain)
        derived = made.derive(known)
        assert derived == made.derive(known)
        assert derived.priority == made.priority(known)
        at = ITIL_MATRIX.priority(*derived.cell)
        for step in derived.applied:
            assert step.before == at
            assert step.is_applied or step.after == at
            at = step.after
        assert at == derived.priority
        assert len(derived.explain().splitlines()) == 2 + len(chain)

    @given(chains, rules, st.integers(0, 4), steps, facts)
    def test_priority_is_never_less_urgent_when_a_raise_is_added(
        self, chain: Chain, rule: Predicate, place: int, by: int, known: PriorityFacts
    ) -> None:
        """Monotone under Raise, wherever in the order it stands."""
        more = [*chain[:place], (rule, Raise(by)), *chain[place:]]
        before, after = policy(chain).priority(known), policy(more).priority(known)
        assert RANKS.index(after) <= RANKS.index(before)

    @given(chains, facts)
    def test_major_level_is_reached_by_name_alone_when_modifiers_shift(
        self, chain: Chain, known: PriorityFacts
    ) -> None:
        """No shift leads above the matrix."""
        shifts: Chain = [
            (rule, effect) for rule, effect in chain if isinstance(effect, Raise | Lower)
        ]
        assert policy(shifts).priority(known) != "P0"

    @given(chains, facts, ages)
    def test_next_change_is_the_first_when_time_passes(
        self, chain: Chain, known: PriorityFacts, age: timedelta
    ) -> None:
        """S15: nothing changes before it, and it does then; looking at every turn is the proof."""
        made = policy(chain)
        found = made.next_change(known, opened_at=NINE, as_of=NINE + age)

        def priority(then: timedelta) -> str:
            return made.priority(attrs.evolve(known, age=then))

        turns = sorted(
            turn
            for hours in range(8)
            for turn in (timedelta(hours=hours), timedelta(hours=hours) + TICK)
            if turn > age
        )
        first = next((turn for turn in turns if priority(turn) != priority(age)), None)
        if found is None:
            assert first is None
        else:
            waited = timedelta(0, 0, found.changes_us - NINE_US)
            assert (waited, priority(waited)) == (first, found.priority)

    @given(chains)
    def test_policy_is_the_same_when_it_went_through_json(self, chain: Chain) -> None:
        """R7: the identity both ways, with the hash."""
        made = policy(chain)
        again = PriorityPolicy.from_json(made.to_json())
        assert (again, again.content_hash) == (made, made.content_hash)


@st.composite
def histories(draw: st.DrawFn) -> tuple[TicketEvent, ...]:
    """Return a ticket's history with priorities and overrides, ids and all, in order."""
    events: list[TicketEvent] = [
        TicketOpened(ticket_id=ID, occurred_at=NINE, event_id=EventId("e0"), priority=draw(names))
    ]
    for number in range(1, draw(st.integers(0, 8)) + 1):
        hour = draw(st.integers(0, 12))
        base = {
            "ticket_id": ID,
            "occurred_at": NINE_US + hour * HOUR_US,
            "event_id": EventId(f"e{number}"),
            "sequence": number,
        }
        made = draw(
            st.one_of(
                st.builds(PriorityChanged, **_just(base), priority=names),
                st.builds(
                    PriorityOverridden,
                    **_just(base),
                    actor=st.just(PersonId("lea")),
                    priority=names,
                    reason=st.just("board"),
                    expires_at=st.none() | st.integers(0, 14).map(lambda n: NINE_US + n * HOUR_US),
                ),
                st.builds(PriorityOverrideEnded, **_just(base)),
                st.builds(AnswerSent, **_just(base)),
            )
        )
        events.append(made)
    return in_order(events)


def _just(values: dict[str, object]) -> dict[str, st.SearchStrategy[object]]:
    return {name: st.just(value) for name, value in values.items()}


instants = st.integers(-1, 30).map(lambda half: NINE_US + half * HOUR_US // 2)


def oracle(events: tuple[TicketEvent, ...], at_us: int) -> tuple[str, str]:
    """Return the priority in force and the derived one, found by looking back from the instant."""
    past = [event for event in events if event.occurred_us <= at_us]
    stated = [each for each in past if isinstance(each, TicketOpened | PriorityChanged)]
    if not stated:
        return "", ""
    derived = stated[-1].priority
    by_hand = [
        each for each in past if isinstance(each, PriorityOverridden | PriorityOverrideEnded)
    ]
    last = by_hand[-1] if by_hand else None
    if isinstance(last, PriorityOverridden) and (
        last.expires_us is None or at_us < last.expires_us
    ):
        return last.priority, derived
    return derived, derived


class TestOverrides:
    """P3. A manual override ends by itself at its expiry. The derived value stays visible."""

    @given(histories(), instants)
    def test_priority_is_the_oracles_when_asked_at_any_instant(
        self, events: tuple[TicketEvent, ...], at_us: int
    ) -> None:
        """Looking back from the instant, and walking up to it, find the same."""
        in_force, derived = oracle(events, at_us)
        assert effective_priority(events, instant(at_us)) == in_force
        spans = PriorityTimeline.of(events, instant(at_us)).spans
        if spans:
            assert (spans[-1].priority, spans[-1].derived) == (in_force, derived)

    @given(histories(), instants)
    def test_override_ends_by_itself_when_its_expiry_is_reached(
        self, events: tuple[TicketEvent, ...], at_us: int
    ) -> None:
        """No stretch is overridden at or after the expiry of its override."""
        for span in PriorityTimeline.of(events, instant(at_us)).spans:
            assert span.override is None or not span.override.is_over(span.since_us)

    @given(histories(), instants)
    def test_derived_priority_is_that_of_a_history_without_overrides_when_compared(
        self, events: tuple[TicketEvent, ...], at_us: int
    ) -> None:
        """What is visible beneath is what there would be if nobody had set anything."""
        plain = tuple(
            each
            for each in events
            if not isinstance(each, PriorityOverridden | PriorityOverrideEnded)
        )
        timeline = PriorityTimeline.of(events, instant(at_us))
        for span in timeline.spans:
            assert span.derived == effective_priority(plain, instant(span.since_us))

    @given(histories(), instants, st.randoms(use_true_random=False))
    def test_sequence_is_the_same_when_told_in_another_order(
        self, events: tuple[TicketEvent, ...], at_us: int, random: Random
    ) -> None:
        """S14: order of arrival and repetition mean nothing."""
        told = [*events, *events[::2]]
        random.shuffle(told)
        assert effective_priorities(in_order(told), at_us) == effective_priorities(events, at_us)

    @given(histories(), instants)
    def test_sequence_is_strict_when_read(
        self, events: tuple[TicketEvent, ...], at_us: int
    ) -> None:
        """Instants rise, neighbours differ, nothing lies beyond the instant asked for."""
        found = effective_priorities(events, at_us)
        assert all(a[0] < b[0] and a[1] != b[1] for a, b in pairwise(found))
        assert all(since <= at_us for since, _ in found)

    @given(histories(), instants, instants)
    def test_past_stays_when_time_goes_on(
        self, events: tuple[TicketEvent, ...], one: int, other: int
    ) -> None:
        """S16: looking earlier gives the beginning of what looking later gives."""
        early, late = sorted((one, other))
        known = effective_priorities(events, early)
        assert effective_priorities(events, late)[: len(known)] == known

    @given(histories(), instants)
    def test_ticket_agrees_when_it_is_folded_and_asked_at_an_instant(
        self, events: tuple[TicketEvent, ...], at_us: int
    ) -> None:
        """The ticket shows what the clocks are judged by."""
        past = [event for event in events if event.occurred_us <= at_us]
        if past:
            ticket = fold(past).as_of(instant(at_us))
            assert (ticket.priority, ticket.derived_priority) == oracle(events, at_us)
