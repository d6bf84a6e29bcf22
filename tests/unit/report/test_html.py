"""The page stands alone, hides nothing, and cannot be broken from outside."""

from __future__ import annotations

import re
from datetime import timedelta
from html.parser import HTMLParser

import attrs
import pytest

from itsm_core.linking import ProblemCandidate
from itsm_core.report import Finding, answers, build_report, html
from itsm_core.report.judged import judge_log
from itsm_core.simulation import simulate
from tests.unit.report.cases import AS_OF, BROKEN, MONDAY, OneAgreement, judged, report, story
from tests.unit.report.monday import (
    MEDIAN,
    SAME,
    bypass,
    monday,
    weeks,
    with_findings,
    with_weeks,
)
from tests.unit.report.problem import RULES, candidate


class Outline(HTMLParser):
    """Collect tags and attributes, and check that elements close in order."""

    def __init__(self) -> None:
        """Start outside of everything."""
        super().__init__()
        self.open: list[str] = []
        self.tags: list[str] = []
        self.attributes: list[tuple[str, str]] = []
        self.faults: list[str] = []

    def handle_starttag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note the tag."""
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]
        if tag not in {"meta", "br"}:
            self.open.append(tag)

    def handle_startendtag(self, tag: str, attrs: list[tuple[str, str | None]]) -> None:
        """Note a tag that closes itself."""
        self.tags.append(tag)
        self.attributes += [(name, value or "") for name, value in attrs]

    def handle_endtag(self, tag: str) -> None:
        """Note a fault when the tag is not the innermost one."""
        if not self.open or self.open.pop() != tag:
            self.faults.append(tag)


def outline(page: str) -> Outline:
    """Return the parsed page."""
    parser = Outline()
    parser.feed(page)
    parser.close()
    return parser


@pytest.fixture(scope="module")
def page() -> str:
    """Return the page of a small desk with everything in it."""
    log = judged(
        BROKEN,
        story(3, hold=True, resolved_after=timedelta(days=9), groups=("a", "b", "a")),
        story(4, resolved_after=None),
        story(5, priority="P4"),
    )
    return html(build_report(log, findings=[("missing <dates>", "3 rows", "left & empty")]))


def test_page_is_well_formed_when_parsed(page: str) -> None:
    """Every element closes where it should."""
    parsed = outline(page)

    assert parsed.faults == []
    assert parsed.open == []


def test_page_loads_nothing_when_opened(page: str) -> None:
    """No script, no image, no address; links lead to places on the page alone."""
    parsed = outline(page)

    assert not {"script", "link", "img", "iframe", "object", "image", "use"} & set(parsed.tags)
    assert not {"src", "xlink:href"} & {name for name, _ in parsed.attributes}
    assert {value[:1] for name, value in parsed.attributes if name == "href"} == {"#"}
    assert not re.search(r"url\(|@import|@font-face", page)
    assert ("content", "default-src 'none';style-src 'unsafe-inline'") in parsed.attributes
    assert set(re.findall(r"https?://[^\"'<> ]+", page)) <= {"http://www.w3.org/2000/svg"}


def test_page_has_its_sections_in_order(page: str) -> None:
    """Data quality comes before the verdicts, the small print last."""
    sections = re.findall(r'<section id="([a-z]+)"', page)

    assert sections == [
        *("quality", "promises", "control", "worst", "waiting", "repeats", "notes"),
    ]


def test_page_has_every_section_when_everything_was_looked_for() -> None:
    """What goes past the desk, what keeps coming back, what a dashboard would show."""
    sections = re.findall(r'<section id="([a-z]+)"', html(monday()))

    assert sections == [
        *("quality", "promises", "control", "worst", "waiting", "bypass"),
        *("problems", "figures", "repeats", "notes"),
    ]


def test_page_links_each_answer_to_its_section() -> None:
    """In the order of the page; what is pressing is marked in words."""
    made = html(monday())
    links = re.findall(r'<li><a href="#([a-z]+)">', made)

    assert links == re.findall(r'<section id="([a-z]+)"', made)[1:-1]
    assert made.count(">Look here</b>") == sum(each.is_pressing for each in answers(monday()))


def test_page_names_every_picture_when_read_aloud(page: str) -> None:
    """Each SVG is an image with a title."""
    pictures = re.findall(r"<svg .*?</svg>", page, re.DOTALL)

    assert len(pictures) > 5
    assert all('role="img"' in each and "<title>" in each for each in pictures)


def test_page_has_a_table_behind_each_chart(page: str) -> None:
    """Promises, the charts, what tickets wait for and their age can be read as figures."""
    charts = page.count("<figure>")

    assert charts == 4
    assert page.count("The figures as a table") == charts + 4


@pytest.mark.parametrize(
    "hostile",
    [
        "<script>alert(1)</script>",
        '"><img src=x onerror=alert(1)>',
        "</title></svg></pre></body>",
        "&lt;&#x3c;",
        "\x00\x1b]0;owned\x07\u202e",
        "<!--",
        "]]>",
    ],
)
def test_page_is_harmless_when_every_text_is_hostile(hostile: str) -> None:
    """Title, group, agreement and findings are data, never markup."""
    log = judged(story(2, title=hostile, groups=(hostile,), resolved_after=timedelta(days=4)))
    found = html(build_report(log, title=hostile, findings=[(hostile, hostile, hostile)]))
    found += html(monday(hostile))
    parsed = outline(found)

    assert parsed.faults == []
    assert parsed.open == []
    assert not {"script", "img"} & set(parsed.tags)
    assert not any(name.startswith("on") for name, _ in parsed.attributes)
    assert not {"\x00", "\x1b", "\u202e", "\x07"} & set(found)


def test_page_says_so_when_nothing_was_broken() -> None:
    """A clean desk is told that it is one."""
    found = html(report(story(1)))

    assert found.count("None: no promise was broken.") == 2
    assert found.count("Not one was broken.") == 2


def test_page_is_complete_when_there_are_no_tickets() -> None:
    """An empty log is a page, not a failure."""
    nothing = judge_log({}, OneAgreement(), AS_OF)

    assert "There are no tickets in this log." in html(build_report(nothing))


def test_page_warns_of_what_is_undecided_when_tickets_are_open(page: str) -> None:
    """Open tickets are censored, not ignored (law M2)."""
    assert "1 ticket is still open. How long they will take is unknown" in page


def test_page_is_the_same_when_made_twice() -> None:
    """Nothing of the moment or the machine is in it."""
    assert html(report(BROKEN)) == html(report(BROKEN))


def test_page_is_below_a_megabyte_when_the_desk_has_2000_tickets() -> None:
    """The demo's page can be sent by mail."""
    desk = simulate(seed=3)
    log = judge_log(desk.histories, OneAgreement(), desk.as_of)

    assert len(html(build_report(log, zone="Europe/Berlin")).encode()) < 300_000


def test_page_folds_checks_that_found_nothing() -> None:
    """What is zero is there for those who ask, and out of the way of those who read."""
    found = (
        Finding(what="time zone", how_much="UTC", note="named"),
        Finding(what="late start", how_much="0 tickets", note="dated by that row"),
        Finding(what="equal timestamps", how_much="0 rows (0.0%)"),
    )
    page = html(attrs.evolve(report(story(1)), findings=found))
    shown, _, folded = page.partition("2 more checks found nothing")

    assert "time zone" in shown
    assert "late start" not in shown
    assert "late start" in folded


def test_page_has_no_empty_titles_when_the_log_has_none() -> None:
    """Ten times "no title" says nothing."""
    page = html(report(story(1, title="", resolved_after=timedelta(days=4))))

    assert "<h3>T1</h3>" in page
    assert "no title" not in page


def test_page_shows_gaps_beside_the_result() -> None:
    """Tickets without a promise stand before the first figure."""
    page = html(report(story(1), story(2, priority="Prio1")))

    assert page.index("no goal for &#x27;Prio1&#x27;") < page.index("promises kept")


def test_page_says_that_nothing_was_promised_when_so() -> None:
    """Neither an empty table nor praise for breaking nothing."""
    page = html(report(story(1, priority="Prio1")))

    assert page.count("Nothing was promised to any of the 1 ticket") == 3
    assert "None: nothing was promised." in page


def test_page_names_the_zone_of_weeks_and_of_strips() -> None:
    """One page may show two zones, if each is named."""
    page = html(attrs.evolve(report(BROKEN), zone="Europe/Berlin"))

    assert "00:00 in Europe/Berlin" in page
    assert "In words, in the time of UTC" in page
    assert "times in UTC" in page


def crowded() -> ProblemCandidate:
    """Return a candidate with thousands of occurrences."""
    found = candidate()
    return attrs.evolve(found, occurrences=found.occurrences * 300, chances=found.chances * 300)


def test_page_is_below_a_megabyte_whatever_comes() -> None:
    """Breaches of a decade each, thousands of findings, promises, weeks and occurrences."""
    histories = [
        story(
            n,
            opened=MONDAY - timedelta(days=4_000 + n),
            groups=[f"group-{'x' * 100}-{g}" for g in range(300)],
            resolved_after=timedelta(days=4_000),
        )
        for n in range(3)
    ]
    made = build_report(judged(*histories), most_worst=100)
    promise = made.promises[0]
    huge = attrs.evolve(
        made,
        worst=made.worst * 50,
        findings=(Finding(what="w" * 500, how_much="1" * 500, note="n" * 500),) * 3_000,
        promises=tuple(attrs.evolve(promise, priority=f"p{n}" * 50) for n in range(3_000)),
        problems=(crowded(),) * 9,
        rules=RULES,
        bypass=bypass(past=2_000, of=3_000),
        figures=(MEDIAN, SAME) * 300,
        untouched=made.untouched * 300,
    )
    page = html(with_weeks(huge, weeks([(19, 1), (2, 18)] * 200)))
    assert len(page.encode()) < 1_000_000
    assert "2,900 more are not shown" in page
    assert "are not drawn: the page would be too large" in page


def test_page_shows_three_findings_and_folds_the_others() -> None:
    """The verdicts are in sight; what was found is one click away."""
    page = html(with_findings(report(story(1)), 5))
    shown, _, folded = page.partition("2 more findings")

    assert "finding 2" in shown
    assert "finding 3" not in shown
    assert "finding 4" in folded


def test_page_says_so_when_every_check_found_nothing() -> None:
    """Then nothing is shown, and all of it is folded."""
    found = attrs.evolve(report(story(1)), findings=(Finding(what="gaps", how_much="0 rows"),))

    assert "<p>Every check found nothing.</p>" in html(found)


def test_page_begins_with_the_last_week_when_there_is_one() -> None:
    """Four of twenty, beside what is usual."""
    page = html(with_weeks(report(story(1)), weeks([*([(19, 1), (18, 2)] * 5), (4, 16)])))

    assert "<b>20.0%</b> of response promises kept in the week of 13 Apr 2026" in page
    assert "20 were decided; 85.9% on average; from 55.3% to 100% may be chance." in page


def test_page_tells_a_single_decision_in_the_singular() -> None:
    """Small desks have such weeks."""
    page = html(with_weeks(report(story(1)), weeks([*([(19, 1), (18, 2)] * 5), (1, 0)])))

    assert "1 was decided; " in page


def test_page_begins_with_the_whole_log_when_no_week_is_whole() -> None:
    """Its share with the interval: one of one is from 20.7 to 100 percent."""
    page = html(with_weeks(report(story(1)), ()))

    assert "<b>100%</b> of response promises kept<" in page
    assert "1 kept, 0 broken<br>95% interval 20.7% to 100%" in page


def test_page_has_a_dash_when_nothing_is_decided() -> None:
    """Not 100 %."""
    plain = with_weeks(report(story(1)), ())
    open_one = tuple(attrs.evolve(each, kept=0, undecided=1) for each in plain.promises)

    assert "<b>–</b> of response promises kept" in html(attrs.evolve(plain, promises=open_one))
    assert "nothing decided yet" in html(attrs.evolve(plain, promises=open_one))
