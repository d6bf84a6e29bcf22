"""Erasing a person from a SQLite file: rows, bytes, readers, and what stays as it was (law R8)."""

from __future__ import annotations

import sqlite3
from collections.abc import Generator
from contextlib import closing
from datetime import datetime, timedelta
from pathlib import Path
from typing import cast

import attrs
import pytest

from itsm_core.adapters.clocks import ManualClock
from itsm_core.adapters.erasure import Erasure, erased_person
from itsm_core.adapters.sqlite import SqliteStore, verify_log
from itsm_core.calendars import ALWAYS
from itsm_core.errors import InvalidValue, LeaseLost, StoreUnavailable
from itsm_core.events import (
    AnswerSent,
    TicketAssigned,
    TicketEvent,
    TicketOpened,
    TicketResolved,
    TimeExcluded,
)
from itsm_core.ids import AgreementId, PersonId, TicketId
from itsm_core.lifecycle import fold
from itsm_core.ports import ANY, NO_STREAM, Batch, Definition, Timer
from itsm_core.sla import ServiceLevelAgreement, ServiceLevelTarget, evaluate
from itsm_core.testing.contract import AT, message
from itsm_core.workers import Retry, TimerWorker, timer_failures

SECRET = "zxqvwkj"
"""A person's id that nothing else in a file looks like."""

NAMED = "Zebulon Quixote"
TITLE = "my payslip shows the wrong amount"
ERASURE = Erasure(
    person=PersonId(SECRET),
    names=[NAMED],
    texts_of=["INC-1"],
    at=AT,
    author="data protection",
    reason="case 7",
)
TRACES = (SECRET, NAMED, "Zebulon", TITLE, "payslip")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """Return the name of a file that does not exist yet."""
    return tmp_path / "desk.db"


@pytest.fixture
def store(path: Path) -> Generator[SqliteStore]:
    """Return a store that holds the person in every table that can hold one."""
    with SqliteStore(path) as opened:
        told(opened)
        yield opened


def history(stream: str) -> tuple[TicketEvent, ...]:
    """Return the story of a ticket of the person."""
    ticket, who = TicketId(stream), PersonId(SECRET)
    return (
        TicketOpened(
            ticket_id=ticket, occurred_at=AT, title=TITLE, requester=who, actor=who, priority="P1"
        ),
        TicketAssigned(
            ticket_id=ticket, occurred_at=AT + timedelta(hours=1), assignee=PersonId("ana")
        ),
        TimeExcluded(
            ticket_id=ticket,
            occurred_at=AT + timedelta(hours=2),
            start_at=AT,
            end_at=AT + timedelta(hours=1),
            reason=f"asked {NAMED}",
            actor=who,
            approver=PersonId("ana"),
        ),
        TicketResolved(ticket_id=ticket, occurred_at=AT + timedelta(hours=5), state="resolved"),
    )


def told(store: SqliteStore) -> None:
    """Write enough to fill pages, with the person in some of it."""
    for number in range(60):
        stream = f"INC-{number}"
        store.append_many(
            [
                Batch(
                    stream=stream,
                    events=history(stream),
                    expected_version=NO_STREAM,
                    key=f"open {number}" if number % 2 else f"opened by {SECRET} {number}",
                    messages=[
                        message(f"m{number}", data=f'{{"to":"{NAMED}","text":["{TITLE}",1]}}')
                    ],
                    schedule=[
                        Timer(
                            key=f"{stream}/remind/{SECRET}",
                            stream=stream,
                            due_at=AT,
                            data=f"call {NAMED}",
                        )
                    ],
                )
            ]
        )
    store.mark_sent(range(1, 30))
    for claim in store.claim_due(as_of=AT, lease=timedelta(minutes=5), limit=10):
        store.complete(claim)


def traces(path: Path) -> dict[str, list[str]]:
    """Return what of the person is in which file beside the store, byte for byte."""
    found: dict[str, list[str]] = {}
    for file in path.parent.iterdir():
        content = file.read_bytes()
        seen = [
            text
            for text in TRACES
            if text.encode() in content or text.encode("utf-16-le") in content
        ]
        if seen:
            found[file.name] = seen
    return found


# --- the bytes -----------------------------------------------------------------------------------


def test_no_byte_is_left_when_a_person_is_erased(path: Path, store: SqliteStore) -> None:
    """Raw files are searched: pages, free pages, write-ahead log, shared memory, journals."""
    assert set(traces(path)) >= {"desk.db-wal"}
    everywhere = attrs.evolve(ERASURE, texts_of=[f"INC-{n}" for n in range(60)])
    done = store.erase(everywhere)
    assert traces(path) == {}
    assert (done.messages, done.timers, done.forgotten, done.keys) == (60, 60, 30, 30)
    assert done.left == ()
    store.close()
    assert traces(path) == {}


def test_no_byte_is_left_when_rows_had_moved_and_pages_were_freed(
    path: Path, store: SqliteStore
) -> None:
    """What SQLite has copied and given up before goes as well."""
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("CREATE TABLE spare (text TEXT)")
        other.executemany("INSERT INTO spare VALUES (?)", [(SECRET * 50,)] * 500)
        other.execute("DROP TABLE spare")
        other.execute("PRAGMA wal_checkpoint(TRUNCATE)")
    assert SECRET.encode() in path.read_bytes()
    store.erase(attrs.evolve(ERASURE, texts_of=[f"INC-{n}" for n in range(60)]))
    assert traces(path) == {}


def test_bytes_are_there_when_nobody_was_erased(path: Path, store: SqliteStore) -> None:
    """The search can find something: otherwise it would prove nothing."""
    store.close()
    assert traces(path) == {"desk.db": list(TRACES)}


def test_erasure_is_unfinished_when_a_reader_is_open(path: Path) -> None:
    """A reader holds the old pages in the log: that is said, and the second try finishes."""
    with SqliteStore(path, busy_seconds=0.1) as store:
        told(store)
        with closing(sqlite3.connect(path, isolation_level=None)) as reader:
            reader.execute("BEGIN")
            reader.execute("SELECT count(*) FROM events").fetchone()
            with pytest.raises(StoreUnavailable, match=r"bytes are still.*reader.*erase again"):
                store.erase(ERASURE)
            opened = store.read("INC-0")[0].event
            assert isinstance(opened, TicketOpened)
            assert opened.requester == erased_person(1)
            reader.execute("ROLLBACK")
        again = store.erase(attrs.evolve(ERASURE, texts_of=[f"INC-{n}" for n in range(60)]))
        assert again.number == 2  # the texts of the other tickets, which were not named before
    assert traces(path) == {}


# --- what stays ----------------------------------------------------------------------------------


def test_chain_holds_when_a_person_is_erased(path: Path, store: SqliteStore) -> None:
    """Against a head from before and one from after, read by somebody who changes nothing."""
    before = store.head()
    store.erase(ERASURE)
    found = verify_log(path, [before, store.head()])
    assert found.faults == ()
    assert found.erased_parts > 100


def test_verdicts_are_the_same_when_a_person_is_erased(store: SqliteStore) -> None:
    """Clock, due instant, ledger and exclusion; who held the ticket is somebody else."""
    agreement = ServiceLevelAgreement(
        agreement_id=AgreementId("gold"),
        calendar=ALWAYS,
        targets=(ServiceLevelTarget(metric="resolution", goals={"P1": timedelta(hours=4)}),),
    )

    def judged() -> tuple[object, ...]:
        events = tuple(one.event for one in store.read("INC-1"))
        clock = evaluate(events, agreement, as_of=AT + timedelta(days=1))["resolution"]
        spans = tuple((span.start_us, span.end_us, span.kind) for span in clock.ledger)
        return clock.state, clock.due_at, spans, fold(events).state, fold(events).assignee

    before = judged()
    store.erase(ERASURE)
    assert judged() == before


def test_store_is_whole_when_a_person_is_erased(store: SqliteStore) -> None:
    """Pages, versions and positions; the next append goes on."""
    store.erase(ERASURE)
    store.check_integrity()
    assert store.append("INC-1", history("INC-1"), expected_version=4).last_version == 8


def test_erased_texts_of_one_ticket_are_gone_when_others_stay(store: SqliteStore) -> None:
    """Naming a ticket is about that ticket."""
    store.erase(ERASURE)
    first, other = (store.read(name)[0].event for name in ("INC-1", "INC-2"))
    assert isinstance(first, TicketOpened)
    assert isinstance(other, TicketOpened)
    assert (first.title, other.title) == ("(erased)", TITLE)


def test_two_timers_stay_two_when_their_keys_become_one(path: Path) -> None:
    """`call x` and `call X Y` name one person."""
    with SqliteStore(path) as store:
        store.schedule(Timer(key=f"call {who}", stream="a", due_at=AT) for who in (SECRET, NAMED))
        assert store.erase(ERASURE).timers == 2
        keys = {timer.key for timer in store.waiting()}
    assert keys == {f"call {erased_person(1)}", f"call {erased_person(1)}'"}


def test_places_are_named_when_nothing_can_be_taken_there(path: Path) -> None:
    """A definition stays as it was published; a field that clocks read stays as well."""
    with SqliteStore(path) as store:
        store.publish(
            [Definition(kind="roster", name="desk", version="1", document=f'["{SECRET}"]')]
        )
        event = TicketOpened(
            ticket_id=TicketId("a"), occurred_at=AT, configuration_item_id=f"PC of {NAMED}"
        )
        store.append("a", [event], expected_version=ANY)
        done = store.erase(ERASURE)
    assert done.number is None
    assert done.left == ("event 1: configuration_item_id", "definition roster desk 1")


def test_nothing_is_erased_when_it_is_no_erasure(store: SqliteStore) -> None:
    """A name alone says neither who asked nor why."""
    with pytest.raises(InvalidValue, match="not an Erasure"):
        store.erase(cast("Erasure", SECRET))


def test_nothing_is_erased_when_the_store_is_closed(store: SqliteStore) -> None:
    """As with every other call."""
    store.close()
    with pytest.raises(StoreUnavailable, match="is closed"):
        store.erase(ERASURE)


def test_outbox_and_timers_can_be_read_when_the_person_is_a_number(path: Path) -> None:
    """The instant of a message holds `01`; so does no instant of an event, which is a form."""
    one = Erasure(person=PersonId("01"), at=AT, author="office", reason="case 9")
    with SqliteStore(path) as store:
        event = TicketOpened(ticket_id=TicketId("a"), occurred_at=AT, requester=PersonId("01"))
        batch = Batch(
            stream="a",
            events=[event],
            expected_version=NO_STREAM,
            messages=[message("m1", data='{"to":"01","n":1}')],
            schedule=[
                Timer(key="01 " * 160, stream="a", due_at=AT, data="01 " * 20_000),
                Timer(key="x", stream="a", due_at=AT, data='{"n":1}'),
            ],
        )
        store.append_many([batch])
        done = store.erase(one)
        (kept,) = store.unsent()
        keys = [timer.key for timer in store.waiting()]
    assert (done.messages, done.timers, done.left) == (1, 1, ())
    assert kept.message.data == f'{{"to":"{erased_person(1)}","n":1}}'
    assert kept.message.occurred_at == AT
    assert keys == ["(erased)", "x"]


def test_places_are_named_when_only_a_reader_can_judge_them(path: Path) -> None:
    """Names of streams without events, numbers, and ids that hold the person's."""
    who = Erasure(person=PersonId("bob"), names=["4711"], at=AT, author="office", reason="case 9")
    with SqliteStore(path) as store:
        for actor in ("bob-2", "bob-2", "ana"):
            event = AnswerSent(ticket_id=TicketId("a"), occurred_at=AT, actor=PersonId(actor))
            store.append("a", [event], expected_version=ANY)
        quoted = TicketOpened(
            ticket_id=TicketId("a"), occurred_at=AT, configuration_item_id='"\tbob'
        )
        store.append("a", [quoted], expected_version=ANY)
        store.append_many(
            [
                Batch(
                    stream="tasks of bob",
                    events=(),
                    expected_version=ANY,
                    key="k",
                    messages=[message("m1", data="[4711]")],
                    schedule=[Timer(key="t", stream="tasks of bob", due_at=AT, data="[4711]")],
                )
            ]
        )
        done = store.erase(who)
    assert done.left == (
        "event 1: actor 'bob-2', which may be somebody else",
        "message 1: a number",
        "timer t: a number",
        "event 4: configuration_item_id",
        "a timer: the name of its stream, 'tasks of bob'",
        "a key: the name of its stream, 'tasks of bob'",
    )


def test_event_is_named_when_its_type_is_none_of_ours(path: Path) -> None:
    """Whatever its members are."""
    with SqliteStore(path) as store:
        store.append("a", history("a"), expected_version=ANY)
    with closing(sqlite3.connect(path, isolation_level=None)) as raw:
        raw.execute('UPDATE events SET payload = \'{"who":"carl"}\' WHERE position = 2')
    with SqliteStore(path) as store:
        carl = Erasure(person=PersonId("carl"), at=AT, author="office", reason="case 9")
        assert store.erase(carl).left == ("event 2: who",)


def test_timer_is_due_again_when_it_was_set_aside_and_named_the_person(path: Path) -> None:
    """The record of its failure is of what it was: nobody would ever come back to it."""
    with SqliteStore(path) as store:
        names = (f"page {SECRET}", "x")
        store.schedule(Timer(key=name, stream="a", due_at=AT, data=name) for name in names)

        def broken(timer: Timer, as_of: datetime) -> tuple[Batch, ...]:
            raise RuntimeError(f"no pager for {timer.key} at {as_of}")

        once, clock = Retry(attempts=1), ManualClock(AT)
        worker = TimerWorker(store=store, handle=broken, clock=clock, retry=once)
        assert [failure.is_set_aside for failure in worker.run_once().failures] == [True, True]
        store.erase(ERASURE)
        assert [failure.timer.key for failure in timer_failures(store)] == ["x"]
        (claim,) = store.claim_due(as_of=AT, lease=timedelta(minutes=1))
        assert (claim.timer.key, claim.attempt) == (f"page {erased_person(1)}", 1)


def test_claim_is_lost_when_its_timer_named_the_person(path: Path) -> None:
    """As with every other change of a timer; one that named nobody is still lent."""
    with SqliteStore(path) as store:
        timers = [Timer(key=key, stream="a", due_at=AT, data=f"for {key}") for key in (SECRET, "x")]
        store.schedule(timers)
        mine, other = sorted(
            store.claim_due(as_of=AT, lease=timedelta(minutes=1)), key=lambda one: one.timer.key
        )[::-1]
        store.erase(ERASURE)
        with pytest.raises(LeaseLost):
            store.complete(mine)
        store.complete(other)
