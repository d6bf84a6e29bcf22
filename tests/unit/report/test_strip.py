"""The picture of a ledger says what the ledger says."""

from __future__ import annotations

import re
from datetime import timedelta
from itertools import pairwise
from xml.etree import ElementTree as ET

import attrs
import pytest

from itsm_core.errors import UnknownZone
from itsm_core.report import ledger_svg
from itsm_core.report.strip import _fitting
from itsm_core.sla import SlaClock
from tests.unit.report.cases import BROKEN, CALENDAR, MONDAY, clock, story

SVG = "{http://www.w3.org/2000/svg}"


def widths(svg: str, fill: str) -> list[float]:
    """Return the widths of all blocks whose fill names this variable."""
    paths = re.findall(rf'<path style="fill:var\(--{fill},[^"]*" d="([^"]*)"', svg)
    return [float(width) for path in paths for width in re.findall(r"h([\d.]+)v", path)]


def test_strip_is_well_formed_when_parsed_as_xml() -> None:
    """It stands alone, also outside a page."""
    root = ET.fromstring(ledger_svg(clock(BROKEN), label="T2"))

    assert root.tag == f"{SVG}svg"


def test_strip_names_and_describes_itself_when_read_aloud() -> None:
    """Those who cannot see it get the verdict, the span and the sums."""
    root = ET.fromstring(ledger_svg(clock(BROKEN), label="T2"))
    title, desc = root.findtext(f"{SVG}title"), root.findtext(f"{SVG}desc")

    assert title == "T2: resolution clock, breached, goal 8 h working time"
    assert desc is not None
    assert desc == (
        "From Mon 2 Feb 2026 09:00 to Fri 6 Feb 2026 09:00: counted 24 h, outside hours 64 h, "
        "holiday 8 h. Due Mon 2 Feb 2026 17:00."
    )


def test_strip_splits_counted_time_at_the_due_instant() -> None:
    """Of 96 hours on 752 units, 8 counted in time and 16 too late."""
    svg = ledger_svg(clock(BROKEN))
    hour = 752 / 96

    assert sum(widths(svg, "counted")) == pytest.approx(8 * hour, abs=0.2)
    assert sum(widths(svg, "broken")) == pytest.approx(16 * hour, abs=0.2)


def test_strip_fills_the_whole_width_when_all_kinds_are_added() -> None:
    """Spans are adjacent: nothing is missing from the picture."""
    svg = ledger_svg(clock(BROKEN))
    kinds = ("counted", "broken", "outside", "holiday", "paused")

    assert sum(sum(widths(svg, kind)) for kind in kinds) == pytest.approx(752, abs=1)


def test_strip_says_why_it_paused_when_there_is_room() -> None:
    """The reason of a long pause is written into it."""
    svg = ledger_svg(clock(story(3, hold=True, resolved_after=timedelta(days=2))))

    assert ">awaiting requester</text>" in svg
    assert widths(svg, "paused")


def test_strip_names_the_holder_when_there_is_room() -> None:
    """Who held the ticket stands below the time they held it."""
    assert ">ann</text>" in ledger_svg(clock(BROKEN))


def test_strip_shows_wall_time_of_the_zone_asked_for() -> None:
    """17:00 in London is 14:00 in São Paulo."""
    assert "due Mon 2 Feb 2026 14:00" in ledger_svg(clock(BROKEN), zone="America/Sao_Paulo")


def test_strip_has_no_due_marker_when_due_lies_beyond_it() -> None:
    """A clock that stopped early was never near its due instant."""
    assert ">due " not in ledger_svg(clock(story(4)))


def test_strip_is_empty_when_the_ledger_is() -> None:
    """A clock that stopped where it started has nothing to draw."""
    assert ledger_svg(attrs.evolve(clock(BROKEN), periods=())) == ""


def test_strip_escapes_when_the_label_is_hostile() -> None:
    """A label cannot leave its element."""
    svg = ledger_svg(clock(BROKEN), label='</title><script x="')

    assert "<script" not in svg


def test_strip_refuses_when_the_zone_is_unknown() -> None:
    """The nearest name is offered."""
    with pytest.raises(UnknownZone, match="Europe/Berlin"):
        ledger_svg(clock(BROKEN), zone="Europe/Berlinn")


def test_strip_stays_small_when_the_ticket_is_old() -> None:
    """A year of nights and weekends is a few paths, not hundreds of elements."""
    old = clock(story(5, opened=BROKEN[0].occurred_at.subtract(days=365), resolved_after=None))

    assert len(old.ledger) > 500
    assert len(ledger_svg(old)) < 30_000


def test_strip_is_in_the_zone_of_its_calendar_when_none_is_asked_for() -> None:
    """The picture and `explain()` tell one time, and the picture names its zone."""
    berlin = attrs.evolve(CALENDAR, zone="Europe/Berlin")
    svg = ledger_svg(attrs.evolve(clock(BROKEN), calendar=berlin))

    assert "due Mon 2 Feb 2026 18:00" in svg
    assert ">times in Europe/Berlin</text>" in svg


@pytest.mark.parametrize("days", [0.2, 1, 2, 3, 5, 9, 20, 60, 200, 800])
def test_strip_has_even_steps_whatever_its_length(days: float) -> None:
    """Between any two neighbouring labels lies the same time: no label is left out."""
    long = clock(story(7, resolved_after=timedelta(days=days)))
    root = ET.fromstring(ledger_svg(long))
    xs = [float(t.get("x", "")) for t in root.iter(f"{SVG}text") if t.get("y") == "100"]
    steps = [after - before for before, after in pairwise(xs)]

    assert len(xs) >= 2
    assert max(steps) - min(steps) < 0.3


def test_strip_cuts_a_holder_only_where_it_does_not_fit() -> None:
    """A cut name has the whole one as its title."""
    name = "workplace-services-international"
    groups = (name, "x")
    root = ET.fromstring(ledger_svg(clock(story(8, groups=groups, resolved_after=None))))
    long = ET.fromstring(ledger_svg(clock(story(8, groups=(name,), resolved_after=None))))
    texts = ["".join(t.itertext()) for t in (*root.iter(f"{SVG}text"), *long.iter(f"{SVG}text"))]

    assert any("ann" in text for text in texts)
    assert _fitting(name, "", 80) == "workplace-…"
    assert _fitting(name, "", 400) == f"{name}, nobody"
    assert _fitting("workplace", "", 70) == "workplace"
    assert _fitting(name, "", 20) == ""


def old(years: int, groups: int = 1) -> SlaClock:
    """Return the clock of a ticket that was opened years ago and handed on every hour at first."""
    history = story(
        1,
        opened=MONDAY - timedelta(days=365 * years),
        groups=[f"group-{n}" for n in range(groups)],
        resolved_after=timedelta(days=365 * years),
    )
    return clock(history)


@pytest.mark.parametrize("years", [3, 100])
def test_strip_keeps_its_areas_when_it_is_drawn_as_sums(years: int) -> None:
    """Each kind is as wide as its share of the time, however many lines are drawn as one."""
    known = old(years)
    svg = ledger_svg(known)
    counted = sum(e.duration.total_seconds() for e in known.ledger if e.kind.value == "counted")
    drawn = sum(widths(svg, "counted")) + sum(widths(svg, "broken"))
    whole = known.wall_elapsed.total_seconds()
    assert drawn / 752 == pytest.approx(counted / whole, rel=0.02)


def test_strip_says_so_when_it_is_drawn_as_sums() -> None:
    """Nobody takes a sum for an hour."""
    assert "each stretch shows its sums" in ledger_svg(old(3))
    assert "its sums" not in ledger_svg(clock(BROKEN))


def test_strip_is_bounded_when_a_century_is_drawn() -> None:
    """Of 100 years, 78,000 lines, at most 400 pieces are drawn."""
    svg = ledger_svg(old(100))
    assert len(svg) < 20_000
    assert svg.count("z") < 420


def test_strip_joins_holders_when_there_are_hundreds() -> None:
    """A ticket that was handed on 5,000 times has at most 100 boxes."""
    svg = ledger_svg(old(1, groups=5_000))
    assert svg.count("<rect") <= 100
    assert "holders in turn" in svg
