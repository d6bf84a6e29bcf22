"""The telephone of the simulated desk: records with and without tickets, and who is where (D1)."""

from __future__ import annotations

from random import Random

import pytest

from itsm_core.contacts import Contact, contacts_of
from itsm_core.events import TicketOpened
from itsm_core.simulation import SimulatedDesk, desk_map, simulate
from itsm_core.simulation._draws import Draws
from itsm_core.simulation._telephone import Telephone


@pytest.fixture(scope="module")
def desk() -> SimulatedDesk:
    """Return a small desk."""
    return simulate(seed=1, tickets=600, weeks=12)


@pytest.fixture(scope="module")
def contacts(desk: SimulatedDesk) -> tuple[Contact, ...]:
    """Return what its telephone recorded."""
    telephone = Telephone(Draws(Random(1)))
    telephone.listen(desk.histories.values())
    return telephone.contacts()


def test_contacts_are_records_of_their_own_with_and_without_tickets(
    contacts: tuple[Contact, ...],
) -> None:
    """Answered with a ticket, answered without one, abandoned (law D1)."""
    answered = [each for each in contacts if each.is_answered]
    assert any(each.registered_as for each in answered)
    assert any(each.about == "opening hours" and not each.registered_as for each in answered)
    lost = [each for each in contacts if each.is_abandoned]
    assert lost
    assert all(not each.registered_as and not each.handler for each in lost)


def test_contacts_are_told_and_read_again_without_loss(contacts: tuple[Contact, ...]) -> None:
    """Every record is a valid one, in the order of the offers, each id once."""
    assert contacts_of(each.event() for each in contacts) == contacts
    assert len({each.contact_id for each in contacts}) == len(contacts)


def test_calls_of_tickets_are_recorded_before_the_ticket_was(
    desk: SimulatedDesk, contacts: tuple[Contact, ...]
) -> None:
    """Nobody opens a ticket about a call before he answered it."""
    openings = {
        key: history[0]
        for key, history in desk.histories.items()
        if isinstance(history[0], TicketOpened)
    }
    known = [each for each in contacts if each.registered_as]
    assert known
    for each in known:
        opening = openings[each.registered_as]
        assert each.channel == opening.channel
        assert each.requester == opening.requester
        assert each.answered_us is not None
        assert each.answered_us < opening.occurred_us


def test_map_has_everybody_and_the_channels_that_people_write(desk: SimulatedDesk) -> None:
    """Three desks in the first line, with their hours; eight on call in turn."""
    made = desk_map(desk)
    assert made.first_line == {site.desk for site in desk.sites}
    assert {each.person_id for each in made.members} == {each.person_id for each in desk.people}
    assert len(made.duties) == len(desk.on_call)
    assert made.channels.is_official("call")
    assert not made.channels.is_official("direct")
    assert made.channels.findings()
