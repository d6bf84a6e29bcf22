"""A Zendesk export comes in, is judged, and goes out for process mining: no event is lost."""

from __future__ import annotations

import json
import tempfile
from pathlib import Path

from itsm_core import hours
from itsm_core.calendars import ALWAYS
from itsm_core.events import TicketEvent
from itsm_core.ids import AgreementId
from itsm_core.interop import (
    event_schema,
    load_mapping,
    read_log,
    read_ocel,
    read_xes,
    write_events_csv,
    write_ocel,
    write_xes,
)
from itsm_core.sla import ServiceLevelAgreement, ServiceLevelTarget, evaluate

REQUESTER, ANN, BOB, ZENDESK = 501, 500, 502, -1


def audit(number: int, at: str, author: int, *events: dict[str, object]) -> dict[str, object]:
    """Return one update of ticket 35, as the API of Zendesk gives it."""
    return {
        "id": number,
        "ticket_id": 35,
        "created_at": f"2026-01-{at}:00Z",
        "author_id": author,
        "via": {"channel": "email"},
        "events": list(events),
    }


def sets(**fields: object) -> list[dict[str, object]]:
    """Return the events that set fields of a new ticket."""
    return [{"type": "Create", "field_name": name, "value": fields[name]} for name in fields]


def changes(name: str, old: object, new: object) -> dict[str, object]:
    """Return the event that changes a field."""
    return {"type": "Change", "field_name": name, "previous_value": old, "value": new}


def says(author: int) -> dict[str, object]:
    """Return a public comment."""
    return {"type": "Comment", "public": True, "author_id": author}


NEW = sets(subject="=HYPERLINK(1)", status="new", priority="high", requester_id="501")
AUDITS = (
    audit(1, "05T08:00", REQUESTER, says(REQUESTER), *NEW),
    audit(2, "05T08:20", ANN, says(ANN), changes("status", "new", "pending")),
    audit(3, "05T11:00", REQUESTER, says(REQUESTER), changes("status", "pending", "open")),
    audit(4, "05T11:30", ANN, changes("group_id", None, "9002"), changes("assignee_id", 500, 502)),
    audit(5, "05T12:10", BOB, says(BOB), changes("status", "open", "solved")),
    audit(6, "09T12:10", ZENDESK, changes("status", "solved", "closed")),
)

AGREEMENT = ServiceLevelAgreement(
    agreement_id=AgreementId("support"),
    calendar=ALWAYS,
    targets=(
        ServiceLevelTarget(metric="response", goals={"P2": hours(1)}),
        ServiceLevelTarget(
            metric="resolution", goals={"P2": hours(4)}, pause_on={"awaiting_requester"}
        ),
    ),
)


def main() -> None:
    """Do all of it in a folder that goes away again."""
    with tempfile.TemporaryDirectory() as name:
        exchange(Path(name))


def exchange(folder: Path) -> None:
    """Read, judge, write in three forms, read again."""
    export = folder / "audits.json"
    export.write_text(json.dumps({"audits": AUDITS}), encoding="utf-8")
    log = read_log(export, load_mapping("zendesk_audits"))
    ((ticket, history),) = log.histories.items()
    print(f"Ticket {ticket}, {len(history)} events:")
    for event in history:
        print(f"  {event.occurred_at:%a %H:%M}  {type(event).__name__}")

    for clock in evaluate(history, AGREEMENT, as_of=log.last_at):
        print(f"{clock.metric}: {clock.state.value}, {clock.elapsed} counted")

    histories = {ticket: history}
    for name, write in (
        ("desk.ocel.json", write_ocel),
        ("desk.xes", write_xes),
        ("desk.csv", write_events_csv),
    ):
        write(folder / name, histories)
        print(f"{name}: {(folder / name).stat().st_size:,} bytes")
    assert read_ocel(folder / "desk.ocel.json") == read_xes(folder / "desk.xes") == histories
    print("OCEL and XES give the same events again.")

    table = (folder / "desk.csv").read_text("utf-8")
    row = next(line for line in table.splitlines() if "HYPER" in line)
    assert "'=HYPERLINK" in row
    print("The subject that begins like a formula is a text in the spreadsheet.")
    print(f"JSON Schema of events: {len(kinds(history))} of its types happened here.")


def kinds(history: tuple[TicketEvent, ...]) -> set[str]:
    """Return the types of a history that the schema knows: all of them."""
    known = event_schema()["$defs"]
    assert isinstance(known, dict)
    return {type(event).__name__ for event in history} & known.keys()


if __name__ == "__main__":
    main()
