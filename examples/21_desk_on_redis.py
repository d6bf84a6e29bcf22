"""Keep a desk in Redis or Valkey: certify the server, then let two desks share it.

    python examples/21_desk_on_redis.py redis://:password@host:6379/0

The server must write before it answers (appendonly yes, appendfsync always); the store asks it.
What this leaves behind begins with `{itsm-example`.
"""

from __future__ import annotations

import sys
import uuid
from datetime import timedelta
from typing import ClassVar

import attrs

from itsm_core.adapters.clocks import SystemClock
from itsm_core.adapters.redis_store import RedisStore
from itsm_core.commands import Actor, OpenTicket, SendAnswer, StartWork
from itsm_core.desk import ServiceDesk
from itsm_core.errors import Conflict
from itsm_core.ids import PersonId, TicketId
from itsm_core.lifecycle import Ticket
from itsm_core.ports import ANY, Batch, Timer
from itsm_core.priority import ITIL_MATRIX, PriorityMatrix
from itsm_core.testing.certify import certify
from itsm_core.testing.contract import Store
from itsm_core.testing.store_contract import DurableFullStoreContract

INC = TicketId("INC-1")
OPENING = OpenTicket(ticket_id=INC, title="No mail", impact="high", urgency="high")
ANN = Actor(person_id=PersonId("ann"), roles=("analyst",))


@attrs.frozen
class Nothing:
    """A catalogue that promises nothing."""

    lifecycle: str = "incident"
    matrix: PriorityMatrix = ITIL_MATRIX

    def agreement_for(self, _ticket: Ticket, /) -> None:
        """Return what a ticket was promised."""


def prefix() -> str:
    """Return a name that no other run has: braces keep the keys of a store on one node."""
    return f"{{itsm-example-{uuid.uuid4().hex}}}:"


class OnThisServer(DurableFullStoreContract):
    """Every rule, each test with names of its own."""

    url: ClassVar[str]

    def setup_method(self) -> None:
        """Choose the names of one test."""
        self.prefix = prefix()
        super().setup_method()

    def open_store(self) -> Store:
        """Open the store of this test."""
        return RedisStore(self.url, prefix=self.prefix)


def share(url: str) -> None:
    """Have two desks in one place, as two processes would: one loses a race and is told so."""
    name = prefix()
    with RedisStore(url, prefix=name) as here, RedisStore(url, prefix=name) as there:
        first = ServiceDesk(store=here, catalogue=Nothing(), clock=SystemClock())
        second = ServiceDesk(store=there, catalogue=Nothing(), clock=SystemClock())
        first.handle(OPENING, ANN, key="opening")
        second.handle(StartWork(ticket_id=INC), ANN, expected_version=1)
        try:
            first.handle(SendAnswer(ticket_id=INC), ANN, expected_version=1)
        except Conflict as conflict:
            print(f"too late: seen at {conflict.expected}, now at {conflict.actual}")
        again = second.handle(OPENING, ANN, key="opening")
        print(f"sent again to the other desk: repeated={again.repeated}")

        clock = SystemClock()
        reminder = Timer(key="remind", stream=INC, due_at=clock.now())
        here.append_many([Batch(stream=INC, events=(), expected_version=ANY, schedule=[reminder])])
        now = clock.now() + timedelta(seconds=1)
        lent = [
            len(each.claim_due(as_of=now, lease=timedelta(minutes=1))) for each in (here, there)
        ]
        print(f"lent to one worker of two: {lent}")


def main(url: str) -> None:
    """Certify, then share."""
    OnThisServer.url = url
    certificate = certify(OnThisServer)
    print(certificate.explain())
    if not certificate.is_certified:
        raise SystemExit(1)
    share(url)


if __name__ == "__main__":
    if len(sys.argv) != 2:
        raise SystemExit("say where Redis or Valkey is: redis://:password@host:6379/0")
    main(sys.argv[1])
