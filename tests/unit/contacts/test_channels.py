"""Channels: where each leads, what is refused, and what is only strange (D2)."""

from __future__ import annotations

from typing import Any

import pytest

from itsm_core.contacts import Channel, Channels
from itsm_core.errors import CodecError, DefinitionError, InvalidValue
from itsm_core.ids import GroupId

PHONE = Channel(name="phone", route=GroupId("first line"), hours="office")
PORTAL = Channel(name="portal", route=GroupId("first line"), hours="always")
WALK_UP = Channel(name="walk-up", official=False, route=GroupId("second line"))
DESK = Channels(channels=[PHONE, PORTAL, WALK_UP])


def test_channel_is_found_when_asked_by_name() -> None:
    """With the nearest name where there is none."""
    assert DESK["phone"] is PHONE
    assert "portal" in DESK
    assert [channel.name for channel in DESK] == ["phone", "portal", "walk-up"]
    assert len(DESK) == 3
    with pytest.raises(InvalidValue, match="did you mean 'portal'"):
        DESK["portl"]


def test_references_are_listed_once_when_channels_share_them() -> None:
    """What a policy has to look up."""
    assert DESK.routes == ("first line", "second line")
    assert DESK.calendars == ("office", "always")


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"name": ""}, "empty"),
        ({"route": 5}, "wrong-type"),
        ({"hours": None}, "wrong-type"),
        ({"official": "yes"}, "wrong-type"),
        ({"automatic": 1}, "wrong-type"),
    ],
)
def test_channel_is_refused_when_a_field_cannot_be_meant(fields: dict[str, Any], code: str) -> None:
    """Each mistake has its code."""
    given: dict[str, Any] = {"name": "phone", **fields}
    with pytest.raises(DefinitionError) as caught:
        Channel(**given)
    assert caught.value.faults[0].code == code


@pytest.mark.parametrize(
    ("channels", "code"),
    [
        ("phone", "wrong-type"),
        (("phone",), "wrong-type"),
        ((PHONE, Channel(name="Phone")), "twice"),
        (tuple(Channel(name=str(n)) for n in range(1001)), "too-many"),
    ],
    ids=range(4),
)
def test_channels_are_refused_when_they_cannot_be_meant(channels: Any, code: str) -> None:  # pyright: ignore[reportExplicitAny, reportAny]
    """Letters of two sizes do not make two channels."""
    with pytest.raises(DefinitionError) as caught:
        Channels(channels=channels)
    assert caught.value.faults[0].code == code


def test_nothing_is_found_when_the_channels_are_sound() -> None:
    """No finding is the usual answer, also without channels."""
    assert DESK.findings() == ()
    assert Channels().findings() == ()


@pytest.mark.parametrize(
    ("channels", "codes"),
    [
        ((PHONE, Channel(name="fax", hours="office")), ["channel-without-route"]),
        ((Channel(name="mail", route=GroupId("desk")),), ["channel-without-hours"]),
        ((Channel(name="alarm", route=GroupId("desk"), automatic=True),), []),
        ((WALK_UP,), ["no-official-channel"]),
    ],
    ids=range(4),
)
def test_finding_tells_what_is_probably_not_meant(
    channels: tuple[Channel, ...], codes: list[str]
) -> None:
    """A letter box that nobody empties, a promise without hours, no promise at all."""
    assert [each.code for each in Channels(channels=channels).findings()] == codes


def test_channels_are_themselves_when_written_and_read() -> None:
    """Byte for byte, and strictly (R7)."""
    assert Channels.loads(DESK.dumps()) == DESK
    assert Channels.loads(DESK.dumps()).dumps() == DESK.dumps()
    with pytest.raises(CodecError, match="not true or false"):
        Channels.loads(DESK.dumps().replace("true", "1", 1))


def test_channel_reads_as_words_when_it_is_printed() -> None:
    """Official or not, where it leads, when."""
    assert str(WALK_UP) == "walk-up (not official) -> second line"
    assert str(Channel(name="alarm", automatic=True)) == "alarm (official, automatic) -> nobody"


def test_channel_is_official_only_when_it_is_listed_as_one() -> None:
    """What nobody listed has no guarantee (D2)."""
    assert DESK.is_official("phone")
    assert not DESK.is_official("walk-up")
    assert not DESK.is_official("pigeon")
    assert not DESK.is_official("")
