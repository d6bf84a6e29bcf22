"""Pages of candidates: self-contained, harmless, private, the same each time."""

from __future__ import annotations

from html.parser import HTMLParser

import attrs

from itsm_core.linking import Dependency, ItemGraph, find_candidates, impact_of
from itsm_core.report import (
    html,
    problem_html,
    problem_markdown,
    problems_text,
)
from itsm_core.report._problem_pages import problems_section
from tests.unit.linking.desk import AS_OF, background
from tests.unit.report.cases import report, story
from tests.unit.report.problem import PLAIN, RULES, candidate

HOSTILE = '<script>alert("x")</script>|`*_'


class _Tags(HTMLParser):
    """Collect tags and the open ones, so that a page can be asked whether it closes them."""

    def __init__(self) -> None:
        super().__init__()
        self.seen: list[str] = []
        self.open: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        self.seen.append(tag)
        if tag not in {"meta", "path", "circle", "rect", "br"}:
            self.open.append(tag)
        for name, value in attrs:
            assert not name.startswith("on")
            assert name != "src", value

    def handle_endtag(self, tag: str) -> None:
        if tag not in {"path", "circle", "rect"}:
            assert self.open.pop() == tag


def parsed(page: str) -> _Tags:
    """Return the tags of a page that closes what it opens."""
    tags = _Tags()
    tags.feed(page)
    assert tags.open == []
    return tags


def test_page_needs_nothing_but_itself_when_opened() -> None:
    """No script, no address, a policy that forbids all loading, a picture inside."""
    page = problem_html(candidate(), RULES)
    tags = parsed(page).seen
    assert "script" not in tags
    assert "svg" in tags
    assert "http://" not in page
    assert "https://" not in page
    assert "default-src 'none'" in page
    assert 'lang="en"' in page
    assert "prefers-color-scheme:dark" in page


def test_page_tells_the_story_when_read() -> None:
    """How often, who, what it costs, what was changed, what to decide."""
    page = problem_html(candidate(), RULES)
    for words in (
        "12 times since 8 Jan 2026, Thursdays about 02:10",
        "Why nobody noticed",
        "3,600 EUR",
        "CHG-2 (same item)",
        "To decide",
        "What this page does not say",
    ):
        assert words in page


def test_page_says_who_saw_it_when_it_was_not_hidden() -> None:
    """One person had all of it: nobody can say that nobody noticed."""
    page = problem_html(candidate(person="ann"), RULES)
    assert "Who saw it" in page
    assert "Why nobody noticed" not in page


def test_impact_is_on_the_page_when_it_was_asked() -> None:
    """None leaves it out; nothing found is said."""
    graph = ItemGraph([Dependency(item="hall 2", any_of=("JOB-1",))])
    told = problem_html(candidate(), RULES, impacted=impact_of(graph, {"JOB-1"}))
    assert "With it stop: hall 2." in told
    assert "Nothing else is known" in problem_html(candidate(), RULES, impacted=())
    assert "What stops with it" not in problem_html(candidate(), RULES)
    assert "With it stop: hall 2." in problem_markdown(
        candidate(), RULES, impacted=impact_of(graph, {"JOB-1"})
    )


def test_page_is_harmless_when_ids_are_hostile() -> None:
    """Items, people and tickets are text from outside."""
    page = problem_html(candidate(item=HOSTILE, person=HOSTILE), RULES)
    assert "<script>" not in page
    parsed(page)
    text = problem_markdown(candidate(item=HOSTILE, person=HOSTILE), RULES)
    assert "<script>" not in text
    assert "\\<script\\>" in text
    assert "\\|\\`\\*\\_" in text


def test_markdown_has_a_row_an_occurrence_when_written() -> None:
    """Seven columns, twelve rows and a head."""
    rows = [line for line in problem_markdown(candidate(), RULES).splitlines() if line[:1] == "|"]
    assert len(rows) == 2 + 12
    assert {line.count("|") for line in rows} == {8}


def test_page_is_the_same_when_made_again() -> None:
    """Nothing depends on the clock."""
    assert problem_html(candidate(), RULES) == problem_html(candidate(), RULES)
    assert problem_markdown(candidate(PLAIN), PLAIN) == problem_markdown(candidate(PLAIN), PLAIN)


def test_long_list_is_cut_when_there_are_hundreds() -> None:
    """The page stays readable and says how many are missing."""
    found = candidate()
    many = attrs.evolve(found, occurrences=found.occurrences * 20, chances=found.chances * 20)
    assert "40 more are not shown." in problem_html(many, RULES)
    assert "40 more are not shown." in problem_markdown(many, RULES)


def test_section_tells_the_first_five_when_there_are_more() -> None:
    """Part of the page of a desk, with the picture and the price."""
    section = problems_section([candidate()] * 7, RULES)
    assert section.count("<svg") == 5
    assert "2 more are not shown." in section
    parsed(section)
    assert "<article" not in problems_section([], RULES)


def test_desk_page_has_the_section_when_candidates_are_given() -> None:
    """And nothing of it otherwise."""
    found = attrs.evolve(report(story(1)), problems=(candidate(),), rules=RULES)
    assert 'id="problems"' in html(found)
    assert 'id="problems"' not in html(report(story(1)))


def test_text_is_two_lines_a_candidate_when_printed() -> None:
    """The dearest first; none is said, too."""
    lines = problems_text([candidate()], RULES).splitlines()
    assert lines[0] == "1 problem candidate, the dearest first"
    assert lines[1] == "  1. JOB-1 · export (F00)"
    assert "14,897 EUR a year" in lines[2]
    assert problems_text([], RULES) == "No failure recurs more often than chance explains."


def test_section_has_a_table_behind_each_timeline() -> None:
    """What the dots show can be read: twelve rows, seven columns; of many the first hundred."""
    found = candidate()
    section = problems_section([found], RULES)
    many = attrs.evolve(found, occurrences=found.occurrences * 10, chances=found.chances * 10)

    assert section.count('<th scope="row">') == 12
    assert section.count('<th scope="col">') == 7
    assert "20 more are not shown." in problems_section([many], RULES)


def test_problem_page_tells_no_price_when_no_work_was_recorded() -> None:
    """A price of nothing would be read as "it costs nothing"."""
    idle = [attrs.evolve(each, worked_us=0) for each in candidate().occurrences]
    (found,) = find_candidates([*background(), *idle], as_of=AS_OF, rules=RULES)

    for page in (problem_html(found, RULES), problem_markdown(found, RULES)):
        assert "no price yet: nobody wrote down when work on it began" in page
        assert "spent so far" not in page
        assert "0 EUR" not in page.replace("100.00 EUR", "")
