"""The desk map: who is where, when; who is on call; what is refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pendulum
import pytest

from itsm_core.bypass import BypassRules, DeskMap, Duty, Membership
from itsm_core.calendars import BusinessCalendar, WeeklyHours
from itsm_core.contacts import Channel, Channels
from itsm_core.errors import DefinitionError
from itsm_core.ids import GroupId, PersonId
from itsm_core.rosters import Shift
from itsm_core.routing import Side
from itsm_core.spans import micros

MONDAY = datetime(2026, 1, 5, tzinfo=UTC)
ANN, BEN = PersonId("ann"), PersonId("ben")
DESK, LISBON, NETWORK = GroupId("desk"), GroupId("desk-lisbon"), GroupId("network")
CHANNELS = Channels(channels=[Channel(name="phone")])


def hour(number: float) -> datetime:
    """Return an instant, in hours from Monday."""
    return MONDAY + timedelta(hours=number)


def us(number: float) -> int:
    """Return an instant in microseconds, in hours from Monday."""
    return micros(hour(number))


def open_from(text: str) -> BusinessCalendar:
    """Return a calendar in UTC."""
    return BusinessCalendar(zone="UTC", hours=WeeklyHours.parse(text))


MAP = DeskMap(
    channels=CHANNELS,
    sides=[
        Side(group=DESK, tier="first line", hours=open_from("Mo-Fr 08:00-16:00")),
        Side(group=LISBON, tier="first line", hours=open_from("Mo-Fr 09:00-18:00")),
        Side(group=NETWORK),
    ],
    members=[
        Membership(person_id=ANN, group=DESK),
        Membership(person_id=BEN, group=NETWORK, end_at=hour(10)),
        Membership(person_id=BEN, group=DESK, start_at=hour(10)),
    ],
    duties=[
        Duty(person_id=BEN, start_at=hour(0), end_at=hour(48)),
        Duty(person_id=BEN, start_at=hour(2), end_at=hour(3)),
        Duty(person_id=ANN, start_at=hour(60), end_at=hour(61)),
    ],
)


def test_groups_are_those_of_then_when_asked() -> None:
    """The end of one membership is the start of the next: half-open (law T3)."""
    assert MAP.groups_of("ben", us(10) - 1) == (NETWORK,)
    assert MAP.groups_of("ben", us(10)) == (DESK,)
    assert MAP.groups_of("max", us(10)) == ()
    assert MAP.first_line == {DESK, LISBON}


def test_person_is_specialist_or_first_line_or_neither() -> None:
    """Ben before and after ten; max never."""
    assert MAP.is_specialist("ben", us(9))
    assert not MAP.is_first_line("ben", us(9))
    assert MAP.is_first_line("ben", us(11))
    assert not MAP.is_specialist("ben", us(11))
    assert not MAP.is_specialist("max", us(9))
    assert not MAP.is_first_line("max", us(9))


@pytest.mark.parametrize(
    ("person", "group", "at", "came", "stands"),
    [
        ("ben", DESK, 2, 2, True),
        ("ben", DESK, 9, 9, False),
        ("ben", DESK, 17, 17, True),
        ("ben", LISBON, 17, 17, False),
        ("ben", NETWORK, 17, 17, False),
        ("ben", NETWORK, 19, 19, True),
        ("ben", DESK, 9, 7, True),
        ("ben", DESK, 4, 4, True),
        ("ben", DESK, 48, 48, False),
        ("ann", DESK, 2, 2, False),
        ("ann", DESK, 52, 52, False),
        ("ann", DESK, 60.5, 53, True),
        ("max", DESK, 2, 2, False),
    ],
)
def test_duty_stands_in_for_the_line_that_is_closed(
    person: str, group: str, at: float, came: float, stands: bool
) -> None:
    """For the line of the ticket, or for all; a short duty within a long one ends nothing."""
    assert MAP.stands_in(person, group, us(at), us(came)) is stands


def test_nobody_stands_in_when_the_first_line_never_closes() -> None:
    """Without hours it is always open."""
    always = DeskMap(
        channels=CHANNELS,
        sides=[Side(group=DESK, tier="first line")],
        members=[],
        duties=MAP.duties,
    )
    assert not always.stands_in("ben", DESK, us(2), us(2))


def test_duties_are_those_of_a_schedule_when_taken_from_a_roster() -> None:
    """Everybody of a shift, and nobody of a gap."""
    shift = Shift(start_us=us(0), end_us=us(8), people=(ANN, BEN))
    gap = Shift(start_us=us(8), end_us=us(9))
    told = Duty.of([shift, gap])
    assert [(each.person_id, each.start_us, each.end_us) for each in told] == [
        (ANN, us(0), us(8)),
        (BEN, us(0), us(8)),
    ]


@pytest.mark.parametrize(
    ("fields", "code"),
    [
        ({"channels": ()}, "wrong-type"),
        ({"sides": [5]}, "wrong-type"),
        ({"members": ["ann"]}, "wrong-type"),
        ({"duties": "ben"}, "wrong-type"),
        ({"first_tier": ""}, "empty"),
        ({"first_tier": "first lin"}, "no-first-line"),
        ({"sides": []}, "no-first-line"),
        ({"sides": [*MAP.sides, MAP.sides[0]]}, "twice"),
        ({"members": [Membership(person_id=ANN, group=GroupId("networc"))]}, "unknown-group"),
    ],
)
def test_map_is_refused_when_it_cannot_be_meant(fields: dict[str, object], code: str) -> None:
    """Each mistake has its code, and the nearest name where there is one."""
    given: dict[str, object] = {
        "channels": CHANNELS,
        "sides": MAP.sides,
        "members": MAP.members,
        "duties": MAP.duties,
    }
    with pytest.raises(DefinitionError) as caught:
        DeskMap(**(given | fields))  # type: ignore[arg-type]
    assert code in {each.code for each in caught.value.faults}


def test_nearest_tier_is_suggested_when_it_is_a_slip() -> None:
    """As with every name."""
    with pytest.raises(DefinitionError, match="did you mean 'first line'"):
        DeskMap(channels=CHANNELS, sides=MAP.sides, members=[], first_tier="firstline")


@pytest.mark.parametrize(
    "make",
    [
        lambda: Membership(person_id=PersonId(""), group=DESK),
        lambda: Membership(person_id=ANN, group=GroupId(" ")),
        lambda: Membership(person_id=ANN, group=DESK, start_at=hour(2), end_at=hour(1)),
        lambda: Duty(person_id=PersonId(""), start_at=hour(1), end_at=hour(2)),
        lambda: Duty(person_id=ANN, start_at=hour(2), end_at=hour(2)),
        lambda: BypassRules(grace=timedelta(minutes=-1)),
        lambda: BypassRules(contact_window=timedelta(days=999)),
        lambda: BypassRules(grace=5),  # type: ignore[arg-type]
        lambda: BypassRules(emergencies=frozenset({""})),
        lambda: BypassRules(emergencies="P1"),
    ],
    ids=range(10),
)
def test_part_is_refused_when_it_cannot_be_meant(make: object) -> None:
    """Empty names, backward spans, strange durations."""
    with pytest.raises(DefinitionError):
        make()  # type: ignore[operator]


def test_duration_of_pendulum_is_one_when_it_is_a_grace() -> None:
    """Its division is another than that of a plain one."""
    assert BypassRules(grace=pendulum.duration(minutes=7)).grace == timedelta(minutes=7)
    assert type(BypassRules(grace=pendulum.duration(minutes=7)).grace) is timedelta
