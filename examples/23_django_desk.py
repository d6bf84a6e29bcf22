"""Keep a desk in a Django project: certify its store, then use it through Django's own pages.

    python examples/23_django_desk.py [postgresql://user:password@host/database]

The project is in examples/django_desk. Without an address it uses a SQLite file of its own.
"""

from __future__ import annotations

import os
import sys
import tempfile
from pathlib import Path

import django
from django.core.management import call_command
from django.db import connections, transaction
from django.test import Client


def begin(url: str) -> None:
    """Point the project at a database and make its tables."""
    os.environ["DESK_DATABASE"] = url
    os.environ["DJANGO_SETTINGS_MODULE"] = "django_desk.settings"
    django.setup()
    call_command("migrate", verbosity=0)


def certify_store() -> None:
    """Run every rule of the contract on the project's database."""
    from django_desk.desk.certify import OnThisDatabase

    from itsm_core.testing.certify import certify

    certificate = certify(OnThisDatabase)
    print(certificate.explain())
    if not certificate.is_certified:
        raise SystemExit(1)


def call() -> None:
    """Send commands to the pages, and have one undone with the block that it stood in."""
    from django_desk.desk.views import DESK

    from itsm_core.adapters.codec import encode_command
    from itsm_core.commands import Actor, Command, OpenTicket, ResolveTicket, SendAnswer
    from itsm_core.ids import PersonId, TicketId

    name = TicketId("INC-1")
    pages = Client(headers={"X-Person": "bob", "X-Roles": "requester"})

    def send(wanted: Command) -> object:
        body = encode_command(wanted)
        return pages.post(
            f"/tickets/{name}/commands",
            body,
            content_type="application/json",
            headers={"Idempotency-Key": "k"},
        ).json()

    opening = OpenTicket(ticket_id=name, title="No mail", impact="high", urgency="high")
    print("opened:", send(opening))
    print("sent again:", send(opening))
    refused = pages.post(
        f"/tickets/{name}/commands",
        encode_command(ResolveTicket(ticket_id=name)),
        content_type="application/json",
    )
    print("refused:", refused.status_code, [one["code"] for one in refused.json()["reasons"]])
    print("promised:", pages.get(f"/tickets/{name}").json()["priority"])

    ann = Actor(person_id=PersonId("ann"), roles=("analyst",))
    with transaction.atomic():
        DESK.handle(SendAnswer(ticket_id=name), ann)
        before = DESK.ticket(name).version
        transaction.set_rollback(True)  # as an exception in a view would
    print(f"undone with the block it stood in: {before} -> {DESK.ticket(name).version}")


def main() -> None:
    """Certify, then call."""
    with tempfile.TemporaryDirectory() as folder:
        begin(sys.argv[1] if len(sys.argv) > 1 else f"sqlite:///{Path(folder) / 'desk.sqlite3'}")
        certify_store()
        call()
        connections.close_all()


if __name__ == "__main__":
    main()
