"""Finding a ticket without its number: by who asks, which service, in which words (D3)."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest

from itsm_core.contacts import Asked, Filed, HistoryShelf, find_tickets
from itsm_core.errors import InvalidValue
from itsm_core.events import AnswerSent, TicketClosed, TicketEvent, TicketOpened, TicketResolved
from itsm_core.ids import PersonId, ServiceId, TicketId

NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)
NOW = NINE + timedelta(days=30)


def ticket(
    number: int, requester: str, service: str, title: str, day: float = 0.0, *, closed: bool = False
) -> list[TicketEvent]:
    """Return the history of a ticket, by the day it was opened."""
    at, key = NINE + timedelta(days=day), TicketId(f"INC-{number}")
    opened = TicketOpened(
        ticket_id=key,
        occurred_at=at,
        requester=PersonId(requester),
        service=ServiceId(service),
        title=title,
        actor=PersonId(requester),
    )
    if not closed:
        return [opened]
    done = at + timedelta(hours=2)
    return [
        opened,
        TicketResolved(ticket_id=key, occurred_at=done, state="resolved", actor=PersonId("ann")),
        TicketClosed(
            ticket_id=key, occurred_at=done + timedelta(days=3), state="closed", automatic=True
        ),
    ]


SHELF = HistoryShelf(
    [
        ticket(1, "rob", "mail", "Mailbox over its limit", 1),
        ticket(2, "rob", "printing", "Printer on floor 3 offline", 2),
        ticket(3, "cho", "mail", "Shared calendar shows no entries", 3),
        ticket(4, "cho", "erp", "Invoice run stops with error 17", 4),
        ticket(5, "eve", "printing", "Printer offline", 5, closed=True),
        ticket(6, "eve", "printing", "Printer offline", 6),
    ]
)


def found(asked: Asked, **more: object) -> list[str]:
    """Return the ids that are found, the likeliest first."""
    return [each.ticket_id for each in find_tickets(asked, SHELF, as_of=NOW, **more)]  # type: ignore[arg-type]


def test_own_ticket_is_first_when_the_requester_asks_in_words() -> None:
    """'It is about the printer': their printer, not the other one's."""
    assert (
        found(Asked(requester=PersonId("rob"), words="the printer is still offline"))[0] == "INC-2"
    )
    assert (
        found(Asked(requester=PersonId("eve"), words="the printer is still offline"))[0] == "INC-6"
    )


def test_ticket_of_another_is_found_when_a_colleague_asks_about_it() -> None:
    """People call for each other: the rare words carry it."""
    assert found(Asked(requester=PersonId("rob"), words="invoice run, error 17"))[0] == "INC-4"


def test_ticket_is_found_when_only_the_service_is_known() -> None:
    """Both of the service, and no other."""
    assert set(found(Asked(service=ServiceId("mail")))) == {"INC-1", "INC-3"}


def test_open_ticket_is_before_the_closed_one_when_all_else_is_equal() -> None:
    """Whoever calls, calls about what is not done."""
    assert found(Asked(words="printer offline", requester=PersonId("eve")))[:2] == [
        "INC-6",
        "INC-5",
    ]


def test_ticket_opened_for_somebody_is_theirs_when_they_ask() -> None:
    """The assistant opened it, the director calls."""
    shelf = HistoryShelf()
    shelf.add(Filed.of(ticket(7, "sam", "mail", "No mail on the phone"), on_behalf_of="dir"))
    (only,) = find_tickets(Asked(requester=PersonId("dir")), shelf, as_of=NOW)
    assert only.ticket_id == "INC-7"
    assert "opened for them" in only.reasons


def test_person_is_the_same_when_spelled_in_another_form() -> None:
    """Composed or not, with a blank behind: one René (law L7)."""
    shelf = HistoryShelf([ticket(8, "rené", "mail", "No mail")])
    asked = Asked(requester=PersonId("rene\u0301 "))
    assert [each.ticket_id for each in find_tickets(asked, shelf, as_of=NOW)] == ["INC-8"]


def test_reasons_say_why_when_a_ticket_is_found() -> None:
    """Requester, words, service, state, last touch; and the date to tell it by."""
    asked = Asked(
        requester=PersonId("rob"), service=ServiceId("mail"), words="LIMIT of the mailbox"
    )
    best = find_tickets(asked, SHELF, as_of=NOW)[0]
    wanted = "their own, says limit, mailbox, about mail, open, touched 29 days ago"
    assert str(best) == f"INC-1 of 2026-01-06, 'Mailbox over its limit': {wanted}"


def test_hint_of_another_search_moves_a_ticket_up() -> None:
    """Linking knows that 'agenda' is a calendar; it adds no ticket by itself."""
    asked = Asked(service=ServiceId("mail"), words="agenda is empty")
    assert found(asked)[0] == "INC-3"
    assert found(asked, likely=[TicketId("INC-1")])[0] == "INC-1"
    assert "INC-2" not in found(asked, likely=[TicketId("INC-2")])


def test_nothing_is_found_when_nothing_is_shared() -> None:
    """Being open and young is no reason."""
    assert found(Asked(words="coffee machine")) == []


def test_future_is_not_found_when_asked_as_of_before() -> None:
    """What is opened tomorrow nobody can mean."""
    asked = Asked(requester=PersonId("rob"))
    early = find_tickets(asked, SHELF, as_of=NINE + timedelta(days=1, hours=1))
    assert [each.ticket_id for each in early] == ["INC-1"]


def test_equal_tickets_are_ordered_by_touch_and_then_by_id() -> None:
    """The order does not depend on the order of filing."""
    one, two = ticket(1, "rob", "mail", "No mail"), ticket(2, "rob", "mail", "No mail")
    for order in ([one, two], [two, one]):
        told = find_tickets(Asked(requester=PersonId("rob")), HistoryShelf(order), as_of=NOW)
        assert [each.ticket_id for each in told] == ["INC-1", "INC-2"]


def test_ticket_is_filed_once_when_it_went_on() -> None:
    """The last state holds, and the old words are forgotten."""
    shelf = HistoryShelf([ticket(1, "rob", "mail", "No mail", closed=False)])
    shelf.add(Filed.of(ticket(1, "rob", "mail", "Mailbox full", closed=True)))
    assert len(shelf) == 1
    assert shelf.count_with("MAILBOX") == 1
    assert shelf.count_with("no") == 0
    assert find_tickets(Asked(words="mail"), shelf, as_of=NOW) == ()
    (only,) = find_tickets(Asked(words="mailbox"), shelf, as_of=NOW)
    assert not only.filed.is_open


def test_last_touch_is_of_a_human_when_a_machine_came_later() -> None:
    """Closing by itself brings nobody back."""
    filed = Filed.of(ticket(5, "eve", "printing", "Printer offline", closed=True))
    assert filed.last_us == filed.opened_us + 2 * 3600 * 1_000_000


def test_answer_counts_as_touch_when_it_is_the_last() -> None:
    """Events may come in any order."""
    told = ticket(9, "rob", "mail", "No mail")
    later = AnswerSent(
        ticket_id=TicketId("INC-9"), occurred_at=NINE + timedelta(days=1), actor=PersonId("ann")
    )
    assert Filed.of([later, *told]).last_us - Filed.of(told).last_us == 86_400_000_000


class Drawer:
    """A shelf of somebody's own, whose search is generous: it names everything it has."""

    def __init__(self, *filed: Filed) -> None:
        self._filed = filed

    def candidates(self, _asked: Asked, /, *, limit: int) -> tuple[Filed, ...]:
        """Return everything, whatever was asked."""
        return self._filed[:limit]

    def count_with(self, _word: str, /) -> int:
        """Return that every word is rare."""
        return 0

    def __len__(self) -> int:
        return len(self._filed)


def test_shelf_of_ones_own_is_asked_and_its_chaff_is_left_out() -> None:
    """What shares nothing is no answer, whoever names it; a ticket may have no service."""
    bare = Filed(ticket_id=TicketId("A"), title="badge reader dark")
    told = find_tickets(
        Asked(words="badge"), Drawer(bare, Filed(ticket_id=TicketId("B"))), as_of=NOW
    )
    assert [each.ticket_id for each in told] == ["A"]
    shelf = HistoryShelf()
    shelf.add(bare)
    assert [each.ticket_id for each in find_tickets(Asked(words="badge"), shelf, as_of=NOW)] == [
        "A"
    ]


def test_limit_cuts_when_more_are_found() -> None:
    """As many as a person reads."""
    assert len(found(Asked(words="printer offline"), limit=2)) == 2


@pytest.mark.parametrize("limit", [0, 1001, True, 2.0])
def test_limit_is_refused_when_it_is_none(limit: object) -> None:
    """One to a thousand."""
    with pytest.raises(InvalidValue, match="ask for 1 to 1000"):
        found(Asked(words="x"), limit=limit)


@pytest.mark.parametrize("fields", [{}, {"words": "  "}, {"words": 5}, {"requester": None}])
def test_question_is_refused_when_nothing_is_known(fields: dict[str, object]) -> None:
    """Ask back, it says."""
    with pytest.raises(InvalidValue):
        Asked(**fields)  # type: ignore[arg-type]
