"""The laws of choosing agreements (S11), of their legs (S12) and versions (S13), on drawn cases."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import get_args

import attrs
from hypothesis import HealthCheck, assume, given, settings
from hypothesis import strategies as st

from itsm_core.calendars import ALWAYS
from itsm_core.conditions import field
from itsm_core.events import (
    AgreementAssigned,
    PriorityChanged,
    PriorityOverridden,
    PriorityOverrideEnded,
    TicketAssigned,
    TicketEvent,
    TicketOpened,
    TicketReclassified,
    TicketReopened,
    TicketResolved,
    in_order,
)
from itsm_core.ids import AgreementId, EventId, GroupId, PersonId, ServiceId, TicketId
from itsm_core.overrides import effective_priority
from itsm_core.sla import (
    AgreementCatalogue,
    ClockState,
    Regime,
    ServiceLevelAgreement,
    ServiceLevelTarget,
    evaluate_all,
    facts_after,
)
from itsm_core.sla._agreement import VersionRule
from itsm_core.spans import instant

ID = TicketId("INC-1")
START = datetime(2026, 1, 5, 9, tzinfo=UTC)
HOUR = timedelta(hours=1)
EXAMPLES = settings(max_examples=100, suppress_health_check=[HealthCheck.too_slow])
DONE = ("resolved", "closed", "cancelled")

# Whole hours, so that events meet one another and the beginnings of versions.
hours = st.integers(0, 24)


@st.composite
def histories(draw: st.DrawFn) -> tuple[TicketEvent, ...]:
    """Return an opening and up to eight events that may change the agreement."""
    events: list[TicketEvent] = [
        TicketOpened(
            ticket_id=ID,
            occurred_at=START + draw(hours) * HOUR / 4,
            priority="P2",
            event_id=EventId("opening"),
            service=ServiceId("mail"),
        )
    ]
    for n in range(draw(st.integers(0, 8))):
        at = START + draw(hours) * HOUR
        common = {"ticket_id": ID, "occurred_at": at, "event_id": EventId(f"e{n}")}
        number = draw(st.integers(1, 3))
        kind = draw(st.integers(0, 8))
        made: TicketEvent
        if kind == 0:
            made = TicketReclassified(service=ServiceId(f"s{number}"), **common)  # type: ignore[arg-type]
        elif kind == 1:
            made = PriorityOverridden(
                priority=f"P{number}",
                reason="because",
                actor=PersonId("lea"),
                expires_at=at + draw(hours) * HOUR if number > 1 else None,
                **common,  # type: ignore[arg-type]
            )
        elif kind == 2:
            made = PriorityOverrideEnded(**common)  # type: ignore[arg-type]
        elif kind == 3:
            chosen = draw(st.sampled_from(("a", "b", "c", "", "unknown")))
            made = AgreementAssigned(agreement_id=AgreementId(chosen), **common)  # type: ignore[arg-type]
        elif kind == 4:
            made = TicketResolved(state="resolved", **common)  # type: ignore[arg-type]
        elif kind == 5:
            made = TicketReopened(state="in_progress", **common)  # type: ignore[arg-type]
        elif kind == 6:
            made = TicketAssigned(group=GroupId(f"g{number}"), **common)  # type: ignore[arg-type]
        else:
            made = PriorityChanged(priority=f"P{number}", **common)  # type: ignore[arg-type]
        events.append(made)
    return tuple(events)


CONDITIONS = (
    None,
    field("priority").is_("P1"),
    field("priority").is_in("P1", "P3") | field("group").is_("g1"),
    field("service").is_in("mail", "s1"),
    field("reopen_count").is_at_least(1),
)


@st.composite
def catalogues(draw: st.DrawFn, *, dated: bool = True) -> AgreementCatalogue:
    """Return up to three agreements of distinct precedence, some with a second version."""
    agreements: list[ServiceLevelAgreement] = []
    for precedence, name in enumerate("abc"):
        goal = draw(st.integers(1, 12))
        first = ServiceLevelAgreement(
            agreement_id=AgreementId(name),
            calendar=ALWAYS,
            targets=(ServiceLevelTarget(metric="resolution", goals=goal * HOUR),),
            applies_to=draw(st.sampled_from(CONDITIONS)),
            precedence=precedence,
            version_rule=draw(st.sampled_from(get_args(VersionRule))),
        )
        if dated and draw(st.booleans()):
            turn = START + draw(hours) * HOUR
            target = ServiceLevelTarget(metric="resolution", goals=draw(st.integers(1, 12)) * HOUR)
            agreements.append(attrs.evolve(first, valid_until=turn))
            agreements.append(attrs.evolve(first, version=2, valid_from=turn, targets=(target,)))
        else:
            agreements.append(first)
    return AgreementCatalogue(agreements=tuple(agreements))


def regimes(
    catalogue: AgreementCatalogue, history: tuple[TicketEvent, ...], at: datetime
) -> tuple[Regime, ...]:
    """Return the regimes of the customers' agreements."""
    return catalogue.regimes(history, at)["sla"]


def clamped(events: tuple[TicketEvent, ...], opened: int) -> tuple[TicketEvent, ...]:
    """Return the events with those told before the opening happening at it, after it."""
    opening = next(each for each in events if isinstance(each, TicketOpened))
    rest = [each for each in events if each is not opening]
    return (
        attrs.evolve(opening, sequence=-1),
        *(
            attrs.evolve(each, occurred_at=max(each.occurred_us, opened), sequence=n)
            for n, each in enumerate(rest)
        ),
    )


END = START + 60 * HOUR


class TestRegimes:
    """S11 and S13: which agreement holds, and which of its versions."""

    @EXAMPLES
    @given(catalogue=catalogues(), history=histories())
    def test_regimes_follow_each_other_from_the_opening(
        self, catalogue: AgreementCatalogue, history: tuple[TicketEvent, ...]
    ) -> None:
        """The first begins with the ticket, each is another one than that before."""
        found = regimes(catalogue, history, END)
        assert found[0].since_us == history[0].occurred_us
        for before, after in pairwise(found):
            assert before.since_us < after.since_us
            assert before.agreement is not after.agreement

    @EXAMPLES
    @given(catalogue=catalogues(), history=histories(), data=st.data())
    def test_order_of_arrival_changes_nothing(
        self, catalogue: AgreementCatalogue, history: tuple[TicketEvent, ...], data: st.DataObject
    ) -> None:
        """S14: late, out of order and repeated."""
        told = data.draw(st.permutations([*history, *history[:3]]))
        assert regimes(catalogue, tuple(told), END) == regimes(catalogue, history, END)

    @EXAMPLES
    @given(catalogue=catalogues(), history=histories(), step=hours)
    def test_what_held_is_not_rewritten_by_time(
        self, catalogue: AgreementCatalogue, history: tuple[TicketEvent, ...], step: int
    ) -> None:
        """S16: asked earlier, the answer is the beginning of the later one."""
        as_of = START + step * HOUR
        assume(as_of >= history[0].occurred_at)
        later = regimes(catalogue, history, END)
        earlier = regimes(catalogue, history, as_of)
        assert earlier == tuple(each for each in later if instant(each.since_us) <= as_of)

    @EXAMPLES
    @given(catalogue=catalogues(dated=False), history=histories())
    def test_each_choice_is_that_of_the_facts_of_the_moment(
        self, catalogue: AgreementCatalogue, history: tuple[TicketEvent, ...]
    ) -> None:
        """Without dates, what holds is what `select` says of the ticket as it stands."""
        ordered = in_order(history)
        opened = history[0].occurred_us
        for at in sorted({max(each.occurred_us, opened) for each in ordered}):
            moment = instant(at)
            past = tuple(each for each in ordered if each.occurred_us <= at)
            values: dict[str, object] = {}
            for _, _, facts in facts_after(past):
                values = {
                    "category": facts.category,
                    "group": facts.group,
                    "service": facts.service,
                    "reopen_count": facts.reopen_count,
                }
            if values["category"] in DONE:
                continue
            values["priority"] = effective_priority(clamped(past, opened), moment)
            by_hand = ""
            for each in past:
                if isinstance(each, AgreementAssigned) and each.agreement_id != "unknown":
                    by_hand = each.agreement_id
            expected = catalogue.select(values, moment, by_hand={by_hand: ""} if by_hand else None)[
                "sla"
            ]
            held = regimes(catalogue, history, moment)[-1]
            assert held.agreement is expected.chosen


class TestVerdicts:
    """S4 under changing agreements: a breach is a fact of history."""

    @EXAMPLES
    @given(catalogue=catalogues(), history=histories(), steps=st.tuples(hours, hours))
    def test_breach_is_never_erased_by_time(
        self,
        catalogue: AgreementCatalogue,
        history: tuple[TicketEvent, ...],
        steps: tuple[int, int],
    ) -> None:
        """Seen broken once, broken for ever, at the same instant."""
        first, second = (START + step * HOUR + HOUR / 2 for step in sorted(steps))
        assume(first >= history[0].occurred_at)
        before = {
            (each.name, each.cycle): each.breached_us
            for found in evaluate_all(history, catalogue, as_of=first)
            for each in found
            if each.state is ClockState.BREACHED
        }
        after = {
            (each.name, each.cycle): each.breached_us
            for found in evaluate_all(history, catalogue, as_of=second)
            for each in found
            if each.state is ClockState.BREACHED
        }
        assert before.items() <= after.items()
