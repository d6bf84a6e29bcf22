"""One contact: its instants, what became of it, and how a log tells of it (D1, D2)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from itertools import permutations

import pendulum
import pytest

from itsm_core.adapters.codec import decode_event, encode_event
from itsm_core.contacts import Contact, contacts_of
from itsm_core.errors import DefinitionError, InvalidValue, NaiveDatetime
from itsm_core.events import ContactRecorded, TicketOpened
from itsm_core.ids import EventId, GroupId, PersonId, ServiceId, TicketId

NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)


def at(minute: float) -> datetime:
    """Return an instant, in minutes after nine."""
    return NINE + timedelta(minutes=minute)


def call(**more: object) -> Contact:
    """Return a call by rob at nine, with more known of it."""
    fields: dict[str, object] = {"requester": "rob", "offered_at": NINE}
    return Contact(contact_id="C-1", channel="phone", **(fields | more))  # type: ignore[arg-type]


WHOLE = call(
    on_behalf_of="cho",
    registrar="ann",
    handler="ann",
    group=GroupId("first line"),
    service=ServiceId("mail"),
    about="mailbox full",
    registered_as=TicketId("INC-1"),
    began_at=at(-30),
    registered_at=at(8),
    answered_at=at(1),
    parted_at=at(6),
    handled_at=at(8),
    held=timedelta(minutes=2),
)


def test_times_are_told_when_the_call_is_over() -> None:
    """One minute in the queue, three of talk, two on hold, two of work after it."""
    assert WHOLE.waited == timedelta(minutes=1)
    assert WHOLE.talked == timedelta(minutes=3)
    assert WHOLE.handled == timedelta(minutes=7)
    assert WHOLE.late == timedelta(minutes=8)
    assert not WHOLE.is_open
    assert not WHOLE.is_abandoned


def test_three_instants_are_apart_when_they_are_known() -> None:
    """Occurred, reported, registered (law D2)."""
    assert (WHOLE.began_at, WHOLE.offered_at, WHOLE.registered_at) == (at(-30), NINE, at(8))
    assert call().began_at is None
    assert call().registered_at == NINE


def test_contact_is_abandoned_when_nobody_answered_before_the_end() -> None:
    """The caller gave up after two minutes in the queue."""
    lost = call(parted_at=at(2))
    assert lost.is_abandoned
    assert not lost.is_answered
    assert lost.waited == timedelta(minutes=2)
    assert lost.talked is None
    assert lost.handled is None
    assert str(lost) == "C-1: rob by phone, abandoned, no ticket"


def test_machine_abandons_nothing_when_it_ends() -> None:
    """An auto-reply waits for nobody."""
    assert not call(automatic=True, parted_at=at(2)).is_abandoned


def test_contact_is_open_when_nothing_has_ended() -> None:
    """In the queue, then in talk: no time is told before it is over."""
    assert call().is_open
    assert call().waited is None
    talking = call(answered_at=at(1), handler="ann")
    assert talking.is_open
    assert talking.waited == timedelta(minutes=1)
    assert talking.talked is None
    assert talking.handled is None
    assert str(call()) == "C-1: rob by phone, waiting, no ticket"


def test_work_after_it_ends_with_the_parting_when_none_was_told() -> None:
    """The talk is all there was."""
    assert call(answered_at=at(1), parted_at=at(4)).handled == timedelta(minutes=3)


def test_need_is_of_the_other_person_when_somebody_calls_on_behalf() -> None:
    """An assistant calls for a director."""
    assert WHOLE.for_whom == "cho"
    assert call().for_whom == "rob"
    assert str(WHOLE) == "C-1: rob for cho by phone, answered by ann, INC-1"


@pytest.mark.parametrize(
    ("fields", "where"),
    [
        ({"contact_id": ""}, "contact_id"),
        ({"channel": " "}, "channel"),
        ({"requester": 5}, "requester"),
        ({"registered_as": None}, "registered_as"),
        ({"official": "yes"}, "official"),
        ({"automatic": 0}, "automatic"),
        ({"began_at": at(1)}, "offered_at"),
        ({"registered_at": at(-1)}, "registered_at"),
        ({"answered_at": at(-1)}, "answered_at"),
        ({"parted_at": at(-1)}, "parted_at"),
        ({"answered_at": at(2), "parted_at": at(1)}, "parted_at"),
        ({"answered_at": at(2), "handled_at": at(1)}, "handled_at"),
        ({"answered_at": at(1), "parted_at": at(3), "handled_at": at(2)}, "handled_at"),
        ({"handled_at": at(2)}, "handled_at"),
        ({"held": 60}, "held"),
        ({"held": timedelta(minutes=1)}, "held"),
        ({"answered_at": at(1), "held": timedelta(minutes=-1)}, "held"),
        ({"answered_at": at(1), "parted_at": at(2), "held": timedelta(minutes=2)}, "held"),
        ({"answered_at": at(1), "handled_at": at(2), "held": timedelta(minutes=2)}, "held"),
    ],
)
def test_contact_is_refused_when_it_cannot_have_been(
    fields: Mapping[str, object], where: str
) -> None:
    """Each fault names its field."""
    given: dict[str, object] = {"contact_id": "C-1", "channel": "phone", "offered_at": NINE}
    with pytest.raises(DefinitionError) as caught:
        Contact(**(given | dict(fields)))  # type: ignore[arg-type]
    assert [each.where for each in caught.value.faults] == [where]


def test_every_fault_is_told_when_there_are_several() -> None:
    """A bad row of a telephone system is mended once, not field by field."""
    with pytest.raises(DefinitionError) as caught:
        Contact(contact_id=TicketId(""), channel="", offered_at=NINE, parted_at=at(-1))
    assert len(caught.value.faults) == 3


def test_instant_is_refused_when_it_is_naive() -> None:
    """Never guessed (law T1)."""
    with pytest.raises(NaiveDatetime):
        call(answered_at=datetime(2026, 1, 5, 9))  # noqa: DTZ001


def test_hold_may_be_longer_than_nothing_when_the_talk_goes_on() -> None:
    """Its end is not known yet; a duration of pendulum is one."""
    assert call(answered_at=at(1), held=pendulum.duration(minutes=9)).held == timedelta(minutes=9)


def test_contact_is_itself_when_told_and_read() -> None:
    """The event holds everything, through the codec as well."""
    event = decode_event(encode_event(WHOLE.event(event_id="e1")))
    assert isinstance(event, ContactRecorded)
    assert event.event_id == EventId("e1")
    assert contacts_of([event]) == (WHOLE,)
    told = (event.occurred_at, event.recorded_at, event.actor)
    assert told == (WHOLE.offered_at, WHOLE.registered_at, "ann")
    assert event.began_at == at(-30)
    assert (event.answered_at, event.parted_at, event.handled_at) == (at(1), at(6), at(8))
    assert call().event().handled_at is None


def test_last_telling_holds_when_a_contact_is_told_again() -> None:
    """Offered, answered, done: in whatever order the log is read; registered when first told."""
    told = [
        call().event(),
        call(handler="ann", answered_at=at(1)).event(recorded_at=at(1)),
        call(
            handler="ann", answered_at=at(1), parted_at=at(4), registered_as=TicketId("INC-1")
        ).event(recorded_at=at(5)),
    ]
    for order in permutations(told):
        (found,) = contacts_of(order)
        assert found.registered_as == "INC-1"
        assert found.parted_us is not None
        assert found.registered_at == NINE


def test_belief_of_then_is_told_when_asked_as_known_at() -> None:
    """What was recorded later was not known (law S14)."""
    told = [call().event(), call(parted_at=at(4)).event(recorded_at=at(5))]
    assert contacts_of(told, known_at=at(4))[0].is_open
    assert contacts_of(told, known_at=at(5))[0].is_abandoned
    assert contacts_of(told, known_at=at(-1)) == ()


def test_contacts_come_in_the_order_of_their_offers_among_other_events() -> None:
    """A whole log may be given."""
    first = Contact(contact_id=TicketId("C-2"), channel="mail", offered_at=at(-5))
    opened = TicketOpened(ticket_id=TicketId("INC-1"), occurred_at=NINE)
    found = contacts_of([call().event(), opened, first.event()])
    assert [each.contact_id for each in found] == ["C-2", "C-1"]


def test_offer_is_corrected_when_told_again_with_a_later_one() -> None:
    """A clock of the telephone was wrong; nothing is registered before it was offered."""
    later = call(offered_at=at(3)).event(recorded_at=at(9))
    (found,) = contacts_of([call().event(), later])
    assert (found.offered_at, found.registered_at) == (at(3), at(3))


def test_log_is_refused_with_the_contact_when_a_record_means_nothing() -> None:
    """Events are not checked when they are made; reading them names the place."""
    wrong = ContactRecorded(
        ticket_id=TicketId("C-9"), occurred_at=NINE, channel="phone", answered_at=at(-9)
    )
    with pytest.raises(DefinitionError, match=r"contact 'C-9'.*answered_at is before offered_at"):
        contacts_of([wrong])


def test_telling_is_refused_when_it_is_before_the_offer() -> None:
    """Nobody records a call that has not come."""
    with pytest.raises(InvalidValue, match="told before it was offered"):
        call().event(recorded_at=at(-1))


def test_person_is_nobody_when_nobody_is_known() -> None:
    """A withheld number."""
    lost = Contact(contact_id=TicketId("C-3"), channel="phone", offered_at=NINE)
    assert lost.for_whom == PersonId("")
    assert str(lost).startswith("C-3: somebody by phone")
