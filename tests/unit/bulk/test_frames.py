"""Tables of events are read strictly: what is missing, unknown or apart is named."""

from __future__ import annotations

from typing import cast

import numpy as np
import pyarrow as pa
import pytest

from itsm_core.bulk._frames import ArrowTable, frame_of, table_of, whole_tickets
from itsm_core.errors import InvalidValue
from itsm_core.events import PriorityChanged, TicketOpened, TicketPutOnHold
from itsm_core.ids import TicketId

WHEN = pa.timestamp("us", "UTC")


def columns(**changed: object) -> dict[str, object]:
    """Return two events of one ticket, with columns changed or added."""
    given: dict[str, object] = {
        "ticket_id": pa.array([7, 7]),
        "occurred_at": pa.array([0, 1], WHEN),
        "kind": pa.array(["TicketOpened", "TicketPutOnHold"]),
    }
    return {**given, **changed}


def made(given: dict[str, object]) -> ArrowTable:
    """Return a table of Arrow."""
    return cast("ArrowTable", pa.table(given))


def test_rows_are_events_when_asked_for() -> None:
    """Texts that are missing or empty are left to the class; a state is made up for moves."""
    given = columns(
        priority=pa.array(["P1", ""]),
        reason=pa.array([None, "awaiting_requester"]).dictionary_encode(),
        automatic=pa.array([None, True]),
    )
    frame = frame_of(table_of(made(given)), 10)
    (name,) = frame.names(np.array([0]))
    assert frame.events(0, name) == [
        TicketOpened(ticket_id=TicketId("7"), occurred_at=0, priority="P1", state="TicketOpened"),
        TicketPutOnHold(
            ticket_id=TicketId("7"),
            occurred_at=1,
            state="TicketPutOnHold",
            reason="awaiting_requester",
            automatic=True,
        ),
    ]


def test_text_is_missing_when_the_word_that_a_row_names_is_null() -> None:
    """Of several chunks, each with words of its own."""
    words = pa.chunked_array(
        [
            pa.DictionaryArray.from_arrays(pa.array([1]), pa.array(["P1", None])),
            pa.DictionaryArray.from_arrays(pa.array([0]), pa.array(["P2", "P1"])),
        ]
    )
    frame = frame_of(table_of(made(columns(priority=words, kind=["TicketOpened"] * 2))), 10)
    (name,) = frame.names(np.array([0]))
    told = [event.priority for event in frame.events(0, name) if isinstance(event, TicketOpened)]
    assert told == ["", "P2"]


def test_events_of_one_instant_are_in_their_order_when_told_the_wrong_way_round() -> None:
    """The opening comes first, as among events (law S14); what comes after `as_of` is left out."""
    given = columns(
        occurred_at=pa.array([5, 5, 4, 99], WHEN),
        ticket_id=pa.array(["a", "a", "a", "a"]),
        kind=pa.array(["PriorityChanged", "TicketOpened", "TicketClosed", "TicketClosed"]),
    )
    frame = frame_of(table_of(made(given)), 10)
    assert frame.told.tolist() == [2, 1, 0]
    assert frame.unclear.tolist() == []
    assert frame.events(0, TicketId("a"))[2] == PriorityChanged(
        ticket_id=TicketId("a"), occurred_at=5, priority=""
    )


@pytest.mark.parametrize(
    ("changed", "says"),
    [
        ({"kind": pa.array(["TicketOpened", "TicketLinked"])}, "kinds of events.*TicketLinked"),
        ({"kind": pa.array(["TicketOpened", None])}, "kinds of events.*missing"),
        ({"kind": pa.array([1, 2])}, "kind is no column of texts"),
        ({"occurred_at": pa.array([0, None], WHEN)}, "without an instant.*row 1"),
        ({"automatic": pa.array([0, 1])}, "automatic is no column of truth values"),
        ({"recorded_at": pa.array([0, 1], WHEN)}, "not read.*recorded_at"),
        ({"ticket_id": pa.array([1.5, 2.5])}, "ticket_id is no column of texts"),
    ],
)
def test_a_wrong_column_is_named_when_a_table_is_read(
    changed: dict[str, object], says: str
) -> None:
    """Kinds that rows cannot tell, missing values, types, columns that nobody reads."""
    with pytest.raises(InvalidValue, match=says):
        frame_of(table_of(made(columns(**changed))), 10)


BIG = 2**53


@pytest.mark.parametrize(
    "ids",
    [
        pa.array([BIG, BIG + 1, None, BIG + 1]),
        pa.array(["", "b", None, "b"]),
        pa.array(["", "b", None, "b"]).dictionary_encode(),
    ],
)
def test_a_row_is_named_when_it_has_no_ticket(ids: object) -> None:
    """A missing number would make floats of all, and one ticket of two; a text, a ticket ''."""
    given = cast("pa.Table", made(four(ids)))
    says = "an event without a ticket.*row 2.*leave the event out or give it its ticket"
    with pytest.raises(InvalidValue, match=says):
        frame_of(table_of(cast("ArrowTable", given)), 10)
    cut = [table_of(cast("ArrowTable", given.slice(place, 1))) for place in range(4)]
    with pytest.raises(InvalidValue, match=r"an event without a ticket.*row 0"):
        list(whole_tickets(iter(cut)))


def four(ids: object) -> dict[str, object]:
    """Return four openings of tickets."""
    return columns(
        ticket_id=ids,
        occurred_at=pa.array([0, 1, 2, 3], WHEN),
        kind=pa.array(["TicketOpened"] * 4),
    )


def test_tickets_keep_all_digits_when_floats_would_not() -> None:
    """Numbers from 2**53 on, of which floats know only the even ones."""
    given = four(pa.array([BIG, BIG + 1, BIG + 1, BIG + 2]))
    frame = frame_of(table_of(made(given)), 10)
    assert frame.names(np.arange(3)) == ["9007199254740992", "9007199254740993", "9007199254740994"]
    assert frame.first.tolist() == [0, 1, 3, 4]


def test_rows_that_are_apart_are_refused_when_of_one_ticket() -> None:
    """A ticket in two places would be two tickets."""
    given = columns(
        ticket_id=pa.array([1, 2, 1]),
        occurred_at=pa.array([0, 1, 2], WHEN),
        kind=pa.array(["TicketOpened"] * 3),
    )
    with pytest.raises(InvalidValue, match="not together"):
        frame_of(table_of(made(given)), 10)


def test_what_is_no_table_is_refused_by_name() -> None:
    """And so is a table without the columns that it must have."""
    with pytest.raises(InvalidValue, match="no table of events"):
        table_of([])
    with pytest.raises(InvalidValue, match=r"lacks a column.*kind"):
        table_of(pa.table({"ticket_id": [1], "occurred_at": [1]}))
