"""Known errors and articles for a symptom (law K2)."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from itsm_core.errors import AlreadyExists, InvalidValue, NotFound
from itsm_core.ids import TicketId
from itsm_core.linking import KnowledgeBase
from tests.unit.linking.texts import text

KE1, KE2 = TicketId("KE-1"), TicketId("KE-2")
ASKED = text("INC-9", "export job stuck", days=2_000)


def base() -> KnowledgeBase:
    """Return a base with a known error about payroll and an article about the vpn."""
    found = KnowledgeBase()
    found.add(text(KE1, "payroll timeout", kind="known_error", body="restart the batch"))
    found.add(text(KE2, "vpn token rejected", kind="article"))
    return found


def names(found: KnowledgeBase, *words: str) -> list[str]:
    """Return the ids of the entries that fit."""
    asked = text("INC-9", " ".join(words), days=2_000)
    return [each.suggestion.ticket_id for each in found.match(asked)]


def test_entry_is_found_by_its_symptom() -> None:
    """Its title, as people report it."""
    assert names(base(), "vpn", "token", "rejected") == [KE2]


def test_entry_is_found_by_the_words_of_linked_incidents() -> None:
    """People call it otherwise than the author did."""
    found = base()
    assert found.match(ASKED) == ()
    found.link(KE1, text("INC-1", "export job stuck again"))
    assert [each.suggestion.ticket_id for each in found.match(ASKED)] == [KE1]


def test_unlinked_incident_takes_its_words_back() -> None:
    """A wrong link leaves no trace."""
    found = base()
    found.link(KE1, text("INC-1", "export job stuck again"))
    found.unlink(KE1, TicketId("INC-1"))
    assert found.match(ASKED) == ()


def test_entry_does_not_age() -> None:
    """Five years later it fits as well as on the first day."""
    found = base()
    young, old = (found.match(text("Q", "vpn token", days=days)) for days in (0.0, 2_000.0))
    assert young[0].suggestion.log_odds == pytest.approx(old[0].suggestion.log_odds)


def test_use_and_success_are_counted_and_move_no_order() -> None:
    """They say how it went for others."""
    found = base()
    before = found.match(text("Q", "vpn token"))[0]
    for helped in (True, True, False):
        found.count_use(KE2, helped=helped)
    after = found.match(text("Q", "vpn token"))[0]
    assert (before.used, before.helped, after.used, after.helped) == (0, 0, 3, 2)
    assert after.suggestion == before.suggestion


def test_revised_entry_keeps_its_incidents_and_counts() -> None:
    """Its own words change, what was learned stays."""
    found = base()
    found.link(KE1, text("INC-1", "export job stuck again"))
    found.count_use(KE1, helped=True)
    found.revise(text(KE1, "salary run stops", kind="known_error"))
    assert names(found, "salary") == [KE1]
    assert names(found, "payroll") == []
    assert [(e.suggestion.ticket_id, e.used) for e in found.match(ASKED)] == [(KE1, 1)]


def test_withdrawn_entry_is_offered_no_more() -> None:
    """And can be added anew, with nothing counted."""
    found = base()
    found.count_use(KE2, helped=True)
    found.withdraw(KE2)
    assert (names(found, "vpn"), len(found)) == ([], 1)
    found.add(text(KE2, "vpn token rejected", kind="article"))
    assert found.match(text("Q", "vpn"))[0].used == 0


def test_only_the_newest_incidents_lend_their_words() -> None:
    """Twenty of them: the oldest word is gone with the twenty-first."""
    found = base()
    for n in range(21):
        found.link(KE1, text(f"INC-{n}", "oldest" if n == 0 else "newer", days=n))
    assert names(found, "oldest") == []
    assert names(found, "newer") == [KE1]


def test_base_refuses_what_answers_nothing() -> None:
    """An incident is no answer, an article lends no words."""
    found = base()
    with pytest.raises(InvalidValue, match="answers no incident"):
        found.add(text("INC-1", "mail"))
    with pytest.raises(InvalidValue, match="answers no incident"):
        found.revise(text(KE1, "mail"))
    with pytest.raises(InvalidValue, match="only incidents"):
        found.link(KE1, text("KE-3", "mail", kind="article"))


def test_base_refuses_an_entry_twice() -> None:
    """`revise` says that it replaces."""
    with pytest.raises(AlreadyExists, match="KE-1"):
        base().add(text(KE1, "mail", kind="article"))


def test_base_refuses_entries_that_are_not_there() -> None:
    """Each question about one names it."""
    found = base()
    unknown = TicketId("KE-9")
    asks: tuple[Callable[[], None], ...] = (
        lambda: found.withdraw(unknown),
        lambda: found.link(unknown, text("INC-1", "mail")),
        lambda: found.unlink(unknown, TicketId("INC-1")),
        lambda: found.count_use(unknown, helped=True),
        lambda: found.revise(text(unknown, "mail", kind="article")),
    )
    for ask in asks:
        with pytest.raises(NotFound, match="KE-9"):
            ask()
    with pytest.raises(NotFound, match="INC-1"):
        found.unlink(KE1, TicketId("INC-1"))
