"""The picture of a ledger says what the ledger says."""

from __future__ import annotations

import re
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Any
from xml.etree import ElementTree as ET

import attrs
import pytest

from itsm_core.errors import UnknownZone
from itsm_core.events import (
    BreachExplained,
    CommitmentMade,
    PriorityChanged,
    TicketCancelled,
    TicketEvent,
    TicketPutOnHold,
    TicketResumed,
    TimeExcluded,
)
from itsm_core.ids import PersonId
from itsm_core.report import ledger_svg
from itsm_core.report.strip import _fitting, _holder
from itsm_core.sla import PauseLimit, ServiceLevelTarget, SlaClock, evaluate
from itsm_core.spans import hours
from tests.unit.report.cases import AGREEMENT, AS_OF, BROKEN, CALENDAR, MONDAY, clock, story

SVG = "{http://www.w3.org/2000/svg}"
ID = BROKEN[0].ticket_id


def texts(svg: str) -> list[str]:
    """Return every text of the picture, in the order in which it is drawn."""
    root = ET.fromstring(svg)
    return [each.text or "" for each in root.iter(f"{SVG}text")]


def at(days: int, hour: int) -> datetime:
    """Return an hour, so many days after the Monday on which BROKEN was opened."""
    return MONDAY.replace(hour=hour) + timedelta(days=days)


def held(hours_held: int, reason: str = "awaiting_requester") -> tuple[TicketEvent, ...]:
    """Return a hold from Monday 10:00 on."""
    end = at(0, 10 + hours_held)
    return (
        TicketPutOnHold(ticket_id=ID, occurred_at=at(0, 10), state="on_hold", reason=reason),
        TicketResumed(ticket_id=ID, occurred_at=end, state="in_progress"),
    )


def excluded(first: datetime, last: datetime) -> TimeExcluded:
    """Return an exclusion that eve approved."""
    return TimeExcluded(
        ticket_id=ID,
        occurred_at=last,
        actor=PersonId("dana"),
        approver=PersonId("eve"),
        start_at=first,
        end_at=last,
        reason="power cut",
    )


def judged(*more: TicketEvent, **rules: Any) -> SlaClock:
    """Return the clock of BROKEN with some more events, under some other rules."""
    target = attrs.evolve(AGREEMENT.targets[1], **rules)
    agreement = attrs.evolve(AGREEMENT, targets=(target,))
    return evaluate((*BROKEN, *more), agreement, as_of=AS_OF)["resolution"]


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


def test_strip_points_to_the_right_when_due_lies_beyond_it() -> None:
    """A clock that stopped early was never near its due instant, which is told all the same."""
    assert texts(ledger_svg(clock(story(4))))[-4:] == [
        "due Mon 2 Feb 2026 17:00 →",
        "counted 2 h",
        "resolution, goal 8 h working time: met, stopped Mon 2 Feb 2026 11:00",
        "times in UTC",
    ]


def test_strip_is_empty_when_the_ledger_is() -> None:
    """A clock that stopped where it started has nothing to draw."""
    assert ledger_svg(clock(story(2, resolved_after=timedelta(0)))) == ""


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
    agreement = attrs.evolve(AGREEMENT, calendar=berlin)
    svg = ledger_svg(evaluate(BROKEN, agreement, as_of=AS_OF)["resolution"])

    # Opened at 10:00 in Berlin: seven hours on Monday, one on Tuesday.
    assert "due Tue 3 Feb 2026 10:00" in svg
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
    shown = ["".join(t.itertext()) for t in (*root.iter(f"{SVG}text"), *long.iter(f"{SVG}text"))]

    assert any("ann" in text for text in shown)
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
    assert svg.count("<rect") - svg.count('width="12"') <= 100
    assert "holders in turn" in svg


def test_legend_sums_each_kind_that_is_there() -> None:
    """Of 96 hours: 8 and 16 counted, 8 of Wednesday's holiday, the rest closed; nothing else."""
    assert texts(ledger_svg(clock(BROKEN)))[-6:-2] == [
        "counted 8 h",
        "counted after the promise was due 16 h",
        "holiday 8 h",
        "outside hours 64 h",
    ]


def test_legend_says_why_it_paused_when_a_pause_is_too_narrow_for_words() -> None:
    """Two hours of four days have no room for words."""
    svg = ledger_svg(judged(*held(2)))

    assert "paused: awaiting requester 2 h" in texts(svg)
    assert ">awaiting requester</text>" not in svg


def test_legend_names_three_reasons_when_there_are_more() -> None:
    """The longest are named, the rest is summed."""
    reasons = ("a", "b", "c", "d", "e")
    events: list[TicketEvent] = []
    for number, reason in enumerate(reasons):
        start = MONDAY + timedelta(hours=1, minutes=60 * number)
        events.append(
            TicketPutOnHold(ticket_id=ID, occurred_at=start, state="on_hold", reason=reason)
        )
        end = start + timedelta(minutes=50 - number)
        events.append(TicketResumed(ticket_id=ID, occurred_at=end, state="in_progress"))
    shown = texts(ledger_svg(judged(*events, pause_on=frozenset(reasons))))

    assert "paused: a 50 min, b 49 min, c 48 min, 2 other reasons 1 h 33 min" in shown


def test_strip_shows_excluded_time_and_who_excluded_it() -> None:
    """Three of 96 hours on 752 units, hollow; the promise is due three hours later, on Tuesday."""
    svg = ledger_svg(judged(excluded(at(0, 12), at(0, 15))))

    assert sum(widths(svg, "excluded")) == pytest.approx(752 * 3 / 96, abs=0.2)
    assert "excluded: power cut (by dana) 3 h" in texts(svg)
    assert "due Tue 3 Feb 2026 12:00, broken" in texts(svg)


def test_strip_writes_the_exclusion_into_it_when_there_is_room() -> None:
    """Three days of an exclusion are named where they are."""
    assert "power cut (by dana)" in texts(ledger_svg(judged(excluded(at(0, 10), at(3, 10)))))


def test_strip_marks_the_due_instant_without_exclusions_when_it_is_another() -> None:
    """Monday 17:00 is 8 of 96 hours from the left, dashed."""
    svg = ledger_svg(judged(excluded(at(0, 12), at(0, 15))))

    assert f'<path d="M{4 + 752 * 8 / 96:.1f} 20V58" style="stroke:var(--ink,#1b2330);' in svg
    assert "due without the exclusions: breached" in texts(svg)
    assert "stroke-dasharray" not in ledger_svg(clock(BROKEN))


def test_strip_bands_what_counted_although_on_hold() -> None:
    """Of a hold of four hours that may last one, three count."""
    limit = PauseLimit(reason="awaiting_requester", longest=hours(1))
    svg = ledger_svg(judged(*held(4), pause_limits=(limit,)))
    shown = texts(svg)

    assert sum(widths(svg, "paused")) == pytest.approx(752 * 4 / 96, abs=0.2)
    assert "paused: awaiting requester 1 h" in shown
    assert "counted although on hold: over its limit: awaiting requester 3 h" in shown


def test_strip_marks_each_warning_up_to_the_end() -> None:
    """Six of eight hours are used up on Monday at 15:00."""
    svg = ledger_svg(judged(warn_at_ratios=(0.75,)))

    assert f'd="M{4 + 752 * 6 / 96 - 4:.1f} 17h8l-4 6z"' in svg
    assert "warning at 75% of the goal" in texts(svg)


def test_strip_marks_the_breach_when_the_goal_came_late() -> None:
    """Four hours for P1, from the opening on, were over when the ticket became one."""
    change = PriorityChanged(ticket_id=ID, occurred_at=at(1, 12), priority="P1")
    svg = ledger_svg(judged(change, goals={"P2": hours(40), "P1": hours(4)}))

    assert "broken Tue 3 Feb 2026 12:00, was due Mon 2 Feb 2026 13:00" in texts(svg)
    assert sum(widths(svg, "counted")) == pytest.approx(752 * 11 / 96, abs=0.2)


def test_strip_says_when_it_would_be_due_when_the_clock_is_paused() -> None:
    """Held on Monday 10:00; seven hours are left on Monday the 16th, 00:00."""
    hold = TicketPutOnHold(
        ticket_id=ID, occurred_at=at(0, 10), state="on_hold", reason="awaiting_requester"
    )
    shown = texts(ledger_svg(clock((*BROKEN[:-1], hold))))

    assert "due Mon 16 Feb 2026 16:00 if work went on now →" in shown
    assert "resolution, goal 8 h working time: paused at the end of the strip" in shown


def test_strip_is_all_late_when_due_lay_before_its_start() -> None:
    """Who promises an instant that has gone by is late at once."""
    target = ServiceLevelTarget(metric="commitment")
    made = CommitmentMade(ticket_id=ID, occurred_at=at(1, 9), commitment_id="c", due_at=at(0, 9))
    agreement = attrs.evolve(AGREEMENT, targets=(target,))
    late = evaluate((*BROKEN, made), agreement, as_of=AS_OF)["commitment"]

    assert "counted after the promise was due 303 h" in texts(ledger_svg(late))


def test_strip_tells_the_end_and_the_reason_given() -> None:
    """What people said of a breach stands beside it."""
    told = BreachExplained(
        ticket_id=ID,
        occurred_at=at(5, 9),
        clock="resolution",
        reason="spare_part",
        actor=PersonId("ann"),
    )
    shown = texts(ledger_svg(judged(told), label="T2"))
    cancel = TicketCancelled(ticket_id=ID, occurred_at=at(0, 12), state="cancelled")

    assert shown[-2] == (
        "T2: resolution, goal 8 h working time: breached, stopped Fri 6 Feb 2026 09:00 "
        "(reason given: spare part)"
    )
    assert texts(ledger_svg(judged(cancel)))[-2].endswith(": cancelled Mon 2 Feb 2026 12:00")


def test_legend_cuts_a_line_that_does_not_fit() -> None:
    """Somebody's novel does not leave the picture."""
    svg = ledger_svg(judged(attrs.evolve(excluded(at(0, 12), at(0, 15)), reason="x " * 300)))
    longest = max(texts(svg), key=len)

    assert longest.endswith("…")
    assert len(longest) < 160


def test_strip_has_ticks_at_minutes_when_it_is_short() -> None:
    """Fifty minutes have more than one label."""
    shown = texts(ledger_svg(clock(story(4, resolved_after=timedelta(minutes=50)))))

    assert {"09:10", "09:25", "09:45"} <= set(shown)


def test_strip_names_nobody_as_holder_only_when_holders_are_told() -> None:
    """Of one row a ticket nobody knows who had it before."""
    late = clock(story(2, resolved_after=timedelta(days=4), groups=()))

    assert "held by nobody" in ledger_svg(late)
    untold = ledger_svg(late, is_held_told=False)
    assert "nobody" not in untold
    assert ">not told</text>" in untold
    assert "who held it, the log does not say" in untold
    assert _fitting("lab", "", 200, is_told=False) == "lab"
    assert _holder("lab", "", is_told=False) == "held by lab"
