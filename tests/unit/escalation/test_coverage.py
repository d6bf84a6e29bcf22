"""Who is reached when: rosters, hours of groups, quiet hours and substitutes (E2, E5)."""

from __future__ import annotations

import pickle
from datetime import UTC, datetime, timedelta

import pytest

from itsm_core.calendars import NEVER, BusinessCalendar, WeeklyHours
from itsm_core.errors import DefinitionError, InvalidValue
from itsm_core.escalation import NOBODY, Coverage, Notify, Reached
from itsm_core.rosters import Absence, Override, Responder, Roster, Rotation
from itsm_core.spans import hours, micros

AT = datetime(2026, 1, 5, 9, tzinfo=UTC)
NINE = micros(AT)
HOUR = 3_600_000_000
DAYS = Rotation(name="days", people=("ana", "ben"), zone="UTC", start_on="2026-01-05", unit="days")


def away(person: str, substitute: str = "") -> Absence:
    """Return an absence until noon."""
    return Absence(person=person, substitute=substitute, start=AT - hours(1), end=AT + hours(3))


def reached(coverage: Coverage, action: Notify, at: int = NINE) -> Reached:
    """Return whom a message reaches on a ticket that ana of first line holds for rob."""
    return coverage.reach(action, at, holder="ana", group="first line", asker="rob")


def roster(*absences: Absence, name: str = "desk", **given: object) -> Roster:
    """Return a roster by days with absences."""
    return Roster(name=name, layers=(DAYS,), absences=absences, **given)  # type: ignore[arg-type]


@pytest.mark.parametrize(
    ("action", "target"),
    [
        (Notify(target="assignee"), "person ana"),
        (Notify(target="requester"), "person rob"),
        (Notify(target="person", name="zoe"), "person zoe"),
        (Notify(target="group", name="network"), "group network"),
        (Notify(target="role", name="manager"), "role manager"),
    ],
)
def test_message_reaches_its_target_at_once_when_nothing_is_known(
    action: Notify, target: str
) -> None:
    """Without rosters and hours nobody waits."""
    assert reached(NOBODY, action) == Reached(NINE, target)


def test_group_is_reached_when_nobody_holds_the_ticket() -> None:
    """A message to the assignee is not lost where there is none."""
    found = NOBODY.reach(Notify(target="assignee"), NINE, holder="", group="first line", asker="")
    assert found.target == "group first line"


def test_nobody_is_reached_when_the_ticket_has_no_requester() -> None:
    """A monitor opened it: the message says so, and the group is not told what is not for it."""
    told = Notify(target="requester")
    found = NOBODY.reach(told, NINE, holder="ana", group="first line", asker="")
    assert found == Reached(NINE, "nobody")


def test_substitute_is_reached_when_somebody_is_away() -> None:
    """At the end of the chain, and the note says for whom."""
    coverage = Coverage(rosters=(roster(away("ana", "ben"), away("ben", "chi")),))
    found = reached(coverage, Notify(target="assignee"))
    assert found == Reached(NINE, "person chi", "for ana, who is away")
    assert coverage.stand_in("ana", AT + hours(3)) == "ana"


def test_group_is_reached_when_nobody_stands_in() -> None:
    """And the note says why."""
    found = reached(Coverage(rosters=(roster(away("ana")),)), Notify(target="assignee"))
    assert (found.target, found.note) == ("group first line", "ana is away and nobody stands in")


def test_person_on_call_is_reached_when_it_is_a_roster() -> None:
    """From the final schedule: an override counts."""
    desk = roster(overrides=(Override(people="zoe", start=AT, end=AT + hours(1)),))
    found = reached(Coverage(rosters=(desk,)), Notify(target="roster", name="desk"))
    assert found == Reached(NINE, "person zoe", "on call in desk")


def test_roster_itself_is_reached_when_nobody_will_ever_be_on_call() -> None:
    """Silence would be worse; the note says it."""
    empty = Coverage(rosters=(Roster(name="desk"),))
    found = reached(empty, Notify(target="roster", name="desk"))
    assert (found.at_us, found.target) == (NINE, "roster desk")
    assert found.note == "nobody is on call in desk for 28 years"


def test_quiet_hours_are_in_the_persons_own_zone_when_they_are_kept() -> None:
    """Nine in London is one in the morning in Los Angeles: until seven there."""
    pat = Responder(
        person="pat", zone="America/Los_Angeles", quiet=WeeklyHours.parse("Mo-Su 22:00-07:00")
    )
    coverage = Coverage(rosters=(roster(responders=(pat,)),))
    found = reached(coverage, Notify(target="person", name="pat"))
    assert found.at_us == NINE + 6 * HOUR
    loud = Notify(target="person", name="pat", respect_quiet_hours=False)
    assert reached(coverage, loud).at_us == NINE


def test_group_is_reached_at_its_opening_when_it_has_hours() -> None:
    """Not before; one that never opens is told at once, and the note says so."""
    late = BusinessCalendar(zone="UTC", hours=WeeklyHours.parse("Mo 12:00-13:00"))
    coverage = Coverage(hours={"network": late, "attic": NEVER})
    found = reached(coverage, Notify(target="group", name="network"))
    assert found == Reached(NINE + 3 * HOUR, "group network", "when network opens")
    attic = reached(coverage, Notify(target="group", name="attic"))
    assert (attic.at_us, attic.note) == (NINE, "attic never opens")


def test_group_is_reached_at_its_opening_when_nobody_stands_in() -> None:
    """What goes to the group instead of somebody who is away waits for the group, too."""
    late = BusinessCalendar(zone="UTC", hours=WeeklyHours.parse("Mo 11:00-13:00"))
    coverage = Coverage(rosters=(roster(away("ana")),), hours={"first line": late})
    found = reached(coverage, Notify(target="assignee"))
    note = "ana is away and nobody stands in, when first line opens"
    assert found == Reached(NINE + 2 * HOUR, "group first line", note)
    loud = Notify(target="assignee", respect_quiet_hours=False)
    assert reached(coverage, loud).at_us == NINE


def test_last_absence_with_a_substitute_speaks_when_several_hold() -> None:
    """Who falls ill on leave keeps the substitute of the leave; the roster says the same."""
    leave, ill = away("ana", "chi"), away("ana")
    coverage = Coverage(rosters=(roster(leave), roster(ill, name="b")))
    assert coverage.absence("ana", AT) == leave
    assert coverage.stand_in("ana", AT) == "chi"
    assert roster(leave, ill).on_call(AT).people == ("chi",)
    assert Coverage(rosters=(roster(leave, away("ana", "zoe")),)).stand_in("ana", AT) == "zoe"
    assert coverage.absence("ben", AT) is None


def test_substitutes_are_followed_when_the_roster_has_one_person_alone() -> None:
    """Ana alone has the call; who stands in for her, and for them, another roster knows."""
    alone = Rotation(name="a", people=("ana",), zone="UTC", start_on="2026-01-05", unit="days")
    people = Roster(name="people", absences=(away("ana", "ben"), away("ben", "zoe")))
    coverage = Coverage(rosters=(Roster(name="desk", layers=(alone,)), people))
    assert reached(coverage, Notify(target="roster", name="desk")).target == "person zoe"


def test_person_with_quiet_hours_is_reached_at_once_when_awake() -> None:
    """Nothing is waited for, and no note says so; at the very end of them, too."""
    ana = Responder(person="ana", zone="UTC", quiet=WeeklyHours.parse("Mo-Su 22:00-09:00"))
    coverage = Coverage(rosters=(roster(responders=(ana,)),))
    assert reached(coverage, Notify(target="person", name="ana")) == Reached(NINE, "person ana")


def test_coverage_is_hashed_and_shown_when_groups_have_hours() -> None:
    """Coverages that are equal have one hash; the hours are shown as they are written."""
    one, other = (Coverage(hours={"network": NEVER}) for _ in range(2))
    assert hash(one) == hash(other)
    assert repr(one).endswith(f"hours={{'network': {NEVER!r}}})")


def test_fault_says_what_is_wanted_when_a_roster_is_none() -> None:
    """In words."""
    with pytest.raises(DefinitionError, match="is not a roster "):
        Coverage(rosters=("desk",))  # type: ignore[arg-type]


def test_absences_are_one_when_they_touch() -> None:
    """Leave until noon, ill from eleven on, and leave again: away without a break."""
    ill = Absence(person="ana", start=AT + hours(2), end=AT + hours(9))
    more = Absence(person="ana", start=AT + hours(9), end=AT + hours(10))
    later = Absence(person="ana", start=AT + hours(20), end=AT + hours(21))
    coverage = Coverage(rosters=(roster(away("ana"), later), roster(ill, more, name="b")))
    assert coverage.away("ana") == [
        (NINE - HOUR, NINE + 10 * HOUR),
        (NINE + 20 * HOUR, NINE + 21 * HOUR),
    ]
    assert coverage.away("ben") == []


def test_nobody_who_is_away_is_called_when_another_roster_knows_of_it() -> None:
    """Ana has the call by one roster, and is away by the other; so is who stands in for her."""
    absences = (away("ana", "ben"), away("ben", "zoe"), away("kim"))
    people = Roster(name="people", absences=absences)
    coverage = Coverage(rosters=(roster(), people))
    assert roster().on_call(AT).people == ("ana",)
    found = reached(coverage, Notify(target="roster", name="desk"))
    assert (found.target, found.note) == ("person zoe", "on call in desk")
    assert coverage["desk"].absences == absences[:2]
    assert coverage["people"] is people


def test_gap_is_found_when_another_roster_knows_who_is_away() -> None:
    """Ana alone, and away until noon."""
    alone = Rotation(name="a", people=("ana", "ben"), zone="UTC", start_on="2026-01-05")
    rosters = (Roster(name="desk", layers=(alone,)), Roster(name="b", absences=(away("ana"),)))
    (gap,) = [
        each
        for each in Coverage(rosters=rosters).check(AT, AT + hours(9))
        if each.code == "rotation-gap" and "turn 1 of a" in str(each.message)
    ]
    assert "2026-01-05T09:00:00+00:00 to 2026-01-05T12:00:00+00:00" in str(gap.message)


def test_roster_is_suggested_when_a_name_is_wrong() -> None:
    """The nearest name, and all that are known."""
    coverage = Coverage(rosters=(roster(name="nights"),))
    with pytest.raises(InvalidValue, match="did you mean 'nights'"):
        coverage["night"]
    action = Notify(target="roster", name="night")
    (fault,) = coverage.check_ladder_names([action, Notify(target="assignee")])
    assert (fault.code, fault.where, fault.value) == ("unknown-roster", "name", "night")
    assert fault.remedy == "known: nights; did you mean 'nights'?"
    (fault,) = NOBODY.check_ladder_names([action])
    assert fault.remedy == "known: none"
    with pytest.raises(InvalidValue, match="known: none"):
        NOBODY["night"]
    group = Notify(target="group", name="night")
    known = Notify(target="roster", name="nights")
    assert coverage.check_ladder_names([group, known]) == ()


@pytest.mark.parametrize(
    ("given", "code", "where"),
    [
        ({"rosters": ("desk",)}, "wrong-type", "rosters[0]"),
        ({"rosters": (roster(), roster())}, "twice", "rosters[1].name"),
        (
            {"rosters": (roster(away("ana", "ben")), roster(away("ben", "ana"), name="b"))},
            "absence-circle",
            "absences[0].substitute",
        ),
        ({"hours": {"network": "always"}}, "wrong-type", "hours['network']"),
        ({"hours": 5}, "wrong-type", "hours"),
    ],
    ids=range(5),
)
def test_coverage_is_refused_when_a_part_does_not_fit(
    given: dict[str, object], code: str, where: str
) -> None:
    """No roster, one name twice, substitutes in a circle over two rosters, no calendar."""
    with pytest.raises(DefinitionError, match=r"^coverage") as caught:
        Coverage(**given)  # type: ignore[arg-type]
    (fault,) = caught.value.faults
    assert (fault.code, fault.where) == (code, where)


def test_group_stays_closed_in_the_note_when_nobody_stands_in_before_it_opens() -> None:
    """Both are told: why not her, and what is waited for."""
    late = BusinessCalendar(zone="UTC", hours=WeeklyHours.parse("Mo 12:00-13:00"))
    coverage = Coverage(rosters=(roster(away("ana")),), hours={"first line": late})
    found = reached(coverage, Notify(target="assignee"))
    note = "ana is away and nobody stands in, when first line opens"
    assert found == Reached(NINE + 3 * HOUR, "group first line", note)
    loud = Notify(target="assignee", respect_quiet_hours=False)
    assert reached(coverage, loud).at_us == NINE


def test_person_is_told_all_the_same_when_away_and_there_is_no_group() -> None:
    """Nobody else can be: the note says it."""
    coverage = Coverage(rosters=(roster(away("ana")),))
    told = Notify(target="person", name="ana")
    found = coverage.reach(told, NINE, holder="", group="", asker="")
    assert found == Reached(NINE, "person ana", "ana is away and nobody stands in")


def test_quiet_hours_of_the_substitute_are_kept_when_somebody_is_away() -> None:
    """The note says for whom, and for what it waits."""
    chi = Responder(person="chi", zone="UTC", quiet=WeeklyHours.parse("Mo-Su 08:00-11:00"))
    coverage = Coverage(rosters=(roster(away("ana", "chi"), responders=(chi,)),))
    note = "for ana, who is away, after the quiet hours of chi"
    assert reached(coverage, Notify(target="assignee")) == Reached(
        NINE + 2 * HOUR, "person chi", note
    )


def test_group_is_reached_at_once_when_it_is_open() -> None:
    """No note; a group without hours is never closed, and an empty name is nobody."""
    day = BusinessCalendar(zone="UTC", hours=WeeklyHours.parse("Mo 08:00-18:00"))
    coverage = Coverage(hours={"network": day})
    told = Notify(target="group", name="network")
    assert reached(coverage, told) == Reached(NINE, "group network")
    found = coverage.reach(Notify(target="assignee"), NINE, holder="", group="", asker="")
    assert found == Reached(NINE, "nobody")


def test_requester_is_left_alone_when_their_quiet_hours_say_so() -> None:
    """Unless the message does not wait."""
    rob = Responder(person="rob", zone="UTC", quiet=WeeklyHours.parse("Mo-Su 08:00-11:00"))
    coverage = Coverage(rosters=(roster(responders=(rob,)),))
    assert reached(coverage, Notify(target="requester")).at_us == NINE + 2 * HOUR
    loud = Notify(target="requester", respect_quiet_hours=False)
    assert reached(coverage, loud) == Reached(NINE, "person rob")


def test_coverage_is_the_same_when_pickled() -> None:
    """It goes to another process and back."""
    coverage = Coverage(rosters=(roster(),), hours={"network": NEVER})
    again = pickle.loads(pickle.dumps(coverage))
    assert again == coverage
    assert again.absences == ()


def test_person_on_call_in_two_rosters_is_a_finding_when_checked() -> None:
    """Ana has both on two days of three: adjacent turns are told once.

    Monday 5 January to Saturday 10 January 2026, handed off at midnight in UTC.
    """

    def roster(name: str, *people: str) -> Roster:
        layer = Rotation(
            name=name,
            people=people,
            zone="UTC",
            start_on="2026-01-05",
            hand_off="00:00",
            unit="days",
        )
        return Roster(name=name, layers=(layer,))

    coverage = Coverage(
        rosters=(roster("network", "ana", "ana", "ben"), roster("payroll", "ana", "ana", "chi"))
    )
    start = datetime(2026, 1, 5, tzinfo=UTC)
    found = coverage.check(start, start + timedelta(days=5))
    twice = [str(each.message) for each in found if each.code == "on-call-twice"]
    both = "ana is on call in 'network' and 'payroll'"
    assert twice == [
        f"{both} from 2026-01-05T00:00:00+00:00 to 2026-01-07T00:00:00+00:00",
        f"{both} from 2026-01-08T00:00:00+00:00 to 2026-01-10T00:00:00+00:00",
    ]
    assert (
        Coverage(rosters=(roster("network", "ana", "ben"), roster("payroll", "ben", "ana"))).check(
            start, start + timedelta(days=4)
        )
        == ()
    )
