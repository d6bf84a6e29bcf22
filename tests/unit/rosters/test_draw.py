"""The picture of a roster: sound XML, bars to scale and inside the page, names escaped."""

from __future__ import annotations

from datetime import date
from itertools import pairwise
from xml.etree import ElementTree as ET

import pytest

from itsm_core.errors import InvalidValue, UnknownZone
from itsm_core.rosters import Override, Roster, Rotation, roster_svg

SVG = "{http://www.w3.org/2000/svg}"
DESK = Roster(
    name="desk <1>",
    layers=(
        Rotation(name="backup", people=("zoe",), zone="Europe/Berlin", start_on="2026-03-01"),
        Rotation(
            name="a & b",
            people=("ana", "ben", ("chi", "dan")),
            zone="Europe/Berlin",
            start_on="2026-03-23",
            hand_off="00:00",
            unit="days",
        ),
    ),
    overrides=(
        Override(people="<eva>", start="2026-03-24T00:00Z", end="2026-03-25T00:00Z", reason="&"),
    ),
)


def drawn(roster: Roster = DESK, first: date = date(2026, 3, 23), days: int = 14) -> ET.Element:
    """Return the picture, parsed."""
    return ET.fromstring(roster_svg(roster, first, days))


def bars(picture: ET.Element) -> dict[float, list[tuple[float, float]]]:
    """Return left and right of the bars of each row, by the row's top; the legend left out."""
    found: dict[float, list[tuple[float, float]]] = {}
    for rect in picture.iter(f"{SVG}rect"):
        if rect.get("height") == "18":
            x, width = float(rect.get("x", "")), float(rect.get("width", ""))
            found.setdefault(float(rect.get("y", "")), []).append((x, x + width))
    return found


def test_picture_has_a_row_for_each_layer_and_the_schedule_when_drawn() -> None:
    """Layers from the first to the last, the final schedule below them."""
    rows = bars(drawn())
    assert sorted(rows) == [40, 64, 88]


def test_bars_fill_the_page_when_somebody_is_always_on_call() -> None:
    """The last row goes from edge to edge, bar by bar, without a hole."""
    final = bars(drawn())[88]
    assert final[0][0] == 110
    assert final[-1][1] == pytest.approx(830, abs=0.01)
    assert all(one[1] == pytest.approx(other[0], abs=0.02) for one, other in pairwise(final))


def test_bars_are_to_scale_when_a_day_has_23_hours() -> None:
    """29 March 2026 is an hour shorter, and so is its bar: 720 pixels for 335 hours."""
    row = bars(drawn())[64]
    assert row[0][1] - row[0][0] == pytest.approx(720 * 24 / 335, abs=0.02)
    assert row[6][1] - row[6][0] == pytest.approx(720 * 23 / 335, abs=0.02)


def test_everything_lies_inside_the_picture_when_drawn() -> None:
    """Nothing is cut off at an edge."""
    picture = drawn()
    width, height = float(picture.get("width", "")), float(picture.get("height", ""))
    for rect in picture.iter(f"{SVG}rect"):
        assert float(rect.get("x", "")) + float(rect.get("width", "")) <= width
        assert float(rect.get("y", "")) + float(rect.get("height", "")) <= height
    assert all(float(text.get("y", "")) <= height for text in picture.iter(f"{SVG}text"))


def test_names_are_escaped_when_they_look_like_markup() -> None:
    """What people are called is text."""
    texts = [text.text for text in drawn().iter(f"{SVG}text")]
    assert "<eva>" in texts
    assert "a & b" in texts


def test_bar_tells_its_reason_when_pointed_at() -> None:
    """Times on the wall, people, reason; what was changed by hand has a dashed edge."""
    (rect,) = (r for r in drawn().iter(f"{SVG}rect") if r.get("stroke-dasharray"))
    assert rect.findtext(f"{SVG}title") == (
        "2026-03-24 01:00+01:00 - 2026-03-25 01:00+01:00: <eva> (override: <eva> (&))"
    )


def test_legend_counts_the_rest_when_there_are_too_many_people() -> None:
    """It stays one line."""
    many = Rotation(
        name="many",
        people=[f"person number {n}" for n in range(30)],
        zone="UTC",
        start_on="2026-03-23",
        unit="days",
    )
    texts = [text.text for text in drawn(Roster(name="m", layers=(many,)), days=30).iter()]
    assert any(text and text.startswith("and ") and text.endswith(" more") for text in texts)


def test_person_has_one_colour_when_the_page_changes() -> None:
    """Who is blue in March is blue in April."""
    pages = (drawn(), drawn(first=date(2026, 4, 20), days=3))
    colours = [
        {
            rect.get("fill")
            for rect in page.iter(f"{SVG}rect")
            if ": ben (" in (rect.findtext(f"{SVG}title") or "")
        }
        for page in pages
    ]
    assert colours[0] == colours[1]
    assert len(colours[0]) == 1


def test_notebook_shows_the_picture_when_a_roster_is_the_answer() -> None:
    """From the beginning of the last layer on; an empty roster has a picture, too."""
    assert "28 days from 2026-03-23" in DESK._repr_html_()  # pyright: ignore[reportPrivateUsage]
    assert "nobody" in roster_svg(Roster(name="empty"))


def test_page_is_refused_when_it_cannot_be_drawn() -> None:
    """No date, no days, too many days, no such zone."""
    with pytest.raises(InvalidValue, match="starts on a date"):
        roster_svg(DESK, "monday")  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]
    with pytest.raises(InvalidValue, match="1 to 366"):
        roster_svg(DESK, days=0)
    with pytest.raises(UnknownZone):
        roster_svg(DESK, zone="Berlin")
    with pytest.raises(InvalidValue, match="last date"):
        roster_svg(DESK, date(9999, 12, 31))
