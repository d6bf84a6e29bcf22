"""The sections about the desk itself: what goes past it, and two numbers side by side."""

from __future__ import annotations

import attrs

from itsm_core.report._desk_sections import bypass_section, figures_section
from tests.unit.report.cases import report, story
from tests.unit.report.monday import MEDIAN, SAME, bypass


def test_bypass_shows_ways_and_places() -> None:
    """A bar a way, a row a place."""
    page = bypass_section(attrs.evolve(report(story(1)), bypass=bypass(past=10, of=100)), "t", "a")

    assert "<div>came by a channel that is not official</div>" in page
    assert '<th scope="row">team network</th><td data-name="Went past the desk">10 of 10' in page
    assert "<td>stands out</td>" in page
    assert "eve" not in page


def test_bypass_has_no_more_than_its_answer_when_there_was_none() -> None:
    """No table of zeros; also where nobody has looked."""
    plain = report(story(1))
    none = attrs.evolve(plain, bypass=bypass(past=0))

    assert "<table" not in bypass_section(none, "t", "None.")
    assert "<table" not in bypass_section(plain, "t", "")


def test_figures_that_differ_stand_first() -> None:
    """The others are folded, and counted."""
    found = attrs.evolve(report(story(1)), figures=(SAME, MEDIAN))
    shown, _, hidden = figures_section(found, "t", "a").partition("<details>")

    assert '<td data-name="A dashboard shows">6.5 h</td>' in shown
    assert '<b>47.1 h</b><span class="soft small below">40.0 h to 50.0 h</span>' in shown
    assert "1 more figure where both agree but for chance" in hidden
    assert "1.2 h" in hidden


def test_figures_have_no_fold_when_all_differ() -> None:
    """And no table when none does."""
    plain = report(story(1))

    assert "<details>" not in figures_section(attrs.evolve(plain, figures=(MEDIAN,)), "t", "a")
    same = figures_section(attrs.evolve(plain, figures=(SAME,)), "t", "a")
    assert same.index("<details>") < same.index("<table")
