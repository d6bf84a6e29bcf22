"""The summary for a terminal: plain, bounded, and safe to print."""

from __future__ import annotations

import sys
from datetime import timedelta

import pytest

from itsm_core.errors import InvalidValue
from itsm_core.report import build_report, terminal
from tests.unit.report.cases import BROKEN, judged, report, story


def test_terminal_is_plain_ascii_when_titles_are() -> None:
    """A log file, a mail and an old console can hold it."""
    assert terminal(report(BROKEN, story(3, resolved_after=None))).replace("\ufffd", "").isascii()


@pytest.mark.parametrize("width", [40, 60, 96, 200])
def test_terminal_stays_within_its_width(width: int) -> None:
    """No line is longer than asked for."""
    found = build_report(judged(BROKEN, story(3)), findings=[("what " * 9, "3", "note " * 50)])

    assert max(map(len, terminal(found, width=width).splitlines())) <= width


def test_terminal_tells_the_figures_of_the_report() -> None:
    """One of two resolutions was kept."""
    lines = terminal(report(BROKEN, story(3))).splitlines()
    (total,) = [line for line in lines if line.startswith("resolution  all")]

    assert total.split()[2:6] == ["1", "1", "0", "50.0%"]


def test_terminal_puts_data_quality_first() -> None:
    """What is wrong with the data stands before what the data says."""
    found = terminal(build_report(judged(BROKEN), findings=[("zone", "UTC", "assumed")]))

    assert found.lstrip().startswith("Data quality")


@pytest.mark.parametrize("color", [False, True])
def test_terminal_obeys_no_title_when_it_is_hostile(color: bool) -> None:
    """An escape sequence in a title is shown as a replacement character."""
    hostile = story(
        2, title="\x1b[2J\x1b]0;owned\x07 [bold]x[/bold]", resolved_after=timedelta(days=4)
    )
    found = terminal(report(hostile), color=color)

    assert "\x1b[2J" not in found
    assert "\x07" not in found
    assert "[bold]x" in found


def test_terminal_has_colours_when_asked_and_rich_is_there() -> None:
    """The same lines, with escape sequences."""
    pytest.importorskip("rich")

    assert "\x1b[" in terminal(report(BROKEN), color=True)


def test_terminal_is_plain_when_rich_is_missing(monkeypatch: pytest.MonkeyPatch) -> None:
    """Colours are a nicety, never a condition."""
    monkeypatch.setattr("itsm_core.report._terminal.find_spec", lambda _: None)

    assert terminal(report(BROKEN), color=True) == terminal(report(BROKEN))


def test_terminal_is_empty_of_tables_when_there_are_no_promises() -> None:
    """Tickets that nothing was promised for are counted, and that is said."""
    found = terminal(report(story(1, priority="P4")))

    assert "Nothing was promised to any of the 1 ticket" in found
    assert "Promises kept" not in found


def test_terminal_refuses_when_it_is_too_narrow() -> None:
    """Below 40 columns nothing can be read."""
    with pytest.raises(InvalidValue, match="pass width=40 or more"):
        terminal(report(BROKEN), width=39)


def test_report_does_not_load_rich_when_imported() -> None:
    """Rich costs a tenth of a second and is an extra."""
    import subprocess

    code = "import sys, itsm_core.report; sys.exit('rich' in sys.modules)"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_terminal_shows_gaps_below_the_headline() -> None:
    """Tickets that drop out are told with the figures that they would have changed."""
    text = terminal(report(story(1), story(2, priority="Prio1")))

    assert "! 1 ticket has an agreement but no response or resolution promise" in text
    assert text.index("! 1 ticket") < text.index("Promises kept")


def test_terminal_has_no_title_column_when_no_ticket_has_a_title() -> None:
    """A heading over nothing."""
    text = terminal(report(story(1, title="", resolved_after=timedelta(days=4))))

    assert "Worst breaches" in text
    assert "title" not in text


def test_terminal_names_what_is_pressing() -> None:
    """A ticket that nobody has touched since it was opened, two weeks ago; else nothing."""
    found = terminal(report(story(1, resolved_after=None)))

    assert "\nLook here\n---------\n- Who waits: 1 ticket is open, waiting for the owner's" in found
    assert "Look here" not in terminal(report(story(1)))


@pytest.mark.parametrize(("width", "length"), [(96, 20), (79, 19), (70, 10), (64, 0)])
def test_terminal_shortens_the_bars_when_the_line_has_no_room(width: int, length: int) -> None:
    """A bar that is cut would show another share; one of less than five signs shows none."""
    lines = terminal(report(BROKEN, story(3)), width=width).splitlines()
    (total,) = [line for line in lines if line.startswith("resolution  all")]

    assert total.count("#") == length // 2
    assert total.count("#") + total.count(".") - 3 == length
    assert "~" not in total


def test_terminal_says_how_many_breaches_it_shows_when_there_are_more() -> None:
    """Two promises were broken, one is shown."""
    late = judged(BROKEN, story(3, resolved_after=timedelta(days=3)))

    assert "Shown: 1 of 2 broken promises." in terminal(build_report(late, most_worst=1))
    assert "Shown:" not in terminal(build_report(late))


def test_terminal_says_that_repeats_are_unknown_when_the_log_does_not_tell_them() -> None:
    """One row a ticket has no reopening, whatever happened."""
    told = terminal(build_report(judged(story(3)), untold=["history"]))

    assert "Reopened: unknown: the log does not tell it" in told
    assert "Bounced (A to B and back to A): unknown: the log does not tell it" in told
