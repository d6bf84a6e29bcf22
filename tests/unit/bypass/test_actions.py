"""Answers: records, ways, talks and trends, each with its text; and what must not be told (D3)."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime, timedelta

import pytest

from itsm_core.bypass import (
    Action,
    ActionKind,
    Bypass,
    BypassReport,
    Message,
    Request,
    Way,
    actions_for,
)
from itsm_core.contacts import Channel, Channels, contacts_of
from itsm_core.errors import InvalidValue
from itsm_core.ids import GroupId, PersonId, TicketId
from itsm_core.spans import micros

MONDAY = datetime(2026, 1, 5, 9, tzinfo=UTC)
NETWORK = GroupId("network")
CHANNELS = Channels(
    channels=[
        Channel(name="phone"),
        Channel(name="portal"),
        Channel(name="monitoring", automatic=True),
        Channel(name="direct", official=False),
    ]
)


def bypass(
    number: int,
    *found: Way,
    who: str = "ben",
    requester: str = "rob",
    channel: str = "phone",
    passed_by: str = "",
) -> Bypass:
    """Return a bypass, one a day."""
    return Bypass(
        ticket_id=TicketId(f"INC-{number}"),
        at_us=micros(MONDAY + timedelta(days=number)),
        ways=found,
        requester=PersonId(requester),
        specialist=PersonId(who),
        team=NETWORK,
        channel=channel,
        passed_by=PersonId(passed_by),
    )


def report(*bypasses: Bypass, others: int = 10) -> BypassReport:
    """Return a report with some tickets that went the right way."""
    found = [
        Request(
            ticket_id=each.ticket_id,
            at_us=each.at_us,
            requester=each.requester,
            channel=each.channel,
            specialists=((each.specialist, each.team),),
        )
        for each in bypasses
    ]
    more = [
        Request(
            ticket_id=TicketId(f"INC-{100 + number}"),
            at_us=micros(MONDAY),
            requester=PersonId("eve"),
            channel="portal",
            specialists=((PersonId("ben"), NETWORK),),
        )
        for number in range(others)
    ]
    return BypassReport(bypasses=bypasses, requests=(*found, *more))


def actions(*bypasses: Bypass, kind: str = "") -> list[Action]:
    """Return the answers to bypasses, those of one kind if asked."""
    told = actions_for(report(*bypasses), CHANNELS)
    return [each for each in told if kind in ("", each.kind)]


def test_record_is_prepared_when_a_contact_was_not_written_down() -> None:
    """Ready to be appended, honest about the channel, by nobody yet."""
    (action,) = actions(bypass(1, "no_contact"), kind="register")
    assert action.to == "ben"
    assert action.contact is not None
    assert (action.contact.channel, action.contact.official) == ("direct", False)
    assert action.contact.registered_as == "INC-1"
    assert action.contact.registrar == ""
    assert contacts_of([action.contact.event()]) == (action.contact,)
    assert "INC-1" in action.message.subject
    assert str(action) == "register ben: INC-1: please add how rob got in touch"


def test_record_keeps_the_channel_when_it_is_told() -> None:
    """What was admitted is not renamed."""
    told = bypass(1, "direct_contact", channel="corridor")
    (action,) = actions(told, kind="register")
    assert action.contact is not None
    assert action.contact.channel == "corridor"


@pytest.mark.parametrize("channel", ["", "phone"])
def test_record_is_not_asked_for_when_a_contact_by_a_side_door_is_on_file(channel: str) -> None:
    """The ticket tells no channel, or claims another one: the record that told it is there."""
    told = bypass(1, "direct_contact", channel=channel)
    assert actions(told, kind="register") == []
    assert len(actions(told, kind="redirect")) == 1


def test_requester_hears_once_when_they_asked_directly_several_times() -> None:
    """With the ways to the desk that a person can use, and no word about the specialist."""
    told = [bypass(n, "direct_contact", who=f"ben-{n}") for n in range(1, 4)]
    (action,) = actions(*told, kind="redirect")
    assert (action.to, action.tickets) == ("rob", ("INC-1", "INC-2", "INC-3"))
    assert "between 2026-01-06 and 2026-01-08 (INC-1, INC-2, INC-3)" in action.message.text
    assert "phone or portal" in action.message.text
    assert "monitoring" not in action.message.text
    assert "ben" not in action.message.text


def test_requester_hears_nothing_when_the_specialist_helped_himself() -> None:
    """They used the portal, as they should."""
    assert actions(bypass(1, "self_assigned"), kind="redirect") == []
    assert actions(bypass(1, "passed_down", passed_by="max"), kind="redirect") == []


def test_specialist_is_talked_to_once_with_the_whole_beside_it() -> None:
    """Two of twelve is told as two of twelve."""
    (action,) = actions(bypass(1, "self_assigned"), bypass(2, "no_contact"), kind="coach")
    assert action.to == "ben"
    assert "2 of the 12 tickets you worked on" in action.message.text


def test_specialist_is_not_talked_to_when_the_ticket_was_given_to_him() -> None:
    """He has not chosen it."""
    assert actions(bypass(1, "passed_down", passed_by="max"), kind="coach") == []


def test_manager_hears_of_a_trend_when_it_is_one_and_of_no_person() -> None:
    """Three specialists: a share with its interval, without a name, without a ticket number."""
    told = [bypass(n, "no_contact", who=f"s{n}", requester=f"r{n}") for n in range(1, 4)]
    (action,) = actions(*told, kind="tell_manager")
    assert action.to == "network"
    assert action.tickets == ()
    assert action.contact is None
    said = action.message.subject + action.message.text
    assert "3 of 13 tickets" in said
    assert "23%, by chance anything from 8% to 50%" in said
    for name in ("s1", "s2", "s3", "r1", "r2", "r3", "INC"):
        assert name not in said.replace("network", "")


def test_manager_hears_nothing_when_it_would_be_about_a_person() -> None:
    """Two people, however often: a trend of few can be looked up."""
    told = [bypass(n, "no_contact", who=f"s{n % 2}") for n in range(1, 20)]
    assert actions(*told, kind="tell_manager") == []


def test_fewest_people_is_the_callers_to_raise() -> None:
    """Never below two."""
    told = report(*[bypass(n, "no_contact", who=f"s{n}") for n in range(1, 4)])
    kinds = {each.kind for each in actions_for(told, CHANNELS, fewest_people=4)}
    assert "tell_manager" not in kinds
    for wrong in (1, 0, True, "3"):
        with pytest.raises(InvalidValue, match="trend of one is a person"):
            actions_for(told, CHANNELS, fewest_people=wrong)  # type: ignore[arg-type]


def test_answers_are_refused_when_there_is_no_way_to_point_to() -> None:
    """Nobody is sent to a desk that cannot be reached."""
    with pytest.raises(InvalidValue, match="make a channel official"):
        actions_for(report(), Channels(channels=[Channel(name="direct", official=False)]))


def test_one_way_is_told_when_there_is_only_one() -> None:
    """Without an 'or'."""
    one = Channels(channels=[Channel(name="phone")])
    (action,) = [
        each
        for each in actions_for(report(bypass(1, "direct_contact")), one)
        if each.kind == "redirect"
    ]
    assert "You reach it by: phone." in action.message.text


def test_tickets_are_cut_in_the_text_when_there_are_many() -> None:
    """The action has them all."""
    told = [bypass(n, "direct_contact") for n in range(1, 14)]
    (action,) = actions(*told, kind="redirect")
    assert len(action.tickets) == 13
    assert "INC-10, and 3 more" in action.message.text


class Shout:
    """Word everything in one way: a port needs one method."""

    def message(self, kind: ActionKind, facts: Mapping[str, str], /) -> Message:
        """Return the kind and the names of the facts."""
        return Message(subject=kind.upper(), text=" ".join(sorted(facts)))


def test_other_texts_are_used_when_given() -> None:
    """A language, a tone, a translation service."""
    told = actions_for(report(bypass(1, "no_contact")), CHANNELS, texts=Shout())
    assert [each.message.subject for each in told] == ["REGISTER", "REDIRECT", "COACH"]


def test_nothing_is_to_do_when_nothing_was_found() -> None:
    """The usual answer, one hopes."""
    assert actions_for(report(), CHANNELS) == ()
