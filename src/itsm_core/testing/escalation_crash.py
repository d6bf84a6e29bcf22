"""Kill workers that escalate, and check that every step took effect once (laws E3, R2).

Point it at your own store, as `itsm_core.testing.crash`: the processes are real, the signal is
SIGKILL, the instants are random from a seed. What must be there is worked out without a store: the
steps that come due on each ticket's own history.
"""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Iterable, Iterator
from contextlib import closing
from datetime import UTC, datetime
from functools import partial
from typing import Final

import attrs

from itsm_core.calendars import ALWAYS, WorkingTime
from itsm_core.escalation import (
    FIRE_ALL,
    Breached,
    EscalateToGroup,
    EscalateToRole,
    EscalationRule,
    Ladder,
    Notify,
    ShareUsed,
    due,
)
from itsm_core.events import EscalationStepTaken, TicketEvent, TicketOpened
from itsm_core.ids import AgreementId, GroupId, TicketId
from itsm_core.lifecycle import Ticket
from itsm_core.ports import ANY, NO_STREAM, Batch, EventStore, Timer
from itsm_core.sla import ServiceLevelAgreement, ServiceLevelTarget
from itsm_core.spans import hours, minutes
from itsm_core.testing import _campaign
from itsm_core.testing._campaign import Campaign
from itsm_core.testing.crash import CrashReport, WorkingStore, packed_campaign, run_campaign
from itsm_core.workers import EscalationHandler, Escalations

__all__ = ["kill_escalations"]

_AT: Final = datetime(2026, 1, 5, 9, tzinfo=UTC)
_END: Final = _AT + hours(24)
_ALL: Final = 10_000_000
_SHOWN: Final = 20
_NETWORK_SECONDS: Final = 0.005  # between sending and writing it down; a real one is slower
_AGREEMENT: Final = ServiceLevelAgreement(
    agreement_id=AgreementId("gold"),
    calendar=ALWAYS,
    targets=(ServiceLevelTarget(metric="resolution", goals={"*": WorkingTime(hours(4))}),),
)
_LADDER: Final = Ladder(
    name="killed",
    rules=(
        EscalationRule(
            name="half",
            trigger=ShareUsed(clock="resolution", ratio=0.5),
            actions=[Notify(target="group", name="first line")],
            repeat_every=minutes(20),
            repeat_times=2,
        ),
        EscalationRule(
            name="most",
            trigger=ShareUsed(clock="resolution", ratio=0.75),
            actions=[
                EscalateToGroup(group="second line"),
                Notify(target="group", name="second line"),
            ],
        ),
        EscalationRule(
            name="late",
            trigger=Breached(clock="resolution"),
            actions=[EscalateToRole(role="manager")],
        ),
    ),
)


def _rules(_: Ticket) -> Escalations:
    return Escalations(ladder=_LADDER, agreement=_AGREEMENT, catch_up=FIRE_ALL)


class _Stepwise:
    """Look at each ticket as of its timer's own instant, so that it takes a timer a step."""

    def __init__(self, store: EventStore) -> None:
        self._handler: Final = EscalationHandler(store=store, rules=_rules)

    def __call__(self, timer: Timer, _as_of: datetime, /) -> Iterable[Batch]:
        return self._handler(timer, timer.due_at)


class _SentFirst(_Stepwise):
    """The control: send the messages, then write down that they were sent."""

    def __init__(self, store: EventStore, name: str) -> None:
        super().__init__(store)
        self._store: Final = store
        self._name: Final = name
        self._number = 0

    def __call__(self, timer: Timer, as_of: datetime, /) -> Iterator[Batch]:
        for batch in super().__call__(timer, as_of):
            self._number += 1
            mark = f"/{self._name} {self._number}"
            sent = [attrs.evolve(m, message_id=m.message_id + mark) for m in batch.messages]
            self._store.append_many(
                [Batch(stream=batch.stream, events=(), expected_version=ANY, messages=sent)]
            )
            if sent:
                time.sleep(_NETWORK_SECONDS)
            yield attrs.evolve(batch, messages=())


def _handler(store: EventStore, name: str, *, sent_first: bool) -> _Stepwise:
    return _SentFirst(store, name) if sent_first else _Stepwise(store)


def kill_escalations(
    open_store: Callable[[], WorkingStore],
    *,
    kills: int,
    tickets: int = 150,
    seed: int = 6,
    processes: int = 2,
    longest_ms: float = 80.0,
    lease_ms: int = 40,
    sent_first: bool = False,
) -> CrashReport:
    """Kill workers that escalate until `kills` are reached; check the steps of each ticket.

    `sent_first` is the control: workers that send a message before they write down that they did;
    some are sent twice, which has to be found out. `found` counts steps, `acknowledged` those that
    had to be there.

    Args:
        open_store: opens the store, which holds nothing yet; see `kill_writers`.
        kills: at least 1.
        tickets: how many tickets wait at a time, again and again until there were enough kills.
        seed: the same seed draws the same instants.
        processes: how many workers run at the same time.
        longest_ms: how long a worker lives at most after it began.
        lease_ms: how long a killed worker's timers are nobody's.
        sent_first: run the control.

    Raises:
        InvalidValue: a number is not usable, or `open_store` cannot be pickled.
        ItsmError: a process ended by an error of its own, or this system has no SIGKILL.

    >>> from functools import partial
    >>> from itsm_core.adapters.sqlite import SqliteStore
    >>> kill_escalations(partial(SqliteStore, "desk.db"), kills=300, processes=0)
    Traceback (most recent call last):
    itsm_core.errors.InvalidValue: processes is not usable: 0; use a number above 0
    """
    campaign = Campaign(
        kind="workers",
        open_store=open_store,
        kills=kills,
        processes=processes,
        seed=seed,
        longest_ms=longest_ms,
        lease_ms=lease_ms,
        handler=partial(_handler, sent_first=sent_first),
    )
    packed_campaign(campaign)  # without it, 0 kills would be a report of a store never tried
    names: list[TicketId] = []
    killed = 0
    while killed < kills:
        with closing(open_store()) as store:
            new = [TicketId(f"INC-{n}") for n in range(len(names), len(names) + tickets)]
            _open(store, new)
        names += new
        killed += run_campaign(
            attrs.evolve(campaign, kills=kills - killed, seed=seed + killed)
        ).kills
    with closing(open_store()) as store:
        for _ in _campaign.work(campaign, "last"):  # nobody kills this one
            pass
        return _report(store, names, killed)


def _opened(name: TicketId) -> TicketOpened:
    return TicketOpened(ticket_id=name, occurred_at=_AT, priority="P2", group=GroupId("first line"))


def _open(store: WorkingStore, names: Iterable[TicketId]) -> None:
    planner = EscalationHandler(store=store, rules=_rules)
    for name in names:
        opened = _opened(name)
        batch = Batch(
            stream=name,
            events=(opened,),
            expected_version=NO_STREAM,
            schedule=planner.timers((opened,), _AT),
        )
        store.append_many([batch])


def _report(store: WorkingStore, names: Iterable[TicketId], kills: int) -> CrashReport:
    """Compare what is in the store with what comes due, worked out without one."""
    counts: Counter[str] = Counter()
    details: list[str] = []
    found = wanted = 0
    sent = Counter(
        record.message.message_id.partition("/")[0] for record in store.unsent(limit=_ALL)
    )
    for name in names:
        told: list[TicketEvent] = [each.event for each in store.read(name)]
        taken = Counter(each.key for each in told if isinstance(each, EscalationStepTaken))
        expected = {
            each.key
            for each in due((_opened(name),), _LADDER, _AGREEMENT, until=_END, catch_up=FIRE_ALL)
        }
        wanted += len(expected)
        found += len(taken)
        for key in sorted(expected | taken.keys()):
            times = (taken[key], sent[key])
            if times == (1, 1) and key in expected:
                continue
            kind = "lost" if 0 in times else "doubled" if max(times) > 1 else "stray"
            counts[kind] += 1
            details.append(f"{kind}: {key} was taken {times[0]} and sent {times[1]} times")
    stray = [timer.key for timer in store.waiting(limit=_ALL)]
    counts["stray"] += len(stray)
    details += [f"stray: timer {key} still waits" for key in stray]
    return CrashReport(
        kills=kills,
        acknowledged=wanted,
        found=found,
        lost=counts["lost"],
        doubled=counts["doubled"],
        stray=counts["stray"],
        details=tuple(details[:_SHOWN]),
    )
