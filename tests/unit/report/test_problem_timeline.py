"""The timeline: one dot an occurrence, lettered by who saw it."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree as ET

import attrs

from itsm_core.linking import find_candidates
from itsm_core.report import timeline_svg
from itsm_core.report._problem_timeline import letters_of
from tests.unit.linking.desk import occurrence
from tests.unit.report.problem import candidate


def test_every_occurrence_is_a_dot_when_drawn() -> None:
    """Twelve circles in one well-formed picture, with title and description."""
    drawn = ET.fromstring(timeline_svg(candidate()))
    circles = [each for each in drawn.iter() if each.tag == "circle"]
    assert len(circles) == 12
    assert drawn.find("title") is not None
    described = drawn.find("desc")
    assert described is not None
    assert (described.text or "").startswith("12 occurrences from Wed 7 Jan 2026")


def test_letters_are_in_order_of_first_sight_when_given() -> None:
    """An order without merit; the rotation shows as A B C D A B C D."""
    assert letters_of(candidate()) == {"ann": "A", "bob": "B", "cem": "C", "dora": "D"}
    letters = re.findall(r'font-weight="600"[^>]*>(\w)<', timeline_svg(candidate()))
    assert "".join(letters) == "ABCD" * 3


def test_height_is_the_time_of_day_when_shown_in_a_zone() -> None:
    """Ten past two in UTC is ten past nine in the evening in New York: further down."""

    def heights(zone: str) -> set[float]:
        return {float(y) for y in re.findall(r'cy="([\d.]+)"', timeline_svg(candidate(), zone))}

    assert max(heights("UTC")) < 60
    assert min(heights("America/New_York")) > 200


def test_change_is_a_line_when_one_went_before() -> None:
    """Named, at the left; without one there is none."""
    assert "change CHG-2" in timeline_svg(candidate())
    assert "change" not in timeline_svg(attrs.evolve(candidate(), change=None))


def test_doubtful_dots_are_empty_when_drawn() -> None:
    """What is less likely than not to belong is not filled."""
    found = candidate()
    doubtful = attrs.evolve(found, chances=(0.4, *found.chances[1:]))
    assert timeline_svg(doubtful).count("fill:var(--paper);stroke") == 1


def test_letters_are_left_out_when_there_are_too_many_dots() -> None:
    """Beyond seventy they would cover each other."""
    found = candidate()
    many = attrs.evolve(found, occurrences=found.occurrences * 6, chances=found.chances * 6)
    drawn = timeline_svg(many)
    assert 'font-weight="600"' not in drawn
    assert drawn.count("<circle") == 72


def test_days_are_on_the_axis_when_it_is_no_month_long() -> None:
    """Three weeks without the first of a month in them."""
    found = attrs.evolve(candidate(), change=None)
    short = attrs.evolve(
        found,
        occurrences=found.occurrences[:3],
        chances=found.chances[:3],
        as_of_us=found.occurrences[2].at_us,
    )
    assert "8 Jan" in timeline_svg(short)


def test_names_are_harmless_when_hostile() -> None:
    """An id is text from outside."""
    drawn = timeline_svg(candidate(person='<script>"x"'))
    assert "<script>" not in drawn
    ET.fromstring(drawn)


def test_hundreds_of_dots_are_points_of_a_line_when_they_would_fill_the_page() -> None:
    """Those that would cover each other are one; a doubtful one is fainter."""
    found = candidate()
    many = attrs.evolve(
        found, occurrences=found.occurrences * 40, chances=(*found.chances * 39, *[0.1] * 12)
    )
    drawn = timeline_svg(many)

    assert "<circle" not in drawn
    assert drawn.count("h0") == 12
    assert "stroke-opacity:0.85" in drawn
    assert "stroke-opacity:0.35" not in drawn
    doubtful = attrs.evolve(many, chances=(0.1,) * 480)
    assert "stroke-opacity:0.35" in timeline_svg(doubtful)


def test_picture_is_drawn_when_the_years_end() -> None:
    """Logs write the year 9999 for "never": there is no month after its December (law T5)."""
    last = datetime(9999, 12, 31, 20, tzinfo=UTC)
    weekly = [occurrence(f"Y{n}", last - timedelta(weeks=n)) for n in range(8)]
    (found,) = find_candidates(weekly, as_of=last)
    for zone in ("UTC", "Asia/Tokyo", "America/New_York"):
        drawn = timeline_svg(found, zone)
        assert drawn.count("<circle") == 8
        assert ">1 Dec<" in drawn
    days = tuple(occurrence(f"D{n}", last - timedelta(days=2 - n)) for n in range(3))
    short = timeline_svg(attrs.evolve(found, occurrences=days, chances=(1.0, 1.0, 1.0)))
    assert [f">{day} Dec<" in short for day in (29, 30, 31)] == [True] * 3
