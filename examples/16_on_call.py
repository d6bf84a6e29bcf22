"""Be on call from three cities: turns, swaps, an absence, a clock change, and who carries what."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta

from itsm_core import WeeklyHours, hours
from itsm_core.rosters import (
    Absence,
    Override,
    Responder,
    Roster,
    Rotation,
    Swap,
    roster_svg,
)

DAYTIME = WeeklyHours.parse("Mo-Fr 08:00-16:00")
CITIES = {
    "Sydney": ("Australia/Sydney", ("kai", "lia")),
    "Berlin": ("Europe/Berlin", ("ana", "ben", "chi")),
    "Denver": ("America/Denver", ("pat", "sam")),
}


def week_by_week(city: str) -> Rotation:
    """Return a city's layer: eight hours of its own daytime, another person every Monday."""
    zone, people = CITIES[city]
    return Rotation(
        name=city,
        people=people,
        zone=zone,
        start_on="2026-03-02",
        hand_off="08:00",
        unit="weeks",
        restriction=DAYTIME,
    )


# Whatever no city covers (nights between them, weekends) falls through to the layer below.
STANDBY = Rotation(
    name="standby",
    people=("eva", "tom"),
    zone="Europe/Berlin",
    start_on="2026-03-01",
    hand_off="08:00",
    unit="days",
    every=2,
)

DESK = Roster(
    name="three cities",
    layers=(STANDBY, *map(week_by_week, CITIES)),
    swaps=(
        Swap(
            giver="ben",
            taker="ana",
            start="2026-03-11T00:00+01:00",
            end="2026-03-12T00:00+01:00",
            reason="dentist",
        ),
    ),
    absences=(
        Absence(
            person="pat",
            substitute="sam",
            kind="sickness",
            start="2026-03-17T00:00-06:00",
            end="2026-03-18T12:00-06:00",
        ),
    ),
    overrides=(
        Override(
            people=("tom", "eva"),
            start="2026-03-21T08:00+01:00",
            end="2026-03-22T08:00+01:00",
            reason="release",
        ),
    ),
    responders=(
        Responder(
            person="kai", zone="Australia/Sydney", quiet=WeeklyHours.parse("Mo-Su 21:00-07:00")
        ),
    ),
)


def at(day: int, hour: int, minute: int = 0) -> datetime:
    """Return an instant of March 2026 in UTC."""
    return datetime(2026, 3, day, hour, minute, tzinfo=UTC)


def main() -> None:
    """Ask who is on call, why, when nobody is, and whether it is fair."""
    # Berlin's daytime on a Wednesday; ben has the week and gave the day away.
    wednesday = DESK.on_call(at(11, 10))
    assert (wednesday.person, wednesday.kind) == ("ana", "swapped")
    print(wednesday)

    # Everything that was ever changed by hand is in the final schedule.
    assert DESK.on_call(at(17, 18)).people == ("sam",)
    assert DESK.on_call(at(18, 18, 30)).people == ("pat",)  # back at noon in Denver
    assert DESK.on_call(at(21, 12)).people == ("tom", "eva")

    # Berlin begins at eight on the wall, before and after 29 March.
    assert DESK.on_call(at(27, 7)).start_at == at(27, 7)
    assert DESK.on_call(at(30, 6)).start_at == at(30, 6)

    # Nobody before it began; from then on somebody, always.
    (before,) = DESK.gaps(at(1, 0), at(31, 0))
    assert before.end_at == at(1, 7)
    print(before.why)

    # Adjacent and exact: the shifts of March sum to March.
    march = DESK.schedule(at(2, 0), at(30, 0))
    assert sum((shift.duration for shift in march), timedelta()) == timedelta(days=28)

    # A reminder to kai at 13:00 UTC is one after midnight in Sydney: it waits for seven there.
    assert DESK.next_allowed("kai", at(10, 13)) == at(10, 20)

    report = DESK.load(at(2, 0), at(30, 0), calls=(at(11, 10), at(14, 3), at(21, 12)))
    assert report["ana"].calls == 1
    assert report["kai"].night == hours(0)  # their days follow the sun
    print(report)

    for finding in DESK.check(at(2, 0), at(30, 0)):
        print(finding)
    picture = roster_svg(DESK, date(2026, 3, 16), days=7, zone="Europe/Berlin")
    print(f"a picture of {len(picture):,} characters")


if __name__ == "__main__":
    main()
