"""A ticket comes in: what is like it, why, what is known about it, and what the desk taught."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

from itsm_core.ids import PersonId, TicketId
from itsm_core.linking import (
    RECURRENCE,
    Agreement,
    IncidentGrouper,
    KnowledgeBase,
    Linker,
    TicketIndex,
    TicketText,
)

MONDAY = datetime(2026, 1, 5, 2, 10, tzinfo=UTC)
ANN = PersonId("ann")

STORY = (
    (0, "INC-101", "Payroll export stuck", "PayrollExportJob timed out, restarted it", "APP-7"),
    (1, "INC-102", "Printer on floor 3 jams", "paper jam, third time", "PRN-3"),
    (8, "INC-103", "payroll job hangs", "export job timed out again at 02:05, restarted", "APP-7"),
    (9, "INC-104", "VPN drops every hour", "since the update the client disconnects", "VPN-1"),
    (14, "INC-105", "No salary file this morning", "PayrollExportJob: ORA-01555", "APP-7"),
    (15, "INC-106", "Printer on floor 2 jams", "paper jam", "PRN-2"),
)


def told(day: int, ticket_id: str, title: str, body: str, item: str) -> TicketText:
    """Return a ticket as linking reads it."""
    return TicketText(
        ticket_id=TicketId(ticket_id),
        at=MONDAY + timedelta(days=day),
        title=title,
        body=body,
        configuration_item_id=item,
    )


def main() -> None:
    """Tell the story: suggestions with evidence, groups, a person's word, a known error."""
    index = TicketIndex()
    linker = Linker(
        index,
        task=RECURRENCE,
        agreements=[Agreement(field="configuration_item_id", agreement_ratio=0.8)],
        related=lambda one, other: 1.0 if {one, other} == {"PRN-2", "PRN-3"} else None,
    )
    grouper = IncidentGrouper(linker, threshold=0.3)
    for row in STORY:
        text = told(*row)
        for each in linker.similar(text, limit=1, least=0.3):
            print(f"{text.ticket_id} {text.title!r} is like")
            print(each.explain())
        grouper.observe(text)

    for group in grouper.groups:
        print(f"group {group.group_id}: {', '.join(group.members)}")
    events = grouper.judge(
        TicketId("INC-105"), TicketId("INC-101"), "same", by=ANN, at=MONDAY + timedelta(days=16)
    )
    print(f"ann: the same: {', '.join(type(event).__name__ for event in events)}")
    print(f"group {grouper.group_of(TicketId('INC-105'))!s:.40}...")

    base = KnowledgeBase()
    entry = TicketText(
        ticket_id=TicketId("KE-1"),
        at=MONDAY + timedelta(days=17),
        kind="known_error",
        title="Payroll export times out",
        body="Snapshot too old: run it before the backup.",
    )
    base.add(entry)
    for row in STORY:
        if row[1] in grouper.group_of(TicketId("INC-101")).members:
            base.link(entry.ticket_id, told(*row))
    base.count_use(entry.ticket_id, helped=True)
    asked = told(200, "INC-300", "salary file is missing", "ORA-01555 in the log", "APP-7")
    for match in base.match(asked):
        words = ", ".join(match.suggestion.terms[:4])
        print(f"{asked.ticket_id}: {match.suggestion.ticket_id} fits ({words})", end="; ")
        print(f"used {match.used}, helped {match.helped}")

    blob = index.snapshot()
    again = TicketIndex.restored(blob)
    print(f"{len(again)} tickets restored, same bytes: {again.snapshot() == blob}")


if __name__ == "__main__":
    main()
