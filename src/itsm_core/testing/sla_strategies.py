"""Hypothesis strategies for service levels: agreements, histories of tickets, instants to judge.

They need hypothesis (`itsm_core[testing]`). All of them draw on the seeded generators of
`sla_cases` with a source of chance that Hypothesis controls, so that what they make can shrink.
"""

from __future__ import annotations

from datetime import datetime

from hypothesis import strategies as st

from itsm_core.events import TicketEvent
from itsm_core.sla import ServiceLevelAgreement
from itsm_core.testing.sla_cases import SlaCase, random_agreement, random_case
from itsm_core.testing.sla_histories import Mix, mix_of, random_history, random_start

__all__ = ["agreements", "histories", "odd_starts", "sla_cases"]


def sla_cases() -> st.SearchStrategy[SlaCase]:
    """Return a history, an agreement and an instant that belong together, all on one grid."""
    return st.randoms(use_true_random=False).map(random_case)


def agreements() -> st.SearchStrategy[ServiceLevelAgreement]:
    """Return agreements of up to four targets: every metric, own rules, limits and anchors."""
    return st.randoms(use_true_random=False).map(lambda rng: random_agreement(rng)[0])


def odd_starts(zone: str) -> st.SearchStrategy[datetime]:
    """Return instants of 2026 on the grid, often around the clock changes of a zone."""
    return st.randoms(use_true_random=False).map(lambda rng: random_start(rng, zone))


@st.composite
def histories(
    draw: st.DrawFn, agreement: ServiceLevelAgreement | None = None, *, longest: int = 12
) -> tuple[TicketEvent, ...]:
    """Return the events of one ticket as they arrive: late, out of order, some told twice.

    Given an agreement, they use its priorities, hold reasons, groups and services, and lie around
    the clock changes of its zone. There are up to `longest` events beside the opening.
    """
    rng = draw(st.randoms(use_true_random=False))
    zone = "Europe/Berlin" if agreement is None else agreement.calendar.zone
    mix = Mix() if agreement is None else mix_of(agreement)
    return random_history(rng, mix, random_start(rng, zone), longest=longest)
