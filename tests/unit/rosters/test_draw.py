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


TEXT = 'font-family="system-ui, sans-serif" font-size="11"'
TWO_DAYS = Roster(
    name="desk",
    layers=(
        Rotation(
            name="days",
            people=("ana", "ben"),
            zone="UTC",
            start_on="2026-01-05",
            end_on="2026-01-06",
            hand_off="00:00",
            unit="days",
        ),
    ),
    overrides=(Override(people="eva", start="2026-01-06T12:00Z", end="2026-01-06T18:00Z"),),
)


def bar(x: int, top: int, width: int, fill: str, title: str, *, edge: str = "") -> str:
    """Return a bar with its title."""
    return (
        f'<rect x="{x}.00" y="{top}" width="{width}.00" height="18" rx="2" fill="{fill}"{edge}>'
        f"<title>{title}</title></rect>"
    )


def written(text: str, x: str, y: int, fill: str = "currentColor", more: str = "") -> str:
    """Return a text."""
    return f'<text x="{x}" y="{y}" fill="{fill}" {TEXT}{more}>{text}</text>'


def label(text: str, top: int, weight: str = "") -> str:
    """Return the name of a row."""
    return (
        f'<text x="0" y="{top + 13}" fill="currentColor"{weight} {TEXT}>{text}'
        f"<title>{text}</title></text>"
    )


def test_picture_is_as_laid_out_by_hand_when_drawn() -> None:
    """Two days of 360 pixels from 110 on, rows 24 apart from 40 on, the names below."""
    line = 'y1="36" x2="{0}" y2="88" stroke="currentColor" stroke-opacity="0.25"/>'
    # Ben has the second colour, also where he is not on the page.
    blue, green, grey = "#2f6f9f", "#2f7d5b", "#8884"
    on_5th = "2026-01-05 00:00+00:00 - 2026-01-06 00:00+00:00: ana (turn 1 of days)"
    over = "nobody (nobody: every rotation has ended)"
    inside = ' pointer-events="none"'
    title = "desk, 2 days from 2026-01-05, UTC"
    assert roster_svg(TWO_DAYS, date(2026, 1, 5), 2) == (
        '<svg xmlns="http://www.w3.org/2000/svg" viewBox="0 0 840 114" width="840" height="114" '
        f'role="img"><title>{title}</title>'
        + written(title, "0", 12)
        + '<line x1="110.0" '
        + line.format("110.0")
        + written("Mon 5.1.", "112.0", 32)
        + '<line x1="470.0" '
        + line.format("470.0")
        + written("Tue 6.1.", "472.0", 32)
        + label("days", 40)
        + bar(110, 40, 360, blue, on_5th)
        + written("ana", "114.00", 53, "#fff", inside)
        + label("on call", 64, ' font-weight="bold"')
        + bar(110, 64, 360, blue, on_5th)
        + written("ana", "114.00", 77, "#fff", inside)
        + bar(470, 64, 180, grey, f"2026-01-06 00:00+00:00 - 2026-01-06 12:00+00:00: {over}")
        + bar(
            650,
            64,
            90,
            green,
            "2026-01-06 12:00+00:00 - 2026-01-06 18:00+00:00: eva (override: eva)",
            edge=' stroke="currentColor" stroke-dasharray="3 2"',
        )
        + written("eva", "654.00", 77, "#fff", inside)
        + bar(740, 64, 90, grey, f"2026-01-06 18:00+00:00 - 2026-01-07 00:00+00:00: {over}")
        + f'<rect x="110.0" y="96" width="12" height="12" rx="2" fill="{blue}"/>'
        + written("ana", "126.0", 106)
        + f'<rect x="155.5" y="96" width="12" height="12" rx="2" fill="{green}"/>'
        + written("eva", "171.5", 106)
        + "</svg>"
    )


@pytest.mark.parametrize(
    ("days", "lines"), [(1, 1), (14, 14), (15, 3), (98, 14), (99, 8), (366, 14)]
)
def test_axis_has_a_line_a_day_or_as_many_weeks_as_are_readable(days: int, lines: int) -> None:
    """Up to fourteen days each, else weeks, fortnights, every four weeks."""
    assert len(list(drawn(days=days).iter(f"{SVG}line"))) == lines


def test_name_of_a_layer_is_cut_when_it_is_longer_than_its_column() -> None:
    """Sixteen letters fit; of more, fifteen are shown, and all in the title."""
    for name, shown in (("sixteen letters!", "sixteen letters!"), ("s" * 17, "s" * 15 + "…")):
        layer = Rotation(name=name, people=("a", "b"), zone="UTC", start_on="2026-01-05")
        texts = [
            text
            for text in drawn(Roster(name="r", layers=(layer,))).iter(f"{SVG}text")
            if text.findtext(f"{SVG}title") == name
        ]
        assert [text.text for text in texts] == [shown]


@pytest.mark.parametrize(("letters", "is_written"), [(6, True), (7, False)])
def test_name_is_written_on_a_bar_when_it_fits(letters: int, is_written: bool) -> None:
    """6.5 pixels a letter and 6 around, on bars of 720 / 15 = 48: six letters take 45."""
    name = "x" * letters
    layer = Rotation(
        name="days",
        people=(name, "b"),
        zone="UTC",
        start_on="2026-01-05",
        hand_off="00:00",
        unit="days",
    )
    picture = drawn(Roster(name="r", layers=(layer,)), first=date(2026, 1, 5), days=15)
    white = [text.text for text in picture.iter(f"{SVG}text") if text.get("fill") == "#fff"]
    assert (name in white) is is_written


def test_page_is_that_of_four_weeks_from_the_last_layers_beginning_when_nothing_is_said() -> None:
    """In the zone of the first layer; an empty roster in UTC, from the first Monday of 2026."""
    assert "28 days from 2026-03-23, Europe/Berlin" in roster_svg(DESK)
    assert "28 days from 2026-01-05, UTC" in roster_svg(Roster(name="empty"))
    assert "28 days from 2026-03-23, Asia/Tokyo" in roster_svg(DESK, zone="Asia/Tokyo")


def test_people_have_sixteen_colours_when_there_are_many() -> None:
    """The seventeenth has the first one's again; crews come after those who are alone."""
    layer = Rotation(
        name="days",
        people=[*(f"p{number:02}" for number in range(17)), ("p00", "p01")],
        zone="UTC",
        start_on="2026-03-23",
        hand_off="00:00",
        unit="days",
    )
    picture = drawn(Roster(name="r", layers=(layer,)), days=18)
    fills = [r.get("fill") for r in picture.iter(f"{SVG}rect") if r.get("y") == "40"]
    assert fills[:16] == [
        *("#2f6f9f", "#b8632e", "#2f7d5b", "#8a4f9e", "#a3324a", "#6b6f1d", "#3f8f8f", "#7a5a3c"),
        *("#4a5fb0", "#c04f7c", "#55702a", "#96741a", "#5b4b8a", "#1f6b78", "#9a5b54", "#56646f"),
    ]
    assert fills[16:] == ["#2f6f9f", "#b8632e"]


def test_legend_names_as_many_as_fit_into_its_line() -> None:
    """26 pixels and 6.5 a letter each, up to 770: of names of ten letters seven, then the rest."""
    layer = Rotation(
        name="days",
        people=[f"person {number:03}" for number in range(12)],
        zone="UTC",
        start_on="2026-03-23",
        hand_off="00:00",
        unit="days",
    )
    picture = drawn(Roster(name="r", layers=(layer,)))
    squares = [r.get("x") for r in picture.iter(f"{SVG}rect") if r.get("height") == "12"]
    assert squares == ["110.0", "201.0", "292.0", "383.0", "474.0", "565.0", "656.0"]
    (rest,) = [t for t in picture.iter(f"{SVG}text") if (t.text or "").startswith("and ")]
    assert (rest.text, rest.get("x")) == ("and 5 more", "747.0")


def test_page_has_up_to_a_year_when_asked() -> None:
    """366 days; one more is refused, and so is what is no number."""
    assert "366 days from" in roster_svg(DESK, days=366)
    for days in (367, 1.0, True):
        with pytest.raises(InvalidValue, match="1 to 366"):
            roster_svg(DESK, days=days)  # type: ignore[arg-type]  # pyright: ignore[reportArgumentType]


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
