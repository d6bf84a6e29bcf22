"""Tell the outside what happened: outbox to webhook, with retries, and a receiver that dedupes.

The receiver is a real HTTP server on this machine. It is busy at first, and once it takes a
message and dies before it has answered: the relay has to send again, the receiver to know it.
"""

from __future__ import annotations

import json
import tempfile
import urllib.request
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import TYPE_CHECKING

from itsm_core.adapters.clocks import SystemClock
from itsm_core.adapters.sqlite import SqliteStore
from itsm_core.events import TicketEvent, TicketOpened, TicketResolved
from itsm_core.ids import TicketId
from itsm_core.ports import NO_STREAM, Batch, OutboxMessage
from itsm_core.workers import OutboxRelay, Retry

if TYPE_CHECKING:
    from collections.abc import Iterator

INC = TicketId("INC-1")
NINE = datetime(2026, 1, 5, 9, tzinfo=UTC)
RETRY = Retry(first=timedelta(milliseconds=20), longest=timedelta(seconds=1))


class Receiver(BaseHTTPRequestHandler):
    """Take CloudEvents, each once: source and id name an event for ever."""

    calls = 0
    seen: dict[tuple[str, str], str] = {}  # noqa: RUF012 - in production: a table of its own

    def do_POST(self) -> None:
        """Answer 503 twice, lose the third answer, and behave from then on."""
        Receiver.calls += 1
        body = self.rfile.read(int(self.headers["Content-Length"]))
        if Receiver.calls <= 2:
            self._answer(503, "busy")
            return
        event = json.loads(body)
        name = (event["source"], event["id"])
        is_known = name in self.seen
        self.seen[name] = event["type"]
        print(f"receiver: {event['id']} {event['type']}{', known already' if is_known else ''}")
        if Receiver.calls > 3:  # the third time it has the message, and dies before it says so
            self._answer(200, "thank you")

    def _answer(self, status: int, reason: str) -> None:
        self.send_response(status, reason)
        self.send_header("Content-Length", "0")
        self.end_headers()

    def log_message(self, format: str, *args: object) -> None:  # noqa: A002 - its name
        """Say nothing of its own."""


class Webhook:
    """Deliver a message by HTTP; everything but a 2xx raises, and so does silence."""

    def __init__(self, url: str) -> None:
        self.url = url
        # The receiver is on this machine: no proxy on the way, whatever the environment says.
        self.opener = urllib.request.build_opener(urllib.request.ProxyHandler({}))

    def __call__(self, message: OutboxMessage, /) -> None:
        """Post the CloudEvent in its structured form, with a time-out."""
        request = urllib.request.Request(  # noqa: S310 - the address is our own
            self.url,
            data=json.dumps(message.cloud_event()).encode(),
            headers={"Content-Type": "application/cloudevents+json"},
        )
        with self.opener.open(request, timeout=5):
            pass


def told(event: TicketEvent, number: int) -> OutboxMessage:
    """Say in the words of CloudEvents what happened."""
    return OutboxMessage(
        message_id=f"{event.ticket_id}#{number}",
        source="/desk",
        type=f"org.example.{type(event).__name__}",
        subject=event.ticket_id,  # messages of one subject arrive in their order
        occurred_at=event.occurred_at,
        data=json.dumps({"ticket": event.ticket_id}),
    )


def write(store: SqliteStore) -> None:
    """Append what happened, and what is to be told about it, in one transaction."""
    events = (
        TicketOpened(ticket_id=INC, occurred_at=NINE, title="No mail", priority="P1"),
        TicketResolved(ticket_id=INC, occurred_at=NINE + timedelta(hours=1), state="resolved"),
    )
    messages = [told(event, number) for number, event in enumerate(events, 1)]
    batch = Batch(stream=INC, events=events, expected_version=NO_STREAM, messages=messages)
    store.append_many([batch])
    print(f"written: {len(events)} events, {len(store.unsent())} messages to send")


@contextmanager
def receiver() -> Iterator[str]:
    """Run the receiver on a free port; yield its address."""
    with ThreadingHTTPServer(("127.0.0.1", 0), Receiver) as server:
        thread = Thread(target=server.serve_forever)
        thread.start()
        try:
            yield f"http://127.0.0.1:{server.server_address[1]}/"
        finally:
            server.shutdown()
            thread.join()


def main() -> None:
    """Write, and relay until the outbox is empty."""
    with (
        tempfile.TemporaryDirectory() as folder,
        receiver() as url,
        SqliteStore(Path(folder) / "desk.db") as store,
    ):
        write(store)
        relay = OutboxRelay(store=store, deliver=Webhook(url), clock=SystemClock(), retry=RETRY)
        for report in relay.run():  # in production: for ever, in a process of its own
            for failure in report.failures:
                message_id = failure.record.message.message_id
                print(f"relay: {message_id} failed {failure.failures}x ({failure.error})")
            if not store.unsent():
                relay.stop()
        print(f"outbox empty after {Receiver.calls} calls, {len(Receiver.seen)} events received")


if __name__ == "__main__":
    main()
