"""The roster: questions about the final schedule, refusals, and its life as data."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime, timedelta
from typing import Any
from zoneinfo import ZoneInfo

import attrs
import pendulum
import pytest

from itsm_core.calendars import ALWAYS, WeeklyHours
from itsm_core.errors import CodecError, DefinitionError, InvalidValue, NaiveDatetime
from itsm_core.rosters import Absence, Override, Responder, Roster, Rotation, Swap
from itsm_core.spans import micros

DAY = timedelta(days=1)


def at(day: int, hour: int = 0) -> datetime:
    """Return an instant of January 2026 in UTC."""
    return datetime(2026, 1, day, hour, tzinfo=UTC)


def weeks(*people: str, name: str = "weeks", **fields: Any) -> Rotation:  # pyright: ignore[reportExplicitAny, reportAny]
    """Return a rotation by weeks from Monday, 5 January 2026, at midnight UTC."""
    given: dict[str, Any] = {"zone": "UTC", "start_on": "2026-01-05", "hand_off": "00:00"}
    return Rotation(name=name, people=people, **(given | fields))


BACKUP = weeks("zoe", name="backup", start_on="2026-01-01", unit="months")
DESK = Roster(
    name="desk",
    layers=(BACKUP, weeks("ana", "ben")),
    overrides=(Override(people=("chi", "dan"), start=at(8), end=at(9), reason="move"),),
    swaps=(Swap(giver="ben", taker="ana", start=at(13), end=at(14)),),
    absences=(Absence(person="ana", substitute="eva", start=at(20), end=at(21)),),
    responders=(
        Responder(person="ana", zone="Asia/Tokyo", quiet=WeeklyHours.parse("Mo-Su 22:00-07:00")),
    ),
)


@pytest.mark.parametrize(
    ("day", "people", "kind", "layer"),
    [
        (2, ("zoe",), "turn", "backup"),
        (6, ("ana",), "turn", "weeks"),
        (8, ("chi", "dan"), "override", ""),
        (12, ("ben",), "turn", "weeks"),
        (13, ("ana",), "swapped", "weeks"),
        (20, ("eva",), "substituted", "weeks"),
    ],
)
def test_on_call_tells_who_and_what_made_it_so(
    day: int, people: tuple[str, ...], kind: str, layer: str
) -> None:
    """Each kind of change is in the final schedule, and is named there."""
    shift = DESK.on_call(at(day, 12))
    assert (shift.people, shift.kind, shift.layer) == (people, kind, layer)


def test_on_call_is_the_same_when_the_zone_or_type_of_the_question_changes() -> None:
    """An instant is an instant (T1)."""
    instants = (
        at(13, 12),
        at(13, 12).astimezone(ZoneInfo("Asia/Tokyo")),
        pendulum.datetime(2026, 1, 13, 12),
    )
    assert len({DESK.on_call(each) for each in instants}) == 1


def test_on_call_refuses_when_the_instant_has_no_zone() -> None:
    """A naive datetime is refused, never guessed (T1)."""
    with pytest.raises(NaiveDatetime):
        DESK.on_call(datetime(2026, 1, 13))  # noqa: DTZ001


@pytest.mark.parametrize("year", [1, 9999])
def test_on_call_answers_when_the_year_is_at_the_end_of_time(year: int) -> None:
    """The first and the last year are years."""
    shift = DESK.on_call(datetime(year, 6, 1, tzinfo=UTC))
    assert bool(shift.people) == (year == 9999)


def test_nobody_says_why_when_no_rotation_has_begun() -> None:
    """An explicit answer, with a reason and somebody to wait for."""
    shift = DESK.on_call(datetime(2025, 12, 24, tzinfo=UTC))
    assert shift.person is None
    assert shift.why == "nobody: no rotation begins before 2026-01-01T00:00:00+00:00"
    assert shift.end_at == at(1)


@pytest.mark.parametrize(
    ("roster", "why"),
    [
        (Roster(name="empty"), "nobody: the roster has no layers"),
        (
            Roster(name="over", layers=(weeks("ana", end_on="2026-01-06"),)),
            "nobody: every rotation has ended",
        ),
        (
            Roster(
                name="away",
                layers=(weeks("ana"),),
                absences=(Absence(person="ana", start=at(6), end=at(9)),),
            ),
            "nobody: turn 1 of weeks; ana away until 2026-01-09T00:00:00+00:00 (leave)",
        ),
        (
            Roster(
                name="meant",
                layers=(weeks("ana"),),
                overrides=(Override(people=(), start=at(6), end=at(9), reason="closed"),),
            ),
            "override: nobody (closed)",
        ),
    ],
)
def test_nobody_says_why_when_there_are_several_causes(roster: Roster, why: str) -> None:
    """Empty, over, away, on purpose: four answers."""
    shift = roster.on_call(at(7))
    assert shift.people == ()
    assert shift.why == why


def test_override_with_nobody_hides_the_layers_when_it_is_meant() -> None:
    """On purpose is on purpose: no layer shines through."""
    roster = Roster(
        name="closed", layers=(BACKUP,), overrides=(Override(people=(), start=at(6), end=at(7)),)
    )
    assert roster.on_call(at(6)).people == ()


def test_override_is_looked_through_when_all_its_people_are_away() -> None:
    """Somebody who was to take over fell ill: the rotation is back."""
    roster = Roster(
        name="ill",
        layers=(BACKUP,),
        overrides=(Override(people="ana", start=at(6), end=at(9)),),
        absences=(Absence(person="ana", kind="sickness", start=at(7), end=at(8)),),
    )
    assert [s.people for s in roster.schedule(at(6), at(9))] == [("ana",), ("zoe",), ("ana",)]


def test_later_override_wins_when_two_speak_about_one_time() -> None:
    """The later in the list was made knowing the earlier."""
    both = tuple(Override(people=name, start=at(6), end=at(7)) for name in ("ana", "ben"))
    assert Roster(name="two", overrides=both).on_call(at(6)).people == ("ben",)


def test_crew_keeps_who_is_there_when_one_of_two_is_away() -> None:
    """A pair becomes one, and a substitute who is in the crew already is not named twice."""
    rotation = Rotation(
        name="pairs",
        people=[("ana", "ben")],
        zone="UTC",
        start_on="2026-01-05",
        hand_off="00:00",
    )
    away = (
        Absence(person="ana", start=at(6), end=at(7)),
        Absence(person="ana", substitute="ben", start=at(8), end=at(9)),
    )
    roster = Roster(name="pairs", layers=(rotation,), absences=away)
    assert roster.on_call(at(6)).people == ("ben",)
    assert roster.on_call(at(8)).people == ("ben",)
    assert roster.on_call(at(7)).people == ("ana", "ben")


def test_two_swaps_exchange_when_each_gives_to_the_other() -> None:
    """Ana for ben and ben for ana at one time is an exchange, not a chain."""
    swaps = (
        Swap(giver="ana", taker="ben", start=at(5), end=at(19)),
        Swap(giver="ben", taker="ana", start=at(5), end=at(19)),
    )
    roster = Roster(name="swapped", layers=(weeks("ana", "ben"),), swaps=swaps)
    assert [s.people for s in roster.schedule(at(5), at(19))] == [("ben",), ("ana",)]


def test_schedule_is_empty_when_the_range_is() -> None:
    """Nothing is on call in no time, neither at a hand-off nor within a turn (T3)."""
    assert DESK.schedule(at(5), at(5)) == ()
    assert DESK.schedule(at(6, 12), at(6, 12)) == ()
    assert DESK.gaps(at(1) - 3 * DAY, at(1) - 3 * DAY) == ()


def test_schedule_refuses_when_the_range_is_backward_or_endless() -> None:
    """A range has a limit and a direction."""
    with pytest.raises(InvalidValue, match="swap the ends"):
        DESK.schedule(at(6), at(5))
    with pytest.raises(InvalidValue, match="100 years"):
        DESK.schedule(at(5), at(5).replace(year=2127))


def test_gaps_are_the_times_without_anybody_when_asked() -> None:
    """Before the first layer begins there is nobody, and no gap later."""
    (gap,) = DESK.gaps(at(1) - 3 * DAY, at(31))
    assert (gap.start_at, gap.end_at) == (at(1) - 3 * DAY, at(1))


def test_next_shift_is_none_when_a_person_has_none() -> None:
    """Looking ends, and says that there is none."""
    short = Roster(name="short", layers=(weeks("ana", end_on="2026-02-01"),))
    assert short.next_shift("nobody", at(5)) is None
    assert short.next_on_call(at(5).replace(year=2027)) is None


def test_next_shift_is_the_present_one_when_it_begins_at_the_instant() -> None:
    """A turn that has begun a microsecond ago is not the next; who is on call is so now."""
    roster = Roster(name="desk", layers=(weeks("ana", "ben"),))
    shift = roster.next_shift("ben", at(12))
    assert shift is not None
    assert shift.start_at == at(12)
    later = roster.next_shift("ben", at(12) + timedelta(microseconds=1))
    assert later is not None
    assert later.start_at == at(26)
    now = roster.next_on_call(at(12, 5))
    assert now is not None
    assert now.start_at == at(12)
    before = roster.next_on_call(at(1))
    assert before is not None
    assert (before.start_at, before.people) == (at(5), ("ana",))


def test_next_shift_is_the_one_that_was_taken_over_when_a_swap_gives_it() -> None:
    """Ana's own turn of the 9th has begun by the 10th; on the 13th she stands in for ben."""
    shift = DESK.next_shift("ana", at(10))
    assert shift is not None
    assert (shift.start_at, shift.kind) == (at(13), "swapped")


def test_overlap_is_one_when_turns_change_and_people_stay() -> None:
    """Three weeks of ana above zoe are one time, not three."""
    roster = Roster(name="desk", layers=(BACKUP, weeks("ana")))
    (found,) = roster.overlaps(at(5), at(26))
    assert (found.start_us, found.end_us) == (micros(at(5)), micros(at(26)))
    assert (found.layers, found.people) == (("backup", "weeks"), ("zoe", "ana"))


@pytest.mark.parametrize(
    ("person", "day", "is_away"),
    [("ana", 19, False), ("ana", 20, True), ("ana", 21, False), ("ben", 20, False)],
)
def test_person_is_away_when_an_absence_of_theirs_holds(
    person: str, day: int, is_away: bool
) -> None:
    """From its beginning to before its end (T3)."""
    assert DESK.is_away(person, at(day)) is is_away


def test_overlaps_name_the_layers_when_one_covers_another() -> None:
    """The last layer named is the one on call."""
    (overlap,) = Roster(name="two", layers=(BACKUP, weeks("ana"))).overlaps(at(1), at(9))
    assert overlap.layers == ("backup", "weeks")
    assert overlap.people == ("zoe", "ana")
    assert (overlap.start_us, overlap.end_us) == (1_767_571_200_000_000, 1_767_916_800_000_000)


def test_overlaps_are_joined_each_for_itself_when_there_are_several() -> None:
    """Ana for a week, a week of zoe alone, then ben for two weeks, whose turns are handed off."""
    ana = weeks("ana", end_on="2026-01-12")
    ben = weeks("ben", name="later", start_on="2026-01-19", end_on="2026-02-02")
    found = Roster(name="three", layers=(BACKUP, ana, ben)).overlaps(at(1), at(31))
    assert [(each.layers, each.start_us, each.end_us) for each in found] == [
        (("backup", "weeks"), micros(at(5)), micros(at(12))),
        (("backup", "later"), micros(at(19)), micros(at(31))),
    ]


def test_layer_says_nobody_when_its_rotation_has_not_begun() -> None:
    """In an explanation, where every layer has a line."""
    assert DESK.explain(at(2)).splitlines()[1:] == [
        "  weeks: nobody",
        "  backup: zoe (turn 1 of backup)",
    ]


def test_next_allowed_refuses_when_the_instant_has_no_zone() -> None:
    """Also of somebody who has no quiet hours, and of a stranger (T1)."""
    for person in ("ana", "ben", "nobody"):
        with pytest.raises(NaiveDatetime):
            DESK.next_allowed(person, datetime(2026, 1, 13))  # noqa: DTZ001


@pytest.mark.parametrize("field", ["rotation", "override", "swap", "absence", "responder"])
def test_fault_says_what_is_wanted_when_a_part_is_of_another_type(field: str) -> None:
    """In words: each list holds one kind of thing."""
    where = "layers" if field == "rotation" else f"{field}s"
    given: dict[str, Any] = {"name": "desk", where: ("ana",)}
    with pytest.raises(DefinitionError, match=f"is not an? {field} "):
        Roster(**given)


def test_roster_shows_what_it_was_made_of_when_shown() -> None:
    """And nothing that was computed."""
    assert "schedule" not in repr(DESK)


def test_layer_tells_its_own_turns_when_a_higher_one_has_the_call() -> None:
    """What one layer says is not who is on call."""
    assert {shift.people for shift in DESK.layer("backup", at(5), at(9))} == {("zoe",)}
    with pytest.raises(InvalidValue, match="did you mean 'backup'"):
        DESK.layer("backups", at(5), at(9))


def test_explain_tells_every_layer_when_one_instant_is_asked() -> None:
    """The answer first, then what each layer says, the highest first."""
    assert DESK.explain(at(13, 12)).splitlines() == [
        "2026-01-13T00:00+00:00 - 2026-01-14T00:00+00:00: ana (turn 2 of weeks; swap: ana for ben)",
        "  weeks: ana (turn 2 of weeks; swap: ana for ben)",
        "  backup: zoe (turn 1 of backup)",
    ]


def test_next_allowed_waits_when_it_is_quiet_where_the_person_lives() -> None:
    """16:00 UTC is one at night in Tokyo; seven there is 22:00 UTC."""
    assert DESK.next_allowed("ana", at(6, 16)) == at(6, 22)
    assert DESK.next_allowed("ben", at(6, 16)) == at(6, 16)


def test_people_are_everybody_who_could_be_called_when_listed() -> None:
    """Rotations, overrides, takers, substitutes; each once."""
    assert DESK.people == ("zoe", "ana", "ben", "chi", "dan", "eva")


@pytest.mark.parametrize(
    ("fields", "code", "where"),
    [
        ({"name": " "}, "empty", "name"),
        ({"layers": ("ana",)}, "wrong-type", "layers[0]"),
        ({"overrides": ("ana",)}, "wrong-type", "overrides[0]"),
        ({"swaps": ("ana",)}, "wrong-type", "swaps[0]"),
        ({"absences": ("ana",)}, "wrong-type", "absences[0]"),
        ({"responders": ("ana",)}, "wrong-type", "responders[0]"),
        ({"layers": (BACKUP, BACKUP)}, "twice", "layers[1].name"),
        ({"layers": tuple(weeks("ana", name=f"n{n}") for n in range(101))}, "too-many", "layers"),
        (
            {"overrides": (Override(people="a", start=at(1), end=at(2)),) * 100_001},
            "too-many",
            "overrides",
        ),
        (
            {"swaps": (Swap(giver="a", taker="b", start=at(1), end=at(2)),) * 100_001},
            "too-many",
            "swaps",
        ),
        ({"responders": (Responder(person="a", zone="UTC"),) * 2}, "twice", "responders[1].person"),
        (
            {
                "responders": (
                    Responder(
                        person="a",
                        zone="UTC",
                        quiet=WeeklyHours.parse("Mo-Su 00:00-12:00, 12:00-24:00"),
                    ),
                )
            },
            "always-quiet",
            "responders[0].quiet",
        ),
    ],
    ids=range(12),
)
def test_roster_is_refused_when_a_part_cannot_be_meant(
    fields: dict[str, Any], code: str, where: str
) -> None:
    """Each mistake has its code and its place."""
    given: dict[str, Any] = {"name": "desk", **fields}
    with pytest.raises(DefinitionError, match=r"^roster ") as caught:
        Roster(**given)
    assert [(each.code, each.where) for each in caught.value.faults] == [(code, where)]


def test_roster_takes_a_hundred_layers_when_they_differ() -> None:
    """The last that is allowed."""
    layers = tuple(weeks("ana", name=f"n{n}") for n in range(100))
    assert len(Roster(name="desk", layers=layers).layers) == 100


def test_schedule_is_of_a_hundred_years_when_asked() -> None:
    """36,525 days; a microsecond more is refused."""
    empty = Roster(name="empty")
    end = at(1) + timedelta(days=36_525)
    assert empty.schedule(at(1), end)[-1].end_at == end
    with pytest.raises(InvalidValue, match="100 years"):
        empty.schedule(at(1), end + timedelta(microseconds=1))


def test_roster_is_itself_when_pickled_copied_or_written() -> None:
    """What was computed is no part of it."""
    DESK.on_call(at(6))
    assert pickle.loads(pickle.dumps(DESK)) == DESK
    assert attrs.evolve(DESK, name="other") != DESK
    assert attrs.evolve(DESK, name="other").on_call(at(6)) == DESK.on_call(at(6))
    assert Roster.loads(DESK.dumps()).content_hash == DESK.content_hash
    assert hash(Roster.from_json(DESK.to_json())) == hash(DESK)


def test_hash_changes_when_anything_does() -> None:
    """A hash that missed a field would call two rosters one."""
    other = attrs.evolve(DESK, absences=())
    assert other.content_hash != DESK.content_hash


def test_restriction_comes_back_when_it_is_a_calendar() -> None:
    """Weekly hours are a text in JSON, a calendar its definition."""
    roster = Roster(name="always", layers=(weeks("ana", restriction=ALWAYS),))
    assert Roster.loads(roster.dumps()) == roster


@pytest.mark.parametrize(
    ("text", "match"),
    [
        ("[]", "not an object"),
        ("{", "not JSON"),
        ('{"name": "a", "name": "b"}', "key given twice"),
        ('{"name": NaN}', "not a JSON number"),
        (DESK.dumps().replace('"swaps"', '"swap"'), "did you mean 'swaps'"),
        (DESK.dumps().replace('"desk"', "7"), "not a text"),
        (DESK.dumps().replace("[1]", "[true]"), "not a whole number"),
        (DESK.dumps().replace("2026-01-05", "2026-13-05"), "a date such as"),
        (DESK.dumps().replace("T00:00:00+00:00", "T00:00:00"), "an instant in UTC such as"),
    ],
)
def test_reading_refuses_when_the_text_is_not_what_was_written(text: str, match: str) -> None:
    """Nothing is guessed, converted or left out (R7)."""
    with pytest.raises(CodecError, match=match):
        Roster.loads(text)


def test_roster_reads_as_words_when_it_is_printed() -> None:
    """Layers in full, changes counted."""
    assert str(DESK).splitlines()[-3:] == ["  1 overrides", "  1 swaps", "  1 absences"]
    plain = Roster(name="plain", layers=(weeks("ana"),))
    assert str(plain).splitlines() == [
        "plain",
        "  weeks: ana; every week, Mo 00:00 UTC, from 2026-01-05",
    ]
