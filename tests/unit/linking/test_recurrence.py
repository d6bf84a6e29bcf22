"""The watch: groups of what comes back in like words, the same however it is read."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import attrs
import pytest

from itsm_core.errors import AlreadyExists, InvalidValue
from itsm_core.ids import PersonId, TicketId
from itsm_core.linking import GERMAN, RecurrenceWatch, TicketText
from itsm_core.linking._recurrence import grouped

START = datetime(2026, 1, 5, 9, tzinfo=UTC)
WORDS = (
    "Backup of srv042 failed with code E17",
    "srv042: backup window exceeded, started it again",
    "backup job on srv042 red, repeated by hand",
    "no backup of srv042 last night",
)
OTHERS = ("mouse", "phone", "browser", "printer", "scanner", "headset", "licence")
FAULTS = ("broken", "slow", "missing", "not charging", "expired", "stolen")


def tickets() -> list[TicketText]:
    """Return ninety days of small matters, and a backup that fails every ten days."""
    found = [
        TicketText(
            ticket_id=TicketId(f"X{number:03d}"),
            at=START + timedelta(hours=12 * number),
            title=f"{OTHERS[number % 7]} {FAULTS[number % 6]}, {OTHERS[number * 3 % 7]} of user",
            configuration_item_id=f"item {number % 41}",
        )
        for number in range(180)
    ]
    found += [
        TicketText(
            ticket_id=TicketId(f"F{number}"),
            at=START + timedelta(days=20 + 10 * number, hours=1),
            title=words,
            configuration_item_id="srv042",
        )
        for number, words in enumerate(WORDS)
    ]
    return sorted(found, key=lambda each: (each.at_us, each.ticket_id))


def test_failure_is_one_group_when_worded_by_four_people() -> None:
    """The name of the host holds together what the words do not."""
    watch = RecurrenceWatch()
    watch.observe(*tickets())
    assert watch.group_of(TicketId("F3")).members == ("F0", "F1", "F2", "F3")


def test_groups_are_the_same_when_tickets_come_in_batches() -> None:
    """One call or many."""
    one, many = RecurrenceWatch(), RecurrenceWatch()
    one.observe(*tickets())
    for each in tickets():
        many.observe(each)
    assert one.groups == many.groups == grouped(reversed(tickets()))


def test_ticket_is_refused_when_taken_in_twice() -> None:
    """It would be its own duplicate."""
    watch = RecurrenceWatch()
    watch.observe(tickets()[0])
    with pytest.raises(AlreadyExists):
        watch.observe(tickets()[0])


def test_person_parts_two_when_they_are_different() -> None:
    """What people say outweighs every score."""
    watch = RecurrenceWatch()
    watch.observe(*tickets())
    at = START + timedelta(days=100)
    watch.judge(TicketId("F3"), TicketId("F0"), "different", by=PersonId("ann"), at=at)
    assert watch.group_of(TicketId("F3")) != watch.group_of(TicketId("F0"))


def test_wordless_tickets_are_left_out_when_grouped_at_once() -> None:
    """A log without titles has nothing to be grouped by."""
    silent = TicketText(ticket_id=TicketId("S"), at=START)
    assert grouped([silent]) == ()


def test_watch_goes_on_where_another_stopped() -> None:
    """Groups and verdicts come from its log; later tickets join as they would have."""
    told = tickets()
    straight, first = RecurrenceWatch(), RecurrenceWatch()
    straight.observe(*told[:150])
    log = [*first.observe(*told[:150])]
    judged = {"by": PersonId("ann"), "at": START}
    one, other = TicketId("F0"), TicketId("X000")
    straight.judge(one, other, "same", **judged)  # type: ignore[arg-type]
    log += first.judge(one, other, "same", **judged)  # type: ignore[arg-type]
    again = RecurrenceWatch(events=log, texts=told[:150])
    assert again.groups == first.groups
    assert straight.observe(*told[150:]) == again.observe(*told[150:])
    assert again.groups == straight.groups


def test_watch_is_refused_when_events_and_texts_are_of_two_runs() -> None:
    """What is in a group and has no words is never found again; what has none has no group."""
    told = tickets()
    log = RecurrenceWatch().observe(*told[:3])
    for texts in (told[:2], told[:4], ()):
        with pytest.raises(InvalidValue, match="do not fit together"):
            RecurrenceWatch(events=log, texts=texts)


def test_watch_reads_the_language_of_the_desk() -> None:
    """German endings are taken off, and names that are stop words are nobody's evidence."""
    german = attrs.evolve(GERMAN, name="desk-1", stop_words=GERMAN.stop_words | {"schmidt"})
    watch = RecurrenceWatch(analyzers={"": german}, prior=4.0)
    for number, title in enumerate(("Störung Schmidt Drucker", "Störungen: Schmidt, Druckern")):
        at = START + timedelta(days=number)
        watch.observe(TicketText(ticket_id=TicketId(f"G{number}"), at=at, title=title))
    (group,) = watch.groups
    terms = {term for link in group.links for each in link.evidence for term in each.terms}
    assert terms == {"storung", "druck"}


def test_none_is_taken_in_when_one_of_a_call_is_there_twice() -> None:
    """Else groups would have moved, and the caller's log would lack the events that say so."""
    watch, (first, second, *_) = RecurrenceWatch(), tickets()
    watch.observe(second)
    with pytest.raises(AlreadyExists, match=second.ticket_id):
        watch.observe(first, second)
    assert len(watch.observe(first)) == 1
