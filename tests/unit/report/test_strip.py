"""The picture of a ledger says what the ledger says."""

from __future__ import annotations

import re
from datetime import timedelta
from xml.etree import ElementTree as ET

import attrs
import pytest

from itsm_core.errors import UnknownZone
from itsm_core.report import ledger_svg
from tests.unit.report.cases import BROKEN, clock, story

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
