"""Named things and same titles: what people cannot vary."""

from __future__ import annotations

from datetime import UTC, datetime

import pytest

from itsm_core.ids import TicketId
from itsm_core.linking import TicketText
from itsm_core.linking._names import NamedThings, SameTitles, names_of


def text(name: str, title: str, body: str = "", item: str = "") -> TicketText:
    """Return a text."""
    return TicketText(
        ticket_id=TicketId(name),
        at=datetime(2026, 1, 5, tzinfo=UTC),
        title=title,
        body=body,
        configuration_item_id=item,
    )


@pytest.mark.parametrize(
    ("title", "names"),
    [
        ("Disk full on srv077", {"srv077"}),
        ("JB2652 failed with ORA-01555", {"jb2652", "ora-01555"}),
        ("job WI-EXP01 not finished", {"wi-exp01"}),
        ("error 500 at 10:30, version 2.1.0, x86_64, 3 users", set()),
        ("rob12@mail.example, rob12.miller@srv077.example and ann+ab34@x.org", set()),
        ("ask rob@example.org about srv077.", {"srv077"}),
    ],
)
def test_names_are_found_when_letters_and_digits_make_them(title: str, names: set[str]) -> None:
    """Hosts, jobs and codes; no times, versions or counts, and nobody's mail address."""
    assert names_of(text("A", title)) == names


def test_names_are_looked_for_at_the_beginning_when_the_body_is_long() -> None:
    """A log at the end names everything."""
    assert names_of(text("A", "full", "srv077 " + "x " * 300 + "srv099")) == {"srv077"}


def test_rare_name_says_more_when_two_share_it() -> None:
    """Of 500 tickets half name the proxy, two name the job."""
    known = NamedThings()
    for number in range(500):
        known.observe(text(f"B{number}", "slow via prx001" if number % 2 else "slow"))
    known.observe(text("J", "JB2652 failed on prx001"))
    same, common, none = known.similarities(
        text("A", "rerun of JB2652 via prx001"),
        [TicketId("J"), TicketId("B1"), TicketId("B2")],
    )
    assert none is None
    assert same is not None
    assert common is not None
    assert same > 0.8
    assert common < 0.2


def test_title_is_the_same_when_numbers_and_letter_case_differ() -> None:
    """A monitor puts the share and the time into its alert; another item is another matter."""
    known = SameTitles()
    known.observe(text("A", "Disk /data 97% full at 02:13", item="srv1"))
    asked = text("B", "disk /data 98% full at 04:55", item="srv1")
    assert known.similarities(asked, [TicketId("A"), TicketId("Z")]) == [1.0, None]
    other = text("C", "disk /data 98% full at 04:55", item="srv2")
    assert known.similarities(other, [TicketId("A")]) == [None]


def test_empty_titles_are_not_the_same_when_compared() -> None:
    """Saying nothing twice is no agreement."""
    known = SameTitles()
    known.observe(text("A", ""))
    assert known.similarities(text("B", ""), [TicketId("A")]) == [None]


def test_names_and_titles_are_bounded_when_a_title_is_huge() -> None:
    """Ten megabytes of title are remembered as its beginning."""
    titles = SameTitles()
    titles.observe(text("A", "disk full " * 1_000_000 + "srv077"))
    (told, _) = titles._told[TicketId("A")]
    assert len(told) <= 500
    assert names_of(text("B", "disk full " * 1_000_000 + "srv077")) == frozenset()


def test_title_is_the_same_when_the_forms_of_its_letters_differ() -> None:
    """Composed or not, with a soft hyphen or without."""
    titles = SameTitles()
    titles.observe(text("A", "Café-Druck\u00adauftrag hängt"))
    asked = text("B", "Cafe\u0301-Druckauftrag hängt")
    assert titles.similarities(asked, [TicketId("A")]) == [1.0]
